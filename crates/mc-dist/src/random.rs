//! Random: a new server at every look-up.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::Share;
use crate::mix::mix;

/// SplitMix64 behind an atomic state: look-ups share it without a lock, and the same seed draws the
/// same servers in the same order.
#[derive(Debug)]
pub(crate) struct Random {
    servers: u32,
    state: AtomicU64,
}

impl Random {
    pub(crate) fn new(servers: u32, seed: u64) -> Self {
        Self {
            servers,
            state: AtomicU64::new(seed),
        }
    }

    /// The next server. Whatever the key: libmemcached's `random` ignores it, too.
    pub(crate) fn draw(&self) -> usize {
        let state = self.state.fetch_add(STEP, Ordering::Relaxed);
        let drawn = mix(state.wrapping_add(STEP)) >> 32;
        ((drawn * u64::from(self.servers)) >> 32) as usize
    }

    pub(crate) fn shares(&self) -> Vec<Share> {
        Share::promised((0..self.servers).map(|_| 1))
    }
}

impl Clone for Random {
    /// The copy goes on where the original stands.
    fn clone(&self) -> Self {
        Self::new(self.servers, self.state.load(Ordering::Relaxed))
    }
}

/// SplitMix64's step, 2⁶⁴ divided by the golden ratio.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
