//! The pool of async clients. The waiting, counting and handing out are deadpool's.

mod config;
mod lease;
mod manager;
mod pool;

pub use config::Config;
pub use lease::Lease;
pub use pool::Pool;
