//! Servers as sites have them: over which transport, secured how, asking for which password.

use mc_client::Protocol;
#[cfg(feature = "tls")]
use mc_client::Tls;
use mc_client::builder::Builder;
#[cfg(feature = "tls")]
use mc_testkit::{Authority, FaultProxy};
use mc_testkit::{Memcached, MemcachedBuilder};

use super::dumped;

const USER: &str = "app";
const PASSWORD: &str = "sesame";

const IN_TEXT: &[Protocol] = &[Protocol::Text, Protocol::Meta, Protocol::Auto];
const BINARY: &[Protocol] = &[Protocol::Binary];
#[cfg(feature = "tls")]
const ALL: &[Protocol] = &[
    Protocol::Text,
    Protocol::Meta,
    Protocol::Binary,
    Protocol::Auto,
];

/// A server, and how a client gets in.
pub(crate) struct Site {
    pub(crate) name: &'static str,
    pub(crate) protocols: &'static [Protocol],
    server: Memcached,
    #[cfg(feature = "tls")]
    tls: Option<(Tls, Option<FaultProxy>)>,
}

/// Every site.
pub(crate) fn sites() -> Vec<Site> {
    let sites = vec![
        open("-Y over TCP", IN_TEXT, file(dumped())),
        open("SASL over TCP", BINARY, sasl(dumped())),
        open("-Y over a unix socket", IN_TEXT, file(dumped().unix())),
        open("SASL over a unix socket", BINARY, sasl(dumped().unix())),
    ];
    #[cfg(feature = "tls")]
    let sites = sites.into_iter().chain(secured()).collect();
    sites
}

#[cfg(feature = "tls")]
fn secured() -> Vec<Site> {
    let authority = Authority::new().unwrap();
    let certificate = authority.server().unwrap();
    let own = authority.client(USER).unwrap();
    let tls = || Tls::with_ca(authority.certificate()).unwrap();
    let showing = || tls().client_certificate(own.chain(), own.key()).unwrap();
    let site = |name, protocols, server: MemcachedBuilder, tls| Site {
        tls: Some((tls, None)),
        ..open(name, protocols, server.tls(&certificate))
    };
    let plain = Memcached::builder;
    let mutual = plain().client_authority(&authority);
    let mut all = vec![
        site("TLS", ALL, plain(), tls()),
        site(
            "TLS with certificates on both sides",
            ALL,
            mutual,
            showing(),
        ),
        site("TLS and -Y", IN_TEXT, file(plain()), tls()),
        site("TLS and SASL", BINARY, sasl(plain()), tls()),
    ];
    let mut on_unix = site("TLS over a unix socket", ALL, plain(), tls());
    let proxy = FaultProxy::builder(on_unix.server.address());
    let proxy = proxy.unix().start().unwrap();
    on_unix.tls = Some((tls().server_name("localhost").unwrap(), Some(proxy)));
    all.push(on_unix);
    all
}

fn open(name: &'static str, protocols: &'static [Protocol], server: MemcachedBuilder) -> Site {
    Site {
        name,
        protocols,
        server: server.start().unwrap(),
        #[cfg(feature = "tls")]
        tls: None,
    }
}

fn file(server: MemcachedBuilder) -> MemcachedBuilder {
    server.auth_file(USER, PASSWORD)
}

fn sasl(server: MemcachedBuilder) -> MemcachedBuilder {
    server.sasl(USER, PASSWORD)
}

impl Site {
    /// What `client` needs to get in.
    pub(crate) fn admit<C>(&self, client: Builder<C>) -> Builder<C> {
        let client = client.credentials(USER, PASSWORD).unwrap();
        let client = client.allow_plaintext_auth();
        #[cfg(feature = "tls")]
        if let Some((tls, proxy)) = &self.tls {
            let address = proxy
                .as_ref()
                .map_or_else(|| self.server.address(), FaultProxy::address);
            return client
                .servers([address.to_string()])
                .unwrap()
                .tls(tls.clone());
        }
        client.servers([self.server.address().to_string()]).unwrap()
    }
}
