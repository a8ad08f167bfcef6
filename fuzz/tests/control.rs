//! The harness can fail: decoders with a seeded bug are caught, each by what it is there for.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use mc_fuzz::{Failure, Fault, Settings, Target, fuzz};

/// The length that the first two bytes announce, and what follows.
fn announced(data: &[u8]) -> Option<(usize, &[u8])> {
    let (len, body) = data.split_first_chunk::<2>()?;
    Some((usize::from(u16::from_be_bytes(*len)), body))
}

/// Believes the length.
fn reads_past_its_end(data: &[u8]) {
    if let Some((len, body)) = announced(data) {
        black_box(&body[..len]);
    }
}

/// Makes room for what is announced rather than for what has come.
fn hoards(data: &[u8]) {
    if let Some((len, _)) = announced(data) {
        black_box(Vec::<u8>::with_capacity(len << 8));
    }
}

static ENOUGH: AtomicBool = AtomicBool::new(false);

/// A length of nothing leads nowhere.
fn hangs(data: &[u8]) {
    let Some((len, mut rest)) = announced(data) else {
        return;
    };
    while !rest.is_empty() && !ENOUGH.load(Relaxed) {
        rest = rest.get(len..).unwrap_or_default();
    }
}

/// Checks the length.
fn careful(data: &[u8]) {
    if let Some((len, body)) = announced(data) {
        black_box(body.get(..len).map(<[u8]>::to_vec));
    }
}

fn run(run: fn(&[u8])) -> Result<(), Box<Failure>> {
    let target = Target {
        name: "control",
        run,
        cap: 4096,
    };
    let settings = Settings {
        mutations: 100_000,
        seed: 1,
        patience: Duration::from_secs(5),
    };
    fuzz(target, &[b"\0\x05hello".to_vec()], settings).map(drop)
}

/// One test, since the counting of memory is the whole process's.
#[test]
fn seeded_bugs_are_caught() {
    run(careful).unwrap();

    let panicked = run(reads_past_its_end).unwrap_err();
    assert!(
        matches!(&panicked.fault, Fault::Panic(words) if words.contains("out of range")),
        "{panicked:?}"
    );
    let again = run(reads_past_its_end).unwrap_err();
    assert_eq!(
        (again.number, &again.input),
        (panicked.number, &panicked.input),
        "a seed says it all"
    );

    let hoarded = run(hoards).unwrap_err();
    assert!(
        matches!(hoarded.fault, Fault::Memory { most, .. } if most < 1 << 20),
        "{hoarded:?}"
    );

    let hung = run(hangs).unwrap_err();
    ENOUGH.store(true, Relaxed);
    assert!(matches!(hung.fault, Fault::Hang(_)), "{hung:?}");
    assert_eq!(announced(&hung.input).unwrap().0, 0);
}
