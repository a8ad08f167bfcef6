//! What a trace tells of the reference.

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::vectors::placement_pylibmc::Dict;

/// The server that something happens to.
pub(super) const VICTIM: usize = 1;

#[derive(Deserialize)]
pub(super) struct Row {
    pub(super) id: u32,
    pub(super) label: String,
    pub(super) behaviors: Dict,
    pub(super) binary: bool,
    /// Each starts on the server of its index.
    pub(super) keys: Vec<String>,
    pub(super) trace: Vec<Entry>,
}

/// An operation and what came of it, or an event.
#[derive(Deserialize)]
pub(super) struct Entry {
    pub(super) t: f64,
    pub(super) event: Option<String>,
    op: Option<String>,
    value: Option<String>,
    /// Class and message.
    error: Option<(String, String)>,
    placement_after: Option<Vec<usize>>,
}

/// What an operation says of the key that it is about.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) key: usize,
    pub(super) answer: Answer,
    /// Where each key goes afterwards.
    pub(super) placement: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// This server has answered.
    Served(usize),
    /// There is no connection, or none is tried.
    Down,
    /// The server is marked dead, says the reference.
    Dead,
    /// No answer came in time.
    Silent,
    /// Of this key nothing is said.
    Untold,
}

/// What the server with the trouble does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum World {
    Serves,
    Refuses,
    /// It accepts and says nothing.
    Hangs,
}

impl World {
    /// Before any event: as the first operation on it finds it.
    pub(super) fn at_first(row: &Row) -> Self {
        let mut told = row.trace.iter().filter_map(|entry| entry.told(row).ok());
        let first = told.find(|told| told.key == VICTIM);
        match first.map(|told| told.answer) {
            Some(Answer::Silent) => Self::Hangs,
            Some(Answer::Served(_)) => Self::Serves,
            _ => Self::Refuses,
        }
    }

    pub(super) fn after(event: &str) -> Result<Self> {
        Ok(match event.rsplit(' ').next() {
            Some("up") => Self::Serves,
            Some("down") => Self::Refuses,
            Some("hangs") => Self::Hangs,
            _ => bail!("unknown event {event:?}"),
        })
    }
}

impl Entry {
    pub(super) fn told(&self, row: &Row) -> Result<Told> {
        let op = self.op.as_ref().context("neither event nor operation")?;
        let placement = self.placement_after.clone().context("no placement")?;
        // Of many keys, and of all servers, the one with the trouble is what can go wrong.
        let names = |key: &usize| op.contains(&format!("'{}'", row.keys[*key]));
        let key = [VICTIM, 0, 2].into_iter().find(names).unwrap_or(VICTIM);
        let server = *placement.get(key).context("a placement of three keys")?;
        let answer = match (&self.error, &self.value) {
            (Some((class, message)), _) => failed(class, message, server),
            (None, value) => {
                let value = value.as_deref().unwrap_or_default();
                let is_named = value.contains(&format!("'{}'", row.keys[key]));
                done(op, is_named, server)
            }
        };
        Ok(Told {
            key,
            answer,
            placement,
        })
    }
}

fn failed(class: &str, message: &str, server: usize) -> Answer {
    match class {
        // A server's own words.
        "NotFound" => Answer::Served(server),
        "ServerDead" => Answer::Dead,
        _ if message.starts_with("error 31 ") => Answer::Silent,
        _ => Answer::Down,
    }
}

/// An operation that gave something, in which the key is named or not.
fn done(op: &str, is_named: bool, server: usize) -> Answer {
    if op.contains("get_multi") && !is_named {
        Answer::Untold
    } else if op.contains("set_multi") && is_named {
        // It gives the keys that it could not store.
        Answer::Down
    } else {
        Answer::Served(server)
    }
}
