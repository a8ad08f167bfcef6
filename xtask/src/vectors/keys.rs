//! `keys.jsonl`: which keys the client itself refuses, before anything is sent.

use std::collections::BTreeMap;

use anyhow::Result;
use mc_behaviors::Behaviors;
use mc_proto::{InvalidKey, Key};
use serde::Deserialize;

use super::deviations;
use super::{Report, Vectors, Verdict, unhex};

#[derive(Deserialize)]
struct Row {
    key_hex: String,
    binary: bool,
    verify_key_requested_before_binary: bool,
    namespace: Option<String>,
    /// Return code of each operation: 33 is a refusal, 3 or 5 a connection that nobody took.
    rc: BTreeMap<String, u32>,
}

/// `MEMCACHED_BAD_KEY_PROVIDED`.
const REFUSED: u32 = 33;

/// Operations that never look at their key in libmemcached.
const UNCHECKED: [&str; 2] = ["exist", "getbk"];

/// Each key under each setting is a row.
pub(super) fn check(vectors: &Vectors, report: &mut Report) -> Result<()> {
    for row in vectors.rows::<Row>("keys.jsonl")? {
        let key = unhex(&row.key_hex)?;
        report.count(&row.key_hex, verdict(&row, &key));
    }
    Ok(())
}

fn verdict(row: &Row, key: &[u8]) -> Result<Verdict> {
    let mut behaviors = Behaviors::default();
    behaviors.set_c("VERIFY_KEY", row.verify_key_requested_before_binary)?;
    behaviors.set_c("BINARY_PROTOCOL", row.binary)?;
    let namespace = row.namespace.as_deref().unwrap_or_default().as_bytes();
    let ours = ours(&behaviors, namespace, key);

    let mut checked = row
        .rc
        .iter()
        .filter(|(op, _)| !UNCHECKED.contains(&op.as_str()));
    let refused = checked.clone().any(|(_, rc)| *rc == REFUSED);
    if refused != checked.all(|(_, rc)| *rc == REFUSED) {
        return Ok(Verdict::Fails(format!(
            "some refuse it and some do not: {:?}",
            row.rc
        )));
    }
    let passed_unchecked = row.rc.values().any(|rc| *rc != REFUSED);
    Ok(match (ours, refused) {
        (Ok(()), false) => Verdict::Holds,
        (Ok(()), true) => Verdict::Fails("is accepted, but was refused".to_owned()),
        (Err(_), true) if passed_unchecked => Verdict::Deviates(&deviations::UNCHECKED_KEY),
        (Err(_), true) => Verdict::Holds,
        (Err(InvalidKey::Byte { .. }), false) => Verdict::Deviates(&deviations::UNSAFE_KEY),
        (Err(InvalidKey::TooLong { .. }), false) if key.len() <= mc_proto::MAX_KEY_LEN => {
            Verdict::Deviates(&deviations::NAMESPACE_UNCOUNTED)
        }
        (Err(error), false) => Verdict::Fails(format!("is refused, but was accepted: {error}")),
    })
}

/// Our own verdict: the one constructor of keys, narrowed by `verify_keys`.
fn ours(behaviors: &Behaviors, namespace: &[u8], key: &[u8]) -> Result<(), InvalidKey> {
    let key = Key::with_namespace(namespace, key)?;
    match behaviors.verify_keys {
        true => key.printable().map(|_| ()),
        false => Ok(()),
    }
}
