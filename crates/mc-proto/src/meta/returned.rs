//! The flags of a reply: what was asked for, and what the server adds.

use super::flags::Flags;
use crate::line;
use crate::{Outgoing, ProtocolError};

/// What a reply tells beside its status and its value.
///
/// Each is there if it was asked for and the server knows it: memcached tells
/// most of them for a hit only. The key and the mark that were asked for are
/// no part of it: they are compared with what was sent, and a reply with
/// others is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Returned {
    /// `f`: the 32 bits that were stored with the value.
    pub flags: Option<u32>,
    /// `c`: the cas number; 0 where nothing was stored.
    pub cas: Option<u64>,
    /// `s`: the length of the value.
    pub size: Option<u64>,
    /// `t`: how long the item has to live.
    pub ttl: Option<Ttl>,
    /// `h`: whether it had been read before.
    pub hit: Option<bool>,
    /// `l`: how many seconds ago it was last read.
    pub last_access: Option<u64>,
    /// `W`: this client has won the right to write the item anew, and others
    /// wait for it to do so.
    pub won: bool,
    /// `X`: the item is stale.
    pub stale: bool,
    /// `Z`: another client has won before.
    pub taken: bool,
}

/// How long an item has to live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ttl {
    /// `-1`: it stays until the server needs its room.
    Forever,
    /// So many seconds. An item that ended in the same moment shows a number
    /// near 2^32, since memcached subtracts without a sign.
    Seconds(u32),
}

/// What a reply repeats of its request, as it stands on the line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Echo<'l> {
    /// `O`.
    pub(super) opaque: Option<&'l [u8]>,
    /// `k`.
    pub(super) key: Option<&'l [u8]>,
    /// `b`: the key is in base64.
    pub(super) is_base64: bool,
}

impl Returned {
    /// Reads the words behind the status. A flag that is not known is skipped.
    #[inline]
    pub(super) fn decode(mut rest: &[u8]) -> Result<(Self, Echo<'_>), ProtocolError> {
        let (mut returned, mut echo) = (Self::default(), Echo::default());
        while !rest.is_empty() {
            let (word, behind) = line::split_word(rest);
            rest = behind.unwrap_or_default();
            let Some((letter, word)) = word.split_first() else {
                continue;
            };
            match letter {
                b'f' => returned.flags = Some(line::field("flags", word, u32::MAX.into())?),
                b'c' => returned.cas = Some(line::field("cas number", word, u64::MAX)?),
                b's' => returned.size = Some(line::field("size", word, u64::MAX)?),
                b't' => returned.ttl = Some(Ttl::decode(word)?),
                b'h' => returned.hit = Some(line::field::<u64>("hit", word, 1)? == 1),
                b'l' => returned.last_access = Some(line::field("last access", word, u64::MAX)?),
                b'W' => returned.won = true,
                b'X' => returned.stale = true,
                b'Z' => returned.taken = true,
                b'O' => echo.opaque = Some(word),
                b'k' => echo.key = Some(word),
                b'b' => echo.is_base64 = true,
                _ => {}
            }
        }
        Ok((returned, echo))
    }

    /// Writes what there is.
    pub(super) fn encode(&self, out: &mut Outgoing) {
        let mut flags = Flags(out.line());
        flags.number(b'f', self.flags.map(u64::from));
        flags.number(b'c', self.cas);
        flags.number(b's', self.size);
        if let Some(ttl) = self.ttl {
            ttl.encode(&mut flags);
        }
        flags.number(b'h', self.hit.map(u64::from));
        flags.number(b'l', self.last_access);
        flags.on(b'Z', self.taken);
        flags.on(b'X', self.stale);
        flags.on(b'W', self.won);
    }
}

impl Ttl {
    fn decode(word: &[u8]) -> Result<Self, ProtocolError> {
        if word == b"-1" {
            return Ok(Self::Forever);
        }
        let seconds = line::field("time to live", word, u32::MAX.into())?;
        Ok(Self::Seconds(seconds))
    }

    fn encode(self, flags: &mut Flags<'_>) {
        match self {
            Self::Forever => flags.word(b't', Some(b"-1")),
            Self::Seconds(seconds) => flags.number(b't', Some(seconds.into())),
        }
    }
}
