//! Requests as bytes, encoded beforehand, for the floor and for filling the servers.

use super::Protocol;
use super::workload::{Call, Shape};

/// How many sets that are answered each are written before the first answers are read.
const IN_FLIGHT: usize = 1000;

/// The key of a number: ten bytes.
pub(super) fn key(number: usize) -> String {
    format!("key_{number:06}")
}

/// All keys, by what is asked for at a time.
pub(super) fn batches(shape: &Shape) -> Vec<Vec<String>> {
    let keys: Vec<_> = (0..shape.keys).map(key).collect();
    let batches = keys.chunks_exact(shape.batch);
    batches.map(<[_]>::to_vec).collect()
}

/// The value that all keys have.
pub(super) fn value(shape: &Shape) -> Vec<u8> {
    vec![b'v'; shape.value_len]
}

/// The cheapest form in which the protocol asks for these keys and tells what became of each; in pieces, if all replies
/// together would not fit into a socket.
pub(super) fn requests(shape: &Shape, protocol: Protocol, keys: &[String]) -> Vec<Vec<u8>> {
    let value = value(shape);
    match (shape.call, protocol) {
        (Call::Set | Call::SetMany, Protocol::Text) => {
            let pieces = keys.chunks(IN_FLIGHT);
            pieces.map(|keys| sets(keys, &value)).collect()
        }
        (Call::Set | Call::SetMany, Protocol::Meta) => vec![sets_in_meta(keys, &value)],
        (Call::Set | Call::SetMany, Protocol::Binary) => vec![sets_in_binary(keys, &value)],
        // Meta has no command for many keys: who wants many at once says it in text.
        (Call::GetMany, Protocol::Meta) | (_, Protocol::Text) => {
            vec![format!("get {}\r\n", keys.join(" ")).into_bytes()]
        }
        (Call::Get, Protocol::Meta) => vec![gets_in_meta(keys)],
        (_, Protocol::Binary) => vec![gets_in_binary(keys)],
    }
}

/// What every protocol's server answers at once, and with the same bytes each time.
pub(super) fn version(protocol: Protocol) -> Vec<u8> {
    match protocol {
        Protocol::Text | Protocol::Meta => b"version\r\n".to_vec(),
        Protocol::Binary => packet(0x0b, "", b"", b""),
    }
}

/// Without an answer, for filling a server.
pub(super) fn set_noreply(key: &str, value: &[u8]) -> Vec<u8> {
    let head = format!("set {key} 0 0 {} noreply\r\n", value.len());
    [head.as_bytes(), value, b"\r\n"].concat()
}

fn sets(keys: &[String], value: &[u8]) -> Vec<u8> {
    let set = |key| {
        let head = format!("set {key} 0 0 {}\r\n", value.len());
        [head.as_bytes(), value, b"\r\n"].concat()
    };
    keys.iter().flat_map(set).collect()
}

/// Answered each, as in a pipeline of single gets.
fn gets_in_meta(keys: &[String]) -> Vec<u8> {
    let get = |key| format!("mg {key} f v\r\n").into_bytes();
    keys.iter().flat_map(get).collect()
}

/// Of many, only what fails is told, and the end.
fn sets_in_meta(keys: &[String], value: &[u8]) -> Vec<u8> {
    let (quiet, end): (_, &[u8]) = match keys.len() {
        1 => ("", b""),
        _ => (" q", b"mn\r\n"),
    };
    let set = |key| {
        let head = format!("ms {key} {}{quiet}\r\n", value.len());
        [head.as_bytes(), value, b"\r\n"].concat()
    };
    let mut all: Vec<u8> = keys.iter().flat_map(set).collect();
    all.extend_from_slice(end);
    all
}

/// Quiet ones, which are answered if they hit, up to the last.
fn gets_in_binary(keys: &[String]) -> Vec<u8> {
    let (get, quiet_get) = (0x00, 0x09);
    let last = keys.len() - 1;
    let packets = keys.iter().enumerate().flat_map(|(at, key)| {
        let opcode = if at == last { get } else { quiet_get };
        packet(opcode, key, b"", b"")
    });
    packets.collect()
}

/// Of many, only what fails is told, and the end.
fn sets_in_binary(keys: &[String], value: &[u8]) -> Vec<u8> {
    let (set, quiet_set, noop) = (0x01, 0x11, 0x0a);
    if let [key] = keys {
        return packet(set, key, &[0; 8], value);
    }
    let packets = keys
        .iter()
        .map(|key| packet(quiet_set, key, &[0; 8], value));
    let mut all: Vec<u8> = packets.flatten().collect();
    all.extend_from_slice(&packet(noop, "", b"", b""));
    all
}

fn packet(opcode: u8, key: &str, extras: &[u8], value: &[u8]) -> Vec<u8> {
    let body = extras.len() + key.len() + value.len();
    let (key_len, extras_len) = (key.len() as u8, extras.len() as u8);
    let mut packet = vec![0x80, opcode, 0, key_len, extras_len, 0, 0, 0];
    packet.extend_from_slice(&(body as u32).to_be_bytes());
    packet.resize(24, 0);
    [&packet, extras, key.as_bytes(), value].concat()
}
