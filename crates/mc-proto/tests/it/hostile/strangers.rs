//! Peers that are no memcached of this protocol, and keys that might be taken for each other.

use bytes::Buf;
use mc_proto::{Connection, Key, Limits, Protocol, Request};
use proptest::prelude::*;

use crate::support::{asked_in, feed};

/// What others say to a stranger, or answer to memcached's commands.
const OTHERS: [(&str, &[u8]); 6] = [
    (
        "HTTP",
        b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
    ),
    (
        "Redis",
        b"-ERR unknown command 'version', with args beginning with: \r\n",
    ),
    ("TLS", b"\x15\x03\x03\x00\x02\x02\x46\r\n"),
    ("SSH", b"SSH-2.0-OpenSSH_9.2\r\n"),
    ("SMTP", b"220 mail.example.com ESMTP\r\n500 5.5.2 Error\r\n"),
    ("zeros", &[0; 4096]),
];

/// A harmless first request, by which a client can tell whom it talks to.
fn probe(protocol: Protocol) -> Request<'static> {
    match protocol {
        Protocol::Text => Request::Version,
        _ => Request::Noop,
    }
}

#[test]
fn t9_a_peer_that_is_no_memcached() {
    for protocol in [Protocol::Text, Protocol::Meta, Protocol::Binary] {
        for (who, bytes) in OTHERS {
            for size in [1, bytes.len()] {
                let mut connection = asked_in(protocol, &[probe(protocol)], Limits::default());
                let said = feed(&mut connection, bytes.chunks(size));
                assert!(said.is_err(), "{protocol} {who}: {said:?}");
            }
        }
    }
}

#[test]
fn t9_a_memcached_of_another_protocol() {
    let (text, meta, binary) = (Protocol::Text, Protocol::Meta, Protocol::Binary);
    let version = [&[0x81, 0x0b][..], &[0; 22]].concat();
    for (protocol, bytes) in [
        (text, &version[..]),
        (meta, &version[..]),
        (binary, b"ERROR\r\nERROR\r\nERROR\r\nERROR\r\n"),
        (
            binary,
            b"VERSION 1.6.18 and so on, for longer than a header\r\n",
        ),
    ] {
        let mut connection = asked_in(protocol, &[probe(protocol)], Limits::default());
        // The line that a text client waits for may not come from a binary server at all.
        let bytes = [bytes, b"\n"].concat();
        let said = feed(&mut connection, [&bytes[..]]);
        assert!(said.is_err(), "{protocol}: {said:?}");
    }
}

/// The bytes of a get, and whether the protocol carries the key at all.
fn sent(protocol: Protocol, key: Key<'_>) -> Option<Vec<u8>> {
    let mut connection = Connection::new(protocol, Limits::default());
    connection
        .push(&Request::Get { key, cas: false }, ())
        .ok()?;
    let mut outgoing = connection.take_outgoing();
    Some(outgoing.copy_to_bytes(outgoing.remaining()).to_vec())
}

proptest! {
    /// No key is rewritten: two that differ are two on the wire, whatever their bytes and however long.
    #[test]
    fn k8_different_keys_stay_different(
        one in proptest::collection::vec(any::<u8>(), 1..260),
        flip in any::<prop::sample::Index>(),
        bits in 1..=u8::MAX,
    ) {
        let mut other = one.clone();
        other[flip.index(one.len())] ^= bits;
        for protocol in [Protocol::Text, Protocol::Meta, Protocol::Binary] {
            for make in [Key::new, Key::raw] {
                let (Ok(first), Ok(second)) = (make(&one), make(&other)) else { continue };
                let (first, second) = (sent(protocol, first), sent(protocol, second));
                prop_assert!(first.is_none() || first != second, "{} {:?}", protocol, first);
            }
        }
    }
}
