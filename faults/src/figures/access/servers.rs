//! A real memcached for each row of the matrix, and the certificates of all.

use std::thread;

use anyhow::{Context, Result};
use mc_testkit::{Authority, Certificate, Memcached, MemcachedBuilder};

use super::cell::{Chain, Guard, Wire};

pub(super) const USER: &str = "app";
pub(super) const PASSWORD: &str = "sesame-and-mellon";
/// Nobody's.
pub(super) const WRONG_PASSWORD: &str = "swordfish-or-not";

/// The servers, by what they ask for and what they speak.
#[derive(Debug)]
pub(super) struct Servers {
    /// Whom the clients trust.
    pub(super) authority: Authority,
    /// Of the authority, for a client.
    pub(super) client: Certificate,
    /// The same of an authority that nobody knows.
    pub(super) stranger: Certificate,
    running: Vec<(Guard, Wire, Memcached)>,
}

impl Servers {
    pub(super) fn start() -> Result<Self> {
        let authority = Authority::new()?;
        let unknown = Authority::new()?;
        let all: Vec<_> = Guard::ALL
            .into_iter()
            .flat_map(|guard| Wire::all().into_iter().map(move |wire| (guard, wire)))
            .collect();
        let running = thread::scope(|scope| {
            let start = |(guard, wire)| {
                let server = secured(guarded(guard), wire, &authority, &unknown)?;
                anyhow::Ok((guard, wire, server.start()?))
            };
            let starting = all.into_iter().map(|it| scope.spawn(move || start(it)));
            let starting: Vec<_> = starting.collect();
            let mut started = starting.into_iter();
            started.try_fold(Vec::new(), |mut servers, server| {
                servers.push(server.join().expect("starting fails without a panic")?);
                anyhow::Ok(servers)
            })
        })?;
        Ok(Self {
            client: authority.client("app")?,
            stranger: unknown.client("app")?,
            authority,
            running,
        })
    }

    pub(super) fn get(&self, guard: Guard, wire: Wire) -> Result<&Memcached> {
        let mut servers = self.running.iter();
        let found =
            servers.find(|(its_guard, its_wire, _)| (*its_guard, *its_wire) == (guard, wire));
        Ok(&found.context("there is no such server")?.2)
    }
}

fn guarded(guard: Guard) -> MemcachedBuilder {
    let server = Memcached::builder().threads(1);
    match guard {
        Guard::Nothing => server,
        Guard::Sasl => server.sasl(USER, PASSWORD),
        Guard::File => server.auth_file(USER, PASSWORD),
    }
}

fn secured(
    server: MemcachedBuilder,
    wire: Wire,
    authority: &Authority,
    unknown: &Authority,
) -> Result<MemcachedBuilder> {
    let chain = |chain| match chain {
        Chain::Expired => authority.expired_server(),
        Chain::WrongName => authority.server_for(&["cache.example"]),
        Chain::UnknownCa => unknown.server(),
        Chain::Right | Chain::Missing => authority.server(),
    };
    Ok(match wire {
        Wire::Plain => server,
        Wire::Tls(it) => server.tls(&chain(it)?),
        Wire::Mutual(it) => server.tls(&chain(it)?).client_authority(authority),
    })
}
