//! Values: bytes and flags on the wire ↔ Rust types.
//!
//! The flags are pylibmc's, so that its clients and ours read each other's values:
//!
//! | type | flags | bytes |
//! |---|--:|---|
//! | bytes | 0 | as they are |
//! | pickle | 1 | not read by this build |
//! | bool | 2 | `0` or `1` |
//! | integer | 4 | decimal digits, of any size |
//! | text | 16 | UTF-8 |
//! | … compressed | + 8 | zlib; not read by this build |
//!
//! Reading a value as another type than it was stored as is an error that names both.

mod decode;
mod encode;

pub use decode::{FromValue, Raw};
pub use encode::{Encoded, IntoValue};

use std::fmt;

/// The type bits of pylibmc's flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bytes = 0,
    Pickle = 1,
    Bool = 2,
    Integer = 4,
    Text = 16,
}

/// The bits that tell the type; pylibmc ignores all others but [`ZLIB`].
const TYPE_BITS: u32 = 0x17;
/// Set when the bytes are compressed.
const ZLIB: u32 = 8;

impl Kind {
    const ALL: [Self; 5] = [
        Self::Bytes,
        Self::Pickle,
        Self::Bool,
        Self::Integer,
        Self::Text,
    ];

    /// The type that `flags` tell; `None` if they tell more than one.
    fn of(flags: u32) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| *kind as u32 == flags & TYPE_BITS)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bytes => "bytes",
            Self::Pickle => "a Python pickle",
            Self::Bool => "a bool",
            Self::Integer => "an integer",
            Self::Text => "text",
        })
    }
}
