//! Other clients, each as its own documentation has it.

pub(super) mod async_memcached;
pub(super) mod memcache;
pub(super) mod memcache_async;
pub(super) mod memcached_rs;
