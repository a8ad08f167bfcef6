//! Every saved input is borne by its target, and every target has some.

use mc_fuzz::{Settings, TARGETS, corpus, fuzz, try_one};
use std::time::Duration;

/// One test, since the counting of memory is the whole process's.
#[test]
fn saved_inputs_and_a_few_mutations() {
    for target in TARGETS {
        let saved = corpus::saved(*target).unwrap();
        assert!(saved.len() >= 10, "{} has few inputs", target.name);
        for (name, input) in &saved {
            if let Err(fault) = try_one(*target, input) {
                panic!("{}/{name}: it {fault}", target.name);
            }
        }
        let saved: Vec<_> = saved.into_iter().map(|(_, input)| input).collect();
        let settings = Settings {
            mutations: 20_000,
            seed: 0,
            patience: Duration::from_secs(30),
        };
        let tried = fuzz(*target, &saved, settings);
        assert!(tried.is_ok(), "{}: {tried:?}", target.name);
    }
}

#[test]
fn each_target_has_its_directory_and_its_way_in() {
    let names = |dir: &str| {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(dir);
        let entries = std::fs::read_dir(root).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| {
                entry
                    .unwrap()
                    .path()
                    .file_stem()
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        names.sort();
        names
    };
    let mut targets: Vec<_> = TARGETS
        .iter()
        .map(|target| target.name.to_owned())
        .collect();
    targets.sort();
    assert_eq!(names("corpus"), targets);
    assert_eq!(names("fuzz_targets"), targets);
}
