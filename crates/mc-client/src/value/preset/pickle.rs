//! Pickles of one float, `None`, bool or integer: what Python's clients make of such values.
//!
//! ```text
//! 80 05  95 0a 00 00 00 00 00 00 00  47 3f f8 00 00 00 00 00 00  2e
//! PROTO  FRAME                       BINFLOAT 1.5                STOP
//! ```
//!
//! Written in protocol 2, which every Python since 2.3 reads; read from any, protocol 0 with its lines of text among
//! them.
//!
//! # Source
//! CPython `Lib/pickletools.py`, `opcodes`.

use bytes::Bytes;

use mc_proto::Payload;

use crate::value::{Format, Integer, Value};

const PROTO: u8 = 0x80;
const FRAME: u8 = 0x95;
const NONE: u8 = b'N';
const TRUE: u8 = 0x88;
const FALSE: u8 = 0x89;
const BINFLOAT: u8 = b'G';
const BININT: u8 = b'J';
const BININT1: u8 = b'K';
const BININT2: u8 = b'M';
const LONG1: u8 = 0x8a;
const FLOAT: u8 = b'F';
const INT: u8 = b'I';
const LONG: u8 = b'L';
const STOP: u8 = b'.';

/// The pickle of `None`.
pub(super) const OF_NONE: &[u8] = &[PROTO, 2, NONE, STOP];

/// The pickle of a bool.
pub(super) fn of_bool(truth: bool) -> &'static [u8] {
    if truth {
        &[PROTO, 2, TRUE, STOP]
    } else {
        &[PROTO, 2, FALSE, STOP]
    }
}

/// The pickle of a float.
pub(super) fn of_float(number: f64) -> Bytes {
    let [a, b, c, d, e, f, g, h] = number.to_be_bytes();
    Bytes::copy_from_slice(&[PROTO, 2, BINFLOAT, a, b, c, d, e, f, g, h, STOP])
}

/// The value of a pickle that holds nothing else, or the pickle as it is.
pub(super) fn read(pickle: Bytes) -> Value<'static> {
    scalar(&pickle).unwrap_or(Value::Serialized(Format::Pickle, Payload::Shared(pickle)))
}

fn scalar(pickle: &[u8]) -> Option<Value<'static>> {
    let pickle = match pickle {
        [PROTO, _, rest @ ..] => rest,
        all => all,
    };
    let pickle = match pickle {
        [FRAME, _, _, _, _, _, _, _, _, rest @ ..] => rest,
        all => all,
    };
    let [code, operand @ .., STOP] = pickle else {
        return None;
    };
    Some(match *code {
        NONE if operand.is_empty() => Value::None,
        TRUE if operand.is_empty() => Value::Bool(true),
        FALSE if operand.is_empty() => Value::Bool(false),
        BINFLOAT => Value::Float(f64::from_be_bytes(operand.try_into().ok()?)),
        BININT => Value::Integer(i32::from_le_bytes(operand.try_into().ok()?).into()),
        BININT1 => Value::Integer(u8::from_le_bytes(operand.try_into().ok()?).into()),
        BININT2 => Value::Integer(u16::from_le_bytes(operand.try_into().ok()?).into()),
        LONG1 => Value::Integer(long(operand)?),
        FLOAT => Value::Float(line(operand)?.parse().ok()?),
        INT if operand == b"01\n" => Value::Bool(true),
        INT if operand == b"00\n" => Value::Bool(false),
        INT => Value::Integer(Integer::parse(line(operand)?.as_bytes())?),
        LONG => Value::Integer(Integer::parse(
            line(operand)?.strip_suffix('L')?.as_bytes(),
        )?),
        _ => return None,
    })
}

/// A line of text, without its end.
fn line(operand: &[u8]) -> Option<&str> {
    str::from_utf8(operand).ok()?.strip_suffix('\n')
}

/// A length, then so many bytes in two's complement, the lowest first.
fn long(operand: &[u8]) -> Option<Integer> {
    let (len, number) = operand.split_first()?;
    let fill = match number.last() {
        Some(highest) if *highest >= 0x80 => 0xff,
        _ => 0,
    };
    let mut wide = [fill; 16];
    wide.get_mut(..number.len())?.copy_from_slice(number);
    (usize::from(*len) == number.len()).then(|| i128::from_le_bytes(wide).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pickle: &[u8], expected: Option<Value<'_>>) {
        assert_eq!(scalar(pickle), expected, "{}", pickle.escape_ascii());
    }

    /// As Python 3.11 writes them, by protocol.
    #[test]
    fn reads_pythons() {
        let framed = b"\x80\x05\x95\x0a\0\0\0\0\0\0\0G\x3f\xf8\0\0\0\0\0\0.";
        check(framed, Some(Value::Float(1.5)));
        check(b"\x80\x02G\x3f\xf8\0\0\0\0\0\0.", Some(Value::Float(1.5)));
        check(b"G\x3f\xf8\0\0\0\0\0\0.", Some(Value::Float(1.5)));
        check(b"\x80\x05N.", Some(Value::None));
        check(b"\x80\x04\x88.", Some(Value::Bool(true)));
        check(b"\x80\x04\x89.", Some(Value::Bool(false)));
        let integer = |number: i128| Some(Value::Integer(number.into()));
        check(b"\x80\x05K\x05.", integer(5));
        check(b"\x80\x05M\0\x01.", integer(256));
        check(b"\x80\x05J\xff\xff\xff\xff.", integer(-1));
        check(b"\x80\x05\x8a\x05\0\0\0\0\x80.", integer(-(1 << 39)));
        check(b"\x80\x05\x8a\x05\0\0\0\x80\0.", integer(1 << 31));
        check(b"\x80\x05\x8a\0.", integer(0));
        check(
            b"F-1.7976931348623157e+308\n.",
            Some(Value::Float(f64::MIN)),
        );
        check(b"Finf\n.", Some(Value::Float(f64::INFINITY)));
        check(b"I01\n.", Some(Value::Bool(true)));
        check(b"I00\n.", Some(Value::Bool(false)));
        check(b"I-7\n.", integer(-7));
        check(b"L18446744073709551616L\n.", integer(1 << 64));
    }

    #[test]
    fn leaves_the_rest_alone() {
        for other in [
            &b""[..],
            b".",
            b"\x80",
            b"\x80\x05",
            b"\x80\x05.",
            b"\x80\x05N",
            b"\x80\x05NN.",
            b"\x80\x05G\0\0.",
            b"\x80\x05K\x05\x05.",
            b"\x80\x05\x8a\x02\0.",
            b"\x80\x05\x8a\x11\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0.",
            b"(lp0\nI1\naVa\np1\na.",
            b"\x80\x05\x95\x0a\0\0\0.",
            b"F.",
            b"F1.5.",
            b"F1.5\nF1.5\n.",
            b"I1L\n.",
            b"L1\n.",
        ] {
            check(other, None);
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for number in [0.0, -0.0, 1.5, f64::MIN_POSITIVE, f64::MAX, f64::INFINITY] {
            check(&of_float(number), Some(Value::Float(number)));
        }
        let Some(Value::Float(number)) = scalar(&of_float(f64::NAN)) else {
            panic!("a NaN is a float");
        };
        assert!(number.is_nan());
        check(OF_NONE, Some(Value::None));
        for truth in [true, false] {
            check(of_bool(truth), Some(Value::Bool(truth)));
        }
        assert_eq!(&of_float(1.5)[..], b"\x80\x02G\x3f\xf8\0\0\0\0\0\0.");
    }
}
