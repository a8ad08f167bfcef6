//! A server's side: bytes that claim to be requests.

use bytes::{Buf, Bytes};
use mc_proto::{Outgoing, Request, text};

use super::LIMITS;

/// What a server's decoder makes of bytes.
enum Read<'a> {
    /// A request, and how many bytes it takes.
    Request(Request<'a>, usize),
    /// It has not arrived as a whole.
    Partial,
    /// How many bytes to skip, if anybody knows.
    Bad(Option<usize>),
}

/// The requests of the text protocol, one after the other.
pub fn text_request(data: &[u8]) {
    read_all(data, read_text, |request, out| {
        text::encode_request(request, &LIMITS, out).is_ok()
    });
}

fn read_text(input: &[u8]) -> Read<'_> {
    match text::decode_request(input, &LIMITS) {
        Ok(Some(incoming)) => Read::Request(incoming.request, incoming.len),
        Ok(None) => Read::Partial,
        Err(bad) => Read::Bad(bad.skip),
    }
}

/// Reads to the end, as a server does. Each request, written again, reads the same.
fn read_all(
    mut rest: &[u8],
    read: fn(&[u8]) -> Read<'_>,
    encode: impl Fn(&Request<'_>, &mut Outgoing) -> bool,
) {
    while !rest.is_empty() {
        let taken = match read(rest) {
            Read::Request(request, len) => {
                assert!(
                    (1..=rest.len()).contains(&len),
                    "{len} bytes taken of {}",
                    rest.len()
                );
                assert!(
                    matches!(read(&rest[..len - 1]), Read::Partial),
                    "half a request is read as one"
                );
                read_again(&request, read, &encode);
                len
            }
            Read::Partial | Read::Bad(None) => return,
            Read::Bad(Some(skip)) => skip,
        };
        assert!(taken > 0, "no end");
        rest = rest.get(taken..).unwrap_or_default();
    }
}

fn read_again(
    request: &Request<'_>,
    read: fn(&[u8]) -> Read<'_>,
    encode: impl Fn(&Request<'_>, &mut Outgoing) -> bool,
) {
    let mut out = Outgoing::default();
    if !encode(request, &mut out) {
        assert_eq!(out.remaining(), 0, "a refused request left bytes");
        return;
    }
    let bytes: Bytes = out.copy_to_bytes(out.remaining());
    match read(&bytes) {
        Read::Request(again, len) => assert_eq!((&again, len), (request, bytes.len())),
        _ => panic!("'{}' is not read again", bytes.escape_ascii()),
    }
}
