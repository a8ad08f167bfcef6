//! `placement_ejected.jsonl`: where keys go while more and more servers are ejected.

use anyhow::{Result, ensure};
use mc_behaviors::{Replay, ServerSpec};
use mc_dist::Locator;
use serde::Deserialize;

use super::{Report, Vectors, Verdict, ring, unhex};

#[derive(Deserialize)]
struct Row {
    id: u32,
    label: String,
    /// C name, value, return code.
    behaviors: Vec<(String, u64, u32)>,
    /// Host, port, weight.
    servers: Vec<(String, u16, u32)>,
    /// The servers in their final order.
    order: Vec<(String, u16)>,
    keys: Vec<String>,
    stages: Vec<Stage>,
}

/// After a server more has been ejected; the first stage is before any.
#[derive(Deserialize)]
struct Stage {
    event: String,
    server: Option<usize>,
    keys: Vec<usize>,
    points: usize,
    per_server: Vec<usize>,
    sha256: String,
    /// The ring's digest when the server had failed, but was not ejected yet.
    between: Option<String>,
}

/// Each row sets behaviors, adds servers, and ejects some of them one by one.
pub(super) fn check(vectors: &Vectors, report: &mut Report) -> Result<()> {
    for row in vectors.rows::<Row>("placement_ejected.jsonl")? {
        let name = format!("{} ({})", row.id, row.label);
        let difference = difference(&row);
        let verdict =
            difference.map(|difference| difference.map_or(Verdict::Holds, Verdict::Fails));
        report.count(name, verdict);
    }
    Ok(())
}

/// What ours does otherwise, if anything.
fn difference(row: &Row) -> Result<Option<String>> {
    let replay = replay(row)?;
    let mut locator = replay.locator()?;
    let order = locator
        .servers()
        .iter()
        .map(|server| (&server.host, server.port));
    if !order.eq(row.order.iter().map(|(host, port)| (host, *port))) {
        return Ok(Some(format!("the order is {:?}", locator.servers())));
    }
    let keys = row
        .keys
        .iter()
        .map(|key| unhex(key))
        .collect::<Result<Vec<_>>>()?;
    let has_ring = replay.behaviors().distribution.is_continuum();
    let mut ejected = Vec::new();
    for stage in &row.stages {
        let before = ring::digest(&locator);
        ejected.extend(stage.server);
        locator = locator.without(&ejected);
        let wrong_key = wrong_key(&locator, &keys, stage);
        let wrong_ring = || {
            has_ring
                .then(|| wrong_ring(&locator, &before, stage))
                .flatten()
        };
        if let Some(wrong) = wrong_key.or_else(wrong_ring) {
            return Ok(Some(format!("{}: {wrong}", stage.event)));
        }
    }
    Ok(None)
}

/// The client before anything fails.
fn replay(row: &Row) -> Result<Replay> {
    let mut replay = Replay::default();
    for (name, value, rc) in &row.behaviors {
        let set = replay.set_c(name, *value);
        ensure!(
            set.is_ok() == (*rc == 0),
            "{name} {value}: {set:?}, not {rc}"
        );
    }
    for (host, port, weight) in &row.servers {
        let server = ServerSpec::tcp(host.as_str(), *port)?;
        replay.add_server(ServerSpec {
            weight: *weight,
            ..server
        });
    }
    Ok(replay)
}

fn wrong_key(locator: &Locator, keys: &[Vec<u8>], stage: &Stage) -> Option<String> {
    let owners: Vec<_> = keys.iter().map(|key| locator.owner(key)).collect();
    (owners != stage.keys).then(|| format!("keys go to {owners:?}, not {:?}", stage.keys))
}

fn wrong_ring(locator: &Locator, before: &str, stage: &Stage) -> Option<String> {
    let counts = ring::points_per_server(locator);
    if (locator.points().len(), &counts) != (stage.points, &stage.per_server) {
        return Some(format!("points are {counts:?}, not {:?}", stage.per_server));
    }
    let changed_early = stage
        .between
        .as_ref()
        .is_some_and(|between| between != before);
    (changed_early || ring::digest(locator) != stage.sha256).then(|| "the ring differs".to_owned())
}
