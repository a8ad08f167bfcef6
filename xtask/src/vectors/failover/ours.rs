//! What ours does in a trace: health and placement, put together as the client does.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use mc_behaviors::{Behaviors, Health, HealthSettings, Permit, Replay};
use mc_dist::Locator;

use super::told::{Answer, Row, VICTIM, World};
use crate::vectors::placement_pylibmc::values;

/// A client of three servers, without its health.
pub(super) struct Ours {
    pub(super) behaviors: Behaviors,
    pub(super) settings: HealthSettings,
    all: Locator,
    /// Without the server that fails.
    others: Locator,
    /// A key of each server; what stands in for the one of the server that fails is what stood in for it in the trace.
    keys: Vec<String>,
    began: Instant,
}

/// What became of one operation.
#[derive(Debug)]
pub(super) struct Played {
    pub(super) answer: Answer,
    /// Whether the server with the trouble was tried in vain.
    pub(super) tried: bool,
}

impl Ours {
    pub(super) fn new(row: &Row) -> Result<Self> {
        let mut behaviors = Behaviors::default();
        behaviors.binary = row.binary;
        let mut replay = Replay::new(behaviors);
        replay.update(values(Some(&row.behaviors))?)?;
        for server in ["server0", "server1", "server2"] {
            replay.add_server(server.parse()?);
        }
        let (all, others) = (replay.locator()?, replay.locator()?.without(&[VICTIM]));
        let keys = (0..row.keys.len())
            .map(|server| key(&all, &others, server, stand_in(row)))
            .collect::<Result<Vec<_>>>()?;
        Ok(Self {
            settings: as_the_reference_counts(replay.behaviors()),
            behaviors: replay.behaviors().clone(),
            all,
            others,
            keys,
            began: Instant::now(),
        })
    }

    pub(super) fn start(&self) -> Health {
        Health::new(self.keys.len(), self.settings, 0)
    }

    /// Whether other servers can stand in for one.
    pub(super) fn has_ring(&self) -> bool {
        self.behaviors.distribution.is_continuum()
    }

    /// An operation in that second: what was not sent is sent once more.
    pub(super) fn play(
        &self,
        health: &mut Health,
        key: usize,
        world: World,
        second: u64,
    ) -> Played {
        let now = self.began + Duration::from_secs(second);
        let mut tried = false;
        for _ in 0..2 {
            let Some(server) = self.route(health, key, now) else {
                break;
            };
            if server != VICTIM || world == World::Serves {
                let _placed_by_health = health.succeeded(server);
                let answer = Answer::Served(server);
                return Played { answer, tried };
            }
            tried = true;
            if world == World::Hangs {
                let _placed_by_health = health.timed_out(server, now);
                let answer = Answer::Silent;
                return Played { answer, tried };
            }
            let _placed_by_health = health.failed(server, now);
        }
        let answer = Answer::Down;
        Played { answer, tried }
    }

    /// The first server of the key that may be asked, or the one that stands in.
    fn route(&self, health: &mut Health, key: usize, now: Instant) -> Option<usize> {
        let mut may_use = |server: &usize| match health.may_use(*server, now) {
            Permit::Use | Permit::Probe => true,
            Permit::SkipUntil(_) => false,
        };
        let servers = self.keys.len();
        let replicas = usize::try_from(self.behaviors.num_replicas).unwrap_or(servers);
        let mut holders = (0..servers.min(replicas + 1)).map(|step| (key + step) % servers);
        if let Some(server) = holders.find(&mut may_use) {
            return Some(server);
        }
        Some(self.placed(health)[key]).filter(|server| health.may_use(*server, now) == Permit::Use)
    }

    /// Where each key goes.
    pub(super) fn placed(&self, health: &Health) -> Vec<usize> {
        let locator = match health.ejected().is_empty() {
            true => &self.all,
            false => &self.others,
        };
        let owners = self.keys.iter().map(|key| locator.owner(key.as_bytes()));
        owners.collect()
    }
}

/// The reference rests until the clock, which it reads in whole seconds, is past its timeout.
fn as_the_reference_counts(behaviors: &Behaviors) -> HealthSettings {
    let settings = HealthSettings::from(behaviors);
    let second = Duration::from_secs(1);
    HealthSettings {
        retry_timeout: settings.retry_timeout + second,
        dead_timeout: match settings.dead_timeout {
            Duration::ZERO => Duration::ZERO,
            timeout => timeout + second,
        },
        jitter_percent: 0,
        ..settings
    }
}

/// Where the key of the server that fails goes when that is ejected, if the trace tells.
fn stand_in(row: &Row) -> Option<usize> {
    let placements = row.trace.iter().filter_map(|entry| entry.told(row).ok());
    let mut servers = placements.map(|told| told.placement[VICTIM]);
    servers.find(|server| *server != VICTIM)
}

fn key(all: &Locator, others: &Locator, server: usize, stand_in: Option<usize>) -> Result<String> {
    let goes_on = |key: &[u8]| {
        let expected = stand_in.filter(|_| server == VICTIM);
        expected.is_none_or(|expected| others.owner(key) == expected)
    };
    let mut keys = (0..100_000).map(|number| format!("key:{number}"));
    let found = keys.find(|key| all.owner(key.as_bytes()) == server && goes_on(key.as_bytes()));
    found.context("no key for a server")
}
