//! What the shell has of its runtime, tasks and timers: tokio's, or those of the model checker.

#[cfg(all(test, shuttle))]
pub(super) use super::link::model::runtime::{Handle, Sleep, sleep_until, timeout, timeout_at};
#[cfg(not(all(test, shuttle)))]
pub(super) use tokio::{
    runtime::Handle,
    time::{Sleep, sleep_until, timeout, timeout_at},
};
