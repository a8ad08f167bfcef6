//! What is refused before a byte of it is queued.

use bytes::Buf;
use mc_proto::{
    Classes, Connection, Exptime, InvalidKey, Key, Payload, Protocol, Request, Secret, SendError,
    Verb,
};

use super::super::batch_of;
use super::limits;
use crate::support::{get, key, set, store};

/// The request is refused with this reason, and nothing is queued.
fn check_unsent(request: &Request<'_>, reason: &str) {
    let mut connection = Connection::new(Protocol::Binary, limits());
    connection.push(&Request::Noop, 0).unwrap();
    let before = connection.queued();
    let (error, tag) = connection.push(request, 1).unwrap_err();
    assert_eq!((error.to_string().as_str(), tag), (reason, 1));
    assert_eq!((connection.queued(), connection.pending()), (before, 1));
    connection.push(&Request::Noop, 2).unwrap();
    let sent = connection.take_outgoing();
    assert_eq!(sent.chunk()[36..40], [0, 0, 0, 1]);
}

#[test]
fn v2_a_value_over_the_limit_is_not_sent() {
    let big = vec![0; 101];
    let large = Request::Store {
        verb: Verb::Set,
        key: key("a"),
        flags: 0,
        exptime: Exptime::NEVER,
        value: Payload::Borrowed(&big),
    };
    let reason = "a value of 101 bytes is too large; at most 100 are allowed";
    check_unsent(&large, reason);
    let batch = vec![set(), Request::Delete { key: key("a") }, large];
    check_unsent(&Request::Batch(batch.into()), reason);
}

#[test]
fn what_the_binary_protocol_has_no_words_for() {
    let reason = |command: &str| format!("the binary protocol cannot carry {command}");
    let zero = store(Verb::Cas(0), "1");
    check_unsent(&zero, &reason("cas with the number 0"));
    check_unsent(&batch_of(&[set(), zero]), &reason("cas with the number 0"));
    let graceful = false;
    check_unsent(&Request::Shutdown { graceful }, &reason("shutdown"));
    let classes = Classes::All;
    check_unsent(
        &Request::Metadump(classes),
        "lru_crawler metadump needs the connection for itself, with no other request pending",
    );
    let mut connection = Connection::new(Protocol::Binary, limits());
    let (error, ()) = connection
        .push(&Request::Mgdump(Classes::All), ())
        .unwrap_err();
    assert_eq!(error.to_string(), reason("lru_crawler mgdump"));
    let reason =
        "get cannot be part of a batch; storage commands, delete, touch, incr and decr are allowed";
    check_unsent(&batch_of(&[set(), get("a")]), reason);
    let keys = Vec::new().into();
    check_unsent(
        &Request::GetMany { keys, cas: false },
        "a get needs at least one key",
    );
    let delay = Some(u32::MAX);
    let reason = "a delay of 4294967295 seconds is too long; at most 2147483647 are allowed";
    check_unsent(&Request::FlushAll { delay }, reason);
}

/// A5: what PLAIN would cut somewhere else.
#[test]
fn a5_names_and_passwords() {
    let check = |user: &[u8], password: &[u8], field: &str| {
        let password = Secret::new(password);
        let reason = format!(
            "a {field} is empty, or has a space, a control byte or DEL, which are not allowed"
        );
        check_unsent(&Request::Auth { user, password }, &reason);
    };
    check(b"", b"sesame", "name");
    check(b"a\0b", b"sesame", "name");
    check(b"alice", b"", "password");
    check(b"alice", b"open sesame", "password");
}

/// K6: the rule for keys is that of every protocol, unless one opts out.
#[test]
fn k6_keys_follow_the_same_rule() {
    for name in ["a b", "a\r\nb", "a\0b"] {
        let error = Key::new(name.as_bytes()).unwrap_err();
        assert!(matches!(error, InvalidKey::Byte { at: 1, .. }));
    }
    let raw = Key::raw(b"a b").unwrap();
    let mut connection = Connection::new(Protocol::Binary, limits());
    connection.push(&Request::Delete { key: raw }, ()).unwrap();
    assert_eq!(connection.take_outgoing().chunk()[24..], *b"a b");
    let mut connection = Connection::new(Protocol::Text, limits());
    let (error, ()) = connection
        .push(&Request::Delete { key: raw }, ())
        .unwrap_err();
    assert_eq!(error, SendError::RawKey);
}
