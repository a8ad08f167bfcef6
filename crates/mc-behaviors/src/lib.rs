//! Settings of a memcached client, by type and by name, as pylibmc and libmemcached have them.
//!
//! * [`Behaviors`]: every setting as plain data; by name with pylibmc's units and side effects.
//!   The table of them all is [`Behavior`].
//! * [`Replay`]: what settings *and servers* come to in libmemcached, where the order of calls matters.
//!   It ends in an [`mc_dist::Placement`].
//! * [`Health`]: failures and times in; use, probe or skip a server out.
//! * [`Live`] and [`Servers`]: views of a working client's settings and servers, for the client to hand out.
//! * [`ServerSpec`]: one server as users write it; [`server_specs`] and [`parse_server_list`]: several.
//! * [`ConfigString`]: libmemcached's configuration strings, parsed, printed, replayed.
//!
//! This crate opens no socket and reads no clock. A client obeys what is decided here:
//!
//! ```
//! use mc_behaviors::{Behaviors, Replay};
//!
//! let mut replay = Replay::new(Behaviors::production());
//! replay.add_server("cache1".parse()?);
//! replay.add_server("cache2:11211:2".parse()?);
//! let locator = replay.locator()?;
//! assert_eq!(replay.servers()[locator.owner(b"user:42")].name.host, "cache2");
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod behavior;
mod behaviors;
mod by_name;
mod config;
mod effects;
mod error;
mod health;
mod input;
mod live;
mod namespace;
mod presets;
mod reading;
mod replay;
mod server;
#[cfg(test)]
mod tests;
mod value;

pub use behavior::{Behavior, Shape, Unit};
pub use behaviors::Behaviors;
pub use config::{ConfigOption, ConfigString, InvalidConfig, InvalidConfigKind};
pub use error::{Error, ErrorKind};
pub use health::{Change, Health, HealthSettings, Permit};
pub use live::{Live, Servers, Target};
pub use namespace::Namespace;
pub use replay::Replay;
pub use server::{
    Address, DEFAULT_PORT, IntoServerSpec, InvalidServer, InvalidServerKind, MAX_WEIGHT,
    ServerSpec, Transport, UnknownTransport, parse_server_list, server_specs,
};
pub use value::Value;

/// The example in it is run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
