//! The blocking client: the same words as the async one, each call ended by `.call()`; no runtime.
//!
//! ```no_run
//! use std::time::Duration;
//! use mc_client::blocking::Client;
//!
//! let client = Client::builder().servers(["cache1", "cache2"])?.build()?;
//! client.set("greeting", "hello").expire(Duration::from_secs(60)).call()?;
//! let text: Option<String> = client.get("greeting").call()?;
//! for (key, text) in client.get_many::<_, String>(["a", "b", "c"]).call().hits() {
//!     println!("{key}: {text}");
//! }
//! # Ok::<(), mc_client::Error>(())
//! ```
//!
//! # Threads
//! A client is shared by reference: each call takes a connection of its own for as long as it runs, an idle one if
//! there is one, and gives it back if nothing went wrong. [`clone`](Client::clone) makes a client with connections of
//! its own. Connections to one server are opened one after the other; if that fails, it fails for all threads that
//! wait for it.
//!
//! # Processes
//! After a `fork`, parent and child can go on with the same client: the child opens connections of its own, and leaves
//! those that it has inherited to the parent, with what is buffered in them. What a `fork` does to any program holds for
//! this one, too: a lock that another thread holds at that moment is never released in the child, so fork while no other
//! thread is calling. A child made by the bare system call `clone`, past the C library's `fork`, is not known as one. The
//! async client cannot be used by a child, as no runtime can.
//!
//! # Load
//! There is no queue that could be full: a call that finds no idle connection opens one, so that there are as many as
//! threads that call at once. Pools bound those (`mc-pool`). Of one call, so many bytes and requests are under way at
//! a time, that it neither floods a server nor holds more than it must.
//!
//! # Time
//! A call ends at its deadline, whatever the servers do: see [`Builder::deadline`] and
//! [`Call::deadline`](crate::Call::deadline). The one exception is the resolving of a host name, which happens for
//! each new connection, and takes as long as the system's resolver lets it.
//!
//! A call for one key on a connection in steady use is two system calls, one that sends and one that receives.
//!
//! # Shell
//! It moves bytes and waits; it holds no rule of the protocol or of placement.
//!
//! ```text
//! Client ── Cluster (snapshot, health) ── Link, one a server: idle connections
//!    │                                      │ ▲
//!    call ── Part, one a server asked: ◀────┘ └── given back if clean
//!            sends all, then reads whoever answers
//! ```

mod buffer;
mod builder;
mod channel;
mod client;
mod connect;
mod gate;
mod landing;
mod link;
mod map;
mod part;
mod requests;
mod rows;
#[cfg(feature = "tls")]
mod secured;
mod serve;
mod session;
mod stream;
mod to_all;
mod to_many;
mod to_one;

pub use builder::Builder;
pub use client::Client;
pub use map::Map;
pub use rows::{Rows, ToRows};
pub use to_all::ToAll;
pub use to_many::ToMany;
pub use to_one::ToOne;
