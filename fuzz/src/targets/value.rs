//! What any client could have stored, by every client's rules.

use bytes::Bytes;
use mc_client::value::{
    Codec, Compress, Dalli, DalliSerializer, Json, MessagePack, PhpMemcached, Pylibmc, Pymemcache,
    Python, Spymemcached, Value,
};
use mc_client::{Error, FromValue, IntoValue};
use serde::de::IgnoredAny;

/// How long a value may become when it is inflated.
const MOST: usize = 32 << 10;

/// A codec in the first byte, flags in four more, and the bytes that are stored.
pub fn value(data: &[u8]) {
    let [codec, a, b, c, d, data @ ..] = data else {
        return;
    };
    let flags = u32::from_be_bytes([*a, *b, *c, *d]);
    let codec = codec_of(*codec);
    let decode = |flags, data: &[u8]| codec.decode(flags, Bytes::copy_from_slice(data), MOST);
    let value = match decode(flags, data) {
        Ok(value) => value,
        Err(error) => return check(&error),
    };
    // What was read can be stored, unless the language has no such value, and is then the same.
    if let Ok(stored) = codec.encode(value.clone(), Compress::NEVER) {
        let again = decode(stored.flags, stored.data.as_slice()).expect("it was stored");
        assert_eq!(format!("{again:?}"), format!("{value:?}"));
    }
    read_all(&value);
}

/// A pickle of anything.
pub fn pickle(data: &[u8]) {
    let codec = Pylibmc::default();
    match Python::decode(&codec, 1, Bytes::copy_from_slice(data), MOST) {
        Ok(tree) => {
            let again = Python::from_value((&tree).into_value().expect("it is plain data"));
            let again = again.expect("it was written");
            assert_eq!(format!("{again:?}"), format!("{tree:?}"));
        }
        Err(error) => check(&error),
    }
}

fn codec_of(number: u8) -> Box<dyn Codec> {
    match number % 6 {
        0 => Box::new(Pylibmc::default()),
        1 => Box::new(Pymemcache::default()),
        2 => Box::new(PhpMemcached::default()),
        3 => Box::new(Dalli::default()),
        4 => {
            let mut codec = Dalli::default();
            codec.serializer = DalliSerializer::Json;
            Box::new(codec)
        }
        _ => Box::new(Spymemcached::default()),
    }
}

fn read_all(value: &Value<'static>) {
    read::<Vec<u8>>(value);
    read::<String>(value);
    read::<bool>(value);
    read::<i8>(value);
    read::<u128>(value);
    read::<f64>(value);
    read::<[u8; 3]>(value);
    read::<Option<u64>>(value);
    read::<Json<IgnoredAny>>(value);
    read::<MessagePack<IgnoredAny>>(value);
}

fn read<T: FromValue>(value: &Value<'static>) {
    if let Err(error) = T::from_value(value.clone()) {
        check(&error);
    }
}

/// A message is one line, whatever was stored.
fn check(error: &Error) {
    let message = error.to_string();
    assert!(!message.contains(char::is_control), "{message:?}");
}
