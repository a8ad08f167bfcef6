//! Types of one's own, by serde: a wrapper for each format, to store and to read any `T` in it.
//!
//! Other formats are a few lines: see [`value`](crate::value).

#[cfg(feature = "serde")]
mod json;
#[cfg(feature = "msgpack")]
mod message_pack;
#[cfg(feature = "pickle")]
mod pickle;
#[cfg(feature = "pickle")]
mod python;

#[cfg(feature = "serde")]
pub use json::Json;
#[cfg(feature = "msgpack")]
pub use message_pack::MessagePack;
#[cfg(feature = "pickle")]
pub use pickle::Pickle;
#[cfg(feature = "pickle")]
pub use python::Python;

use std::error::Error as StdError;

use super::Format;
use crate::error::Error;

/// The error for a value that is no `format`, or not of the type asked for.
fn unreadable(format: Format, cause: impl StdError + Send + Sync + 'static) -> Error {
    // It may quote what was stored.
    let why = cause.to_string().replace(char::is_control, "\u{fffd}");
    Error::wrong_type(format!("the value cannot be read as {format}: {why}")).because(cause)
}

/// The error for a value that `format` cannot hold.
fn unwritable(format: Format, cause: impl StdError + Send + Sync + 'static) -> Error {
    Error::unstorable(format!("the value cannot be written as {format}: {cause}")).because(cause)
}
