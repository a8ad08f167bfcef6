//! Who is not let in: the blocking client says so at once, and that nothing was sent.

use std::time::Duration;

use mc_client::blocking::{Builder, Client};
use mc_client::{Behaviors, Error, ErrorKind, Outcome, Protocol};
use mc_testkit::Memcached;

const USER: &str = "app";
const PASSWORD: &str = "sesame-and-mellon";

fn set(client: Builder) -> Error {
    let client = client.build().unwrap();
    client.set("k", "x").call().unwrap_err()
}

fn check(error: &Error, kind: ErrorKind, text: &str) {
    let found = (error.kind(), error.outcome());
    assert_eq!(found, (kind, Outcome::NotSent), "{error}");
    assert!(error.to_string().contains(text), "{error}");
    assert!(error.server().is_some());
}

#[test]
fn the_wrong_password() {
    let sasl = Memcached::builder().sasl(USER, PASSWORD).start().unwrap();
    let file = Memcached::builder().auth_file(USER, PASSWORD).start();
    let file = file.unwrap();
    for (server, protocol) in [
        (&sasl, Protocol::Binary),
        (&file, Protocol::Text),
        (&file, Protocol::Meta),
        (&file, Protocol::Auto),
    ] {
        let client = super::builder([server]).protocol(protocol);
        let client = client.credentials(USER, "wrong-secret").unwrap();
        let error = set(client.allow_plaintext_auth());
        check(&error, ErrorKind::Auth, "the server has declined");
        assert!(!format!("{error} {error:?}").contains("wrong-secret"));
    }
    let hidden = super::builder([&file]).credentials(USER, PASSWORD).unwrap();
    check(&set(hidden), ErrorKind::Auth, "an explicit permission");
}

/// Calls in a row share one refusal, and the server is not taken for one that is down.
#[test]
fn a_server_that_declines_is_not_stormed() {
    let server = Memcached::builder().sasl(USER, PASSWORD).start().unwrap();
    let client = super::builder([&server]).protocol(Protocol::Binary);
    let stranger = client.clone().credentials(USER, "wrong").unwrap();
    let stranger = stranger.build().unwrap();
    for _ in 0..20 {
        let error = stranger.set("k", "x").call().unwrap_err();
        check(&error, ErrorKind::Auth, "the server has declined");
    }
    let client = client.credentials(USER, PASSWORD).unwrap().build().unwrap();
    // Theirs, ours, and no more.
    assert!(super::counter(&client, "total_connections") < 10);
}

#[test]
fn sasl_is_named_where_it_is_missing() {
    let server = Memcached::builder().sasl(USER, PASSWORD).start().unwrap();
    let mut behaviors = Behaviors::default();
    behaviors.connect_timeout = Duration::from_millis(100);
    let client = super::builder([&server]).behaviors(behaviors);
    let client = client.credentials(USER, PASSWORD).unwrap();
    check(&set(client), ErrorKind::Connect, "SASL");
}

#[cfg(feature = "tls")]
mod tls {
    use mc_client::Tls;
    use mc_testkit::Authority;

    use super::*;

    fn trusting(authority: &Authority) -> Tls {
        Tls::with_ca(authority.certificate()).unwrap()
    }

    #[test]
    fn certificates_that_are_not_accepted() {
        let authority = Authority::new().unwrap();
        let stranger = Authority::new().unwrap();
        for (certificate, text) in [
            (authority.expired_server(), "it has expired"),
            (
                authority.server_for(&["cache.example"]),
                "it is for another name",
            ),
            (stranger.server(), "it is signed by nobody who is trusted"),
        ] {
            let server = Memcached::builder().tls(&certificate.unwrap());
            let server = server.start().unwrap();
            for protocol in [Protocol::Text, Protocol::Binary, Protocol::Auto] {
                let client = super::super::builder([&server]).protocol(protocol);
                let error = set(client.tls(trusting(&authority)));
                check(&error, ErrorKind::Tls, text);
            }
        }
    }

    #[test]
    fn no_certificate_and_no_tls() {
        let authority = Authority::new().unwrap();
        let server = Memcached::builder().client_authority(&authority);
        let server = server.tls(&authority.server().unwrap()).start().unwrap();
        for protocol in [
            Protocol::Text,
            Protocol::Meta,
            Protocol::Binary,
            Protocol::Auto,
        ] {
            let client = super::super::builder([&server]).protocol(protocol);
            let error = set(client.tls(trusting(&authority)));
            check(
                &error,
                ErrorKind::Tls,
                "the server wants a certificate of the client",
            );
        }
        let plain = Memcached::start().unwrap();
        let mut behaviors = Behaviors::default();
        behaviors.connect_timeout = Duration::from_millis(200);
        let client = super::super::builder([&plain]).behaviors(behaviors);
        check(
            &set(client.tls(trusting(&authority))),
            ErrorKind::Tls,
            "cannot secure",
        );
    }

    /// More than the sockets take at once, in both directions, from several servers.
    #[test]
    fn large_values() {
        let authority = Authority::new().unwrap();
        let certificate = authority.server().unwrap();
        let server = || Memcached::builder().tls(&certificate).start().unwrap();
        let servers = [server(), server()];
        let client: Client = super::super::builder(&servers)
            .tls(trusting(&authority))
            .build()
            .unwrap();
        let value: Vec<u8> = (0..1_000_000).map(|at| (at * 7 % 251) as u8).collect();
        let keys: Vec<_> = (0..20).map(|number| format!("large:{number}")).collect();
        for _ in 0..3 {
            let stored = client.set_many(keys.iter().map(|key| (key, &value))).call();
            assert!(stored.is_ok(), "{stored:?}");
            let found = client.get_many::<_, Vec<u8>>(&keys).call();
            assert_eq!(found.hits().count(), keys.len());
            assert!(found.hits().all(|(_, found)| *found == value));
        }
    }
}
