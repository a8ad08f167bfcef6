//! Ruby's `Marshal` of one string, number, `true`, `false` or `nil`: what Dalli makes of every value.
//!
//! ```text
//! 04 08  49 22 09 74 65 78 74  06 3a 06 45 54
//! 4.8    I  "  4  t  e  x  t   1  :  1  E  T     a string, with one variable: E is true, it is UTF-8
//! ```
//!
//! Lengths and numbers are packed: one byte for what is near zero, which is 5 further from it; else how many bytes
//! follow, the lowest first, counted downwards for a negative number.
//!
//! # Source
//! Ruby `doc/marshal.rdoc` and `marshal.c`, `w_long`, `w_float`, `w_bignum`.

use bytes::{BufMut, Bytes, BytesMut};
use mc_proto::Payload;

use super::float_digits;
use crate::value::{Format, Integer, Value};

const HEADER: [u8; 2] = [4, 8];
/// What stands behind a string in UTF-8: one variable, `E`, that is true.
const UTF_8: &[u8] = b"\x06:\x06ET";
/// Behind one in ASCII it is false.
const ASCII: &[u8] = b"\x06:\x06EF";
const FLOATS: [&str; 3] = ["inf", "-inf", "nan"];
/// Integers beyond ±2³⁰ are written as large ones.
const SMALL: std::ops::Range<i32> = -(1 << 30)..1 << 30;

/// What Ruby has for this value; `None` if it is none of those that it has one for.
pub(super) fn of(value: &Value<'_>) -> Option<Bytes> {
    let mut out = BytesMut::from(&HEADER[..]);
    match value {
        Value::None => out.put_u8(b'0'),
        Value::Bool(true) => out.put_u8(b'T'),
        Value::Bool(false) => out.put_u8(b'F'),
        Value::Integer(number) => put_integer(&mut out, *number),
        Value::Float(number) => {
            out.put_u8(b'f');
            put_bytes(&mut out, float_digits(*number, FLOATS).as_slice());
        }
        Value::Bytes(bytes) => {
            out.put_u8(b'"');
            put_bytes(&mut out, bytes.as_slice());
        }
        Value::Text(text) => {
            out.put_slice(b"I\"");
            put_bytes(&mut out, text.as_slice());
            out.put_slice(UTF_8);
        }
        _ => return None,
    }
    Some(out.freeze())
}

/// The value of a dump that holds nothing else, or the dump as it is.
pub(super) fn read(dump: Bytes) -> Value<'static> {
    scalar(&dump).unwrap_or(Value::Serialized(Format::Marshal, Payload::Shared(dump)))
}

fn scalar(dump: &Bytes) -> Option<Value<'static>> {
    let shared = |part: &[u8]| Payload::Shared(dump.slice_ref(part));
    let (code, rest) = dump.strip_prefix(&HEADER)?.split_first()?;
    let value = match (code, rest) {
        (b'0', []) => Value::None,
        (b'T', []) => Value::Bool(true),
        (b'F', []) => Value::Bool(false),
        (b'i', packed) => Value::Integer(whole(unpack(packed)?)?.into()),
        (b'l', large) => Value::Integer(read_large(large)?),
        (b'f', packed) => Value::Float(float(whole(bytes(packed)?)?)?),
        (b'"', packed) => Value::Bytes(shared(whole(bytes(packed)?)?)),
        (b'I', [b'"', packed @ ..]) => match bytes(packed)? {
            (text, UTF_8 | ASCII) => Value::Text(shared(text)),
            _ => return None,
        },
        _ => return None,
    };
    Some(value)
}

/// What was read, if nothing stands behind it.
fn whole<T>((value, rest): (T, &[u8])) -> Option<T> {
    rest.is_empty().then_some(value)
}

fn float(text: &[u8]) -> Option<f64> {
    str::from_utf8(text).ok()?.parse().ok()
}

fn put_bytes(out: &mut BytesMut, bytes: &[u8]) {
    // Ruby has no longer strings, and no server takes one.
    put_packed(out, i32::try_from(bytes.len()).unwrap_or(i32::MAX));
    out.put_slice(bytes);
}

fn bytes(packed: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = unpack(packed)?;
    rest.split_at_checked(len.try_into().ok()?)
}

fn put_integer(out: &mut BytesMut, number: Integer) {
    match i32::try_from(number) {
        Ok(small) if SMALL.contains(&small) => {
            out.put_u8(b'i');
            put_packed(out, small);
        }
        _ => put_large(out, number),
    }
}

/// A sign, how many pairs of bytes, and these, the lowest first.
fn put_large(out: &mut BytesMut, number: Integer) {
    let (negative, magnitude) = number.parts();
    let pairs = (u128::BITS - magnitude.leading_zeros()).div_ceil(16);
    out.put_slice(if negative { b"l-" } else { b"l+" });
    put_packed(out, pairs.cast_signed());
    for pair in 0..pairs {
        out.put_u16_le((magnitude >> (16 * pair)) as u16);
    }
}

fn read_large(large: &[u8]) -> Option<Integer> {
    let (sign, packed) = large.split_first()?;
    let (pairs, digits) = unpack(packed)?;
    let mut wide = [0; 16];
    wide.get_mut(..digits.len())?.copy_from_slice(digits);
    let negative = match sign {
        b'+' => false,
        b'-' => true,
        _ => return None,
    };
    let sound = usize::try_from(pairs).ok()?.checked_mul(2) == Some(digits.len());
    Integer::new(negative, u128::from_le_bytes(wide)).filter(|_| sound)
}

fn put_packed(out: &mut BytesMut, number: i32) {
    let bytes = number.to_le_bytes();
    // The bytes that a number of its sign does not have by itself.
    let fill = if number < 0 { 0xff } else { 0 };
    let len = 4 - bytes.iter().rev().take_while(|byte| **byte == fill).count();
    match number {
        0 => out.put_i8(0),
        1..=122 => out.put_i8(number as i8 + 5),
        -123..=-1 => out.put_i8(number as i8 - 5),
        _ => {
            let count = len.max(1) as i8;
            out.put_i8(if number < 0 { -count } else { count });
            out.put_slice(&bytes[..len.max(1)]);
        }
    }
}

fn unpack(packed: &[u8]) -> Option<(i32, &[u8])> {
    let (first, rest) = packed.split_first()?;
    let first = first.cast_signed();
    let number = match first {
        0 => 0,
        5.. => i32::from(first) - 5,
        ..=-5 => i32::from(first) + 5,
        _ => return unpack_bytes(first, rest),
    };
    Some((number, rest))
}

fn unpack_bytes(count: i8, rest: &[u8]) -> Option<(i32, &[u8])> {
    let (bytes, rest) = rest.split_at_checked(count.unsigned_abs().into())?;
    let mut wide = if count < 0 { [0xff; 4] } else { [0; 4] };
    wide.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some((i32::from_le_bytes(wide), rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::value::IntoValue;

    /// Both ways, as Ruby's `Marshal.dump` has them.
    fn check(given: impl IntoValue<'static>, dump: &[u8]) {
        let value = given.into_value().unwrap();
        let dump = [&b"\x04\x08"[..], dump].concat();
        assert_eq!(of(&value).unwrap(), dump, "{value:?}");
        assert_eq!(read(dump.into()), value);
    }

    #[test]
    fn rubys_dumps() {
        check(None::<u8>, b"0");
        check(true, b"T");
        check(false, b"F");
        check("text", b"I\"\x09text\x06:\x06ET");
        check("", b"I\"\x00\x06:\x06ET");
        check(b"\xff", b"\"\x06\xff");
        check(1.5, b"f\x081.5");
        check(f64::INFINITY, b"f\x08inf");
        check(f64::NEG_INFINITY, b"f\x09-inf");
        let long = [&b"I\"\x02\x2c\x01"[..], &[b'a'; 300], b"\x06:\x06ET"].concat();
        check("a".repeat(300), &long);
    }

    #[test]
    fn rubys_integers() {
        check(0, b"i\x00");
        check(1, b"i\x06");
        check(-1, b"i\xfa");
        check(122, b"i\x7f");
        check(-123, b"i\x80");
        check(123, b"i\x01\x7b");
        check(-124, b"i\xff\x84");
        check(256, b"i\x02\x00\x01");
        check(-256, b"i\xff\x00");
        check(-257, b"i\xfe\xff\xfe");
        check(65_536, b"i\x03\x00\x00\x01");
        check((1 << 30) - 1, b"i\x04\xff\xff\xff\x3f");
        check(-(1 << 30), b"i\xfc\x00\x00\x00\xc0");
        let large = 1_u128 << 127;
        check(large, b"l+\x0d\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x80");
        check(1 << 30, b"l+\x07\x00\x00\x00\x40");
        check(-(1 << 30) - 1, b"l-\x07\x01\x00\x00\x40");
        check(1_u64 << 32, b"l+\x08\x00\x00\x00\x00\x01\x00");
    }

    #[test]
    fn other_dumps_are_left_alone() {
        for dump in [
            &b""[..],
            b"\x04\x08",
            b"\x04\x09T",
            b"\x04\x08[\x00",
            b"\x04\x08TT",
            b"\x04\x08i\x03\x00",
            b"\x04\x08\"\x09a",
            b"\x04\x08I\"\x06a\x06:\rencoding\"\x0eShift_JIS",
            b"\x04\x08l+\x07\x00",
            b"\x04\x08l*\x06\x00\x00",
        ] {
            let dump = Bytes::from(dump);
            let left = Value::Serialized(Format::Marshal, Payload::Shared(dump.clone()));
            assert_eq!(read(dump), left);
        }
        let ascii = read(Bytes::from(&b"\x04\x08I\"\x06a\x06:\x06EF"[..]));
        assert_eq!(ascii, Value::Text(Payload::Borrowed(b"a")));
    }

    proptest! {
        #[test]
        fn numbers_come_back(number: i128, small: i32, float: f64) {
            for number in [number, small.into(), number >> 64] {
                let value = Value::Integer(number.into());
                prop_assert_eq!(read(of(&value).unwrap()), value);
            }
            let value = Value::Float(float);
            prop_assert_eq!(read(of(&value).unwrap()), value);
        }

        #[test]
        fn any_bytes_are_read(dump: Vec<u8>) {
            read([&HEADER[..], &dump].concat().into());
        }
    }
}
