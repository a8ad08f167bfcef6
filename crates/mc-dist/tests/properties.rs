//! What holds for every list of servers: little moves, shares add up, chance is fair.

use mc_dist::Distribution::{self, *};
use mc_dist::{Locator, Placement, Server, Share};
use mc_hash::Algorithm;
use proptest::collection::vec;
use proptest::prelude::*;

fn distributions() -> impl Strategy<Value = Distribution> {
    proptest::sample::select(&Distribution::ALL[..])
}

fn algorithms() -> impl Strategy<Value = Algorithm> {
    proptest::sample::select(&Algorithm::ALL[..])
}

fn servers() -> impl Strategy<Value = Vec<Server>> {
    let server = ("[a-c]{1,3}", 11210..11213_u16, 0..9_u32);
    vec(
        server.prop_map(|(host, port, weight)| Server::new(host, port).weight(weight)),
        1..12,
    )
}

fn locator(distribution: Distribution, hash: Algorithm, servers: &[Server]) -> Locator {
    let placement = Placement::new(distribution, hash, servers.to_vec());
    placement.locator().unwrap()
}

/// Keys that were not looked at elsewhere.
fn keys() -> impl Iterator<Item = Vec<u8>> {
    (0..300_u32).map(|at| format!("user:{at}").into_bytes())
}

proptest! {
    /// Only an ejected server's keys move, and any number may be ejected one after the other.
    /// (Weighted rings are left out: there the others' numbers of points change as well.)
    #[test]
    fn ejecting_moves_only_its_own_keys(
        distribution in proptest::sample::select(&[Consistent, Ketama, KetamaSpy, Jump, Rendezvous][..]),
        hash in algorithms(),
        servers in servers(),
        ejected in vec(0..12_usize, 1..6),
    ) {
        let mut before = locator(distribution, hash, &servers);
        let mut gone = Vec::new();
        for server in ejected.into_iter().filter(|&server| server < servers.len()) {
            gone.push(server);
            let after = before.without(&gone);
            let all_gone = (0..servers.len()).all(|server| gone.contains(&server));
            for key in keys() {
                let (from, to) = (before.owner(&key), after.owner(&key));
                prop_assert!(all_gone || !gone.contains(&to));
                prop_assert!(from == to || from == server);
            }
            before = after;
        }
    }

    /// A new server takes keys and gives none away, where the list may only grow at its end, too.
    #[test]
    fn adding_moves_keys_only_to_the_new_one(
        distribution in proptest::sample::select(&[Consistent, Ketama, KetamaSpy, Jump, Rendezvous][..]),
        hash in algorithms(),
        servers in servers(),
    ) {
        let before = locator(distribution, hash, &servers);
        let more: Vec<_> = servers.iter().cloned().chain([Server::new("new", 11211)]).collect();
        let after = locator(distribution, hash, &more);
        // A single server's keys all have hash 0, so a second server changes every hash.
        for key in keys().filter(|_| servers.len() > 1) {
            let (from, to) = (before.owner(&key), after.owner(&key));
            prop_assert!(from == to || to == servers.len());
        }
    }

    /// A heavier server takes keys from others and loses none.
    #[test]
    fn a_heavier_server_only_gains(servers in servers(), heavier in 0..12_usize, by in 1..20_u32) {
        let heavier = heavier % servers.len();
        let mut changed = servers.clone();
        changed[heavier].weight = changed[heavier].weight.max(1) + by;
        let before = locator(Rendezvous, Algorithm::Default, &servers);
        let after = locator(Rendezvous, Algorithm::Default, &changed);
        for key in keys() {
            let (from, to) = (before.owner(&key), after.owner(&key));
            prop_assert!(from == to || to == heavier);
        }
    }

    /// Shares add up to the whole, exactly, also while some servers are ejected.
    #[test]
    fn shares_add_up(
        distribution in distributions(),
        hash in algorithms(),
        servers in servers(),
        ejected in vec(0..12_usize, 0..4),
    ) {
        let locator = locator(distribution, hash, &servers).without(&ejected);
        let (mut sum, mut whole) = (0, 0);
        for share in locator.shares() {
            let (part, of) = match share {
                Share::Counted { hashes, of } => (hashes, of),
                Share::Promised { weight, of } => (weight, of),
                _ => unreachable!("a third kind of share"),
            };
            sum += part;
            whole = of;
        }
        prop_assert_eq!(sum, whole);
    }

    /// Where every hash value has its owner, the share is the number of those values.
    /// Crc has few enough to ask for all of them.
    #[test]
    fn shares_are_what_owners_say(
        distribution in proptest::sample::select(&[Modula, Ketama, KetamaSpy, Weighted, VirtualBucket][..]),
        servers in servers(),
    ) {
        let locator = locator(distribution, Algorithm::Crc, &servers);
        let mut counts = vec![0; servers.len()];
        for hash in 0..1 << 15 {
            counts[locator.owner_of_hash(hash)] += 1;
        }
        let counted = counts.into_iter().map(|hashes| Share::Counted { hashes, of: 1 << 15 });
        prop_assert_eq!(locator.shares(), counted.collect::<Vec<_>>());
    }

    /// Every key has an owner in the list, whatever its bytes, and the replicas are others.
    #[test]
    fn every_key_has_an_owner(
        distribution in distributions(),
        hash in algorithms(),
        servers in servers(),
        namespace in proptest::option::of(vec(any::<u8>(), 0..300)),
        key in vec(any::<u8>(), 0..300),
        replicas in 0..20_usize,
    ) {
        let placement = Placement { namespace, ..Placement::new(distribution, hash, servers) };
        let locator = placement.locator().unwrap();
        let mut all: Vec<_> = locator.with_replicas(&key, replicas).collect();
        prop_assert_eq!(all.len(), placement.servers.len().min(replicas + 1));
        prop_assert!(all.iter().all(|&server| server < placement.servers.len()));
        all.sort_unstable();
        all.dedup();
        prop_assert_eq!(all.len(), placement.servers.len().min(replicas + 1));
    }

    /// Many keys at once have the owners that each has alone, also while some servers are ejected; random placement
    /// draws as often and in the same order.
    #[test]
    fn owners_are_each_keys_owner(
        distribution in distributions(),
        hash in algorithms(),
        servers in servers(),
        ejected in vec(0..12_usize, 0..4),
        namespace in proptest::option::of(vec(any::<u8>(), 0..9)),
        keys in vec(vec(any::<u8>(), 0..70), 0..40),
        seed: u64,
    ) {
        let placement = Placement { namespace, seed, ..Placement::new(distribution, hash, servers) };
        let locator = placement.locator().unwrap().without(&ejected);
        let other = locator.clone();
        let mut owners = vec![7];
        locator.owners(&keys, &mut owners);
        let alone = keys.iter().map(|key| other.owner(key));
        prop_assert_eq!(&owners, &[7].into_iter().chain(alone).collect::<Vec<_>>());
        prop_assert_eq!(locator.owner(b"next"), other.owner(b"next"));
    }
}

/// Where chance divides the keys, each server gets what it was promised, give or take five standard deviations.
#[test]
fn chance_is_fair() {
    const KEYS: u32 = 40_000;
    for (distribution, weights) in [
        (Rendezvous, &[1, 2, 3, 10][..]),
        (Rendezvous, &[1; 7]),
        (Rendezvous, &[65_535, 300, 20_000]),
        (Jump, &[1; 9]),
        (Random, &[1; 5]),
    ] {
        let named = |(at, &weight)| Server::new(format!("10.0.0.{at}"), 11211).weight(weight);
        let servers: Vec<_> = weights.iter().enumerate().map(named).collect();
        let locator = locator(distribution, Algorithm::Default, &servers);
        let mut counts = vec![0; weights.len()];
        for key in 0..KEYS {
            counts[locator.owner(&key.to_le_bytes())] += 1;
        }
        for (count, share) in counts.into_iter().zip(locator.shares()) {
            let expected = share.fraction() * f64::from(KEYS);
            let deviation = (expected * (1.0 - share.fraction())).sqrt();
            let off = (f64::from(count) - expected).abs();
            assert!(
                off < 5.0 * deviation,
                "{distribution} {weights:?}: {count} for {expected}"
            );
        }
    }
}
