//! Calls whose order matters; `testdata` holds many more.

use mc_dist::{BucketMap, Distribution};
use mc_hash::Algorithm;

use crate::{Behaviors, ErrorKind, Replay, ServerSpec};

fn server(spec: &str) -> ServerSpec {
    spec.parse().unwrap()
}

/// A client of these servers, after `calls` by C name.
fn replay(calls: &[(&str, i64)], servers: &[&str]) -> Replay {
    let mut replay = Replay::default();
    for (name, number) in calls {
        replay.set_c(name, *number).unwrap();
    }
    servers
        .iter()
        .for_each(|spec| replay.add_server(server(spec)));
    replay
}

#[test]
fn a_ring_keeps_the_hash_that_it_was_built_with() {
    let mut replay = replay(&[("KETAMA", 1)], &["a", "b"]);
    replay.set("hash", "crc").unwrap();
    let stale = replay.placement();
    assert_eq!(
        (stale.key_hash, stale.ring_hash),
        (Algorithm::Crc, Algorithm::Default)
    );
    replay.set("_sort_hosts", false).unwrap();
    assert_eq!(replay.placement().ring_hash, Algorithm::Crc);
}

#[test]
fn weights_count_if_they_come_after_the_ring() {
    let weighted = |calls: &[_], servers: &[_]| replay(calls, servers).placement().weighted;
    assert!(weighted(&[("KETAMA", 1)], &["a:1:2"]));
    assert!(!weighted(&[("KETAMA", 1)], &["a:1:1"]));
    assert!(!weighted(&[], &["a:1:2"]));
    let mut pushed = Replay::default();
    pushed.push([server("a:1:2")]);
    assert!(
        pushed.placement().weighted,
        "a pushed list counts under modula, too"
    );
    pushed.set("ketama", true).unwrap();
    assert!(!pushed.placement().weighted);
}

#[test]
fn sorting_cannot_be_undone() {
    let mut replay = replay(&[("SORT_HOSTS", 1)], &["b", "a:2", "a:1"]);
    replay.set("_sort_hosts", false).unwrap();
    replay.add_server(server("A"));
    let shown: Vec<_> = replay.servers().iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["a:1", "a:2", "b", "A"]);
    let locator = replay.locator().unwrap();
    assert!(
        locator
            .servers()
            .iter()
            .map(|one| &one.host)
            .eq(["a", "a", "b", "A"])
    );
}

#[test]
fn libmemcacheds_clone_forgets() {
    let mut original = replay(&[("KETAMA_WEIGHTED", 1)], &["a", "b"]);
    assert_eq!(original.clone().placement(), original.placement());
    let copy = original.as_cloned_by_libmemcached();
    assert!(original.placement().weighted && !copy.placement().weighted);

    original.set_buckets(BucketMap::new([0, 1, 1, 0]).unwrap());
    assert_eq!(
        original.behaviors().distribution,
        Distribution::VirtualBucket
    );
    assert_eq!(
        original.as_cloned_by_libmemcached().placement().buckets,
        None
    );
}

#[test]
fn the_namespace_is_hashed_if_asked() {
    let mut replay = replay(&[], &["a"]);
    replay.set_namespace(b"app:").unwrap();
    assert_eq!(replay.placement().namespace, None);
    replay.set("_hash_with_prefix_key", 1).unwrap();
    assert_eq!(replay.placement().namespace.as_deref(), Some(&b"app:"[..]));
}

#[test]
fn an_update_that_fails_leaves_servers_and_ring_alone() {
    let mut replay = replay(&[("KETAMA", 1)], &["b", "a"]);
    let before = replay.clone();
    let error = replay.update([
        ("hash", "crc"),
        ("distribution", "modula"),
        ("_sort_hosts", "x"),
    ]);
    assert_eq!(error.unwrap_err().kind(), ErrorKind::WrongType);
    assert_eq!(replay, before);
}

#[test]
fn plain_data_leaves_no_stale_ring() {
    let mut replay = replay(&[("KETAMA", 1)], &["a"]);
    replay.modify(|behaviors| behaviors.hash = Algorithm::Murmur3);
    assert_eq!(replay.placement().ring_hash, Algorithm::Murmur3);
}

#[test]
fn no_servers_are_an_error_with_its_reason() {
    let error = Replay::new(Behaviors::production()).locator().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Placement);
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(
        format!("{error}: {source}"),
        "the servers cannot be placed: no servers: placement needs at least one"
    );
}
