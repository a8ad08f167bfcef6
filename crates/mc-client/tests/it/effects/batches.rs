//! Changes of many keys in one batch: each key has the answer that it would have alone.

use mc_client::{Connection, ErrorKind, Outcome, Protocol};
use mc_testkit::{FaultProxy, Memcached, Rule};

use super::Client;
use crate::aftermath::{HANGS_UP, SILENT, Scripted};

const PROTOCOLS: [Protocol; 3] = [Protocol::Text, Protocol::Meta, Protocol::Binary];

/// The largest item of the servers here.
const ITEM: u32 = 16 << 10;
/// A value over that.
const LARGE: usize = 20 << 10;
/// A value over the client's own limit.
const HUGE: usize = (1 << 20) + 1;
/// A key that is none.
const BAD: &str = "two words";

fn server() -> Memcached {
    Memcached::builder().max_item_size(ITEM).start().unwrap()
}

fn client(address: &str, protocol: Protocol) -> Client {
    let client = Client::builder().servers([address]).unwrap();
    client.protocol(protocol).build().unwrap()
}

/// So many values of some bytes each, with others at some places.
fn items(count: usize, others: &[(usize, usize)]) -> Vec<(String, String)> {
    let item = |at: usize| {
        let other = others.iter().find(|(place, _)| *place == at);
        let len = other.map_or(10 + at % 90, |(_, len)| *len);
        (format!("key:{at}"), format!("{at:-<9}").repeat(len / 9 + 1))
    };
    (0..count).map(item).collect()
}

/// Stores them, and looks that each has the answer that it should have, and that the server holds what it says.
async fn check(client: &Client, items: &[(String, String)]) {
    let stored = go!(client.set_many(items.iter().map(|(key, value)| (key, value))));
    for ((key, result), (_, value)) in stored.iter().zip(items) {
        let told = result
            .as_ref()
            .map_err(|error| (error.kind(), error.outcome(), error.connection()));
        let expected = match value.len() {
            _ if key.as_str() == BAD => {
                let none = Connection::None;
                Err((ErrorKind::InvalidKey, Outcome::NotSent, none))
            }
            HUGE.. => {
                let none = Connection::None;
                Err((ErrorKind::ValueTooLarge, Outcome::NotSent, none))
            }
            LARGE.. => {
                let kept = Connection::Kept;
                Err((ErrorKind::ServerTooLarge, Outcome::Rejected, kept))
            }
            _ => Ok(&()),
        };
        assert_eq!(told, expected, "{key}");
    }
    let known: Vec<_> = items.iter().filter(|(key, _)| key != BAD).collect();
    let found = go!(client.get_many::<_, String>(known.iter().map(|(key, _)| key)));
    for (found, (key, value)) in found.into_results().into_iter().zip(known) {
        let expected = Some(value.clone()).filter(|value| value.len() < LARGE);
        assert_eq!(found.unwrap(), expected, "{key}");
    }
    assert_eq!(client.metrics()[0].connects, 1);
}

#[tokio::test]
async fn good_and_bad_values_in_one_batch() {
    let server = server();
    let address = server.address().to_string();
    for protocol in PROTOCOLS {
        for others in [
            &[(0, LARGE)][..],
            &[(499, LARGE), (500, LARGE), (501, LARGE)],
            &[(7, LARGE), (8, HUGE), (9, LARGE), (1100, LARGE)],
            &[(1199, LARGE)],
        ] {
            let client = client(&address, protocol);
            let mut items = items(1200, others);
            items[20].0 = BAD.to_owned();
            check(&client, &items).await;
            go!(client.flush_all()).all().unwrap();
        }
        // All of a batch, and batches that are cut by their bytes.
        let client = client(&address, protocol);
        let all: Vec<_> = (0..60).map(|at| (at, LARGE)).collect();
        check(&client, &items(60, &all)).await;
        check(&client, &items(90, &all)).await;
    }
}

/// More keys than go in one round, and many that cannot be sent: of the first round none.
#[tokio::test]
async fn very_many_keys() {
    let server = server();
    let address = server.address().to_string();
    for protocol in PROTOCOLS {
        for others in [
            &[(20_000, LARGE), (39_999, LARGE)][..],
            &[(20_000, LARGE), (33_000, HUGE), (39_999, LARGE)],
        ] {
            let client = client(&address, protocol);
            let mut items = items(40_000, others);
            for (key, _) in &mut items[..17_000] {
                BAD.clone_into(key);
            }
            BAD.clone_into(&mut items[30_000].0);
            check(&client, &items).await;
            go!(client.flush_all()).all().unwrap();
        }
    }
}

#[tokio::test]
async fn replies_in_pieces() {
    let server = server();
    for protocol in PROTOCOLS {
        let proxy = FaultProxy::builder(server.address()).seed(7);
        let proxy = proxy.rule(Rule::replies().slice(1..=7)).start().unwrap();
        let client = client(&proxy.address().to_string(), protocol);
        check(
            &client,
            &items(150, &[(3, LARGE), (77, LARGE), (149, LARGE)]),
        )
        .await;
    }
}

/// Whether a condition was met, and a refusal, have their places: asked again, an answer would be another one.
#[tokio::test]
async fn conditions_in_one_batch_with_a_refusal() {
    let server = server();
    for protocol in PROTOCOLS {
        let client = client(&server.address().to_string(), protocol);
        go!(client.flush_all()).all().unwrap();
        go!(client.set("key:4", "old")).unwrap();
        let items = items(9, &[(2, LARGE), (7, LARGE)]);
        let added = go!(client.add_many(items.iter().map(|(key, value)| (key, value))));
        for (at, added) in added.into_results().into_iter().enumerate() {
            let told = added.map_err(|error| (error.kind(), error.outcome()));
            let expected = match at {
                2 | 7 => Err((ErrorKind::ServerTooLarge, Outcome::Rejected)),
                _ => Ok(at != 4),
            };
            assert_eq!(told, expected, "{protocol} {at}");
        }
        let deleted = go!(client.delete_many(items.iter().map(|(key, _)| key)));
        for (at, deleted) in deleted.into_results().into_iter().enumerate() {
            assert_eq!(deleted.unwrap(), ![2, 7].contains(&at), "{protocol} {at}");
        }
        go!(client.set("key:1", "word")).unwrap();
        go!(client.set("key:2", 1)).unwrap();
        let sums = go!(client.incr_many(["key:0", "key:1", "key:2"], 2)).into_results();
        let told = sums.iter().map(|sum| sum.as_ref().map_err(|it| it.kind()));
        let expected = [Ok(&None), Err(ErrorKind::NotNumeric), Ok(&Some(3))];
        assert!(told.eq(expected), "{sums:?}");
    }
}

#[tokio::test]
async fn a_server_without_memory_for_all() {
    for protocol in PROTOCOLS {
        let full = Memcached::builder().memory(4).no_evictions();
        let server = full.start().unwrap();
        let client = client(&server.address().to_string(), protocol);
        let items: Vec<_> = (0..1000)
            .map(|at| (format!("k{at}"), format!("{at:0>8000}")))
            .collect();
        let stored = go!(client.set_many(items.iter().map(|(key, value)| (key, value))));
        let found = go!(client.get_many::<_, String>(items.iter().map(|(key, _)| key)));
        let found = found.into_results().into_iter().map(Result::unwrap);
        let mut refused = 0;
        for (((key, stored), found), (_, value)) in stored.iter().zip(found).zip(&items) {
            match stored {
                Ok(()) => assert_eq!(found.as_ref(), Some(value), "{key}"),
                Err(error) => {
                    let told = (error.kind(), error.outcome());
                    assert_eq!(told, (ErrorKind::ServerOutOfMemory, Outcome::Rejected));
                    assert_eq!(found, None, "{key}");
                    refused += 1;
                }
            }
        }
        assert!((100..900).contains(&refused), "{refused}");
        assert_eq!(client.metrics()[0].connects, 1);
    }
}

/// What follows a value that may have been taken for commands is not believed.
#[tokio::test]
async fn a_refusal_that_ends_the_connection() {
    let stored = "STORED\r\n";
    let script = [stored, "CLIENT_ERROR bad data chunk\r\n", stored];
    let server = Scripted::start(script);
    let client = client(&server.address, Protocol::Text);
    let stored = go!(client.set_many([("a", 1), ("b", 2), ("c", 3)])).into_results();
    let told = stored.iter().map(|stored| {
        let error = stored.as_ref().err()?;
        Some((error.outcome(), error.connection()))
    });
    let dropped = |outcome| Some((outcome, Connection::Dropped));
    let expected = [
        None,
        dropped(Outcome::Rejected),
        dropped(Outcome::MaybeApplied),
    ];
    assert!(told.eq(expected), "{stored:?}");
}

/// `ms`, its value, the same once more, and `mn`: one of the two is refused, and nobody can tell which.
const ONE_OF_TWO: [&str; 5] = [
    SILENT,
    SILENT,
    SILENT,
    SILENT,
    "SERVER_ERROR out of memory storing object\r\nMN\r\n",
];

#[tokio::test]
async fn a_refusal_without_its_key_is_looked_for() {
    let [a, b, c, d, both] = ONE_OF_TWO;
    let script = [
        a,
        b,
        c,
        d,
        both,
        "HD O3\r\n",
        SILENT,
        "SERVER_ERROR no\r\n",
        SILENT,
    ];
    let server = Scripted::start(script);
    let client = client(&server.address, Protocol::Meta);
    let stored = go!(client.set_many([("a", 1), ("b", 2)])).into_results();
    assert!(stored[0].is_ok(), "{stored:?}");
    let error = stored[1].as_ref().unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Refused, Outcome::Rejected)
    );
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_refusal_without_its_key_that_cannot_be_looked_for() {
    let [a, b, c, d, both] = ONE_OF_TWO;
    let server = Scripted::start([a, b, c, d, both, HANGS_UP]);
    let client = client(&server.address, Protocol::Meta);
    let stored = go!(client.set_many([("a", 1), ("b", 2)])).into_results();
    for stored in stored {
        assert_eq!(stored.unwrap_err().outcome(), Outcome::MaybeApplied);
    }
}
