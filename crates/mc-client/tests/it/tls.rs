//! TLS: whom the client trusts and who trusts it, with each way of asking for a password behind it.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use mc_client::{Behaviors, Builder, Client, Error, ErrorKind, Outcome, Protocol, Tls};
use mc_testkit::{Authority, Certificate, FaultProxy, Memcached, MemcachedBuilder};

const PROTOCOLS: [Protocol; 4] = [
    Protocol::Text,
    Protocol::Meta,
    Protocol::Binary,
    Protocol::Auto,
];

fn trusting(authority: &Authority) -> Tls {
    Tls::with_ca(authority.certificate()).unwrap()
}

fn started(server: MemcachedBuilder, certificate: &Certificate) -> Memcached {
    server.tls(certificate).start().unwrap()
}

fn builder(server: &Memcached, tls: Tls) -> Builder {
    super::builder([server]).tls(tls)
}

async fn set_and_get(client: &Client) -> Result<Option<String>, Error> {
    client.set("k", "x").await?;
    client.get("k").await
}

async fn check(client: Builder) {
    let got = set_and_get(&client.build().unwrap()).await;
    assert_eq!(got.unwrap().as_deref(), Some("x"));
}

/// In each protocol the first call fails, soon, and says where and why.
async fn check_error(client: Builder, kind: ErrorKind, why: &str) {
    for protocol in PROTOCOLS {
        let client = client.clone().protocol(protocol).build().unwrap();
        let begun = Instant::now();
        let error = set_and_get(&client).await.unwrap_err();
        assert!(begun.elapsed() < Behaviors::default().connect_timeout);
        let (text, outcome) = (error.to_string(), error.outcome());
        assert_eq!(
            (error.kind(), outcome),
            (kind, Outcome::NotSent),
            "{protocol}: {text}"
        );
        let server = error.server().unwrap();
        let start = format!("{server}: cannot secure the connection: {why}");
        assert!(text.starts_with(&start), "{protocol}: {text}");
    }
}

#[tokio::test]
async fn in_every_protocol() {
    let authority = Authority::new().unwrap();
    let server = started(Memcached::builder(), &authority.server().unwrap());
    for protocol in PROTOCOLS {
        check(builder(&server, trusting(&authority)).protocol(protocol)).await;
    }
}

#[tokio::test]
async fn over_a_unix_socket() {
    let authority = Authority::new().unwrap();
    let server = started(Memcached::builder(), &authority.server().unwrap());
    let proxy = FaultProxy::builder(server.address());
    let proxy = proxy.unix().start().unwrap();
    let client = Client::builder()
        .servers([proxy.address().to_string()])
        .unwrap();
    let named = trusting(&authority).server_name("localhost").unwrap();
    check(client.clone().tls(named)).await;
    let nameless = client.tls(trusting(&authority));
    let why = "a unix socket has no name that a certificate could have: give Tls::server_name";
    check_error(nameless, ErrorKind::Tls, why).await;
}

/// More than the socket takes at once, both ways.
#[tokio::test]
async fn large_values() {
    let authority = Authority::new().unwrap();
    let server = started(Memcached::builder(), &authority.server().unwrap());
    let client = builder(&server, trusting(&authority)).build().unwrap();
    let value: Vec<u8> = (0..1_000_000).map(|at| (at * 7 % 251) as u8).collect();
    let keys: Vec<_> = (0..20).map(|number| format!("large:{number}")).collect();
    let stored = client.set_many(keys.iter().map(|key| (key, &value))).await;
    assert!(stored.is_ok(), "{stored:?}");
    let found = client.get_many::<_, Vec<u8>>(&keys).await;
    assert_eq!(found.hits().count(), keys.len());
    assert!(found.hits().all(|(_, found)| *found == value));
}

#[tokio::test]
async fn certificates_that_are_not_accepted() {
    let authority = Authority::new().unwrap();
    let tls = || trusting(&authority);
    let expired = started(Memcached::builder(), &authority.expired_server().unwrap());
    let why = "the server's certificate is not accepted: it has expired";
    check_error(builder(&expired, tls()), ErrorKind::Tls, why).await;

    let elsewhere = authority.server_for(&["cache.example"]).unwrap();
    let elsewhere = started(Memcached::builder(), &elsewhere);
    let why = "the server's certificate is not accepted: it is for another name";
    check_error(builder(&elsewhere, tls()), ErrorKind::Tls, why).await;
    check(builder(
        &elsewhere,
        tls().server_name("cache.example").unwrap(),
    ))
    .await;

    let stranger = Authority::new().unwrap().server().unwrap();
    let stranger = started(Memcached::builder(), &stranger);
    let why = "the server's certificate is not accepted: it is signed by nobody who is trusted";
    check_error(builder(&stranger, tls()), ErrorKind::Tls, why).await;
    let client = builder(&stranger, Tls::with_system_cas().unwrap());
    check_error(client, ErrorKind::Tls, why).await;
}

#[tokio::test]
async fn certificates_of_the_client() {
    let authority = Authority::new().unwrap();
    let server = Memcached::builder().client_authority(&authority);
    let server = started(server, &authority.server().unwrap());
    let showing = |certificate: Certificate| {
        let tls = trusting(&authority).client_certificate(certificate.chain(), certificate.key());
        builder(&server, tls.unwrap())
    };
    check(showing(authority.client("app").unwrap())).await;
    let files = authority.client("app").unwrap();
    let tls = Tls::with_ca_file(authority.path()).unwrap();
    let tls = tls.client_certificate_files(files.chain_path(), files.key_path());
    let mut restarted = builder(&server, tls.unwrap()).build().unwrap();
    set_and_get(&restarted).await.unwrap();
    // A second connection of the same client.
    restarted.behaviors().set("tcp_nodelay", true).unwrap();
    set_and_get(&restarted).await.unwrap();
    restarted = builder(&server, trusting(&authority)).build().unwrap();
    assert_eq!(
        set_and_get(&restarted).await.unwrap_err().kind(),
        ErrorKind::Tls
    );

    let missing = builder(&server, trusting(&authority));
    let why = "the server wants a certificate of the client";
    check_error(missing, ErrorKind::Tls, why).await;
    let stranger = Authority::new().unwrap().client("app").unwrap();
    let why = "the server does not accept the client's certificate";
    check_error(showing(stranger), ErrorKind::Tls, why).await;
}

#[tokio::test]
async fn who_speaks_no_tls() {
    let authority = Authority::new().unwrap();
    // What memcached makes of a greeting by TLS depends on its bytes: silence or a refusal.
    let server = Memcached::start().unwrap();
    let mut behaviors = Behaviors::default();
    behaviors.connect_timeout = Duration::from_millis(200);
    let client = builder(&server, trusting(&authority)).behaviors(behaviors);
    check_error(client, ErrorKind::Tls, "the server ").await;
    // Neither does the client, with a server that does: it is not told more than that.
    let secured = started(Memcached::builder(), &authority.server().unwrap());
    let error = set_and_get(&super::builder([&secured]).build().unwrap()).await;
    assert!(error.is_err());
}

#[tokio::test]
async fn passwords_behind_tls() {
    let authority = Authority::new().unwrap();
    let certificate = authority.server().unwrap();
    let sasl = started(Memcached::builder().sasl("app", "sesame"), &certificate);
    let file = started(
        Memcached::builder().auth_file("app", "sesame"),
        &certificate,
    );
    let open = started(Memcached::builder(), &certificate);
    let text = [Protocol::Text, Protocol::Meta, Protocol::Auto];
    for (server, protocols) in [
        (&sasl, &[Protocol::Binary][..]),
        (&file, &text),
        (&open, &PROTOCOLS),
    ] {
        for &protocol in protocols {
            let client = builder(server, trusting(&authority)).protocol(protocol);
            let right = client.clone().credentials("app", "sesame").unwrap();
            check(right).await;
            let asks = !std::ptr::eq(server, &open);
            for refused in [client.clone().credentials("app", "wrong").unwrap(), client] {
                let got = set_and_get(&refused.build().unwrap()).await;
                let got = got.map_err(|error| (error.kind(), error.outcome()));
                match asks {
                    true => assert_eq!(got, Err((ErrorKind::Auth, Outcome::NotSent)), "{protocol}"),
                    false => assert_eq!(got.unwrap().as_deref(), Some("x"), "{protocol}"),
                }
            }
        }
    }
}

#[test]
fn files_that_are_wrong() {
    let authority = Authority::new().unwrap();
    let (one, other) = (
        authority.client("a").unwrap(),
        authority.client("b").unwrap(),
    );
    let check = |made: Result<Tls, Error>, text: &str| {
        let error = made.unwrap_err();
        assert_eq!(
            (error.kind(), error.outcome()),
            (ErrorKind::Config, Outcome::NotSent)
        );
        assert!(error.to_string().starts_with(text), "{error}");
    };
    check(
        Tls::with_ca_file("/no/such.pem"),
        "/no/such.pem: No such file",
    );
    check(Tls::with_ca(""), "the CA: no certificate in PEM");
    check(Tls::with_ca(one.key()), "the CA: no certificate in PEM");
    let tls = || trusting(&authority);
    check(
        tls().client_certificate(one.chain(), ""),
        "the client's key: no private key in PEM",
    );
    check(
        tls().client_certificate(one.chain(), other.key()),
        "the client's key: ",
    );
    check(
        tls().client_certificate("", one.key()),
        "the client's certificate: no certificate in PEM",
    );
    check(
        tls().server_name("not a name"),
        r#""not a name" is no name that a certificate could have"#,
    );
    let shown = format!(
        "{:?}",
        tls().client_certificate(one.chain(), one.key()).unwrap()
    );
    assert_eq!(shown, "Tls { cas: 1, has_certificate: true, name: None }");
}

/// A listener that accepts and says nothing does not hold a call up for longer than connecting may take.
#[tokio::test]
async fn a_server_that_says_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let authority = Authority::new().unwrap();
    let mut behaviors = Behaviors::default();
    behaviors.connect_timeout = Duration::from_millis(100);
    let client = Client::builder().servers([listener.local_addr().unwrap().to_string()]);
    let client = client
        .unwrap()
        .tls(trusting(&authority))
        .behaviors(behaviors);
    check_error(client, ErrorKind::Tls, "the server did not answer within").await;
}
