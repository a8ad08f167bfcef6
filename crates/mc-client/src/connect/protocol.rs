//! Which protocol a client is asked to speak.

use std::fmt;

/// Which protocol a client speaks.
///
/// ```
/// use mc_client::{Client, Protocol};
///
/// let client = Client::builder().servers(["cache1"])?.protocol(Protocol::Auto).build()?;
/// # Ok::<(), mc_client::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// The classic text protocol, which every server and proxy knows.
    Text,
    /// The meta protocol, in which each side checks that an answer is the right one. It needs memcached 1.6.18, which
    /// marks all answers; where servers may be older, [`Auto`](Self::Auto) finds out. What only meta has, such as stale
    /// items and the right to fill a miss, is not among the client's commands: `mc-proto` has the words for it.
    Meta,
    /// The binary protocol, which newer servers still speak and no longer extend; SASL needs it.
    Binary,
    /// Meta where the server knows it, text elsewhere.
    ///
    /// Each new connection asks by a meta get of the key `mc-handshake`, which nobody needs to have, and which changes
    /// nothing: a server whose answer repeats the get's opaque speaks meta, any other answer means text. So memcached
    /// 1.6.18 and later is spoken to in meta, all before it in text. If the peer hangs up instead, as twemproxy does, or
    /// does not answer within half of the connect timeout, the client connects again and speaks text, and does so at
    /// once from then on, until servers or settings change.
    Auto,
}

impl Protocol {
    /// Its name: `text`, `meta`, `binary` or `auto`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Meta => "meta",
            Self::Binary => "binary",
            Self::Auto => "auto",
        }
    }

    /// The protocol, unless the server decides.
    pub(crate) fn fixed(self) -> Option<mc_proto::Protocol> {
        match self {
            Self::Text => Some(mc_proto::Protocol::Text),
            Self::Meta => Some(mc_proto::Protocol::Meta),
            Self::Binary => Some(mc_proto::Protocol::Binary),
            Self::Auto => None,
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
