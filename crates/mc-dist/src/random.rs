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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_draws_the_same_servers() {
        for (seed, expected) in [
            (0, [8, 4, 0, 9, 1, 3, 1, 7, 2, 9, 3, 7, 5, 5, 7, 5]),
            (42, [7, 1, 2, 3, 0, 8, 2, 8, 3, 6, 2, 4, 5, 5, 6, 2]),
        ] {
            let random = Random::new(10, seed);
            assert_eq!(expected.map(|_| random.draw()), expected);
        }
    }

    #[test]
    fn a_copy_goes_on() {
        let random = Random::new(1000, 7);
        random.draw();
        let copy = random.clone();
        assert_eq!(random.draw(), copy.draw());
    }
}
