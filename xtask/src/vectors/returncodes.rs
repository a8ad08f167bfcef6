//! `returncodes.tsv`: libmemcached's return codes, and the exceptions that pylibmc makes of them.
//!
//! Our errors are not return codes, so this file is read beside others rather than answered: the codes follow one
//! another, and each one's class is the class that `behaviors_defaults.json` lists for it.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::{Report, Vectors, Verdict};

#[derive(Deserialize)]
struct Exceptions {
    exceptions: Vec<(String, String, Option<u32>)>,
}

/// The class of the codes that have none of their own.
const BASE: &str = "Error";

/// Each code is a row.
pub(super) fn check(vectors: &Vectors, report: &mut Report) -> Result<()> {
    let listed: Exceptions = serde_json::from_str(&vectors.text("behaviors_defaults.json")?)?;
    let own = |rc: u32| {
        let mut listed = listed.exceptions.iter();
        listed
            .find(|(_, _, of)| *of == Some(rc))
            .map_or(BASE, |(class, _, _)| class)
    };
    for (at, (rc, class)) in (0..).zip(classes(vectors)?) {
        let verdict = match rc == at && class == own(rc) {
            true => Verdict::Holds,
            false => Verdict::Fails(format!("{class}, but {} is listed for {at}", own(at))),
        };
        report.count(rc, verdict);
    }
    Ok(())
}

/// The exception class of each return code.
pub(super) fn classes(vectors: &Vectors) -> Result<BTreeMap<u32, String>> {
    let text = vectors.text("returncodes.tsv")?;
    let mut lines = text.lines();
    let header = lines.next();
    ensure!(
        header == Some("rc\tstrerror\tpylibmc_exception"),
        "another header: {header:?}"
    );
    let row = |line: &str| {
        let mut cells = line.split('\t');
        let rc = cells.next().context("no rc")?.parse()?;
        Ok((rc, cells.nth(1).context("no class")?.to_owned()))
    };
    lines.map(row).collect()
}
