//! Requests that are refused before a byte of them is queued.

use bytes::Buf;
use mc_proto::{
    Connection, Exptime, Initial, Limits, Payload, Protocol, Request, SaslStep, Secret, Verb,
};

use super::batch_of;
use crate::support::{get, get_many, key, set};

/// The connection refuses the request, and nothing was queued.
fn check_unsent(limits: Limits, request: &Request<'_>, reason: &str) {
    let mut connection = Connection::new(Protocol::Text, limits);
    connection.push(&get("a"), ()).unwrap();
    let (error, ()) = connection.push(request, ()).unwrap_err();
    assert_eq!(error.to_string(), reason);
    assert_eq!((connection.queued(), connection.pending()), (7, 1));
    assert_eq!(connection.take_outgoing().chunk(), b"get a\r\n");
}

#[test]
fn r2_one_batch_has_bounds() {
    let limits = Limits {
        max_batch: 2,
        max_value_len: 3,
        ..Limits::default()
    };
    let shared = |len| Request::Store {
        verb: Verb::Set,
        key: key("a"),
        flags: 0,
        exptime: Exptime::NEVER,
        value: Payload::Shared(vec![0; len].into()),
    };
    let reason = "a batch needs at least one request";
    check_unsent(limits, &batch_of(&[]), reason);
    let reason = "a batch of 3 requests is too long; at most 2 are allowed";
    check_unsent(limits, &batch_of(&[set(), set(), set()]), reason);
    let reason = "a value of 4 bytes is too large; at most 3 are allowed";
    check_unsent(limits, &batch_of(&[set(), shared(4)]), reason);
    for request in [get("a"), Request::Version, batch_of(&[set()])] {
        let reason = format!(
            "{} cannot be part of a batch; \
             storage commands, delete, touch, incr and decr are allowed",
            request.name()
        );
        check_unsent(limits, &batch_of(&[set(), request]), &reason);
    }
    // A large part that was queued by reference is taken back as well.
    let limits = Limits {
        max_value_len: 20_000,
        ..limits
    };
    let reason = "a value of 20001 bytes is too large; at most 20000 are allowed";
    check_unsent(limits, &batch_of(&[shared(20_000), shared(20_001)]), reason);
}

#[test]
fn what_the_text_protocol_has_no_words_for() {
    let initial = Some(Initial {
        value: 0,
        exptime: Exptime::NEVER,
    });
    let incr = Request::Incr {
        key: key("n"),
        delta: 1,
        initial,
    };
    let decr = Request::Decr {
        key: key("n"),
        delta: 1,
        initial,
    };
    let list = Request::Sasl(SaslStep::List);
    let rows = [
        (incr.clone(), "incr with an initial value"),
        (decr, "decr with an initial value"),
        (batch_of(&[set(), incr]), "incr with an initial value"),
        (Request::Noop, "noop"),
        (list, "sasl list"),
    ];
    for (request, command) in rows {
        let reason = format!("the text protocol cannot carry {command}");
        check_unsent(Limits::default(), &request, &reason);
    }
}

#[test]
fn k9_and_a5_passwords() {
    let auth = |user, password| Request::Auth {
        user,
        password: Secret::new(password),
    };
    let good = auth(b"mc", b"sesame");
    assert!(!format!("{good:?}").contains("sesame"), "{good:?}");
    let mut connection = Connection::new(Protocol::Text, Limits::default());
    connection.push(&good, ()).unwrap();
    let shown = format!("{:?}", connection.take_outgoing());
    assert_eq!(shown, "Outgoing { remaining: 27, .. }");
    let start = Request::Sasl(SaslStep::Start {
        mechanism: b"PLAIN",
        data: Secret::new(b"\0mc\0sesame"),
    });
    assert!(!format!("{start:?}").contains("sesame"), "{start:?}");
    for bytes in [&b""[..], b"a b", b"a\r", b"a\n", b"a\0", b"\x7f"] {
        for (request, field) in [
            (auth(bytes, b"sesame"), "user"),
            (auth(b"mc", bytes), "password"),
        ] {
            let reason = format!(
                "a {field} is empty, or has a space, a control byte or DEL, which are not allowed"
            );
            check_unsent(Limits::default(), &request, &reason);
        }
    }
}

/// A get of more keys than the limit, or of none, is not sent.
#[test]
fn r2_one_get_has_bounds() {
    let limits = Limits {
        max_keys: 2,
        ..Limits::default()
    };
    let reason = "a get needs at least one key";
    check_unsent(limits, &get_many(&[]), reason);
    let reason = "a get of 3 keys is too long; at most 2 are allowed";
    check_unsent(limits, &get_many(&["a", "b", "c"]), reason);
    let gat = Request::GatMany {
        keys: [][..].into(),
        exptime: Exptime::NEVER,
        cas: true,
    };
    check_unsent(limits, &gat, "a get needs at least one key");
}

#[test]
fn x3_times_that_servers_would_cut() {
    let flush = Request::FlushAll {
        delay: Some(1 << 31),
    };
    let reason = "a delay of 2147483648 seconds is too long; at most 2147483647 are allowed";
    check_unsent(Limits::default(), &flush, reason);
}
