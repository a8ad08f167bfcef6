//! `config_strings.jsonl`: libmemcached's configuration strings, and the clients made of them.

use std::collections::BTreeMap;

use anyhow::Result;
use mc_behaviors::{Behavior, Behaviors, ConfigString, InvalidConfigKind, Replay};
use serde::Deserialize;

use super::ring::points_per_server;
use super::servers::{Placed, wrong_servers};
use super::{Report, Vectors, Verdict, deviations};

#[derive(Deserialize)]
struct Row {
    string: String,
    created: bool,
    #[serde(default)]
    servers: Vec<Placed>,
    #[serde(default)]
    behaviors: BTreeMap<String, u64>,
    namespace: Option<String>,
    /// Also of a ring that a later distribution has left behind.
    points_per_server: Option<Vec<usize>>,
}

pub(super) fn check(vectors: &Vectors, report: &mut Report) -> Result<()> {
    for row in vectors.rows::<Row>("config_strings.jsonl")? {
        report.count(format!("{:?}", row.string), verdict(&row));
    }
    Ok(())
}

fn verdict(row: &Row) -> Result<Verdict> {
    let config = match (row.string.parse::<ConfigString>(), row.created) {
        (Ok(config), _) => config,
        (Err(_), false) => return Ok(Verdict::Holds),
        (Err(error), true) => {
            return Ok(match error.kind() {
                InvalidConfigKind::OutOfRange { most } if is_over(error.found(), *most) => {
                    Verdict::Deviates(&deviations::INTEGER_CUT)
                }
                _ if error.found().to_ascii_uppercase().starts_with("L\"") => {
                    Verdict::Deviates(&deviations::WIDE_STRING)
                }
                _ => Verdict::Fails(format!("it is taken, but {error}")),
            });
        }
    };
    if config.to_string().parse().as_ref() != Ok(&config) {
        return Ok(Verdict::Fails(format!("{config} parses otherwise")));
    }
    let wrong = match (config.replay(), row.created) {
        (Ok(replay), true) => difference(&replay, row)?,
        (Ok(_), false) => Some("it is refused".to_owned()),
        (Err(_), false) => None,
        (Err(error), true) => Some(format!("it is taken, but {error}")),
    };
    Ok(wrong.map_or(Verdict::Holds, Verdict::Fails))
}

/// A port or a number past what the reference holds.
fn is_over(found: &str, most: u32) -> bool {
    let number = found.trim_start_matches(':').parse::<u128>();
    number.is_ok_and(|number| number > most.into())
}

/// What the client has otherwise.
fn difference(replay: &Replay, row: &Row) -> Result<Option<String>> {
    let behaviors = differing(replay.behaviors())?;
    if behaviors != row.behaviors {
        return Ok(Some(format!("{behaviors:?}, but {:?}", row.behaviors)));
    }
    let namespace = replay.behaviors().namespace.as_ref();
    let namespace = namespace.map(|namespace| namespace.as_bytes());
    if namespace != row.namespace.as_deref().map(str::as_bytes) {
        return Ok(Some(format!("{namespace:?}, but {:?}", row.namespace)));
    }
    if let Some(wrong) = wrong_servers(replay, &row.servers) {
        return Ok(Some(wrong));
    }
    let expected = row.points_per_server.as_ref();
    let Some(expected) = expected.filter(|_| replay.behaviors().distribution.is_continuum()) else {
        return Ok(None);
    };
    let points = points_per_server(&replay.locator()?);
    Ok((points != *expected).then(|| format!("{points:?} points, but {expected:?}")))
}

/// The behaviors that are not as in a new client, by their names in C.
fn differing(behaviors: &Behaviors) -> Result<BTreeMap<String, u64>> {
    let default = Behaviors::default();
    let mut differing = BTreeMap::new();
    for name in Behavior::all().filter_map(Behavior::c_name) {
        let number = behaviors.get_c(name)?;
        if number != default.get_c(name)? {
            differing.insert(name.to_owned(), number);
        }
    }
    Ok(differing)
}
