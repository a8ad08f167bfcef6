//! memcached behind TLS: whom it trusts, and who trusts it.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use mc_proto::Protocol;
use mc_testkit::{Authority, Certificate, FaultProxy, Memcached, MemcachedBuilder};
use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::ask::{LIMIT, MISS, ask, connect, get};

/// A client that trusts `authority`, and shows `own` if asked.
fn client(authority: &Authority, own: Option<&Certificate>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    let root = CertificateDer::from_pem_file(authority.path()).unwrap();
    roots.add(root).unwrap();
    let config = ClientConfig::builder().with_root_certificates(roots);
    match own {
        None => config.with_no_client_auth(),
        Some(own) => {
            let chain = CertificateDer::pem_slice_iter(own.chain().as_bytes());
            let chain = chain.collect::<Result<_, _>>().unwrap();
            let key = PrivateKeyDer::from_pem_file(own.key_path()).unwrap();
            config.with_client_auth_cert(chain, key).unwrap()
        }
    }
}

/// A miss in each protocol, or why there is no connection.
fn try_all(server: &Memcached, config: &Arc<ClientConfig>, name: &str) -> Result<(), String> {
    for protocol in [Protocol::Text, Protocol::Meta, Protocol::Binary] {
        let mut stream = handshake(connect(server.address()), config, name)?;
        // In TLS 1.3 a server refuses a client after the client's handshake is done.
        let reply = ask(&mut stream, protocol, &get());
        assert_eq!(reply.ok_or("closed")?, MISS);
    }
    Ok(())
}

fn handshake<S: Read + Write>(
    mut stream: S,
    config: &Arc<ClientConfig>,
    name: &str,
) -> Result<StreamOwned<ClientConnection, S>, String> {
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut session = ClientConnection::new(Arc::clone(config), name).unwrap();
    let done = session.complete_io(&mut stream);
    done.map_err(|error| error.to_string())?;
    Ok(StreamOwned::new(session, stream))
}

#[test]
fn a_server_of_this_machine_is_trusted_by_all_its_names() {
    let authority = Authority::new().unwrap();
    let config = Arc::new(client(&authority, None));
    for builder in [Memcached::builder(), Memcached::builder().ipv6()] {
        let mut server = builder.tls(&authority.server().unwrap()).start().unwrap();
        for name in ["localhost", "127.0.0.1", "::1"] {
            assert_eq!(try_all(&server, &config, name), Ok(()), "{name}");
        }
        server.restart().unwrap();
        assert_eq!(try_all(&server, &config, "localhost"), Ok(()));
    }
}

#[test]
fn a_proxy_carries_it_over_a_unix_socket() {
    let authority = Authority::new().unwrap();
    let config = Arc::new(client(&authority, None));
    let certificate = authority.server().unwrap();
    let server = Memcached::builder().tls(&certificate).start().unwrap();
    let proxy = FaultProxy::builder(server.address());
    let proxy = proxy.unix().start().unwrap();
    let stream = UnixStream::connect(proxy.address().host()).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    let mut stream = handshake(stream, &config, "localhost").unwrap();
    assert_eq!(ask(&mut stream, Protocol::Meta, &get()), Some(MISS));
}

#[test]
fn nothing_is_said_in_the_clear() {
    let certificate = Authority::new().unwrap().server().unwrap();
    let server = Memcached::builder().tls(&certificate).start().unwrap();
    let mut stream = connect(server.address());
    assert_eq!(ask(&mut stream, Protocol::Text, &get()), None);
    assert_eq!(
        server.version().unwrap_err().to_string(),
        "memcached answers nothing without TLS"
    );
}

#[test]
fn servers_that_are_not_to_be_trusted() {
    let authority = Authority::new().unwrap();
    let config = Arc::new(client(&authority, None));
    let rows = [
        (authority.expired_server(), "expired"),
        (
            authority.server_for(&["cache.example"]),
            "not valid for name",
        ),
        (Authority::new().unwrap().server(), "UnknownIssuer"),
    ];
    for (certificate, why) in rows {
        let server = Memcached::builder().tls(&certificate.unwrap());
        let server = server.start().unwrap();
        let error = try_all(&server, &config, "localhost").unwrap_err();
        assert!(error.contains(why), "{error}");
    }
    let elsewhere = authority.server_for(&["cache.example"]).unwrap();
    let server = Memcached::builder().tls(&elsewhere).start().unwrap();
    assert_eq!(try_all(&server, &config, "cache.example"), Ok(()));
}

#[test]
fn clients_have_to_be_known() {
    let (authority, other) = (Authority::new().unwrap(), Authority::new().unwrap());
    let builder = Memcached::builder()
        .tls(&authority.server().unwrap())
        .client_authority(&authority);
    let server = builder.clone().start().unwrap();
    let known = authority.client("app").unwrap();
    let stranger = other.client("app").unwrap();
    let check = |own, expected| {
        let mut config = client(&authority, own);
        config.resumption = Resumption::disabled();
        let found = try_all(&server, &Arc::new(config), "localhost");
        assert_eq!(found.is_ok(), expected, "{own:?}: {found:?}");
    };
    check(Some(&known), true);
    check(Some(&stranger), false);
    check(None, false);

    let resuming = Arc::new(client(&authority, Some(&known)));
    assert!(try_all(&server, &resuming, "localhost").is_err());
    let server = builder.arg("-o").arg("ssl_session_cache").start().unwrap();
    assert_eq!(try_all(&server, &resuming, "localhost"), Ok(()));
}

#[test]
fn files_go_with_the_last_that_needs_them() {
    let authority = Authority::new().unwrap();
    let ca = authority.path().to_owned();
    let certificate = authority.server().unwrap();
    let mut server = Memcached::builder().tls(&certificate).start().unwrap();
    let config = Arc::new(client(&authority, None));
    drop(authority);
    assert!(ca.exists() && certificate.key_path().exists());
    drop(certificate);
    assert!(!ca.exists());
    server.restart().unwrap(); // has its own copies
    assert_eq!(try_all(&server, &config, "localhost"), Ok(()));
}

#[test]
fn no_key_is_shown() {
    let authority = Authority::new().unwrap();
    let certificate = authority.server().unwrap();
    let builder = Memcached::builder().tls(&certificate);
    for shown in [
        format!("{authority:?}"),
        format!("{certificate:?}"),
        format!("{builder:?}"),
    ] {
        assert!(!shown.contains("BEGIN"), "{shown}");
    }
}

#[test]
fn what_cannot_be() {
    let authority = Authority::new().unwrap();
    let check = |builder: MemcachedBuilder, expected: &str| {
        assert_eq!(builder.start().unwrap_err().to_string(), expected);
    };
    let tls = || Memcached::builder().tls(&authority.server().unwrap());
    check(tls().unix(), "memcached has no TLS on a unix socket");

    let refused = authority.server_for(&["caché"]).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "cannot make a certificate for [\"caché\"]: Invalid IA5String: 'caché'"
    );
}
