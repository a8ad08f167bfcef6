//! A ring as the vectors record it.

use mc_dist::Locator;
use sha2::{Digest, Sha256};

/// SHA-256 of all points in ring order, each as little-endian value and index, in lower-case hex.
pub(super) fn digest(locator: &Locator) -> String {
    let mut digest = Sha256::new();
    for point in locator.points() {
        digest.update(point.value.to_le_bytes());
        digest.update(point.server.to_le_bytes());
    }
    let bytes = digest.finalize();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// How many points each server has.
pub(super) fn points_per_server(locator: &Locator) -> Vec<usize> {
    let mut counts = vec![0; locator.servers().len()];
    for point in locator.points() {
        counts[point.server as usize] += 1;
    }
    counts
}
