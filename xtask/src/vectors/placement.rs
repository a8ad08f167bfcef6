//! `placement.jsonl` and `continuum.jsonl`: a client's whole history by the C API, and where its keys go.

use anyhow::{Context, Result, ensure};
use mc_behaviors::{
    Address, DEFAULT_PORT, InvalidServer, Replay, ServerSpec, Transport, parse_server_list,
};
use mc_dist::{BucketMap, Locator};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::deviations::{self, Deviation};
use super::in_c::{self, Called};
use super::servers::{Placed, refusal, refusal_of_host, wrong_servers};
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
        report.count(name, verdict);
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
        report.count(name, verdict);
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
        match call(&mut replay, step).with_context(|| format!("step {at}"))? {
            Made::Alike => {}
            Made::Followed(followed) => deviation = Some(followed),
            Made::Apart(Verdict::Fails(why)) => {
                return Ok(Verdict::Fails(format!("step {at}: {why}")));
            }
            Made::Apart(deviates) => return Ok(deviates),
        }
    }
    Ok(match difference(&replay)? {
        Some(wrong) => Verdict::Fails(wrong),
        None => deviation.map_or(Verdict::Holds, Verdict::Deviates),
    })
}

/// How a call went, beside the recorded one.
enum Made {
    Alike,
    /// Ours refused, and was then taken where the reference went.
    Followed(&'static Deviation),
    /// The rest of the row is another client's.
    Apart(Verdict),
}

/// Makes one call.
fn call(replay: &mut Replay, step: &Step) -> Result<Made> {
    let done = match &step.call {
        Call::Behavior { name, value } => {
            return Ok(match in_c::set(replay, name, *value, step.rc) {
                Ok(Called::Alike) => Made::Alike,
                Ok(Called::Followed(deviation)) => Made::Followed(deviation),
                Ok(Called::Cut(deviation)) => Made::Apart(Verdict::Deviates(deviation)),
                Err(why) => Made::Apart(Verdict::Fails(why)),
            });
        }
        Call::Server { host, port, weight } if host.is_empty() => {
            ensure!(server(host, *port).is_err(), "a server without a host");
            replay.add_server(server("localhost", *port)?.with_weight(*weight));
            return Ok(Made::Followed(&deviations::EMPTY_HOST));
        }
        Call::Server { host, port, weight } => {
            let server = server(host, *port).map_err(|error| refusal_of_host(host, &error));
            let add = |server: ServerSpec| replay.add_server(server.with_weight(*weight));
            return Ok(added(step.rc, server, add));
        }
        Call::Unix { path, weight } => {
            let server = ServerSpec::unix(path.as_str()).map_err(|error| refusal(&error));
            let add = |server: ServerSpec| replay.add_server(server.with_weight(*weight));
            return Ok(added(step.rc, server, add));
        }
        Call::Push { list } => {
            let servers = match list.contains('[') {
                true => Err(Verdict::Deviates(&deviations::BRACKETS)),
                false => parse_server_list(list).map_err(|error| refusal(&error)),
            };
            return Ok(added(step.rc, servers, |servers| replay.push(servers)));
        }
        Call::Namespace { value } => replay.set_namespace(value.as_bytes()),
        Call::Bucket { host_map } => match BucketMap::new(host_map.as_slice()) {
            Ok(map) => {
                replay.set_buckets(map);
                Ok(())
            }
            Err(_) if step.rc != in_c::SUCCESS => return Ok(Made::Alike),
            Err(error) => return Err(error.into()),
        },
        Call::Clone(_) => {
            *replay = replay.as_cloned_by_libmemcached();
            Ok(())
        }
    };
    let rc = done.map_or_else(|error| in_c::return_code(&error), |()| in_c::SUCCESS);
    Ok(match rc == step.rc {
        true => Made::Alike,
        false => Made::Apart(Verdict::Fails(format!("gives {rc}, but gave {}", step.rc))),
    })
}

/// Adds what ours takes for servers; if it takes none, the verdict says why.
fn added<T>(rc: u32, servers: Result<T, Verdict>, add: impl FnOnce(T)) -> Made {
    match servers {
        Ok(servers) if rc == in_c::SUCCESS => {
            add(servers);
            Made::Alike
        }
        Ok(_) => Made::Apart(Verdict::Fails(format!("is taken, but gave {rc}"))),
        Err(verdict) if rc == in_c::SUCCESS => Made::Apart(verdict),
        Err(_) => Made::Alike,
    }
}

/// A server through the plain `memcached_server_add`, where even a path has a port.
fn server(host: &str, port: u16) -> Result<ServerSpec, InvalidServer> {
    if !host.starts_with('/') {
        return ServerSpec::tcp(host, port);
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
    if row.servers.is_empty() && row.keys.is_empty() {
        return Ok(None);
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
