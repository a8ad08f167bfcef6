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
    /// The [`meta`](crate::meta) protocol, which goes over the same connection
    /// as the classic one.
    Meta,
    /// The [`binary`](crate::binary) protocol, which newer servers still speak
    /// and no longer extend.
    Binary,
}

impl Protocol {
    /// Its name: `text`, `meta` or `binary`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Meta => "meta",
            Self::Binary => "binary",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
