//! What is stored, and how.

use bytes::Bytes;

use crate::Exptime;
use crate::outgoing::SHARE_FROM;

/// The six ways of storing a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Stores in any case.
    Set,
    /// Stores if the key holds nothing.
    Add,
    /// Stores if the key holds something.
    Replace,
    /// Puts the bytes behind the value that is there.
    Append,
    /// Puts the bytes in front of the value that is there.
    Prepend,
    /// Stores if the item still has this cas number.
    Cas(u64),
}

/// A value on its way out, lent or shared.
///
/// A shared one of at least 16 KiB is queued as it is; everything else is
/// copied into the out-buffer, once.
#[derive(Clone, Debug)]
pub enum Payload<'a> {
    /// Bytes of the caller.
    Borrowed(&'a [u8]),
    /// Bytes that the out-buffer may keep hold of.
    Shared(Bytes),
}

/// What incr and decr store where there is nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Initial {
    /// The number to store, which is then the answer as well.
    pub value: u64,
    /// When the new item ends. An item that is there keeps its end.
    pub exptime: Exptime,
}

impl Verb {
    /// The word that the text protocol has for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Add => "add",
            Self::Replace => "replace",
            Self::Append => "append",
            Self::Prepend => "prepend",
            Self::Cas(_) => "cas",
        }
    }
}

impl Payload<'_> {
    /// The bytes.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        match self {
            Self::Borrowed(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }
}

impl Payload<'_> {
    /// The same, counted once more only where the out-buffer will hold on to it.
    #[inline]
    pub(crate) fn lend(&self) -> Payload<'_> {
        match self {
            Self::Shared(bytes) if bytes.len() >= SHARE_FROM => Payload::Shared(bytes.clone()),
            _ => Payload::Borrowed(self.as_slice()),
        }
    }
}

impl PartialEq for Payload<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for Payload<'_> {}

impl<'a> From<&'a [u8]> for Payload<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Borrowed(bytes)
    }
}

impl From<Bytes> for Payload<'_> {
    fn from(bytes: Bytes) -> Self {
        Self::Shared(bytes)
    }
}
