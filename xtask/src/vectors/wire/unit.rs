//! The client's bytes, cut into operations.

use mc_proto::binary::{self, Command, Opcode};
use mc_proto::{Limits, Protocol, Request, text};

/// A value may be longer than a server takes: that is one of the rows.
pub(super) const LIMITS: Limits = Limits {
    max_value_len: 8 << 20,
    max_line_len: 2048,
    max_keys: 10_000,
    max_batch: 10_000,
    max_rows: 16_384,
};

/// One request, and its bytes.
pub(super) struct Unit<'a> {
    pub(super) request: Request<'a>,
    /// It asks for no reply (or none to a success).
    pub(super) quiet: bool,
    pub(super) bytes: &'a [u8],
}

/// What the start of the input is.
pub(super) enum Next<'a> {
    Unit(Unit<'a>),
    /// It has not arrived as a whole.
    Partial,
    /// No request that we would take, for this reason.
    Bad(String),
}

/// Binary packets begin with a byte that no command begins with.
pub(super) fn protocol(input: &[u8]) -> Protocol {
    match input.first() {
        Some(0x80 | 0x81) => Protocol::Binary,
        _ => Protocol::Text,
    }
}

pub(super) fn next(input: &[u8]) -> Next<'_> {
    match protocol(input) {
        Protocol::Binary => binary(input),
        _ => text(input),
    }
}

fn text(input: &[u8]) -> Next<'_> {
    match text::decode_request(input, &LIMITS) {
        Ok(Some(incoming)) => Next::Unit(Unit {
            request: incoming.request,
            quiet: incoming.noreply,
            bytes: &input[..incoming.len],
        }),
        Ok(None) => Next::Partial,
        Err(bad) => Next::Bad(bad.to_string()),
    }
}

/// A packet; or quiet gets and the noop behind them, which are one get of many keys.
fn binary(input: &[u8]) -> Next<'_> {
    let (mut keys, mut len) = (Vec::new(), 0);
    loop {
        let incoming = match binary::decode_request(&input[len..], &LIMITS) {
            Ok(Some(incoming)) => incoming,
            Ok(None) => return Next::Partial,
            Err(bad) => return Next::Bad(bad.to_string()),
        };
        len += incoming.len;
        let binary::Request { quiet, command, .. } = &incoming.request;
        match command {
            Command::Get { key, .. } if *quiet => keys.push(*key),
            Command::Noop if !keys.is_empty() => {
                let request = Request::GetMany {
                    keys: keys.into(),
                    cas: true,
                };
                return Next::Unit(Unit {
                    request,
                    quiet: false,
                    bytes: &input[..len],
                });
            }
            _ => {
                return match incoming.request.general() {
                    Some(request) => Next::Unit(Unit {
                        request,
                        quiet: *quiet,
                        bytes: &input[..len],
                    }),
                    None => Next::Bad("only this protocol can say it".to_owned()),
                };
            }
        }
    }
}

/// The packets of the binary protocol, each with its header, as far as they are whole.
pub(super) fn packets(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let body = u32::from_be_bytes(bytes.get(8..12)?.try_into().ok()?) as usize;
        let packet;
        (packet, bytes) = bytes.split_at_checked(24 + body)?;
        Some(packet)
    })
}

/// The number that a packet brings back.
pub(super) fn opaque(packet: &[u8]) -> u32 {
    u32::from_be_bytes(packet[12..16].try_into().expect("a packet has a header"))
}

/// What a packet asks.
pub(super) fn opcode(packet: &[u8]) -> Option<Opcode> {
    Opcode::from_byte(packet[1])
}
