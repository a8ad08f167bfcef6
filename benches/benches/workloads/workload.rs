//! The workloads.

use std::fmt;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::cell::name;

/// A workload. One operation is one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize, Deserialize)]
#[value(rename_all = "verbatim")]
pub(super) enum Workload {
    /// Gets, one after the other.
    W1,
    /// Sets, one after the other.
    W2,
    /// Gets of 100 keys from one server.
    W3,
    /// Gets of 100 keys from four servers, by weighted ketama.
    W4,
    /// Sets of 100 keys, with each key's result.
    W5,
    /// Gets by 64 tasks through one client.
    W6,
    /// Gets of 512 KiB.
    W7,
    /// Sets of 512 KiB.
    W8,
    /// Sets of 100,000 keys in one call, which tells of each that fails.
    W9,
}

/// What is done at a time, to what: a workload's, or one that is grown in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Shape {
    /// What one call asks for.
    pub(super) call: Call,
    /// How many keys are asked for at a time, be it in one call or by as many tasks.
    pub(super) batch: usize,
    /// Whether what is asked for at a time is asked for by tasks of their own.
    pub(super) has_tasks: bool,
    /// Bytes of a value.
    pub(super) value_len: usize,
    /// How many keys there are.
    pub(super) keys: usize,
    /// How many servers share them.
    pub(super) servers: usize,
}

/// What a call asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Call {
    Get,
    Set,
    GetMany,
    SetMany,
}

impl Workload {
    /// What is done, in a few words.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::W1 => "get",
            Self::W2 => "set",
            Self::W3 => "get of 100 keys",
            Self::W4 => "get of 100 keys, 4 servers",
            Self::W5 => "set of 100 keys",
            Self::W6 => "get by 64 tasks",
            Self::W7 => "get of 512 KiB",
            Self::W8 => "set of 512 KiB",
            Self::W9 => "set of 100,000 keys",
        }
    }

    /// All that its cells need to know of it.
    pub(super) fn shape(self) -> Shape {
        Shape {
            call: self.call(),
            batch: self.batch(),
            has_tasks: self.has_tasks(),
            value_len: self.value_len(),
            keys: self.keys(),
            servers: self.servers(),
        }
    }

    /// What one call of it asks for.
    fn call(self) -> Call {
        match self {
            Self::W1 | Self::W6 | Self::W7 => Call::Get,
            Self::W2 | Self::W8 => Call::Set,
            Self::W3 | Self::W4 => Call::GetMany,
            Self::W5 | Self::W9 => Call::SetMany,
        }
    }

    /// How many keys are asked for at a time, be it in one call or by as many tasks.
    pub(super) fn batch(self) -> usize {
        match self {
            Self::W3 | Self::W4 | Self::W5 => 100,
            Self::W6 => 64,
            Self::W9 => 100_000,
            Self::W1 | Self::W2 | Self::W7 | Self::W8 => 1,
        }
    }

    /// Whether what is asked for at a time is asked for by tasks of their own.
    pub(super) fn has_tasks(self) -> bool {
        self == Self::W6
    }

    /// Bytes of a value.
    fn value_len(self) -> usize {
        match self {
            Self::W7 | Self::W8 => 512 << 10,
            _ => 100,
        }
    }

    /// How many keys there are.
    fn keys(self) -> usize {
        match self {
            Self::W7 | Self::W8 => 8,
            Self::W9 => 100_000,
            _ => 1000,
        }
    }

    /// How many servers share them.
    fn servers(self) -> usize {
        if self == Self::W4 { 4 } else { 1 }
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&name(self))
    }
}
