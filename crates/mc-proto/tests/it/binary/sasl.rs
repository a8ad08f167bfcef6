//! SASL with a real memcached that wants a password, which nobody has.

use mc_proto::{
    Connection, Limits, Protocol, Refusal, RefusalKind, Reply, Request, SaslStep, Secret,
};
use mc_testkit::Memcached;

use super::requests::ask;
use crate::support::get;
use crate::wire::Wire;

fn start() -> Memcached {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sasl/memcached");
    Memcached::builder().program(program).start().unwrap()
}

fn open(server: &Memcached) -> (Wire, Connection<()>) {
    let connection = Connection::new(Protocol::Binary, Limits::default());
    (Wire::open(server), connection)
}

fn declined() -> Reply {
    Reply::Refused(Refusal::new(RefusalKind::Unauthenticated, "Auth failure."))
}

#[test]
fn mechanisms_are_listed_and_a_version_is_told() {
    let server = start();
    let (mut wire, mut connection) = open(&server);
    let list = Request::Sasl(SaslStep::List);
    let Reply::Mechanisms(names) = ask(&mut wire, &mut connection, &list) else {
        panic!("mechanisms were asked for")
    };
    let mut names: Vec<_> = names.split(|&byte| byte == b' ').collect();
    names.sort_unstable();
    assert_eq!(names, [&b"CRAM-MD5"[..], b"PLAIN"]);
    let version = ask(&mut wire, &mut connection, &Request::Version);
    assert!(matches!(version, Reply::Version(_)));
}

#[test]
fn a1_a_wrong_password_is_declined() {
    let server = start();
    let (mut wire, mut connection) = open(&server);
    let auth = Request::Auth {
        user: b"nobody",
        password: Secret::new(b"sesame"),
    };
    assert_eq!(ask(&mut wire, &mut connection, &auth), declined());

    let (mut wire, mut connection) = open(&server);
    let mechanism = b"CRAM-MD5";
    let start = Request::Sasl(SaslStep::Start {
        mechanism,
        data: Secret::new(b""),
    });
    let Reply::Challenge(challenge) = ask(&mut wire, &mut connection, &start) else {
        panic!("a challenge was asked for")
    };
    assert!(challenge.starts_with(b"<") && challenge.ends_with(b">"));
    let step = Request::Sasl(SaslStep::Continue {
        mechanism,
        data: Secret::new(b"nobody 00112233445566778899aabbccddeeff"),
    });
    assert_eq!(ask(&mut wire, &mut connection, &step), declined());
}

/// The server closes behind the refusal.
#[test]
fn a1_a_request_without_a_password_is_declined() {
    let server = start();
    let (mut wire, mut connection) = open(&server);
    assert_eq!(ask(&mut wire, &mut connection, &get("a")), declined());
    assert!(!wire.fill());
}
