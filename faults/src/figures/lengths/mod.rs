//! Replies that announce more than they bring: to the codecs alone, and to both clients.

mod liar;
mod sockets;

use std::time::Duration;

use anyhow::{Result, anyhow};
use bytes::BytesMut;
use mc_proto::{Connection, Key, Limits, Protocol, Request};

use crate::HELD;
use crate::figure::{Figure, Run};

pub(crate) const FIGURE: Figure = Figure {
    number: 7,
    name: "memory held for bytes that are only announced",
    target: "at most 64 KiB",
    within: Duration::from_secs(60),
    run,
};

const MOST: usize = 64 << 10;

/// Announced lengths: small ones, the limits of what a client takes, and those at which counters wrap.
const ANNOUNCED: [u64; 9] = [
    100,
    (1 << 20) - 1,
    1 << 20,
    1 << 30,
    (1 << 31) - 1,
    u32::MAX as u64,
    1 << 40,
    i64::MAX as u64,
    u64::MAX,
];

fn run(run: &mut Run) -> Result<()> {
    for protocol in [Protocol::Text, Protocol::Meta, Protocol::Binary] {
        let mut most = 0;
        for announced in ANNOUNCED {
            most = most.max(held(protocol, &header(protocol, announced))?);
        }
        let got = format!("{most} bytes for up to {}", u64::MAX);
        run.line(
            &format!("the codec, {protocol}"),
            FIGURE.target,
            got,
            most <= MOST,
        );
    }
    sockets::run(run)
}

/// What a connection holds at most when these are the first bytes of the answer to a get.
fn held(protocol: Protocol, header: &[u8]) -> Result<usize> {
    let mut connection = Connection::new(protocol, Limits::default());
    let get = Request::Get {
        key: Key::new(b"k")?,
        cas: false,
    };
    connection
        .push(&get, ())
        .map_err(|(error, ())| anyhow!(error))?;
    drop(connection.take_outgoing());
    let mut input = BytesMut::from(header);
    let before = HELD.current_usage();
    HELD.reset_peak_usage();
    // It may refuse or wait for more; what it must not do is make room.
    let _ = connection.receive(&mut input);
    Ok(HELD.peak_usage().saturating_sub(before))
}

/// The start of a hit whose value is so long.
fn header(protocol: Protocol, announced: u64) -> Vec<u8> {
    match protocol {
        Protocol::Text => format!("VALUE k 0 {announced}\r\n").into_bytes(),
        Protocol::Meta => format!("VA {announced} kk O1\r\n").into_bytes(),
        _ => packet(announced),
    }
}

/// A packet's header has room for 32 bits only.
fn packet(announced: u64) -> Vec<u8> {
    let body = u32::try_from(announced).unwrap_or(u32::MAX);
    let mut packet = vec![0x81, 0x00, 0, 0, 4, 0, 0, 0];
    packet.extend_from_slice(&body.to_be_bytes());
    packet.resize(24, 0);
    packet
}
