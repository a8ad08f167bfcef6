//! Where our bytes differ from libmemcached's, and by which rule.

use std::ops::Range;

use mc_proto::{InvalidKey, Key, MAX_KEY_LEN, Protocol};

use super::unit::{self, Unit};
use super::{Deviation, Verdict, deviations};

/// A request as the client has written it, and as we do.
pub(super) struct Written<'a> {
    pub(super) unit: &'a Unit<'a>,
    pub(super) ours: &'a [u8],
}

/// Compares the bytes.
pub(super) fn written(written: &Written<'_>) -> Verdict {
    let Written { unit, ours } = written;
    let binary = unit::protocol(unit.bytes) == Protocol::Binary;
    let excuse = if binary {
        binary_excuse(unit, ours)
    } else {
        text_excuse(unit, ours)
    };
    match excuse {
        _ if unit.bytes == *ours => Verdict::Holds,
        Some(deviation) => Verdict::Deviates(deviation),
        None => Verdict::Fails(format!(
            "we write '{:.300}'",
            ours.escape_ascii().to_string()
        )),
    }
}

/// Spaces that say nothing.
fn text_excuse(unit: &Unit<'_>, ours: &[u8]) -> Option<&'static Deviation> {
    let (line, body) = split_line(unit.bytes);
    let (our_line, our_body) = split_line(ours);
    let words: Vec<_> = line
        .split(|byte| *byte == b' ')
        .filter(|word| !word.is_empty())
        .collect();
    match words.join(&b' ') == our_line && body == our_body {
        // A key with a line feed in it, of which this is the first half.
        false => (!unit.bytes.ends_with(b"\r\n")).then_some(&deviations::UNSAFE_KEY),
        true => Some(&deviations::SPARE_SPACES),
    }
}

fn split_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes
        .windows(2)
        .position(|pair| pair == b"\r\n")
        .unwrap_or(bytes.len());
    bytes.split_at(end)
}

/// Other opcodes for the same, and other numbers where they mean nothing, or the same.
fn binary_excuse(unit: &Unit<'_>, ours: &[u8]) -> Option<&'static Deviation> {
    let opcode = unit.bytes.get(1).copied().unwrap_or_default();
    let differs_in = |fields: &[Range<usize>]| {
        let fields = [&[OPAQUE], fields].concat();
        masked(unit.bytes, &fields) == masked(ours, &fields)
    };
    let rules: [(bool, &[Range<usize>], &'static Deviation); 4] = [
        (true, &[], &deviations::OPAQUE),
        (
            matches!(opcode, GET_K | GET_KQ),
            &[OPCODE],
            &deviations::GET_WITHOUT_KEY,
        ),
        (
            matches!(opcode, INCREMENT | DECREMENT),
            &[INITIAL],
            &deviations::INITIAL_UNUSED,
        ),
        (
            unit.bytes.get(END) == Some(&[0xff; 4]),
            &[END],
            &deviations::PAST_END,
        ),
    ];
    let rule = rules
        .into_iter()
        .find(|(applies, fields, _)| *applies && differs_in(fields));
    rule.map(|(_, _, deviation)| deviation)
}

const OPCODE: Range<usize> = 1..2;
const OPAQUE: Range<usize> = 12..16;
/// The value that a number has if it is created.
const INITIAL: Range<usize> = 32..40;
/// When a stored item ends.
const END: Range<usize> = 28..32;

const GET_K: u8 = 0x0c;
const GET_KQ: u8 = 0x0d;
const INCREMENT: u8 = 0x05;
const DECREMENT: u8 = 0x06;
const STAT: u8 = 0x10;

/// The packets with some bytes of each header left out.
fn masked(bytes: &[u8], mask: &[Range<usize>]) -> Vec<u8> {
    let mut masked = Vec::new();
    for packet in unit::packets(bytes) {
        let from = masked.len();
        masked.extend_from_slice(packet);
        for range in mask {
            let field = from + range.start..from + range.end;
            masked.get_mut(field).unwrap_or_default().fill(0);
        }
    }
    masked
}

/// Why the client has sent what we do not take for a request.
pub(super) fn bad(bytes: &[u8]) -> Option<&'static Deviation> {
    if unit::protocol(bytes) == Protocol::Binary {
        let key_len = usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?]));
        return match bytes[1] {
            STAT => Some(&deviations::UNKNOWN_TOPIC),
            _ => (key_len > MAX_KEY_LEN).then_some(&deviations::NAMESPACE_UNCOUNTED),
        };
    }
    let (line, _) = split_line(bytes);
    let words: Vec<_> = line.split(|byte| *byte == b' ').collect();
    let storage = matches!(
        words[0],
        b"set" | b"add" | b"replace" | b"append" | b"prepend" | b"cas"
    );
    match words[..] {
        [b"stats", ..] => Some(&deviations::UNKNOWN_TOPIC),
        [b"cas", _, _, _, _] => Some(&deviations::CAS_WITHOUT_NUMBER),
        [_, key, ..] => match Key::new(key) {
            Err(InvalidKey::TooLong { .. }) => Some(&deviations::NAMESPACE_UNCOUNTED),
            Err(_) => Some(&deviations::UNSAFE_KEY),
            Ok(_) if storage && words.len() != 5 => Some(&deviations::UNSAFE_KEY),
            Ok(_) if storage && is_past_32_bits(words[3]) => Some(&deviations::INTEGER_CUT),
            Ok(_) => None,
        },
        // The rest of a key with a line end in it.
        _ => Some(&deviations::UNSAFE_KEY),
    }
}

fn is_past_32_bits(word: &[u8]) -> bool {
    let number = str::from_utf8(word)
        .ok()
        .and_then(|word| word.parse::<i64>().ok());
    number.is_some_and(|number| i32::try_from(number).is_err())
}
