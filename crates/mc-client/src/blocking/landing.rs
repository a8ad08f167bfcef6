//! Memory that is received into.

#[cfg(feature = "tls")]
use std::io::{self, Read};

use rustix::buffer::spare_capacity;
use rustix::net::{RecvFlags, recv};
use socket2::Socket;

/// Memory that is received into: bytes that are written over, or the room that a vector has behind its own, which
/// nothing need be written to before.
pub(super) trait Landing {
    /// Receives what fits from a socket; how many bytes that are.
    fn recv(&mut self, socket: &Socket, flags: RecvFlags) -> rustix::io::Result<usize>;

    /// Reads what fits; how many bytes that are.
    #[cfg(feature = "tls")]
    fn read(&mut self, from: &mut impl Read) -> io::Result<usize>;
}

impl Landing for [u8] {
    fn recv(&mut self, socket: &Socket, flags: RecvFlags) -> rustix::io::Result<usize> {
        recv(socket, self, flags).map(|(_, received)| received)
    }

    #[cfg(feature = "tls")]
    fn read(&mut self, from: &mut impl Read) -> io::Result<usize> {
        from.read(self)
    }
}

impl Landing for Vec<u8> {
    fn recv(&mut self, socket: &Socket, flags: RecvFlags) -> rustix::io::Result<usize> {
        recv(socket, spare_capacity(self), flags).map(|(_, received)| received)
    }

    #[cfg(feature = "tls")]
    fn read(&mut self, from: &mut impl Read) -> io::Result<usize> {
        let (held, room) = (self.len(), self.capacity() - self.len());
        let end = from.take(room as u64).read_to_end(self);
        match self.len() - held {
            // What was read before an error is there.
            0 => end,
            read => Ok(read),
        }
    }
}
