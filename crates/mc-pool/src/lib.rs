//! Pools of memcached clients.
//!
//! # Do you need one?
//!
//! Mostly not: an [`mc_client::Client`] is cheap to clone, and its clones share one pipelined connection to
//! each server, which serves thousands of tasks. A pool is for isolation: whoever holds a client of the
//! [`Pool`] has its connections alone, so that somebody else's large values are not ahead of his.
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
//!
//! The waiting, counting and handing out are deadpool's.

mod config;
mod error;
mod manager;
mod pool;

pub use config::Config;
pub use error::{Error, Stage};
pub use manager::Manager;
pub use pool::{Lease, Pool};

/// The example in it is run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
