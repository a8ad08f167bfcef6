//! The meta protocol: what its own words promise.

mod hostile;
mod memcached;
mod server;
