//! SASL with a real memcached, in requests of every protocol.

use mc_proto::{
    Connection, Limits, Protocol, Refusal, RefusalKind, Reply, Request, SaslStep, Secret,
};
use mc_testkit::Memcached;

use super::requests::ask;
use crate::memcached::start_with_sasl;
use crate::support::get;
use crate::wire::Wire;

fn open(server: &Memcached) -> (Wire, Connection<()>) {
    let connection = Connection::new(Protocol::Binary, Limits::default());
    (Wire::open(server), connection)
}

fn auth(password: &'static str) -> Request<'static> {
    Request::Auth {
        user: b"app@test",
        password: Secret::new(password.as_bytes()),
    }
}

fn declined() -> Reply {
    Reply::Refused(Refusal::new(RefusalKind::Unauthenticated, "Auth failure."))
}

#[test]
fn a_password_is_asked_for() {
    let server = start_with_sasl();
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
    assert_eq!(ask(&mut wire, &mut connection, &auth("sesame")), Reply::Ok);
    let miss = ask(&mut wire, &mut connection, &get("a"));
    assert_eq!(miss, Reply::Value(None));
}

/// The server closes behind the refusal of a request, and not behind that of
/// a password; to us both are the end of the connection.
#[test]
fn a1_without_a_password_and_with_a_wrong_one() {
    let server = start_with_sasl();
    let (mut wire, mut connection) = open(&server);
    assert_eq!(ask(&mut wire, &mut connection, &get("a")), declined());
    assert!(!wire.fill());
    let (mut wire, mut connection) = open(&server);
    assert_eq!(ask(&mut wire, &mut connection, &auth("Sesame")), declined());
    assert!(connection.push(&get("a"), ()).is_err());
}
