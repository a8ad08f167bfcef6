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

#[cfg(test)]
mod tests {
    use super::*;

    /// Each row: namespace, key, and what is hashed for them.
    #[test]
    fn what_is_hashed() {
        let long = [b'k'; 251];
        for (namespace, key, hashed) in [
            (&b"app:"[..], &b"key"[..], &b"app:key"[..]),
            (b"", b"key", b"key"),
            (b"app:", b"", b"app:"),
            (b"app:", b"a\0b\0c", b"app:a\0\0\0\0"),
            (b"", b"\0key", b"\0\0\0\0"),
            (b"a", &long[..249], &[&b"a"[..], &long[..249]].concat()),
        ] {
            let (ours, expected) = (hash(Algorithm::Md5, namespace, key), mc_hash::md5(hashed));
            assert_eq!(ours, expected, "{:?}", hashed.escape_ascii().to_string());
        }
    }

    #[test]
    fn too_long_is_zero() {
        let long = [b'k'; 251];
        for (namespace, key) in [(&b"a"[..], &long[..250]), (b"", &long), (&long, b"")] {
            assert_eq!(hash(Algorithm::Md5, namespace, key), 0);
        }
    }
}
