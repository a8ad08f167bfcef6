//! The protocols of memcached.

use std::fmt;

/// Which protocol a connection speaks.
///
/// The requests and replies are the same for each. What a protocol cannot
/// carry is refused before a byte is queued.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// The classic [`text`](crate::text) protocol.
    #[default]
    Text,
    /// The [`binary`](crate::binary) protocol, which newer servers still speak
    /// and no longer extend.
    Binary,
}

impl Protocol {
    /// Its name: `text` or `binary`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Binary => "binary",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
