//! `behaviors_defaults.json`: what a new client reads, the order of an update, and the tables of names.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use mc_behaviors::Behaviors;
use mc_dist::Compat;
use serde::Deserialize;

use super::behaviors::json;
use super::returncodes;
use super::{Report, Vectors, Verdict};

#[derive(Deserialize)]
struct Defaults {
    libmemcached: BTreeMap<String, BTreeMap<String, BTreeMap<String, serde_json::Value>>>,
    application_order: Vec<String>,
    hashers: BTreeMap<String, u32>,
    distributions: BTreeMap<String, u32>,
    exceptions: Vec<(String, String, Option<u32>)>,
}

/// Each default, each place in the order, each name and number, each exception is a row.
pub(super) fn check(vectors: &Vectors, report: &mut Report) -> Result<()> {
    let text = vectors.text("behaviors_defaults.json")?;
    let defaults: Defaults = serde_json::from_str(&text)?;
    for (version, protocols) in &defaults.libmemcached {
        for (protocol, expected) in protocols {
            let ours = new_client(version, protocol)?;
            compare(report, &format!("{version} {protocol}"), &ours, expected);
        }
    }
    check_order(report, &defaults.application_order);
    check_names(report, &mc_hash::HASHERS, &defaults.hashers);
    check_names(report, &mc_dist::DISTRIBUTIONS, &defaults.distributions);
    let classes = returncodes::classes(vectors)?;
    for (class, _, rc) in &defaults.exceptions {
        let known = rc.is_none_or(|rc| classes.get(&rc) == Some(class));
        report.count(
            class,
            agree(known, || {
                format!("returncodes.tsv has another class for {rc:?}")
            }),
        );
    }
    Ok(())
}

fn new_client(version: &str, protocol: &str) -> Result<Behaviors> {
    let mut ours = Behaviors::default();
    let is_meant = |one: &Compat| version.split(' ').next() == Some(one.libmemcached_version());
    let known = [Compat::V1_1, Compat::V1_0].into_iter().find(is_meant);
    ours.compat = known.with_context(|| format!("unknown libmemcached {version:?}"))?;
    ours.binary = match protocol {
        "ascii" => false,
        "binary" => true,
        other => bail!("unknown protocol {other:?}"),
    };
    Ok(ours)
}

/// Every behavior of either side.
fn compare(
    report: &mut Report,
    client: &str,
    ours: &Behaviors,
    expected: &BTreeMap<String, serde_json::Value>,
) {
    for (name, value) in ours.iter() {
        let (ours, expected) = (json(&value), expected.get(name));
        let verdict = agree(Some(&ours) == expected, || {
            format!("reads {ours}, but {expected:?}")
        });
        report.count(format!("{client} {name}"), verdict);
    }
    for name in expected.keys() {
        let known = ours.get(name).is_ok();
        report.count(
            format!("{client} {name}"),
            agree(known, || "unknown".to_owned()),
        );
    }
}

/// The order of the table is the order of an update.
fn check_order(report: &mut Report, expected: &[String]) {
    let ours = Behaviors::all_behaviors().chain(Behaviors::all_callbacks());
    let ours = ours.collect::<Vec<_>>();
    for at in 0..ours.len().max(expected.len()) {
        let (ours, expected) = (ours.get(at).copied(), expected.get(at).map(String::as_str));
        let verdict = agree(ours == expected, || {
            format!("is {ours:?}, but {expected:?}")
        });
        report.count(format!("application_order {at}"), verdict);
    }
}

/// A table of names and numbers, in any order.
fn check_names(report: &mut Report, ours: &[(&str, u32)], expected: &BTreeMap<String, u32>) {
    let ours: BTreeMap<_, _> = ours.iter().map(|(name, number)| (*name, *number)).collect();
    let names = ours
        .keys()
        .copied()
        .chain(expected.keys().map(String::as_str));
    for name in names.collect::<std::collections::BTreeSet<_>>() {
        let (ours, expected) = (ours.get(name), expected.get(name));
        let verdict = agree(ours == expected, || {
            format!("is {ours:?}, but {expected:?}")
        });
        report.count(name, verdict);
    }
}

fn agree(alike: bool, why: impl FnOnce() -> String) -> Verdict {
    match alike {
        true => Verdict::Holds,
        false => Verdict::Fails(why()),
    }
}
