//! `wire.jsonl`: all bytes between libmemcached and memcached, operation by operation.
//!
//! Each capture is read from both ends: the client's bytes as requests, memcached's as the replies to them. The same
//! requests as we write them are compared with the client's bytes, and sent to a memcached of our own, whose replies
//! have to be those of the capture.

mod capture;
mod differences;
mod stream;
mod unit;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;

use anyhow::Result;

use super::deviations::{self, Deviation};
use super::{Report, Vectors, Verdict, unhex};
use crate::peer::Peers;
use capture::{Entry, Op, Row};
use stream::Stream;

/// Each operation that has left bytes is a row; `keys.jsonl` has what a client sends nothing for.
pub(super) fn check(vectors: &Vectors, report: &mut Report) -> Result<()> {
    for row in vectors.rows::<Row>("wire.jsonl")? {
        let (mut streams, mut servers) = (BTreeMap::new(), BTreeMap::new());
        for op in row.ops.iter().filter(|op| op.has_bytes()) {
            let verdict = verdict(op, &mut streams, &mut servers)?;
            report.count(format!("{} {}, {}", row.id, row.label, op.op), verdict);
        }
    }
    Ok(())
}

/// The connections of a row, by server and number.
type Streams = BTreeMap<(u32, u32), Stream>;

/// Our own memcached in the place of each server of a row.
type Servers = BTreeMap<u32, Peers>;

fn verdict(op: &Op, streams: &mut Streams, servers: &mut Servers) -> Result<Verdict> {
    let mut differs = None;
    for entry in &op.wire {
        let found = if entry.client_datagrams.is_empty() {
            let peers = match servers.entry(entry.server) {
                Slot::Occupied(started) => started.into_mut(),
                Slot::Vacant(slot) => slot.insert(Peers::start()?),
            };
            let stream = streams.entry((entry.server, entry.conn)).or_default();
            tcp(entry, stream, peers)?
        } else {
            stream::datagrams(entry)?
        };
        match found {
            Verdict::Holds => {}
            Verdict::Deviates(deviation) => differs = Some(deviation),
            failed @ Verdict::Fails(_) => return Ok(failed),
        }
    }
    Ok(differs.map_or(Verdict::Holds, Verdict::Deviates))
}

/// What one connection has seen during one operation.
fn tcp(entry: &Entry, stream: &mut Stream, peers: &mut Peers) -> Result<Verdict> {
    let sent = entry.client.bytes()?.unwrap_or_default();
    let wrote = stream.wrote(&sent, peers)?;
    if let Verdict::Fails(_) = wrote {
        return Ok(wrote);
    }
    Ok(match entry.reply.bytes()? {
        Some(reply) => match stream.read(&reply) {
            Some(difference) => Verdict::Fails(difference),
            None => wrote,
        },
        // It changes from run to run, and was not kept.
        None => {
            stream.forget();
            wrote
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of one operation with these bytes, as an escaped text.
    fn check(client: &str, reply: &str, fails: bool) {
        let hex = |text: &str| {
            text.bytes()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
        };
        let op = format!(
            r#"{{"op": "", "wire": [{{"server": 0, "conn": 0, "client": "{}", "reply": "{}"}}]}}"#,
            hex(client),
            hex(reply)
        );
        let op: Op = serde_json::from_str(&op).unwrap();
        let verdict = verdict(&op, &mut Streams::new(), &mut Servers::new()).unwrap();
        assert_eq!(
            matches!(verdict, Verdict::Fails(_)),
            fails,
            "{client:?} {reply:?}"
        );
    }

    #[test]
    fn a_capture_that_is_wrong_is_caught() {
        check("set a 0 0 1\r\nx\r\n", "STORED\r\n", false);
        check("set a 0 0 1\r\nx\r\n", "NOT_STORED\r\n", true);
        check("set a 0 0 1\r\nx\r\n", "DELETED\r\n", true);
        check("set a 00 0 1\r\nx\r\n", "STORED\r\n", true);
        check("sets a 0 0 1\r\nx\r\n", "ERROR\r\n", true);
        check("get a\r\n", "VALUE a 0 1\r\nx\r\nEND\r\n", true);
        check("get a\r\n", "EN", true);
    }
}
