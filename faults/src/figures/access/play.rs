//! One cell: a client of its own asks the cell's server for something, and what it says is kept.

use std::error::Error as StdError;
use std::fmt::Debug;
use std::time::{Duration, Instant};

use anyhow::Result;
use mc_client::builder::Builder;
use mc_client::{Behaviors, Error, ErrorKind, Outcome, Stage, Tls, blocking};
use tokio::runtime::Runtime;

use super::cell::{Cell, Chain, Login, Openly, Shell, Wire};
use super::servers::{PASSWORD, Servers, USER, WRONG_PASSWORD};

/// How long a connection may take until it is ready.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// How long a call may take in all.
const DEADLINE: Duration = Duration::from_secs(2);
/// What a busy machine may add.
const MARGIN: Duration = Duration::from_millis(750);

/// What became of one cell.
#[derive(Debug)]
pub(super) struct Played {
    pub(super) end: Result<(), Error>,
    pub(super) took: Duration,
    /// All that was shown: the builder, the client, the error with its causes.
    pub(super) shown: String,
}

impl Played {
    /// What is wrong with it, if anything is.
    pub(super) fn fault(&self, cell: &Cell) -> Option<String> {
        let end = self.end.as_ref().map_err(Error::kind);
        let expected = cell.expected();
        if end != expected.as_ref().map_err(|kind| *kind) {
            return Some(format!(
                "{expected:?} was expected, and it was {:?}",
                self.end
            ));
        }
        let waits_for = match expected {
            Err(ErrorKind::Timeout(Stage::Reply)) => DEADLINE,
            _ => CONNECT_TIMEOUT,
        };
        if self.took > waits_for + MARGIN {
            return Some(format!("it took {:?}", self.took));
        }
        let error = self.end.as_ref().err()?;
        // What is asked before the caller's request leaves that request unsent.
        let in_doubt = error.outcome() == Outcome::MaybeApplied && cell.asks_first();
        (in_doubt || error.server().is_none()).then(|| format!("it says too little: {error:?}"))
    }
}

/// Plays cells.
#[derive(Debug)]
pub(super) struct Player<'a> {
    servers: &'a Servers,
    runtime: Runtime,
}

impl<'a> Player<'a> {
    pub(super) fn new(servers: &'a Servers) -> Result<Self> {
        let runtime = Runtime::new()?;
        Ok(Self { servers, runtime })
    }

    /// # Errors
    /// The client could not be made.
    pub(super) fn play(&self, cell: &Cell) -> Result<Played> {
        match cell.shell {
            Shell::Async => self.play_async(self.builder(cell)?),
            Shell::Blocking => play_blocking(self.builder(cell)?),
        }
    }

    fn play_async(&self, (builder, mut shown): (mc_client::Builder, String)) -> Result<Played> {
        let client = builder.build()?;
        let begun = Instant::now();
        let end = self.runtime.block_on(async {
            client.set("k", "x").await?;
            client.get("k").await
        });
        let took = begun.elapsed();
        show(&mut shown, &client);
        show(&mut shown, &client.metrics());
        Ok(played(end, took, shown))
    }

    /// The client's parts, and how they look.
    fn builder<C>(&self, cell: &Cell) -> Result<(Builder<C>, String)> {
        let server = self.servers.get(cell.guard, cell.wire)?;
        let mut behaviors = Behaviors::default();
        behaviors.connect_timeout = CONNECT_TIMEOUT;
        let mut builder = Builder::default()
            .servers([server.address().to_string()])?
            .behaviors(behaviors)
            .deadline(DEADLINE)
            .protocol(cell.protocol);
        builder = match cell.login {
            Login::Right => builder.credentials(USER, PASSWORD)?,
            Login::Wrong => builder.credentials(USER, WRONG_PASSWORD)?,
            Login::Missing => builder,
        };
        if cell.openly == Openly::Allowed {
            builder = builder.allow_plaintext_auth();
        }
        if let Some(mechanism) = cell.mechanism {
            builder = builder.sasl_mechanism(mechanism);
        }
        if cell.is_secured() {
            builder = builder.tls(self.tls(cell)?);
        }
        let mut shown = String::new();
        show(&mut shown, &builder);
        Ok((builder, shown))
    }

    fn tls(&self, cell: &Cell) -> Result<Tls> {
        let tls = Tls::with_ca(self.servers.authority.certificate())?;
        let certificate = match (cell.wire, cell.shows) {
            (Wire::Mutual(_), Chain::Right) => &self.servers.client,
            (Wire::Mutual(_), Chain::UnknownCa) => &self.servers.stranger,
            _ => return Ok(tls),
        };
        Ok(tls.client_certificate(certificate.chain(), certificate.key())?)
    }
}

fn play_blocking((builder, mut shown): (blocking::Builder, String)) -> Result<Played> {
    let client = builder.build()?;
    let begun = Instant::now();
    let end = client.set("k", "x").call();
    let end = end.and_then(|()| client.get("k").call());
    let took = begun.elapsed();
    show(&mut shown, &client);
    show(&mut shown, &client.metrics());
    Ok(played(end, took, shown))
}

fn played(end: Result<Option<String>, Error>, took: Duration, mut shown: String) -> Played {
    if let Err(error) = &end {
        shown += &format!("{error}\n");
        let mut cause: Option<&dyn StdError> = Some(error);
        while let Some(error) = cause {
            shown += &format!("{error}\n");
            show(&mut shown, error);
            cause = error.source();
        }
    }
    let end = end.and_then(|found| match found.as_deref() {
        Some("x") => Ok(()),
        _ => Err(Error::wrong_type("another value than the one that was set")),
    });
    Played { end, took, shown }
}

/// As `Debug` shows it, on one line and on many.
fn show(shown: &mut String, it: &(impl Debug + ?Sized)) {
    *shown += &format!("{it:?}\n{it:#?}\n");
}
