//! What each client makes of the same values, by hand from its source.

use proptest::prelude::*;

use super::*;
use crate::value::compress::if_able;
use crate::value::{Codec, Compress, Format, FromValue, IntoValue};

/// What `codec` stores for `given`, and that it reads it back as the same type.
fn both<T>(codec: &dyn Codec, given: T, flags: u32, data: &[u8])
where
    T: Clone + IntoValue<'static> + FromValue + PartialEq + std::fmt::Debug,
{
    let value = given.clone().into_value().unwrap();
    let stored = codec.encode(value, Compress::NEVER).unwrap();
    assert_eq!(
        (
            stored.flags,
            stored.data.as_slice().escape_ascii().to_string()
        ),
        (flags, data.escape_ascii().to_string()),
        "{codec:?} of {given:?}"
    );
    assert_eq!(read::<T>(codec, flags, data), Ok(given), "{codec:?}");
}

/// What `codec` reads, or why not.
fn read<T: FromValue>(codec: &dyn Codec, flags: u32, data: &[u8]) -> Result<T, String> {
    let data = Bytes::copy_from_slice(data);
    T::decode(codec, flags, data, 1 << 20).map_err(|error| error.to_string())
}

/// Why `codec` stores no such thing.
fn refused(codec: &dyn Codec, given: impl IntoValue<'static>) -> String {
    let error = codec
        .encode(given.into_value().unwrap(), Compress::default())
        .unwrap_err();
    error.to_string()
}

fn serialized(format: Format, data: &'static [u8]) -> Value<'static> {
    Value::Serialized(format, Payload::Borrowed(data))
}

#[test]
fn pymemcache() {
    let codec = &Pymemcache::default();
    both(codec, b"ab".to_vec(), 0, b"ab");
    both(codec, "é".to_owned(), 16, "é".as_bytes());
    both(codec, -7, 2, b"-7");
    both(codec, true, 1, b"\x80\x02\x88.");
    both(codec, 1.5, 1, b"\x80\x02G\x3f\xf8\0\0\0\0\0\0.");
    both(codec, None::<u8>, 1, b"\x80\x02N.");
    both(codec, serialized(Format::Pickle, b"(l."), 1, b"(l.");
    // As pymemcache 4.0 on Python 3.11 stores them.
    assert_eq!(read(codec, 1, b"\x80\x05\x88."), Ok(true));
    let framed = b"\x80\x05\x95\n\0\0\0\0\0\0\0G?\xf8\0\0\0\0\0\0.";
    assert_eq!(read(codec, 1, framed), Ok(1.5));
    assert_eq!(read(codec, 4, b"12"), Ok(12));
    assert_eq!(
        refused(codec, serialized(Format::Php, b"N;")),
        "pymemcache cannot read serialized PHP"
    );
}

#[test]
fn php_memcached() {
    let codec = &PhpMemcached::default();
    both(codec, b"ab".to_vec(), 0, b"ab");
    both(codec, "é".to_owned(), 0, "é".as_bytes());
    both(codec, i64::MIN, 1, b"-9223372036854775808");
    both(codec, 1.5, 2, b"1.5");
    both(codec, 1e300, 2, b"1e300");
    both(codec, f64::NEG_INFINITY, 2, b"-Infinity");
    both(codec, true, 3, b"1");
    both(codec, false, 3, b"");
    both(codec, None::<u8>, 4, b"N;");
    both(codec, serialized(Format::Php, b"a:0:{}"), 4, b"a:0:{}");
    both(codec, serialized(Format::Igbinary, b"x"), 5, b"x");
    both(codec, serialized(Format::Json, b"[]"), 6, b"[]");
    both(codec, serialized(Format::MessagePack, b"\x90"), 7, b"\x90");
    assert_eq!(read(codec, 5, b"\0\0\0\x02\0"), Ok(None::<u8>));
    assert_eq!(read(codec, 2, b"1e+300"), Ok(1e300));
    assert_eq!(read(codec, 0xffff_0001, b"7"), Ok(7));
    assert_eq!(read::<f64>(codec, 2, b"1.5e+22"), Ok(1.5e22));
    assert!(read::<f64>(codec, 2, b"NaN").unwrap().is_nan());
    assert_eq!(
        refused(codec, u64::MAX),
        "PHP, whose integers have 64 bits, cannot read an integer"
    );
    assert_eq!(
        read::<String>(codec, 4, b"a:0:{}").unwrap_err(),
        "the value is serialized PHP, text was asked for"
    );
    assert_eq!(
        read::<String>(codec, 8, b"").unwrap_err(),
        "the value's flags 8 tell no type"
    );
    assert_eq!(
        read::<f64>(codec, 2, b"x").unwrap_err(),
        "the value is marked as a float, but \"x\" is none"
    );
}

#[test]
fn php_memcached_compressed() {
    let codec = &PhpMemcached::default();
    // FastLZ, as PHP 8.2 stores `str_repeat("a", 3000)`.
    let php = [
        &b"\xb8\x0b\0\0\x01aa"[..],
        &b"\xe0\xfd\x01".repeat(11),
        b"\xe0h\x01\x02aaa",
    ]
    .concat();
    assert_eq!(read(codec, 16 | 64, &php), Ok("a".repeat(3000)));
    // An `a` and eleven more.
    let fastlz = b"\x0c\0\0\0\x00a\xe0\x02\x00";
    assert_eq!(read(codec, 16 | 64, fastlz), Ok("a".repeat(12)));
    assert_eq!(
        read::<String>(codec, 16 | 64, b"\x0b\0\0\0\x00a\xe0\x02\x00").unwrap_err(),
        "the value is marked as compressed, but cannot be inflated"
    );
    assert_eq!(
        read::<String>(codec, 16 | 128, b"\x0c\0\0\0zstd").unwrap_err(),
        "the value's compression (flags 144) is neither zlib nor FastLZ"
    );
    assert_eq!(
        read::<String>(codec, 16 | 64, b"\xff\xff\xff\xffx").unwrap_err(),
        "the value is 4294967295 bytes when it is inflated, 1048576 is the most"
    );
}

/// The length in front counts.
#[test]
fn php_memcached_compresses_what_is_shorter_then() {
    let codec = &PhpMemcached::default();
    for len in 1..200 {
        let value = (0..len).map(|at| char::from(b'a' + (at % 7 * at % 11) as u8));
        let value = value.collect::<String>().into_value().unwrap();
        let stored = codec.encode(value, Compress::over(1)).unwrap();
        let is_short = stored.data.as_slice().len() < len;
        assert_eq!(stored.flags & 16 != 0, is_short, "{len}");
    }
}

/// A length that is too small is a damage, not a value that is too large.
#[test]
fn php_memcached_damaged() {
    let codec = &PhpMemcached::default();
    let value = "a".repeat(100).into_value().unwrap();
    let stored = codec.encode(value, Compress::over(1)).unwrap();
    let damaged = [b"\x01\0\0\0", &stored.data.as_slice()[4..]].concat();
    let error = "the value is marked as compressed, but cannot be inflated";
    assert_eq!(
        read::<String>(codec, stored.flags, &damaged).unwrap_err(),
        error
    );
}

#[test]
fn dalli() {
    let codec = &Dalli::default();
    both(codec, b"ab".to_vec(), 1, b"\x04\x08\"\x07ab");
    both(
        codec,
        "é".to_owned(),
        1,
        b"\x04\x08I\"\x07\xc3\xa9\x06:\x06ET",
    );
    both(codec, 1, 1, b"\x04\x08i\x06");
    both(codec, 1.5, 1, b"\x04\x08f\x081.5");
    both(codec, true, 1, b"\x04\x08T");
    both(codec, None::<u8>, 1, b"\x04\x080");
    both(
        codec,
        serialized(Format::Marshal, b"\x04\x08[\x00"),
        1,
        b"\x04\x08[\x00",
    );
    // Raw values, and those of `string_fastpath`.
    assert_eq!(read(codec, 0, b"12"), Ok(12));
    assert_eq!(read(codec, 0, b"ab"), Ok("ab".to_owned()));
    assert_eq!(read(codec, 4, b"ab"), Ok("ab".to_owned()));
    assert_eq!(
        refused(codec, serialized(Format::Pickle, b"N.")),
        "Dalli cannot read a Python pickle"
    );
}

#[test]
fn dalli_with_json() {
    let codec = &Dalli {
        serializer: DalliSerializer::Json,
        ..Dalli::default()
    };
    both(codec, b"ab".to_vec(), 0, b"ab");
    both(codec, "é".to_owned(), 4, "é".as_bytes());
    both(codec, -7, 1, b"-7");
    both(codec, 1.5, 1, b"1.5");
    both(codec, true, 1, b"true");
    both(codec, None::<u8>, 1, b"null");
    both(codec, serialized(Format::Json, b"[1]"), 1, b"[1]");
    assert_eq!(refused(codec, f64::NAN), "JSON cannot read a float");
}

#[test]
fn spymemcached() {
    let codec = &Spymemcached::default();
    both(codec, "é".to_owned(), 0, "é".as_bytes());
    both(codec, b"ab".to_vec(), 0x800, b"ab");
    both(codec, true, 0x100, b"1");
    both(codec, false, 0x100, b"0");
    both(codec, 0, 0x300, b"");
    both(codec, 258, 0x300, b"\x01\x02");
    both(codec, -1, 0x300, b"\xff\xff\xff\xff\xff\xff\xff\xff");
    both(codec, 1.5, 0x700, b"\x3f\xf8\0\0\0\0\0\0");
    both(codec, 0.0, 0x700, b"");
    both(codec, serialized(Format::Java, b"\xac\xed"), 1, b"\xac\xed");
    assert_eq!(read(codec, 0x200, b"\xff\xff\xff\xff"), Ok(-1));
    assert_eq!(read(codec, 0x200, b"\x01\0"), Ok(256));
    assert_eq!(read(codec, 0x400, b"\x01\0"), Ok(256));
    assert_eq!(read(codec, 0x500, b"\xff"), Ok(-1));
    assert_eq!(read(codec, 0x600, b"\x3f\xc0\0\0"), Ok(1.5));
    assert_eq!(read(codec, 0, b"12"), Ok(12));
    assert_eq!(
        read::<i64>(codec, 0x200, b"12345").unwrap_err(),
        "the value is marked as a number of 4 bytes, but has 5"
    );
    assert_eq!(refused(codec, None::<u8>), "spymemcached cannot read None");
    assert_eq!(
        refused(codec, u64::MAX),
        "Java, whose longs have 64 bits, cannot read an integer"
    );
}

fn every() -> [Box<dyn Codec>; 6] {
    let json = Dalli {
        serializer: DalliSerializer::Json,
        ..Dalli::default()
    };
    [
        Box::new(Pylibmc::default()),
        Box::new(Pymemcache::default()),
        Box::new(PhpMemcached::default()),
        Box::new(Dalli::default()),
        Box::new(json),
        Box::new(Spymemcached::default()),
    ]
}

proptest! {
    /// Whatever the codec, with and without compression.
    #[test]
    fn what_is_stored_is_read_back(text in "[ab]{0,300}", number: i64, float: f64, over in 0_usize..400) {
        let over = if_able(over);
        for codec in every().iter().map(AsRef::as_ref) {
            let stored = |value| codec.encode(value, Compress::over(over)).unwrap();
            let bytes = stored(Value::Bytes(Payload::Borrowed(text.as_bytes())));
            prop_assert_eq!(read(codec, bytes.flags, bytes.data.as_slice()), Ok(text.clone().into_bytes()));
            let encoded = stored(Value::Text(Payload::Borrowed(text.as_bytes())));
            prop_assert_eq!(read(codec, encoded.flags, encoded.data.as_slice()), Ok(text.clone()));
            let integer = stored(Value::Integer(number.into()));
            prop_assert_eq!(read(codec, integer.flags, integer.data.as_slice()), Ok(number));
            let encoded = stored(Value::Float(float));
            prop_assert_eq!(read(codec, encoded.flags, encoded.data.as_slice()), Ok(float));
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(flags in prop_oneof![0_u32..0x1000, any::<u32>()], data: Vec<u8>) {
        for codec in every().iter().map(AsRef::as_ref) {
            if let Err(error) = codec.decode(flags, Bytes::copy_from_slice(&data), 1 << 16) {
                prop_assert!(!error.to_string().is_empty());
            }
        }
    }
}
