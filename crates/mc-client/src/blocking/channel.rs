//! What a session moves bytes over: a socket, or TLS on one.

use std::io;
use std::time::Instant;

use bytes::Buf;
use rustix::event::{PollFd, PollFlags};
use rustix::net::RecvFlags;

use super::landing::Landing;
#[cfg(feature = "tls")]
use super::secured::Secured;
use super::stream::Stream;

/// An open connection.
pub(super) enum Channel {
    Plain(Stream),
    #[cfg(feature = "tls")]
    Secured(Box<Secured>),
}

impl Channel {
    /// Sends of `bytes` what is taken now; gives how many that are. Without any, sends what was taken before.
    ///
    /// # Errors
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if nothing is taken.
    pub(super) fn send(&mut self, bytes: &impl Buf) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.send(bytes),
            #[cfg(feature = "tls")]
            Self::Secured(secured) => secured.send(bytes),
        }
    }

    /// Whether something was taken that the socket has not taken yet.
    pub(super) fn has_unsent(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            #[cfg(feature = "tls")]
            Self::Secured(secured) => secured.has_unsent(),
        }
    }

    /// Whether there is something to receive that [`waited_for`](Self::waited_for) does not tell of.
    pub(super) fn has_received(&mut self) -> bool {
        match self {
            Self::Plain(_) => false,
            #[cfg(feature = "tls")]
            Self::Secured(secured) => secured.has_received(),
        }
    }

    /// Receives what is there; 0 bytes are the end.
    ///
    /// # Errors
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if there is nothing.
    pub(super) fn receive(&mut self, into: &mut (impl Landing + ?Sized)) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.receive(into),
            #[cfg(feature = "tls")]
            Self::Secured(secured) => secured.receive(into),
        }
    }

    /// Receives, after waiting for something from `now` until `deadline` at most; 0 bytes are the end. With
    /// [`WAITALL`](RecvFlags::WAITALL) it may wait until nothing more fits.
    ///
    /// # Errors
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if there was nothing until then.
    pub(super) fn await_more(
        &mut self,
        into: &mut (impl Landing + ?Sized),
        wait: RecvFlags,
        now: Instant,
        deadline: Instant,
    ) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.await_more(into, wait, now, deadline),
            #[cfg(feature = "tls")]
            Self::Secured(secured) => secured.await_more(into, deadline),
        }
    }

    /// Once it has ended: the error if it was reset behind its end.
    pub(super) fn reset(&self) -> Option<io::Error> {
        match self {
            Self::Plain(stream) => stream.reset(),
            #[cfg(feature = "tls")]
            Self::Secured(secured) => secured.reset(),
        }
    }

    /// An entry for [`wait`](super::stream::wait).
    pub(super) fn waited_for(&self, what: PollFlags) -> PollFd<'_> {
        match self {
            Self::Plain(stream) => stream.waited_for(what),
            #[cfg(feature = "tls")]
            Self::Secured(secured) => secured.waited_for(what),
        }
    }
}
