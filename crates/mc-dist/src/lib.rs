#![doc = include_str!("../README.md")]

mod placement;
mod server;

mod distribution;
mod error;

mod locator;
mod namespace;
mod share;

mod continuum;
mod jump;
mod mix;
mod modula;
mod random;
mod rendezvous;
mod ring;
mod virtual_bucket;

pub use continuum::Continuum;
pub use distribution::{DISTRIBUTIONS, DISTRIBUTIONS_RVS, Distribution, UnknownDistribution};
pub use error::PlacementError;
pub use jump::jump;
pub use locator::Locator;
pub use placement::{Compat, MAX_SERVERS, Placement};
pub use ring::Point;
pub use server::{DEFAULT_PORT, Server};
pub use share::Share;
pub use virtual_bucket::BucketMap;
