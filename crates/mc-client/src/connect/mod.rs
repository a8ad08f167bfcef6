//! How a connection comes to be, as far as that needs no socket: where, set up how, and what is said first.
//!
//! ```text
//! address ─▶ socket ─▶ options ─▶ handshake: who we are, which protocol ─▶ the callers' requests
//! ```

mod access;
mod addresses;
mod datagram;
mod handshake;
mod protocol;
mod socket;

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use mc_behaviors::{Address, Transport};

pub(crate) use access::{Access, Plaintext, Source};
pub use access::{Credentials, Mechanism, NoCredentials};
use addresses::Addresses;
pub(crate) use datagram::{Datagram, MOST as MOST_DATAGRAM, MOST_SOCKETS, report};
use handshake::Opening;
pub(crate) use handshake::{Fallback, Handshake, Unready};
pub use protocol::Protocol;
pub(crate) use socket::SocketOptions;

use crate::cluster::{LONGEST, Server};
use crate::error::{Error, ErrorKind, Outcome, Stage};
#[cfg(feature = "tls")]
use crate::tls;

/// How long a server that did not believe who we are is left in peace.
const PEACE: Duration = Duration::from_secs(1);

/// One server's connections: where they go, and how they begin.
#[derive(Debug)]
pub(crate) struct Endpoint {
    /// The server's name.
    pub(crate) name: Arc<str>,
    pub(crate) address: Address,
    /// What its host has been resolved to.
    pub(crate) addresses: Addresses,
    /// How long a connection may take until it is ready.
    pub(crate) timeout: Duration,
    /// How long its socket may take nothing; `None` is without end.
    pub(crate) send_timeout: Option<Duration>,
    pub(crate) options: SocketOptions,
    protocol: Protocol,
    access: Access,
    /// Whether the server has turned out to hang up on what it does not know.
    text_only: AtomicBool,
    /// Until when the server is left in peace, and why.
    refused: Mutex<Option<(Instant, Error)>>,
}

impl Endpoint {
    pub(crate) fn new(server: &Server<'_>) -> Self {
        let by_settings = if server.behaviors.binary {
            Protocol::Binary
        } else {
            Protocol::Text
        };
        Self {
            name: Arc::clone(server.name),
            address: server.spec.address.clone(),
            addresses: Addresses::default(),
            timeout: server.behaviors.connect_timeout.min(LONGEST),
            send_timeout: Some(server.behaviors.send_timeout.min(LONGEST))
                .filter(|it| !it.is_zero()),
            options: server.behaviors.into(),
            protocol: match server.options.protocol.unwrap_or(by_settings) {
                // There is no connection that could tell.
                Protocol::Auto if server.spec.address.transport == Transport::Udp => Protocol::Text,
                protocol => protocol,
            },
            access: server.options.access.clone(),
            text_only: AtomicBool::new(false),
            refused: Mutex::new(None),
        }
    }

    /// What is spoken, if no server needs to be asked.
    pub(crate) fn protocol(&self) -> Option<mc_proto::Protocol> {
        self.protocol.fixed()
    }

    /// What is said on a fresh connection; `fallback` if the last one was lost for it. `wary`: no answer to a request
    /// will tell whether the server, which has failed, is well, so that it is asked.
    pub(crate) fn handshake(
        &self,
        fallback: Option<Fallback>,
        wary: bool,
    ) -> Result<Handshake, Error> {
        let text_only = fallback.is_some() || self.text_only.load(Ordering::Relaxed);
        let (protocol, guessed) = match self.protocol.fixed() {
            Some(protocol) => (protocol, false),
            None if text_only => (mc_proto::Protocol::Text, false),
            None => (mc_proto::Protocol::Meta, true),
        };
        let credentials = self.access.credentials.as_ref();
        let opening = Opening {
            protocol,
            guessed,
            // What a server has against our certificate is heard only when something is asked.
            asks: wary || fallback == Some(Fallback::Silent) || self.access.is_secured(),
            credentials: credentials.map(|it| it.get(&self.name)).transpose()?,
            plaintext: self.plaintext(),
            mechanism: self.access.mechanism,
        };
        Ok(Handshake::new(&self.name, opening))
    }

    /// A connection is ready that `fallback` led to: later ones need not be lost first.
    pub(crate) fn ready(&self, fallback: Option<Fallback>) {
        if fallback.is_some() {
            self.text_only.store(true, Ordering::Relaxed);
        }
    }

    /// Whether there are connections, for what cannot do without.
    pub(crate) fn check_connections(&self, command: &str) -> Result<(), Error> {
        if self.is_datagram() {
            let message = format!("{command} needs a connection, and over UDP there is none");
            return Err(Error::caller(ErrorKind::InvalidArgument, message).at(&self.name));
        }
        Ok(())
    }

    /// Whether a connection may be tried: one whose credentials were refused a moment ago is refused by us, so that
    /// calls in a row do not storm the server.
    pub(crate) fn may_connect(&self, now: Instant) -> Result<(), Error> {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        match &*refused {
            Some((until, error)) if now < *until => Err(error.clone()),
            _ => Ok(()),
        }
    }

    /// No connection could be made.
    pub(crate) fn failed(&self, error: &Error, now: Instant) {
        if error.kind() == ErrorKind::Auth {
            let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
            *refused = Some((now + PEACE, error.clone()));
        }
    }

    /// The error if a sent request is not answered in time. Where nothing was ever `heard`, not even at the beginning, we
    /// may speak in the wrong way.
    pub(crate) fn unanswered(&self, heard: bool) -> Error {
        let is_greeted = self.access.is_secured() || self.access.credentials.is_some();
        let error = match self.protocol() {
            Some(protocol) if !heard && !is_greeted => Error::unheard(protocol),
            _ => Error::timeout(Stage::Reply, Outcome::MaybeApplied),
        };
        error.at(&self.name)
    }

    /// The error if the socket cannot be opened.
    pub(crate) fn unreachable(&self, cause: io::Error) -> Error {
        let message = format!("cannot connect: {cause}");
        let error = Error::new(ErrorKind::Connect, Outcome::NotSent, message);
        error.because(cause).at(&self.name)
    }

    /// Its cause if that takes too long.
    pub(crate) fn too_slow(&self) -> io::Error {
        let message = format!(
            "no connection within the connect timeout of {:?}",
            self.timeout
        );
        io::Error::new(io::ErrorKind::TimedOut, message)
    }

    /// What secures its connections, if anything does.
    #[cfg(feature = "tls")]
    pub(crate) fn tls(&self) -> Result<Option<tls::Settings>, Error> {
        let tls = self.access.tls.as_ref();
        tls.map(|tls| tls.settings(&self.name, &self.address))
            .transpose()
    }

    fn plaintext(&self) -> Plaintext {
        match self.address.transport {
            _ if self.access.is_secured() => Plaintext::Allowed,
            Transport::Unix => Plaintext::Allowed,
            _ => self.access.plaintext,
        }
    }
}

pub(crate) fn no_address() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "the host name has no address")
}

/// The resolver did not answer within its share of the time.
#[cfg(feature = "tokio")]
pub(crate) fn no_answer(share: Duration) -> io::Error {
    let message = format!("the host name was not resolved within {share:?}");
    io::Error::new(io::ErrorKind::TimedOut, message)
}

/// An address did not accept within its share of the time.
pub(crate) fn too_slow(address: SocketAddr, share: Duration) -> io::Error {
    let message = format!("{address} did not answer within {share:?}");
    io::Error::new(io::ErrorKind::TimedOut, message)
}
