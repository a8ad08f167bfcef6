//! TLS on a socket: the same sending and receiving, with rustls between.

use std::io::{self, IoSlice, Read, Write};
use std::time::Instant;

use bytes::Buf;
use rustix::event::{PollFd, PollFlags};
use rustix::net::RecvFlags;
use rustls::ClientConnection;

use super::landing::Landing;
use super::stream::{self, Stream};
use crate::tls::Settings;

/// The most pieces that are taken at once.
const PIECES: usize = 16;

/// A connection secured by TLS.
pub(super) struct Secured {
    tls: ClientConnection,
    stream: Stream,
}

impl Secured {
    /// Agrees on keys with the server, whose certificate is checked, until `deadline`.
    ///
    /// # Errors
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if the server did not answer until then.
    pub(super) fn new(stream: Stream, settings: Settings, deadline: Instant) -> io::Result<Self> {
        let (config, name) = settings;
        let tls = ClientConnection::new(config, name).map_err(io::Error::other)?;
        let mut secured = Self { tls, stream };
        while secured.tls.is_handshaking() {
            secured.flush_until(deadline)?;
            if secured.tls.is_handshaking() {
                secured.take_in(|stream, into| {
                    stream.await_more(into, RecvFlags::empty(), Instant::now(), deadline)
                })?;
            }
        }
        secured.flush_until(deadline)?;
        Ok(secured)
    }

    pub(super) fn send(&mut self, bytes: &impl Buf) -> io::Result<usize> {
        self.flush()?;
        let mut pieces = [IoSlice::new(&[]); PIECES];
        let count = bytes.chunks_vectored(&mut pieces);
        let taken = self.tls.writer().write_vectored(&pieces[..count])?;
        match self.flush() {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
            _ => Ok(taken),
        }
    }

    pub(super) fn has_unsent(&self) -> bool {
        self.tls.wants_write()
    }

    /// Whether something is deciphered and not received yet.
    pub(super) fn has_received(&mut self) -> bool {
        let state = self.tls.process_new_packets();
        state.is_ok_and(|state| state.plaintext_bytes_to_read() > 0)
    }

    pub(super) fn receive(&mut self, into: &mut (impl Landing + ?Sized)) -> io::Result<usize> {
        self.receive_by(into, |stream, into| stream.receive(into))
    }

    pub(super) fn await_more(
        &mut self,
        into: &mut (impl Landing + ?Sized),
        deadline: Instant,
    ) -> io::Result<usize> {
        self.receive_by(into, |stream, into| {
            stream.await_more(into, RecvFlags::empty(), Instant::now(), deadline)
        })
    }

    pub(super) fn reset(&self) -> Option<io::Error> {
        self.stream.reset()
    }

    pub(super) fn waited_for(&self, what: PollFlags) -> PollFd<'_> {
        self.stream.waited_for(what)
    }

    /// Gives what is deciphered; takes more from the socket as long as nothing is.
    fn receive_by(
        &mut self,
        into: &mut (impl Landing + ?Sized),
        mut receive: impl FnMut(&mut Stream, &mut [u8]) -> io::Result<usize>,
    ) -> io::Result<usize> {
        loop {
            match into.read(&mut self.tls.reader()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                received => return received,
            }
            self.take_in(&mut receive)?;
        }
    }

    /// Takes bytes from the socket and deciphers them.
    fn take_in(
        &mut self,
        mut receive: impl FnMut(&mut Stream, &mut [u8]) -> io::Result<usize>,
    ) -> io::Result<()> {
        let stream = &mut self.stream;
        let taken = self
            .tls
            .read_tls(&mut From(|into: &mut [u8]| receive(stream, into)))?;
        if let Err(error) = self.tls.process_new_packets() {
            // The server is told why, if it listens.
            let _ = self.flush();
            return Err(io::Error::new(io::ErrorKind::InvalidData, error));
        }
        match taken {
            0 if self.tls.is_handshaking() => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// Sends what is enciphered.
    fn flush(&mut self) -> io::Result<()> {
        while self.tls.wants_write() {
            self.tls.write_tls(&mut To(&self.stream))?;
        }
        Ok(())
    }

    fn flush_until(&mut self, deadline: Instant) -> io::Result<()> {
        loop {
            match self.flush() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let waited_for = self.stream.waited_for(PollFlags::OUT);
                    if !stream::wait(&mut [waited_for], deadline)? {
                        return Err(error);
                    }
                }
                flushed => return flushed,
            }
        }
    }
}

/// A way of receiving, as rustls wants it.
struct From<F>(F);

impl<F: FnMut(&mut [u8]) -> io::Result<usize>> Read for From<F> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        (self.0)(into)
    }
}

/// A socket to send to, as rustls wants it.
struct To<'s>(&'s Stream);

impl Write for To<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(&bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
