//! An open socket and what a call does with it: send what it takes, receive, wait.
//!
//! Sending never waits: what the socket does not take at once waits for its turn beside the receiving, so that
//! a server which does not read until it has written cannot lock us up. Receiving may wait, by one system call.

use std::io::{self, IoSlice};
use std::time::{Duration, Instant};

use bytes::Buf;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, retry_on_intr};
use rustix::net::{RecvFlags, SendAncillaryBuffer, SendFlags, send, sendmsg};
use socket2::Socket;

use super::landing::Landing;

/// The most pieces that one system call sends.
const PIECES: usize = 16;

/// The socket's own time limit counts in the kernel's ticks, which may be 10 ms: shorter waits are measured by
/// `poll`, which is exact.
const SHORT: Duration = Duration::from_millis(20);

/// A dead peer is told by the error alone, not by a signal; where there is no such flag, socket2 has set the
/// socket so.
#[cfg(not(target_vendor = "apple"))]
const SENDING: SendFlags = SendFlags::DONTWAIT.union(SendFlags::NOSIGNAL);
#[cfg(target_vendor = "apple")]
const SENDING: SendFlags = SendFlags::DONTWAIT;

/// An open socket.
#[derive(Debug)]
pub(super) struct Stream {
    socket: Socket,
    /// How long the socket lets a read wait, as it is set now; zero if it is not.
    limit: Duration,
}

impl Stream {
    pub(super) fn new(socket: Socket) -> Self {
        Self {
            socket,
            limit: Duration::ZERO,
        }
    }

    /// Sends of `bytes` what the socket takes now; gives how many that are.
    ///
    /// # Errors
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if it takes none.
    pub(super) fn send(&self, bytes: &impl Buf) -> io::Result<usize> {
        let chunk = bytes.chunk();
        if chunk.len() == bytes.remaining() {
            return Ok(retry_on_intr(|| send(&self.socket, chunk, SENDING))?);
        }
        let mut pieces = [IoSlice::new(&[]); PIECES];
        let count = bytes.chunks_vectored(&mut pieces);
        Ok(retry_on_intr(|| {
            let nothing = &mut SendAncillaryBuffer::default();
            sendmsg(&self.socket, &pieces[..count], nothing, SENDING)
        })?)
    }

    /// Receives what is there; 0 bytes are the end.
    ///
    /// # Errors
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if there is nothing.
    pub(super) fn receive(&self, into: &mut (impl Landing + ?Sized)) -> io::Result<usize> {
        Ok(retry_on_intr(|| {
            into.recv(&self.socket, RecvFlags::DONTWAIT)
        })?)
    }

    /// Once it has ended: the error if it was reset behind its end, as not all of what we have sent was read.
    pub(super) fn reset(&self) -> Option<io::Error> {
        self.socket.take_error().ok().flatten()
    }

    /// Receives, after waiting for something from `now` until `deadline` at most; 0 bytes are the end. With
    /// [`WAITALL`](RecvFlags::WAITALL) it may wait until nothing more fits.
    ///
    /// The socket's own limit is kept as it is while it fits what is left, so that calls of the same deadline
    /// cost no system call but the read itself. It ends somewhat early; the rest is waited for once more.
    ///
    /// # Errors
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if there was nothing until then.
    pub(super) fn await_more(
        &mut self,
        into: &mut (impl Landing + ?Sized),
        wait: RecvFlags,
        mut now: Instant,
        deadline: Instant,
    ) -> io::Result<usize> {
        loop {
            let left = deadline.saturating_duration_since(now);
            if left.is_zero() {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            if left < SHORT {
                self::wait(&mut [self.waited_for(PollFlags::IN)], deadline)?;
                return self.receive(into);
            }
            if self.limit > left || self.limit < left / 2 {
                self.limit = left - left / 8;
                self.socket.set_read_timeout(Some(self.limit))?;
            }
            match into.recv(&self.socket, wait) {
                Ok(received) => return Ok(received),
                Err(Errno::AGAIN | Errno::INTR) => now = Instant::now(),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// An entry for [`wait`].
    pub(super) fn waited_for(&self, what: PollFlags) -> PollFd<'_> {
        PollFd::new(&self.socket, what)
    }
}

/// Waits until something of what is waited for has come, or the deadline; whether anything has. It is looked for at least
/// once.
pub(super) fn wait(streams: &mut [PollFd<'_>], deadline: Instant) -> io::Result<bool> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout = Timespec::try_from(left).map_err(io::Error::other)?;
        match poll(streams, Some(&timeout)) {
            Ok(0) | Err(Errno::INTR) if left.is_zero() => return Ok(false),
            Ok(0) | Err(Errno::INTR) => {}
            Ok(_) => return Ok(true),
            Err(error) => return Err(error.into()),
        }
    }
}

/// Waits until something of what is waited for has come.
pub(super) fn wait_for_ever(streams: &mut [PollFd<'_>]) -> io::Result<()> {
    retry_on_intr(|| poll(streams, None))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::{Ipv4Addr, TcpListener, TcpStream};

    use socket2::{Domain, Type};

    use super::*;

    const WAIT: RecvFlags = RecvFlags::empty();

    fn pair() -> (Stream, Socket) {
        let (ours, theirs) = Socket::pair(Domain::UNIX, Type::STREAM, None).unwrap();
        (Stream::new(ours), theirs)
    }

    fn in_ms(ms: u64) -> Instant {
        Instant::now() + Duration::from_millis(ms)
    }

    #[test]
    fn the_limit_of_the_socket_is_kept_while_it_fits() {
        let (mut stream, mut server) = pair();
        let mut limit = |ms| {
            server.write_all(b"x").unwrap();
            let received = stream.await_more(&mut [0; 9][..], WAIT, Instant::now(), in_ms(ms));
            assert_eq!(received.unwrap(), 1);
            stream.limit
        };
        let first = limit(8_000);
        assert_eq!(limit(8_000), first);
        assert_eq!(limit(10_000), first);
        let shorter = limit(4_000);
        assert!(shorter < Duration::from_millis(4_000));
        assert!(limit(60_000) > first);
    }

    #[test]
    fn silence_ends_at_the_deadline_and_not_before() {
        let (mut stream, _server) = pair();
        for ms in [0, 5, 60] {
            let deadline = in_ms(ms);
            let awaited = stream.await_more(&mut [0; 9][..], WAIT, Instant::now(), deadline);
            let error = awaited.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
            assert!(Instant::now() >= deadline);
        }
    }

    #[test]
    fn a_full_socket_takes_no_more_and_nobody_waits() {
        let (stream, _server) = pair();
        let bytes = vec![0; 1 << 16];
        let full = loop {
            if let Err(error) = stream.send(&&bytes[..]) {
                break error;
            }
        };
        assert_eq!(full.kind(), io::ErrorKind::WouldBlock);
    }

    #[test]
    fn an_end_may_be_followed_by_a_reset() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let ended = |then_sends: bool| {
            let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let stream = Stream::new(client.into());
            drop(listener.accept().unwrap());
            let comes = |what| {
                let mut waited_for = [stream.waited_for(PollFlags::IN)];
                wait(&mut waited_for, in_ms(9_000)).unwrap();
                waited_for[0].revents().contains(what)
            };
            while !comes(PollFlags::IN) {}
            if then_sends {
                stream.send(&&b"x"[..]).unwrap();
                while !comes(PollFlags::ERR) {}
            }
            assert_eq!(stream.receive(&mut [0; 9][..]).unwrap(), 0);
            stream.reset()
        };
        assert!(ended(false).is_none());
        assert!(ended(true).is_some());
    }

    #[test]
    fn the_end_is_no_silence() {
        let (mut stream, server) = pair();
        drop(server);
        assert_eq!(stream.receive(&mut [0; 9][..]).unwrap(), 0);
        let awaited = stream.await_more(&mut [0; 9][..], WAIT, Instant::now(), in_ms(60_000));
        assert_eq!(awaited.unwrap(), 0);
        assert!(stream.send(&&b"x"[..]).is_err());
    }
}
