//! Keys as applications have them, and some that only just fit.

use std::collections::BTreeSet;

use fastrand::Rng;

/// The longest key.
const LONGEST: usize = 250;
/// What applications put before a number or a digest.
const STEMS: [&str; 6] = [
    "user:",
    "session/",
    "page|/en/products/",
    "v2:acl:",
    "thread.unread.",
    "http://example.com/feed?id=",
];

/// So many different keys of printable ASCII, always the same for a seed.
pub(super) fn make(seed: u64, count: usize) -> Vec<String> {
    let mut rng = Rng::with_seed(seed);
    let mut keys = BTreeSet::new();
    while keys.len() < count {
        keys.insert(key(&mut rng));
    }
    let mut keys: Vec<_> = keys.into_iter().collect();
    rng.shuffle(&mut keys);
    keys
}

/// Half are a stem with a number, a third a stem with a digest, the others any bytes of any length.
fn key(rng: &mut Rng) -> String {
    let stem = STEMS[rng.usize(..STEMS.len())];
    match rng.u8(..6) {
        0..3 => format!("{stem}{}", rng.u32(..1_000_000)),
        3..5 => format!("{stem}{:032x}", rng.u128(..)),
        _ => {
            let length = rng.usize(1..=LONGEST);
            (0..length).map(|_| rng.char('!'..='~')).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_valid_and_repeatable() {
        let keys = make(1, 2000);
        assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), 2000);
        assert!(keys.iter().all(|key| (1..=LONGEST).contains(&key.len())));
        assert!(keys.iter().any(|key| key.len() > 200));
        assert!(
            keys.iter()
                .all(|key| key.bytes().all(|b| b.is_ascii_graphic()))
        );
        assert_eq!(keys, make(1, 2000));
        assert_ne!(keys, make(2, 2000));
    }
}
