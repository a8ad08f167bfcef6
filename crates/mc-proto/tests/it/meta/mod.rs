//! The meta protocol: what its own words promise.

mod general;
mod hostile;
mod memcached;
mod server;
