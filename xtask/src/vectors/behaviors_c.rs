//! `behaviors_c.jsonl`: settings by libmemcached's C API, and everything read back.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use mc_behaviors::Replay;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::deviations::Deviation;
use super::in_c::{self, Called};
use super::{Report, Vectors, Verdict};

#[derive(Deserialize)]
struct Row {
    sets: Vec<Call>,
    #[serde(default)]
    defaults: BTreeMap<String, u64>,
    #[serde(default)]
    changed: BTreeMap<String, u64>,
}

/// `[NAME, value, rc]`, perhaps with a message.
#[derive(Deserialize)]
#[serde(untagged)]
enum Call {
    Silent(String, i64, u32),
    Explained(String, i64, u32, IgnoredAny),
}

impl Call {
    fn parts(&self) -> (&str, i64, u32) {
        let (Self::Silent(name, number, rc) | Self::Explained(name, number, rc, _)) = self;
        (name, *number, *rc)
    }
}

/// The first row holds the defaults, which every other one starts from.
pub(super) fn check(vectors: &Vectors, report: &mut Report) -> Result<()> {
    let rows = vectors.rows::<Row>("behaviors_c.jsonl")?;
    let (first, rows) = rows.split_first().context("no row of defaults")?;
    if first.defaults.is_empty() {
        bail!("the first row has no defaults");
    }
    report.count("defaults", verdict(first, &first.defaults));
    for (at, row) in rows.iter().enumerate() {
        let mut expected = first.defaults.clone();
        expected.extend(row.changed.clone());
        report.count(format!("line {}", at + 2), verdict(row, &expected));
    }
    Ok(())
}

fn verdict(row: &Row, expected: &BTreeMap<String, u64>) -> Verdict {
    match run(&row.sets) {
        Err(why) => Verdict::Fails(why),
        Ok(Run {
            replay,
            cut,
            deviation,
        }) => match compare(&replay, expected, &cut) {
            Err(why) => Verdict::Fails(why),
            Ok(()) => deviation.map_or(Verdict::Holds, Verdict::Deviates),
        },
    }
}

#[derive(Default)]
struct Run<'a> {
    replay: Replay,
    /// Behaviors that hold a number in the reference that ours cannot hold.
    cut: BTreeSet<&'a str>,
    deviation: Option<&'static Deviation>,
}

fn run(calls: &[Call]) -> Result<Run<'_>, String> {
    let mut run = Run::default();
    for (name, number, rc) in calls.iter().map(Call::parts) {
        match in_c::set(&mut run.replay, name, number, rc)? {
            Called::Alike if rc == in_c::SUCCESS => drop(run.cut.remove(name)),
            Called::Alike => {}
            Called::Followed(deviation) => run.deviation = Some(deviation),
            Called::Cut(deviation) => {
                run.deviation = Some(deviation);
                run.cut.insert(name);
            }
        }
    }
    Ok(run)
}

fn compare(
    replay: &Replay,
    expected: &BTreeMap<String, u64>,
    cut: &BTreeSet<&str>,
) -> Result<(), String> {
    let told = expected
        .iter()
        .filter(|(name, _)| !cut.contains(name.as_str()));
    for (name, expected) in told {
        let ours = replay.behaviors().get_c(name);
        let ours = ours.map_err(|error| error.to_string())?;
        if ours != *expected {
            return Err(format!("{name} reads {ours}, but {expected}"));
        }
    }
    Ok(())
}
