//! `placement.jsonl` and `continuum.jsonl`: a client's whole history by the C API, and where its keys go.

use anyhow::{Context, Result, ensure};
use mc_behaviors::{
    Address, DEFAULT_PORT, Error, Replay, ServerSpec, Transport, parse_server_list,
};
use mc_dist::{BucketMap, Locator};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::deviations::{self, Deviation};
use super::in_c::{self, Called};
use super::servers::{Placed, wrong_servers};
use super::{Report, Vectors, Verdict, ring, unhex};

#[derive(Deserialize)]
struct Row {
    id: u32,
    label: String,
    steps: Vec<Step>,
    state: State,
    servers: Vec<Placed>,
    /// Key in hex, index of its server.
    keys: Vec<(String, usize)>,
    continuum: Continuum,
}

/// A row of `continuum.jsonl`.
#[derive(Deserialize)]
struct RingRow {
    id: u32,
    label: String,
    steps: Vec<Step>,
    servers: Vec<Placed>,
    points: Vec<(u32, u32)>,
}

/// One call and its return code.
#[derive(Deserialize)]
struct Step {
    rc: u32,
    #[serde(flatten)]
    call: Call,
}

#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "lowercase")]
enum Call {
    Behavior {
        name: String,
        value: i64,
    },
    Server {
        host: String,
        port: u16,
        weight: u32,
    },
    Unix {
        path: String,
        weight: u32,
    },
    Push {
        list: String,
    },
    Namespace {
        value: String,
    },
    Bucket {
        host_map: Vec<u32>,
    },
    Clone(IgnoredAny),
}

/// What behaviors read back.
#[derive(Deserialize)]
struct State {
    distribution: u64,
    hash: u64,
    ketama_hash: u64,
    ketama: u64,
    ketama_weighted: u64,
    sort_hosts: u64,
    hash_with_prefix_key: u64,
}

/// The ring that was built last, if any.
#[derive(Deserialize)]
struct Continuum {
    points: usize,
    weighted: bool,
    sha256: Option<String>,
    per_server: Vec<usize>,
}

/// `placement.jsonl`.
pub(super) fn check(vectors: &Vectors, report: &mut Report) -> Result<()> {
    for row in vectors.rows::<Row>("placement.jsonl")? {
        let name = format!("{} ({})", row.id, row.label);
        let verdict = verdict(&row.steps, |replay| difference(&row, replay));
        report.count(&name, verdict.with_context(|| name.clone())?);
    }
    Ok(())
}

/// `continuum.jsonl`: every point of a few of those rows.
pub(super) fn check_continuum(vectors: &Vectors, report: &mut Report) -> Result<()> {
    for row in vectors.rows::<RingRow>("continuum.jsonl")? {
        let name = format!("{} ({})", row.id, row.label);
        let verdict = verdict(&row.steps, |replay| {
            let locator = replay.locator()?;
            let points = locator.points().iter();
            let points: Vec<_> = points.map(|point| (point.value, point.server)).collect();
            let first = points
                .iter()
                .zip(&row.points)
                .position(|(ours, theirs)| ours != theirs);
            Ok(wrong_servers(replay, &row.servers).or_else(|| {
                (points != row.points).then(|| format!("the first other point is {first:?}"))
            }))
        });
        report.count(&name, verdict.with_context(|| name.clone())?);
    }
    Ok(())
}

/// Replays the calls, then asks `difference` what ours does otherwise.
fn verdict(
    steps: &[Step],
    difference: impl FnOnce(&Replay) -> Result<Option<String>>,
) -> Result<Verdict> {
    let mut replay = Replay::default();
    let mut deviation = None;
    for (at, step) in steps.iter().enumerate() {
        match call(&mut replay, step)? {
            Ok(none) if none.is_none() => {}
            Ok(some) => deviation = some,
            Err(why) => return Ok(Verdict::Fails(format!("step {at}: {why}"))),
        }
    }
    Ok(match difference(&replay)? {
        Some(wrong) => Verdict::Fails(wrong),
        None => deviation.map_or(Verdict::Holds, Verdict::Deviates),
    })
}

/// Makes one call; the inner error says how ours answers otherwise.
fn call(replay: &mut Replay, step: &Step) -> Result<Result<Option<&'static Deviation>, String>> {
    let done: Result<(), Error> = match &step.call {
        Call::Behavior { name, value } => {
            return Ok(match in_c::set(replay, name, *value, step.rc) {
                Ok(Called::Alike) => Ok(None),
                Ok(Called::Followed(deviation)) => Ok(Some(deviation)),
                Ok(Called::Cut(_)) => Err(format!("{name}={value} cannot be followed")),
                Err(why) => Err(why),
            });
        }
        Call::Server { host, port, weight } if host.is_empty() => {
            ensure!(server(host, *port).is_err(), "a server without a host");
            replay.add_server(server("localhost", *port)?.with_weight(*weight));
            return Ok(Ok(Some(&deviations::EMPTY_HOST)));
        }
        Call::Server { host, port, weight } => {
            replay.add_server(server(host, *port)?.with_weight(*weight));
            Ok(())
        }
        Call::Unix { path, weight } => {
            replay.add_server(ServerSpec::unix(path.as_str())?.with_weight(*weight));
            Ok(())
        }
        Call::Push { list } => {
            replay.push(parse_server_list(list)?);
            Ok(())
        }
        Call::Namespace { value } => replay.set_namespace(value.as_bytes()),
        Call::Bucket { host_map } => {
            replay.set_buckets(BucketMap::new(host_map.as_slice())?);
            Ok(())
        }
        Call::Clone(_) => {
            *replay = replay.as_cloned_by_libmemcached();
            Ok(())
        }
    };
    let rc = done.err().map_or(0, |error| in_c::return_code(&error));
    Ok(match rc == step.rc {
        true => Ok(None),
        false => Err(format!("gives {rc}, but gave {}", step.rc)),
    })
}

/// A server through the plain `memcached_server_add`, where even a path has a port.
fn server(host: &str, port: u16) -> Result<ServerSpec> {
    if !host.starts_with('/') {
        return Ok(ServerSpec::tcp(host, port)?);
    }
    let port = if port == 0 { DEFAULT_PORT } else { port };
    let name = Address {
        port,
        ..Address::new(Transport::Unix, host, 0)?
    };
    Ok(name.into())
}

/// What ours does otherwise, if anything.
fn difference(row: &Row, replay: &Replay) -> Result<Option<String>> {
    if let Some(wrong) = wrong_state(replay, &row.state)? {
        return Ok(Some(wrong));
    }
    if let Some(wrong) = wrong_servers(replay, &row.servers) {
        return Ok(Some(wrong));
    }
    let locator = replay.locator()?;
    if let Some(wrong) = wrong_keys(&locator, &row.keys)? {
        return Ok(Some(wrong));
    }
    Ok(wrong_ring(replay, &locator, &row.continuum))
}

fn wrong_state(replay: &Replay, state: &State) -> Result<Option<String>> {
    let expected = [
        ("DISTRIBUTION", state.distribution),
        ("HASH", state.hash),
        ("KETAMA_HASH", state.ketama_hash),
        ("KETAMA", state.ketama),
        ("KETAMA_WEIGHTED", state.ketama_weighted),
        ("SORT_HOSTS", state.sort_hosts),
        ("HASH_WITH_PREFIX_KEY", state.hash_with_prefix_key),
    ];
    for (name, expected) in expected {
        let ours = replay.behaviors().get_c(name)?;
        if ours != expected {
            return Ok(Some(format!("{name} reads {ours}, but {expected}")));
        }
    }
    Ok(None)
}

/// The first key that goes elsewhere.
pub(super) fn wrong_keys(locator: &Locator, keys: &[(String, usize)]) -> Result<Option<String>> {
    for (key, expected) in keys {
        let ours = locator.owner(&unhex(key)?);
        if ours != *expected {
            return Ok(Some(format!("{key} goes to {ours}, but {expected}")));
        }
    }
    Ok(None)
}

/// A ring that another distribution has left behind is no longer used, and ours does not keep it.
fn wrong_ring(replay: &Replay, locator: &Locator, ring: &Continuum) -> Option<String> {
    let weighted = replay.placement().weighted;
    if weighted != ring.weighted {
        return Some(format!("weighted is {weighted}, but {}", ring.weighted));
    }
    if !replay.behaviors().distribution.is_continuum() {
        return None;
    }
    let counts = ring::points_per_server(locator);
    if (locator.points().len(), &counts) != (ring.points, &ring.per_server) {
        return Some(format!("points are {counts:?}, but {:?}", ring.per_server));
    }
    let digest = Some(ring::digest(locator));
    (digest != ring.sha256).then(|| "the ring differs".to_owned())
}
