//! The async shell on tokio: moves bytes and waits; holds no rule of the protocol or of placement.
//!
//! ```text
//! Client ── Cluster (snapshot, health) ── Link, one a server ◀──── callers: encode, take a ticket
//!                                           ▲
//!                                           └──── driver task: connect, write all, read, answer
//! ```

mod bounds;
mod builder;
mod client;
mod connect;
mod datagram;
mod deadlines;
mod driver;
mod link;
mod map;
mod room;
mod rows;
mod runtime;
mod session;
mod soonest;
mod stream;
mod ticket;
mod to_all;
mod to_many;
mod to_one;
mod waiters;

pub(crate) use bounds::Bounds;
pub use bounds::WhenFull;
pub use builder::Builder;
pub use client::Client;
pub use map::Map;
pub use rows::{Rows, ToRows};
pub use to_all::ToAll;
pub use to_many::{Boxed, ToMany};
pub use to_one::{Asking, ToOne};
