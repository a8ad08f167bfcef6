//! `get` into a vector of the caller's, whose memory is used again and again.

use bytes::Bytes;
use mc_proto::{Key, Protocol, Reply, Request};

use super::{Replicas, Single, Step, sealed};
use crate::error::Error;
use crate::value::Values;

/// `get <key>` into a vector: whether there is a value.
///
/// ```text
/// get <key>\r\n  →  VALUE <key> <flags> <bytes>\r\n<data>\r\nEND\r\n | END\r\n
/// ```
/// What is in the vector goes first, so that it is empty after a miss or an error; its memory stays, and grows if the
/// value is longer. After an error the memory may be gone. The value must be stored as bytes, as for a `Vec<u8>`.
///
/// The blocking client has the system write a value of more than 16 KiB right into the vector. So no memory is made for
/// it if the vector has some for the value and what comes with it: 7 bytes in text, 2 in meta, 32 in binary. In the async
/// client, and where values are small, they are copied; a compressed value is inflated into memory of its own.
#[derive(Debug)]
pub struct GetInto<'c> {
    key: &'c [u8],
    into: &'c mut Vec<u8>,
}

impl<'c> GetInto<'c> {
    pub(crate) fn new(key: &'c [u8], into: &'c mut Vec<u8>) -> Self {
        into.clear();
        Self { key, into }
    }

    /// Takes the value over with its memory if that was the vector's own, which is then lent still and has none, or if
    /// it is more than the vector has; else copies it.
    fn fill(&mut self, value: Bytes) {
        match value.len() <= self.into.capacity() {
            true => self.into.extend_from_slice(&value),
            false => *self.into = Vec::from(value),
        }
    }
}

impl sealed::Sealed for GetInto<'_> {}

impl Single for GetInto<'_> {
    type Output = bool;

    const REPLICAS: Replicas = Replicas::Read;

    fn key(&self) -> &[u8] {
        self.key
    }

    fn request<'a>(&'a self, key: Key<'a>, _: Protocol) -> Result<Request<'a>, Error> {
        Ok(Request::Get { key, cas: false })
    }

    fn room(&mut self) -> Option<&mut Vec<u8>> {
        Some(self.into)
    }

    fn answered(&mut self, reply: Reply, values: &Values) -> Step<bool> {
        match reply {
            Reply::Value(None) => Step::done(false),
            Reply::Value(Some(item)) => {
                let value = values.decode(item.flags, item.value);
                Step::Done(value.map(|value| value.map(|value| self.fill(value)).is_some()))
            }
            other => Step::failed("get", &other),
        }
    }
}
