//! Many keys at once are each hashed as they are alone.

use std::iter;

use mc_hash::Algorithm;
use proptest::collection::vec;
use proptest::prelude::*;

/// Keys of any bytes: mostly short ones, as many as fill some rows of lanes, or none.
fn keys() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let length = prop_oneof![3 => 0..60_usize, 1 => 0..300_usize];
    vec(
        length.prop_flat_map(|length| vec(any::<u8>(), length)),
        0..40,
    )
}

fn check(keys: &[Vec<u8>]) {
    let mut points = Vec::new();
    mc_hash::md5_points_each(keys, |digest| points.push(digest));
    let alone: Vec<_> = keys.iter().map(|key| mc_hash::md5_points(key)).collect();
    assert_eq!(points, alone, "{keys:?}");
}

/// Every length to 300 beside keys of other lengths, in every lane.
#[test]
fn every_length_agrees() {
    let key = |length: usize| (0..length).map(|at| (at * 37 + length) as u8).collect();
    for length in 0..=300 {
        check(&[16, length, 7, length, 55, 200, length, 56, 0, length].map(key));
        check(&vec![key(length); 15]);
    }
}

/// From none to more than two rows of lanes.
#[test]
fn every_count_agrees() {
    for count in 0..30 {
        check(&vec![b"cart:68".to_vec(); count]);
    }
}

/// An iterator that says it is at its end is not asked again.
#[test]
fn the_end_is_the_end() {
    let mut keys = [Some("a"), Some("b"), None, Some("c")].into_iter();
    let mut hashes = Vec::new();
    let until_none = iter::from_fn(|| keys.next().flatten());
    Algorithm::Md5.hash_each(until_none, |hash| hashes.push(hash));
    assert_eq!(hashes, [mc_hash::md5(b"a"), mc_hash::md5(b"b")]);
}

proptest! {
    #[test]
    fn any_keys_agree(keys in keys()) {
        check(&keys);
        for algorithm in Algorithm::ALL {
            let mut hashes = Vec::new();
            algorithm.hash_each(&keys, |hash| hashes.push(hash));
            let alone: Vec<_> = keys.iter().map(|key| algorithm.hash(key)).collect();
            prop_assert_eq!(hashes, alone, "{}", algorithm);
        }
    }
}
