//! memcached that demands a password: the right one opens it, nothing else does.

use std::net::TcpStream;

use mc_proto::sasl::{AuthError, Credentials, Exchange, Mechanism, Plaintext, Progress};
use mc_proto::{Protocol, RefusalKind, Reply, Request, Secret};
use mc_testkit::{Memcached, MemcachedBuilder};

use crate::ask::{MISS, ask, connect, get};

/// The names and passwords that are tried, and whether they are right.
const ATTEMPTS: [(&str, &str, bool); 6] = [
    ("app", "sesame", true),
    ("web@elsewhere", "mellon,with:signs", true),
    ("app", "mellon,with:signs", false),
    ("app", "sesam", false),
    ("web", "mellon,with:signs", false),
    ("nobody", "sesame", false),
];

/// The exchange to its end; whether the server says yes.
fn log_in(stream: &mut TcpStream, mut exchange: Exchange) -> bool {
    while let Some(request) = exchange.request() {
        let reply = ask(stream, Protocol::Binary, &request).unwrap();
        match exchange.received(&reply) {
            Ok(Progress::More) => {}
            Ok(Progress::Done) => return true,
            Err(AuthError::Declined(refusal)) => {
                assert_eq!(refusal.kind, RefusalKind::Unauthenticated);
                return false;
            }
            Err(error) => panic!("{error} of {reply:?}"),
        }
    }
    unreachable!("an exchange ends with its last reply")
}

/// A connection that is known is served, any other is not.
fn check(stream: &mut TcpStream, protocol: Protocol, is_known: bool) {
    let refused =
        |reply| matches!(reply, Reply::Refused(no) if no.kind == RefusalKind::Unauthenticated);
    match ask(stream, protocol, &get()) {
        Some(reply) if is_known => assert_eq!(reply, MISS),
        Some(reply) => assert!(refused(reply)),
        None => assert!(!is_known),
    }
}

#[test]
fn sasl_by_each_mechanism() {
    let mut server = Memcached::builder()
        .sasl("app", "sesame")
        .sasl("web@elsewhere", "mellon,with:signs")
        .start()
        .unwrap();
    for run in ["first", "after a restart"] {
        for (user, password, is_right) in ATTEMPTS {
            let credentials = Credentials::new(user.as_bytes(), password.as_bytes()).unwrap();
            let mut exchanges = vec![Exchange::new(credentials.clone(), Plaintext::Allowed)];
            exchanges.extend(Mechanism::ALL.map(|mechanism| {
                let credentials = credentials.clone();
                Exchange::with_mechanism(mechanism, credentials, Plaintext::Allowed).unwrap()
            }));
            for exchange in exchanges {
                let told = format!("{user}, {password}, {exchange:?}, {run}");
                let mut stream = connect(server.address());
                assert_eq!(log_in(&mut stream, exchange), is_right, "{told}");
                check(&mut stream, Protocol::Binary, is_right);
            }
        }
        check(&mut connect(server.address()), Protocol::Binary, false);
        server.restart().unwrap();
    }
}

#[test]
fn auth_file_in_the_text_protocols() {
    let server = Memcached::builder()
        .auth_file("app", "sesame")
        .auth_file("web@elsewhere", "mellon,with:signs")
        .start()
        .unwrap();
    for protocol in [Protocol::Text, Protocol::Meta] {
        for (user, password, is_right) in ATTEMPTS {
            let mut stream = connect(server.address());
            let (user, password) = (user.as_bytes(), Secret::new(password.as_bytes()));
            let reply = ask(&mut stream, protocol, &Request::Auth { user, password }).unwrap();
            assert_eq!(reply == Reply::Ok, is_right, "{user:?}: {reply:?}");
            check(&mut stream, protocol, is_right);
        }
        check(&mut connect(server.address()), protocol, false);
    }
}

#[test]
fn a_unix_socket_wants_the_password_too() {
    for builder in [
        Memcached::builder().sasl("app", "sesame"),
        Memcached::builder().auth_file("app", "sesame"),
    ] {
        let server = builder.unix().start().unwrap();
        let refused = server.version().unwrap_err().to_string();
        assert!(
            refused.starts_with("memcached answers nothing without "),
            "{refused}"
        );
    }
}

#[test]
fn no_password_is_shown() {
    let builder = Memcached::builder()
        .sasl("app", "sesame")
        .auth_file("app", "sesame");
    assert!(!format!("{builder:?}").contains("sesame"));
    assert!(format!("{builder:?}").contains("app"));
}

#[test]
fn users_that_cannot_be() {
    let check = |builder: MemcachedBuilder, expected: &str| {
        assert_eq!(builder.start().unwrap_err().to_string(), expected);
    };
    let new = Memcached::builder;
    check(
        new().sasl("", "sesame"),
        "cannot make the user \"\": a name of 0 bytes; 1 to 255 are allowed",
    );
    check(
        new().auth_file("app", "two\nlines").auth_file("later", ""),
        "cannot make the user \"app\": a password has the byte '\\n' at position 3; \
         NUL, spaces and line ends are not allowed",
    );
    check(
        new().auth_file("a:b", "sesame"),
        "cannot make the user \"a:b\": `:` ends a name",
    );
    check(
        new().sasl("app", "sesame").udp(),
        "memcached ended with exit status: 64: ERROR: Cannot enable UDP while using binary SASL authentication.",
    );
}
