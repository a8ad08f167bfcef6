//! Requests over UDP: each in one datagram, its reply in one or many.
//!
//! ```text
//! 0       2          4       6          8
//! | id    | sequence | total | reserved | payload, as over TCP …
//! ```
//!
//! Every datagram starts with this header, whose numbers are 16 bits wide with
//! the high byte first. A request is one datagram: sequence 0, total 1. A reply
//! repeats its id and counts its datagrams from 0 on; they may arrive in any
//! order, twice, or not at all.
//!
//! The payload is the [`text`](crate::text) protocol's.
//!
//! Nobody tells a client that a datagram was lost, and a network may double
//! one. So a write without a reply may have been done or not, one that is sent
//! again may be done twice, and even one that is sent once may: think of that
//! before an `incr`. What a request says nobody proves either, so that no
//! password can be given.
//!
//! What the socket has to do is little, but it matters: be connected to the
//! server, so that the system refuses the datagrams of others; start the ids
//! at random, so that who guesses the address does not guess the id, too; have
//! room for a whole reply, as what does not fit its buffer is lost; and give a
//! request up at its deadline with [`Client::expire`].
//!
//! A server needs [`decode_request`] and [`datagrams`]. Its reply is often a
//! thousand times longer than the request, whose sender's address anybody can
//! forge: it must be reachable by those only who are trusted not to.
//!
//! # Source
//! memcached's `doc/protocol.txt`, "UDP protocol".

mod assembly;
mod carried;
mod client;
mod dropped;
mod error;
mod header;
mod limits;
mod server;

pub use carried::NotCarried;
pub use client::{Answer, Client, Id};
pub use dropped::Dropped;
pub use error::{ReceiveError, SendError};
pub use header::{HEADER_LEN, Header};
pub use limits::Limits;
pub use server::{
    BadDatagram, Incoming, MAX_DATAGRAM_LEN, ReplyTooLong, datagrams, decode_request,
};
