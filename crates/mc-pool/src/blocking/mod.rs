//! The pools of blocking clients, after pylibmc's. No runtime.

mod client_pool;
mod reserved;
mod thread_mapped;

pub use client_pool::{Block, ClientPool};
pub use reserved::Reserved;
pub use thread_mapped::ThreadMappedPool;
