//! The in-process server answers as memcached does, and memcached does what its options say.

mod ask;
mod differential;
mod fault;
mod options;
mod passwords;
mod peer;
mod scripts;
#[cfg(feature = "tls")]
mod tls;
mod twemproxy;
