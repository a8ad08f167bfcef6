//! `flush_buffers`: what `buffer_requests` holds back is sent.

/// Sends what is buffered at every server, and waits for the answers.
///
/// libmemcached's `memcached_flush_buffers`. It is no command of memcached's: nothing is sent but what waits.
#[derive(Debug, Clone, Copy)]
pub struct FlushBuffers;
