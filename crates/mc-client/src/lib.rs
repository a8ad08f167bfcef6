//! A memcached client that places keys as libmemcached does, and pylibmc with it.
//!
//! ```no_run
//! # async fn example() -> Result<(), mc_client::Error> {
//! use std::time::Duration;
//! use mc_client::{Behaviors, Client};
//!
//! let client = Client::builder()
//!     .servers(["cache1", "cache2:11211:2", "[::1]:11212", "/run/memcached.sock"])?
//!     .behaviors(Behaviors::production())
//!     .build()?;
//! client.set("greeting", "hello").expire(Duration::from_secs(60)).await?;
//! let text: Option<String> = client.get("greeting").await?;
//! let found = client.get_many::<_, String>(["a", "b", "c"]).await;
//! let visits: Option<u64> = client.incr("visits", 1).initial(1).await?;
//! # Ok(())
//! # }
//! ```
//!
//! * [`Client`]: async, on tokio; cheap to clone, shared by all tasks, one pipelined connection to each server.
//! * [`command`]: the commands as values, with their options.
//! * [`value`]: which Rust types are stored how; pylibmc's flags, and those of other clients.
//! * [`Error`]: what happened, at which server, and whether the request may have taken effect.
//! * [`Behaviors`]: every setting of pylibmc, by type and by name.
//! * [`blocking`]: the same client without a runtime, behind the feature of that name.
//! * [`Protocol`]: text, meta, binary, or what the server knows. [`Credentials`]: who the client says that it is.
//! * [`Tls`]: connections that nobody on the way can read, behind the feature `tls`.
//! * [`build_info`]: what this build can do.
//! * [`pylibmc`]: a table of pylibmc's methods and ours.
//!
//! | Feature | adds |
//! |---|---|
//! | `tokio`, on by default | the async client |
//! | `zlib`, on by default | values compressed by zlib or gzip |
//! | `blocking` | the blocking client, on unix |
//! | `tls` | connections by TLS (rustls, with ring, which is built by a C compiler); brings tokio, for the blocking client too |
//! | `serde`, `msgpack`, `pickle` | types of one's own as JSON, MessagePack, Python's pickle: see [`value`] |
//! | `metrics`, `tracing` | counters for the `metrics` facade; spans and events |
//!
//! What it does not do: it never retries a request that may have reached a server, and it never tells an
//! error as a miss.

#![cfg_attr(
    not(any(feature = "tokio", all(unix, feature = "blocking"))),
    allow(
        dead_code,
        unused_imports,
        reason = "without a shell nobody calls the core"
    )
)]

#[cfg(all(unix, feature = "blocking"))]
pub mod blocking;
mod build_info;
pub mod builder;
mod call;
mod cluster;
pub mod command;
mod connect;
mod error;
mod lost;
pub mod metrics;
pub mod pylibmc;
mod reading;
mod sync;
#[cfg(feature = "tls")]
mod tls;
#[cfg(feature = "tokio")]
mod tokio;
mod trace;
pub mod value;

pub use build_info::{
    BuildInfo, build_info, libmemcached_version, support_compression, support_sasl,
};
pub use command::{Call, CasOutcome, DeleteOutcome, Expire, Item, Many, PerServer, ServerStats};
pub use connect::{Credentials, Mechanism as SaslMechanism, NoCredentials, Protocol};
pub use error::{Connection, Error, ErrorKind, Outcome, Stage};
pub use mc_behaviors::{
    Behavior, Behaviors, Error as BehaviorError, IntoServerSpec, Live, Namespace, ServerSpec,
    Servers, Value as BehaviorValue,
};
pub use mc_dist::{Compat, Distribution};
pub use mc_hash::Algorithm;
pub use mc_proto::StatsTopic;
#[cfg(feature = "tls")]
pub use tls::Tls;
#[cfg(feature = "tokio")]
pub use tokio::{
    Asking, Boxed, Builder, Client, Map, Rows, ToAll, ToMany, ToOne, ToRows, WhenFull,
};
pub use value::{Codec, Encoded, FromValue, IntoValue, Pylibmc, Raw, Value};

/// The example in it is run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
