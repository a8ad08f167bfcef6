//! Hashing a key with its namespace in front, as libmemcached does it.

use mc_hash::Algorithm;

/// The longest namespace and key together; beyond it libmemcached's hash is 0.
const MAX_LENGTH: usize = 250;

/// Hashes `namespace` + `key` without allocating.
///
/// libmemcached copies the key as a C string: from its first NUL on, the copy holds NULs only, up to
/// the key's length. Kept, since it decides where such a key lives.
pub(crate) fn hash(algorithm: Algorithm, namespace: &[u8], key: &[u8]) -> u32 {
    let length = namespace.len().saturating_add(key.len());
    if length > MAX_LENGTH {
        return 0;
    }
    let text = key.split(|&byte| byte == 0).next().unwrap_or_default();
    let mut joined = [0; MAX_LENGTH];
    joined[..namespace.len()].copy_from_slice(namespace);
    joined[namespace.len()..][..text.len()].copy_from_slice(text);
    algorithm.hash(&joined[..length])
}
