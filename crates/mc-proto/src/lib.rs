//! memcached's protocols without a socket.

#![cfg_attr(
    not(test),
    warn(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used
    )
)]

mod connection;
mod error;
mod excerpt;
mod exptime;
mod key;
mod kind;
mod limits;
mod line;
mod outgoing;
mod refusal;
mod reply;
mod request;
pub mod text;

pub use connection::{Answer, Connection, Id, Sent};
pub use error::{ProtocolError, ReplyError, SendError};
pub use excerpt::Excerpt;
pub use exptime::{Exptime, InvalidExptime};
pub use key::{InvalidKey, Key, MAX_KEY_LEN};
pub use kind::Disposition;
pub use limits::Limits;
pub use outgoing::Outgoing;
pub use reply::{Item, Refusal, RefusalKind, Reply};
pub use request::{Payload, Request, StatsTopic, Verb};
