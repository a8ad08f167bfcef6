//! `placement_pylibmc.jsonl` and `placement_pylibmc_wheel_diff.jsonl`: clients as pylibmc's users make them.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result, bail};
use mc_behaviors::{
    Behaviors, IntoServerSpec, InvalidServerKind, Replay, ServerSpec, Transport, Value,
};
use mc_dist::{Compat, Locator};
use serde::Deserialize;

use super::behaviors::json;
use super::deviations::{self, Deviation};
use super::placement::wrong_keys;
use super::python::exception;
use super::{Report, Vectors, Verdict, unhex};

pub(super) type Dict = BTreeMap<String, serde_json::Value>;

#[derive(Deserialize)]
struct Row {
    id: u32,
    label: String,
    servers: Vec<Server>,
    behaviors: Option<Dict>,
    binary: bool,
    set_behaviors_later: Option<Dict>,
    clone: bool,
    #[serde(default)]
    result: Dict,
    /// Class and message.
    error: Option<(String, String)>,
    #[serde(default)]
    keys: Vec<(String, usize)>,
}

/// A spec, or the triple of type, address and port.
#[derive(Deserialize)]
#[serde(untagged)]
enum Server {
    Spec(String),
    Triple(u32, String, u16),
}

#[derive(Deserialize)]
struct Difference {
    id: u32,
    result: Option<Dict>,
    #[serde(default)]
    moved_keys: usize,
    keys: Option<Vec<(String, usize)>>,
}

/// `placement_pylibmc.jsonl`, with libmemcached 1.1.4.
pub(super) fn check(vectors: &Vectors, report: &mut Report) -> Result<()> {
    for row in vectors.rows::<Row>("placement_pylibmc.jsonl")? {
        let name = format!("{} ({})", row.id, row.label);
        report.count(name, verdict(&row));
    }
    Ok(())
}

/// The other file: what differs for some of those rows with libmemcached 1.0.16.
pub(super) fn check_wheel(vectors: &Vectors, report: &mut Report) -> Result<()> {
    let rows = vectors.rows::<Row>("placement_pylibmc.jsonl")?;
    let rows: HashMap<_, _> = rows.iter().map(|row| (row.id, row)).collect();
    for difference in vectors.rows::<Difference>("placement_pylibmc_wheel_diff.jsonl")? {
        let row = rows
            .get(&difference.id)
            .context("a difference without its row")?;
        let name = format!("{} ({})", row.id, row.label);
        report.count(name, wheel_verdict(row, &difference));
    }
    Ok(())
}

fn verdict(row: &Row) -> Result<Verdict> {
    let (servers, deviation) = servers(row)?;
    let replay = match (client(row, servers, Compat::V1_1)?, &row.error) {
        (Ok(replay), None) => replay,
        (Ok(_), Some(error)) => return Ok(Verdict::Fails(format!("no error, but {error:?}"))),
        (Err(error), expected) => {
            let ours = exception(&error);
            let class = ours.class.trim_start_matches("pylibmc.").to_owned();
            return Ok(match expected.as_ref() == Some(&(class, ours.message)) {
                true => Verdict::Holds,
                false => Verdict::Fails(format!("{error}, but {expected:?}")),
            });
        }
    };
    let wrong = match wrong_result(&replay, &row.result)? {
        Some(wrong) => Some(wrong),
        None => wrong_keys(&replay.locator()?, &row.keys)?,
    };
    Ok(match wrong {
        Some(wrong) => Verdict::Fails(wrong),
        None => deviation.map_or(Verdict::Holds, Verdict::Deviates),
    })
}

fn wheel_verdict(row: &Row, difference: &Difference) -> Result<Verdict> {
    let (servers, deviation) = servers(row)?;
    let old = client(row, servers.clone(), Compat::V1_0)??;
    let new = client(row, servers, Compat::V1_1)??;
    let locator = old.locator()?;
    let keys = difference.keys.as_ref().unwrap_or(&row.keys);
    let moved = moved(&locator, &new.locator()?, keys)?;
    let wrong = match wrong_result(&old, difference.result.as_ref().unwrap_or(&row.result))? {
        Some(wrong) => Some(wrong),
        None => wrong_keys(&locator, keys)?,
    };
    Ok(match wrong {
        Some(wrong) => Verdict::Fails(wrong),
        None if moved != difference.moved_keys => {
            Verdict::Fails(format!("{moved} keys moved, but {}", difference.moved_keys))
        }
        None => deviation.map_or(Verdict::Holds, Verdict::Deviates),
    })
}

/// How many keys one locator places otherwise than the other.
fn moved(old: &Locator, new: &Locator, keys: &[(String, usize)]) -> Result<usize> {
    let keys = keys.iter().map(|(key, _)| unhex(key));
    let keys = keys.collect::<Result<Vec<_>>>()?;
    Ok(keys
        .iter()
        .filter(|key| old.owner(key) != new.owner(key))
        .count())
}

/// The client of a row: behaviors, servers one by one, later behaviors, perhaps a clone.
fn client(
    row: &Row,
    servers: Vec<ServerSpec>,
    compat: Compat,
) -> Result<Result<Replay, mc_behaviors::Error>> {
    let mut behaviors = Behaviors::default();
    behaviors.binary = row.binary;
    behaviors.compat = compat;
    let mut replay = Replay::new(behaviors);
    if let Err(error) = replay.update(values(row.behaviors.as_ref())?) {
        return Ok(Err(error));
    }
    servers
        .into_iter()
        .for_each(|server| replay.add_server(server));
    if let Err(error) = replay.update(values(row.set_behaviors_later.as_ref())?) {
        return Ok(Err(error));
    }
    Ok(Ok(match row.clone {
        true => replay.as_cloned_by_libmemcached(),
        false => replay,
    }))
}

/// Behaviors as pairs for [`Replay::update`].
pub(super) fn values(dict: Option<&Dict>) -> Result<Vec<(&str, Value)>> {
    let pairs = dict.into_iter().flatten();
    pairs
        .map(|(name, value)| Ok((name.as_str(), self::value(value)?)))
        .collect()
}

fn value(value: &serde_json::Value) -> Result<Value> {
    Ok(match value {
        serde_json::Value::Bool(truth) => Value::from(*truth),
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Number(number) => number.as_i64().context("not an i64")?.into(),
        other => bail!("no behavior's value: {other}"),
    })
}

/// The servers of a row. Where a number is past 16 bits ours refuses, and the reference cuts: so is it done here then.
fn servers(row: &Row) -> Result<(Vec<ServerSpec>, Option<&'static Deviation>)> {
    let mut deviation = None;
    let mut servers = Vec::new();
    for server in &row.servers {
        servers.push(match server {
            Server::Triple(transport, address, port) => {
                let transport = Transport::try_from(*transport)?;
                (transport, address.as_str(), *port).into_server_spec()?
            }
            Server::Spec(spec) => {
                let mut spec = spec.clone();
                loop {
                    match spec.parse::<ServerSpec>() {
                        Ok(server) => break server,
                        Err(error) => spec = cut(&spec, error.kind())?,
                    }
                    deviation = Some(&deviations::SERVER_NUMBER_CUT);
                }
            }
        });
    }
    Ok((servers, deviation))
}

/// The spec with its refused number cut to 16 bits.
fn cut(spec: &str, refused: &InvalidServerKind) -> Result<String> {
    let (text, at) = match refused {
        InvalidServerKind::Port { text, at } | InvalidServerKind::Weight { text, at, .. } => {
            (text, *at)
        }
        other => bail!("server {spec:?} is refused: {other}"),
    };
    let number: u64 = text.parse()?;
    let (before, after) = (&spec[..at], &spec[at + text.len()..]);
    Ok(format!("{before}{}{after}", number % (1 << 16)))
}

/// What reads back otherwise.
fn wrong_result(replay: &Replay, expected: &Dict) -> Result<Option<String>> {
    for (name, expected) in expected {
        let ours = json(&replay.behaviors().get(name)?);
        if ours != *expected {
            return Ok(Some(format!("{name} reads {ours}, but {expected}")));
        }
    }
    Ok(None)
}
