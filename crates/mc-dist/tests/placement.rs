//! Rules of placement, row by row; the long tables of recorded answers are checked by `cargo xtask vectors`.

use mc_dist::Distribution::{self, *};
use mc_dist::{
    BucketMap, Compat, DISTRIBUTIONS, DISTRIBUTIONS_RVS, Locator, Placement, Server, Share,
};
use mc_hash::Algorithm;

/// Servers `s0`, `s1`… on the default port, with these weights.
fn weighing(weights: &[u32]) -> Vec<Server> {
    let server = |(at, &weight)| Server::new(format!("s{at}"), 11211).weight(weight);
    weights.iter().enumerate().map(server).collect()
}

fn locator(distribution: Distribution, weights: &[u32]) -> Locator {
    let placement = Placement::new(distribution, Algorithm::Default, weighing(weights));
    placement.locator().unwrap()
}

/// The owners of `key0`, `key1`…
fn owners(locator: &Locator, keys: usize) -> Vec<usize> {
    (0..keys)
        .map(|at| locator.owner(format!("key{at}").as_bytes()))
        .collect()
}

/// Five servers of every kind, the first of them twice.
fn mixed() -> Vec<Server> {
    vec![
        Server::new("cache1", 11211),
        Server::new("cache2", 11212).weight(2),
        Server::new("/run/m.sock", 0),
        Server::new("fe80::1", 11211).weight(5),
        Server::new("cache1", 11211),
    ]
}

/// Owners of `key0` to `key15` under our own distributions, computed from their docs by another program. A change
/// here would move our users' data.
#[test]
fn jump_and_rendezvous_never_change() {
    let weightless = mixed().into_iter().map(|server| server.weight(1)).collect();
    for (distribution, servers, expected) in [
        (
            Jump,
            mixed(),
            [1, 4, 0, 2, 1, 2, 4, 0, 1, 3, 1, 4, 0, 3, 0, 0],
        ),
        (
            Rendezvous,
            mixed(),
            [3, 3, 3, 3, 2, 3, 3, 3, 3, 2, 3, 3, 3, 0, 1, 1],
        ),
        (
            Rendezvous,
            weightless,
            [2, 1, 2, 3, 2, 4, 3, 3, 3, 2, 3, 0, 0, 0, 1, 1],
        ),
    ] {
        let placement = Placement::new(distribution, Algorithm::Crc, servers);
        assert_eq!(
            owners(&placement.locator().unwrap(), 16),
            expected,
            "{distribution}"
        );
    }
}

#[test]
fn names_and_numbers_are_pylibmcs() {
    for (name, number) in &DISTRIBUTIONS[..7] {
        let parsed: Distribution = name.parse().unwrap();
        assert_eq!((parsed.name(), parsed.number()), (*name, Some(*number)));
        assert_eq!(Distribution::try_from(*number), Ok(parsed));
    }
    assert_eq!(
        DISTRIBUTIONS_RVS,
        DISTRIBUTIONS.map(|(name, number)| (number, name))
    );
    for ours in [Jump, Rendezvous] {
        assert_eq!(ours.name().parse(), Ok(ours));
        assert_eq!(ours.number(), None);
    }
}

#[test]
fn unknown_distributions_are_errors() {
    let allowed = "allowed are modula (0), consistent (1), consistent ketama (2), random (3), \
                   consistent ketama spy (4), consistent weighted (5), virtual bucket (6), jump, rendezvous";
    let max = "places no keys, it only ends libmemcached's list";
    for (given, why) in [
        ("consistent max", max),
        ("Ketama", "is unknown"),
        ("", "is unknown"),
        ("a\nb", "is unknown"),
    ] {
        let error = given.parse::<Distribution>().unwrap_err().to_string();
        assert_eq!(error, format!("distribution {given:?} {why}: {allowed}"));
    }
    for (given, why) in [(7, max), (8, "is unknown"), (u32::MAX, "is unknown")] {
        let error = Distribution::try_from(given).unwrap_err().to_string();
        assert_eq!(error, format!("distribution {given} {why}: {allowed}"));
    }
}

#[test]
fn placements_that_cannot_be() {
    let mapped = Placement {
        buckets: Some(BucketMap::new([0, 1, 2, 0]).unwrap()),
        ..Placement::new(VirtualBucket, Algorithm::Default, weighing(&[1, 1]))
    };
    for (placement, expected) in [
        (
            Placement::default(),
            "no servers: placement needs at least one",
        ),
        (
            Placement {
                servers: weighing(&[1; 65_537]),
                ..Placement::default()
            },
            "65537 servers are too many: at most 65536 are allowed",
        ),
        (
            mapped.clone(),
            "bucket 2 belongs to server 2, but the servers are 0 to 1",
        ),
    ] {
        assert_eq!(placement.locator().unwrap_err().to_string(), expected);
    }
    // Nothing but virtual buckets reads the map.
    assert!(
        Placement {
            distribution: Modula,
            ..mapped
        }
        .locator()
        .is_ok()
    );
}

#[test]
fn one_server_owns_everything_by_hash_zero() {
    for distribution in Distribution::ALL {
        let locator = locator(distribution, &[1]);
        assert_eq!(locator.hash(b"key"), 0, "{distribution}");
        assert_eq!(locator.owner(b"key"), 0, "{distribution}");
        assert_eq!(locator.shares()[0].fraction(), 1.0, "{distribution}");
    }
}

#[test]
fn sorted_servers_change_their_indexes() {
    let servers = [("b", 2), ("b", 11), ("a", 9), ("B", 1)];
    let placement = Placement {
        sorted: true,
        ..Placement::new(
            Ketama,
            Algorithm::Md5,
            servers.map(|(host, port)| Server::new(host, port)).to_vec(),
        )
    };
    let locator = placement.locator().unwrap();
    let order = locator
        .servers()
        .iter()
        .map(|server| (server.host.as_str(), server.port));
    assert_eq!(
        order.collect::<Vec<_>>(),
        [("B", 1), ("a", 9), ("b", 2), ("b", 11)]
    );
    let unsorted = Placement {
        sorted: false,
        ..placement
    }
    .locator()
    .unwrap();
    for key in [&b"key1"[..], b"key2", b"key3"] {
        let [sorted, given] =
            [&locator, &unsorted].map(|locator| &locator.servers()[locator.owner(key)]);
        assert_eq!(sorted, given);
    }
}

#[test]
fn the_namespace_is_hashed_if_asked() {
    let with = |namespace: Option<&[u8]>, key: &[u8]| {
        let placement = Placement {
            namespace: namespace.map(<[u8]>::to_vec),
            ..Placement::new(Modula, Algorithm::Md5, weighing(&[1, 1]))
        };
        placement.locator().unwrap().hash(key)
    };
    assert_eq!(with(Some(b"app:"), b"key"), mc_hash::md5(b"app:key"));
    assert_eq!(with(None, b"key"), mc_hash::md5(b"key"));
    assert_eq!(with(None, b"a\0b"), mc_hash::md5(b"a\0b"));
    assert_eq!(with(Some(b""), b"a\0b"), mc_hash::md5(b"a\0\0"));
    assert_eq!(with(Some(&[b'n'; 128]), &[b'k'; 123]), 0);
}

#[test]
fn virtual_buckets_without_a_map() {
    let placement = Placement::new(VirtualBucket, Algorithm::Default, weighing(&[1; 6]));
    let old = Placement {
        compat: Compat::V1_0,
        ..placement.clone()
    };
    for hash in [0, 1, 7, 0xffff_fff2] {
        assert_eq!(
            placement.locator().unwrap().owner_of_hash(hash),
            hash as usize & 5
        );
        assert_eq!(old.locator().unwrap().owner_of_hash(hash), 0);
    }
    let quarter = |hashes| Share::Counted {
        hashes,
        of: 1 << 32,
    };
    let shares = [1 << 30, 1 << 30, 0, 0, 1 << 30, 1 << 30].map(quarter);
    assert_eq!(placement.locator().unwrap().shares(), shares);
}

#[test]
fn replicas_are_the_next_servers() {
    let locator = locator(Modula, &[1; 4]);
    let owner = locator.owner(b"key");
    for replicas in [0, 1, 3, 4, usize::MAX] {
        let all: Vec<_> = locator.with_replicas(b"key", replicas).collect();
        let expected: Vec<_> = (owner..owner + 4).map(|server| server % 4).collect();
        assert_eq!(all, expected[..replicas.min(3) + 1]);
    }
}

/// Light servers may get no point at all, as in libmemcached.
#[test]
fn weights_decide_the_points() {
    let points_of = |weights: &[u32], server| {
        let locator = locator(Weighted, weights);
        locator
            .points()
            .iter()
            .filter(|point| point.server == server)
            .count()
    };
    for (weights, expected) in [
        (&[1, 1][..], [160, 160]),
        (&[0, 1], [160, 160]),
        (&[1, 3], [80, 240]),
        (&[1, 100], [0, 316]),
    ] {
        assert_eq!(
            [points_of(weights, 0), points_of(weights, 1)],
            expected,
            "{weights:?}"
        );
    }
}

/// libmemcached aborts at the 101st server of a continuum.
#[test]
fn more_than_a_hundred_servers_work() {
    for (distribution, points) in [(Ketama, 100 * 300), (Weighted, 160 * 300)] {
        let locator = locator(distribution, &[1; 300]);
        assert_eq!(locator.points().len(), points);
        assert!(locator.shares().iter().all(|share| share.fraction() > 0.0));
    }
}

#[test]
fn crc_has_a_small_key_space() {
    let placement = Placement {
        key_hash: Algorithm::Crc,
        ..Placement::new(Weighted, Algorithm::Md5, weighing(&[1, 1, 1]))
    };
    let locator = placement.locator().unwrap();
    let lowest = locator.points()[0].server as usize;
    let share = Share::Counted {
        hashes: 1 << 15,
        of: 1 << 15,
    };
    assert_eq!(
        locator.shares()[lowest],
        share,
        "every key falls to the lowest point"
    );
}

#[test]
fn ejected_servers_own_nothing_where_others_can() {
    for distribution in Distribution::ALL {
        let locator = locator(distribution, &[1, 2, 3, 4]);
        let moves = !matches!(distribution, Modula | VirtualBucket | Random);
        let rest = locator.without(&[1, 3, 99]);
        assert_eq!(
            owners(&rest, 500).iter().all(|owner| owner % 2 == 0),
            moves,
            "{distribution}"
        );
        assert_eq!(rest.shares()[1].fraction() == 0.0, moves, "{distribution}");
        assert_eq!(rest.servers(), locator.servers());
    }
}

#[test]
fn ejecting_is_absolute_and_the_last_ring_stays() {
    for distribution in [Ketama, KetamaSpy, Weighted, Jump, Rendezvous] {
        let all = locator(distribution, &[1, 2, 3]);
        let last = all.without(&[0, 2]);
        assert_eq!(
            owners(&last.without(&[0, 1, 2]), 50),
            [1; 50],
            "{distribution}"
        );
        assert_eq!(
            owners(&last.without(&[]), 50),
            owners(&all, 50),
            "{distribution}"
        );
    }
}
