//! Servers that come, go and change on a client that works.

use mc_dist::{BucketMap, Distribution};
use mc_hash::Algorithm;
use proptest::prelude::*;

use crate::{Address, Behaviors, Error, ErrorKind, InvalidServerKind, Replay, ServerSpec};

/// A client of these settings, given these servers.
fn client(behaviors: Behaviors, servers: &[ServerSpec]) -> Replay {
    let mut replay = Replay::new(behaviors);
    servers
        .iter()
        .for_each(|server| replay.add_server(server.clone()));
    replay
}

/// A client by specs, under a distribution and with a hash.
fn placing(distribution: Distribution, hash: Algorithm, servers: &[&str]) -> Replay {
    let behaviors = Behaviors {
        distribution,
        hash,
        ..Behaviors::default()
    };
    let servers: Vec<_> = servers.iter().map(|spec| spec.parse().unwrap()).collect();
    client(behaviors, &servers)
}

fn shown(replay: &Replay) -> Vec<String> {
    replay.servers().iter().map(ToString::to_string).collect()
}

/// The name of each key's owner.
fn owners(replay: &Replay) -> Vec<String> {
    let locator = replay.locator().unwrap();
    let name = |key: u32| {
        let owner = locator.owner(format!("user:{key}").as_bytes());
        replay.servers()[owner].name.to_string()
    };
    (0..2000).map(name).collect()
}

#[test]
fn a_server_is_named_with_its_port_or_without() {
    let mut replay = placing(
        Distribution::Modula,
        Algorithm::Md5,
        &["a", "b:1:2", "/c.sock", "[::1]:2"],
    );
    replay.remove_server("a:11211").unwrap();
    replay.reweight_server("b:1", 0).unwrap();
    replay.readdress_server("/c.sock", "d").unwrap();
    replay.reweight_server("[::1]:2", 9).unwrap();
    assert_eq!(shown(&replay), ["b:1", "/c.sock", "[::1]:2:9"]);
    assert_eq!(replay.servers()[1].address, "d".parse().unwrap());
}

#[test]
fn a_name_given_twice_means_both() {
    let mut replay = placing(
        Distribution::Modula,
        Algorithm::Md5,
        &["a", "b", "a:11211:3"],
    );
    replay.reweight_server("a", 7).unwrap();
    replay.readdress_server("a", "c:1").unwrap();
    assert_eq!(shown(&replay), ["a:11211:7", "b", "a:11211:7"]);
    assert!(replay.servers().iter().all(|one| {
        let moved = one.address.to_string() == "c:1";
        moved == (one.name.host == "a")
    }));
    replay.remove_server("a").unwrap();
    assert_eq!(shown(&replay), ["b"]);
}

/// Each row: a change, and the text of its refusal.
#[test]
fn a_refusal_says_what_is_there_and_changes_nothing() {
    type Change = fn(&mut Replay) -> Result<(), Error>;
    let rows: [(Change, &str); 8] = [
        (
            |it| it.remove_server("c"),
            r#"server "c": no server has this name: allowed are a, b:1"#,
        ),
        (
            |it| it.reweight_server("b", 2),
            r#"server "b": no server has this name: allowed are a, b:1"#,
        ),
        (
            |it| it.readdress_server("udp:a", "x"),
            r#"server "udp:a": no server has this name: allowed are a, b:1"#,
        ),
        (
            |it| it.remove_server("a:11211:2"),
            r#"server "a:11211:2": a weight at byte 8: allowed are host, host:port and their like, and a /path"#,
        ),
        (
            |it| it.reweight_server("a", 65536),
            r#"server "a": weight 65536: allowed are 0 to 65535 (0 means 1)"#,
        ),
        (
            |it| it.readdress_server("a", "x y"),
            r#"server "x y": the host "x y" has ' ': allowed are names and addresses, without spaces, control characters or any of , ; / ? # @ [ ]"#,
        ),
        (
            |it| it.add_new_server("a:0:3".parse()?),
            r#"server "a": a server of this name is there: allowed is a new name"#,
        ),
        (
            |it| it.remove_server(""),
            r#"server "": the host is empty: allowed are a host name, an address or a /path"#,
        ),
    ];
    let mut replay = placing(
        Distribution::Ketama,
        Algorithm::Md5,
        &["a:11211:2", "b:1:3"],
    );
    let before = replay.clone();
    for (change, text) in rows {
        let error = change(&mut replay).unwrap_err();
        assert_eq!(error.to_string(), text);
        assert_eq!(error.kind(), ErrorKind::Server);
        assert_eq!(replay, before);
    }
}

#[test]
fn the_last_server_stays() {
    let mut replay = placing(Distribution::Modula, Algorithm::Md5, &["a", "a"]);
    let error = replay.remove_server("a").unwrap_err();
    assert_eq!(error.server().unwrap().kind(), &InvalidServerKind::Last);
    assert_eq!(
        error.to_string(),
        r#"server "a": no other server is there: allowed is removing all but the last"#
    );
    assert_eq!(shown(&replay), ["a", "a"]);
}

#[test]
fn an_error_shows_twenty_names() {
    let names: Vec<_> = (0..30).map(|at| format!("s{at}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let mut replay = placing(Distribution::Modula, Algorithm::Md5, &names);
    let error = replay.remove_server("x").unwrap_err().to_string();
    assert!(error.ends_with("s18, s19, … (30 in all)"), "{error}");
}

#[test]
fn another_address_moves_no_key_and_leaves_a_stale_ring_alone() {
    let mut replay = placing(Distribution::Ketama, Algorithm::Md5, &["a", "b"]);
    replay.set("hash", "crc").unwrap();
    let before = replay.placement();
    assert_eq!(before.ring_hash, Algorithm::Md5);
    replay.readdress_server("a", "/run/a.sock").unwrap();
    assert_eq!(replay.placement(), before);
    replay.remove_server("b").unwrap();
    assert_eq!(replay.placement().ring_hash, Algorithm::Crc);
}

#[test]
fn a_weight_makes_a_ring_weighted_and_its_removal_leaves_it_so() {
    let weighted = |replay: &Replay| replay.placement().weighted;
    let mut ring = placing(Distribution::Ketama, Algorithm::Md5, &["a", "b"]);
    ring.reweight_server("a", 1).unwrap();
    assert!(!weighted(&ring));
    ring.reweight_server("a", 2).unwrap();
    assert!(weighted(&ring));
    ring.remove_server("a").unwrap();
    assert!(weighted(&ring));
    let mut modula = placing(Distribution::Modula, Algorithm::Md5, &["a", "b"]);
    modula.reweight_server("a", 2).unwrap();
    assert!(!weighted(&modula));
}

#[test]
fn a_ring_told_to_ignore_weights_goes_on_ignoring_them() {
    let mut replay = placing(
        Distribution::Modula,
        Algorithm::Md5,
        &["a:11211:3", "b", "c"],
    );
    replay.set("ketama", true).unwrap();
    replay.remove_server("b").unwrap();
    assert!(!replay.placement().weighted);
}

#[test]
fn a_bucket_map_that_names_a_removed_server_cannot_be_placed() {
    let mut replay = placing(Distribution::Modula, Algorithm::Md5, &["a", "b", "c"]);
    replay.set_buckets(BucketMap::new([0, 1, 2, 1]).unwrap());
    replay.remove_server("a").unwrap();
    assert_eq!(
        replay.locator().unwrap_err().kind(),
        ErrorKind::Placement,
        "its last index is gone"
    );
}

/// Of 2000 keys, those whose owner is another afterwards, as pairs of names.
fn moved(before: &Replay, after: &Replay) -> Vec<(String, String)> {
    let pairs = owners(before).into_iter().zip(owners(after));
    pairs.filter(|(from, to)| from != to).collect()
}

/// The figures in the documentation.
#[test]
fn a_weighted_ring_moves_some_keys_between_the_others() {
    let between_others = |weights: &[u32], gone: usize| {
        let servers = weights.iter().enumerate();
        let spec = |(at, weight)| format!("cache{at}:11211:{weight}").parse().unwrap();
        let servers: Vec<ServerSpec> = servers.map(spec).collect();
        let mut before = client(Behaviors::default(), &servers);
        before.set("ketama_weighted", true).unwrap();
        let (mut after, gone) = (before.clone(), servers[gone].name.to_string());
        after.remove_server(&gone).unwrap();
        let moved = moved(&before, &after);
        moved.into_iter().filter(|(from, _)| *from != gone).count()
    };
    assert_eq!(between_others(&[1; 8], 3), 0);
    assert_eq!(between_others(&[1; 25], 3), 48);
    assert_eq!(between_others(&[1, 2, 3, 4, 5, 6, 7, 8], 7), 111);
    assert_eq!(between_others(&[1, 2, 3, 4, 5, 6, 7, 8], 0), 173);
}

/// A change of the list, by the place of a server in it.
#[derive(Debug, Clone)]
enum Change {
    Add(usize, u32),
    Remove(usize),
    Reweight(usize, u32),
    Readdress(usize),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        3 => (0..9_usize, 0..4_u32).prop_map(|(name, weight)| Change::Add(name, weight)),
        2 => (0..9_usize).prop_map(Change::Remove),
        2 => (0..9_usize, 0..4_u32).prop_map(|(at, weight)| Change::Reweight(at, weight)),
        1 => (0..9_usize).prop_map(Change::Readdress),
    ]
}

impl Change {
    /// Makes it, and makes it to a plain list.
    fn make(&self, replay: &mut Replay, list: &mut Vec<ServerSpec>) {
        let at = |at: usize| at % list.len();
        let name = |at: usize| replay.servers()[at].name.to_string();
        match *self {
            Self::Add(at, weight) => {
                let server: ServerSpec = format!("new{at}:{}", 11210 + at).parse().unwrap();
                let server = server.with_weight(weight);
                let is_new = list.iter().all(|one| one.name != server.name);
                let added = replay.add_new_server(server.clone());
                assert_eq!(added.is_ok(), is_new);
                list.extend(is_new.then_some(server));
            }
            Self::Remove(place) => {
                let removed = replay.remove_server(&name(at(place)));
                assert_eq!(removed.is_ok(), list.len() > 1);
                if removed.is_ok() {
                    list.remove(at(place));
                }
            }
            Self::Reweight(place, weight) => {
                replay.reweight_server(&name(at(place)), weight).unwrap();
                let place = at(place);
                list[place] = list[place].clone().with_weight(weight);
            }
            Self::Readdress(place) => {
                replay
                    .readdress_server(&name(at(place)), "10.0.0.7:1")
                    .unwrap();
                let place = at(place);
                list[place] = list[place].clone().at("10.0.0.7:1").unwrap();
            }
        }
    }
}

fn algorithm() -> impl Strategy<Value = Algorithm> {
    prop::sample::select(&Algorithm::ALL[..])
}

proptest! {
    /// However the list came about, keys go where they go in a client that is given that list.
    #[test]
    fn only_the_list_and_the_settings_count(
        distribution in prop::sample::select(&Distribution::ALL[..]),
        hash in algorithm(),
        weighted: bool,
        changes in prop::collection::vec(change(), 1..12),
    ) {
        let behaviors = Behaviors { distribution, hash, ketama_weighted: weighted, ..Behaviors::default() };
        let mut list: Vec<ServerSpec> = vec!["first".parse().unwrap()];
        let mut replay = client(behaviors, &list);
        for change in changes {
            change.make(&mut replay, &mut list);
            prop_assert_eq!(replay.servers(), &list[..]);
        }
        let settings = replay.behaviors();
        prop_assert_eq!(replay.placement(), client(settings.clone(), &list).placement());
    }

    /// The order counts for nothing if the servers are sorted.
    #[test]
    fn sorted_servers_have_no_history(changes in prop::collection::vec(change(), 1..12)) {
        let behaviors = Behaviors { sort_hosts: true, ..Behaviors::default() };
        let mut replay = client(behaviors, &["first".parse().unwrap()]);
        for change in &changes {
            let mut list = replay.servers().to_vec();
            change.make(&mut replay, &mut list);
        }
        let mut list = replay.servers().to_vec();
        list.reverse();
        prop_assert_eq!(replay.placement(), client(replay.behaviors().clone(), &list).placement());
    }

    /// One of several servers goes or comes: on an unweighted ring and under rendezvous no other key moves.
    #[test]
    fn only_the_keys_that_must_move_do(
        distribution in prop::sample::select(&[
            Distribution::Consistent, Distribution::Ketama, Distribution::KetamaSpy, Distribution::Rendezvous,
        ][..]),
        hash in algorithm(),
        servers in 3..9_usize,
        gone in 0..9_usize,
    ) {
        let names: Vec<_> = (0..servers).map(|at| format!("cache{at}:1121{at}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let gone = names[gone % servers];
        let all = placing(distribution, hash, &names);
        let mut fewer = all.clone();
        fewer.remove_server(gone).unwrap();
        for (from, _) in moved(&all, &fewer) {
            prop_assert_eq!(from.parse(), gone.parse::<Address>());
        }
        let mut again = fewer.clone();
        again.add_new_server(gone.parse().unwrap()).unwrap();
        for (_, to) in moved(&fewer, &again) {
            prop_assert_eq!(to.parse(), gone.parse::<Address>());
        }
    }
}
