//! The rows of `wire.jsonl`.

use anyhow::{Result, ensure};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::unhex;

#[derive(Deserialize)]
pub(super) struct Row {
    pub(super) id: u32,
    pub(super) label: String,
    pub(super) ops: Vec<Op>,
}

#[derive(Deserialize)]
pub(super) struct Op {
    pub(super) op: String,
    pub(super) wire: Vec<Entry>,
}

/// One connection during one operation.
#[derive(Deserialize)]
pub(super) struct Entry {
    pub(super) server: u32,
    pub(super) conn: u32,
    #[serde(default)]
    pub(super) client: Run,
    #[serde(default)]
    pub(super) reply: Run,
    #[serde(default)]
    pub(super) client_datagrams: Vec<String>,
    #[serde(default)]
    pub(super) reply_datagrams: Vec<String>,
}

/// Bytes in one direction.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Run {
    Hex(String),
    /// A long run, of one byte but for its ends.
    Long {
        len: usize,
        sha256: String,
        head: String,
        tail: String,
    },
}

impl Default for Run {
    fn default() -> Self {
        Self::Hex(String::new())
    }
}

impl Op {
    /// Whether anything was sent or received.
    pub(super) fn has_bytes(&self) -> bool {
        let some = |run: &Run| !matches!(run, Run::Hex(hex) if hex.is_empty());
        self.wire.iter().any(|entry| {
            some(&entry.client) || some(&entry.reply) || !entry.client_datagrams.is_empty()
        })
    }
}

impl Run {
    /// The bytes; `None` if they were not kept, as they change from run to run.
    pub(super) fn bytes(&self) -> Result<Option<Vec<u8>>> {
        match self {
            Self::Hex(hex) if hex == "volatile" => Ok(None),
            Self::Hex(hex) => unhex(hex).map(Some),
            Self::Long {
                len,
                sha256,
                head,
                tail,
            } => {
                let (mut bytes, tail) = (unhex(head)?, unhex(tail)?);
                let fill = bytes.last().copied().unwrap_or_default();
                bytes.resize(len.saturating_sub(tail.len()), fill);
                bytes.extend(tail);
                let digest: String = Sha256::digest(&bytes)
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect();
                ensure!(digest == *sha256, "a long run is not of one byte");
                Ok(Some(bytes))
            }
        }
    }
}
