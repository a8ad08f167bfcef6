//! Pools of memcached clients.
//!
//! # Do you need one?
//!
//! Mostly not. An async [`Client`](mc_client::Client) is cheap to clone, and its clones share one pipelined connection
//! to each server, which serves thousands of tasks. A blocking client is shared by reference: each call takes a
//! connection of its own. A pool is for isolation: whoever holds one of its clients has its connections alone, so that
//! nobody else's large values are ahead of his, and there are never more connections than the
//! pool has clients, to each server.
//!
//! | Pool | Its clients | Feature |
//! |---|---|---|
//! | [`Pool`] | async, made as they are asked for, up to a number | `tokio`, on by default |
#![cfg_attr(
    all(unix, feature = "blocking"),
    doc = "| [`ClientPool`] | blocking, as many as were filled in; pylibmc's class of that name | `blocking` |",
    doc = "| [`ThreadMappedPool`] | blocking, one for each thread; pylibmc's class of that name | `blocking` |"
)]
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use mc_client::Client;
//! use mc_pool::{Config, Pool};
//!
//! let builder = Client::builder().servers(["cache1", "cache2"])?;
//! let mut config = Config::default();
//! config.max_size = 8;
//! let pool = Pool::new(builder, config);
//! let client = pool.get().await?;
//! client.set("greeting", "hello").await?;
//! # Ok(())
//! # }
//! ```
#![cfg_attr(
    all(unix, feature = "blocking"),
    doc = "",
    doc = "Without tokio: `mc-pool = { version = \"…\", default-features = false, features = [\"blocking\"] }`. What pylibmc's",
    doc = "names are here is a table at [`ClientPool`]."
)]
//!
//! # What never goes back
//!
//! A broken connection is no matter of a pool: a client drops it and makes another. A call that was given up leaves
//! nothing behind that a later one could read. So a client can always be used again, with one exception: whoever
//! panics while he holds one may have been halfway through a change of its settings. That client is dropped, with its
//! connections, and one as the pool would have made it takes its place.
//!
//! What a holder changes and leaves changed (settings, servers) stays with that client, as with pylibmc.

#![cfg_attr(
    not(all(feature = "tokio", feature = "blocking")),
    allow(dead_code, reason = "errors and metrics have what either pool needs")
)]

#[cfg(all(unix, feature = "blocking"))]
mod blocking;
mod error;
mod metrics;
#[cfg(feature = "tokio")]
mod tokio;

#[cfg(all(unix, feature = "blocking"))]
pub use blocking::{Block, ClientPool, Reserved, ThreadMappedPool};
pub use error::{Error, Stage};
pub use metrics::Metrics;
#[cfg(feature = "tokio")]
pub use tokio::{Config, Lease, Pool};

/// The examples in it are run.
#[cfg(all(doctest, feature = "tokio", feature = "blocking"))]
#[doc = include_str!("../README.md")]
struct Readme;
