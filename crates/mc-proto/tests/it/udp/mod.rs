//! Requests over UDP: the rows of the fault catalogue by name, and a network that
//! loses, repeats and reorders.

mod carried;

use mc_proto::udp::{
    Client, Dropped, HEADER_LEN, Header, Limits, MAX_DATAGRAM_LEN, ReceiveError, SendError,
    datagrams, decode_request,
};
use mc_proto::{Item, Key, Outgoing, Reply, Request, text};
use proptest::prelude::*;

use crate::support::{get, item};

/// A client with a get of `a` under way, whose id is 7.
fn asked(limits: Limits) -> Client<&'static str> {
    let mut client = Client::new(7, limits);
    push(&mut client, "a");
    client
}

/// Pushes a get that is tagged with its key.
fn push(client: &mut Client<&'static str>, name: &'static str) -> mc_proto::udp::Id {
    client.push(&get(name), name, &mut Vec::new()).unwrap()
}

fn datagram(id: u16, sequence: u16, total: u16, payload: &str) -> Vec<u8> {
    let header = Header {
        id,
        sequence,
        total,
    };
    [&header.encode()[..], payload.as_bytes()].concat()
}

fn hit(value: &'static str) -> Reply {
    Reply::Value(Some(item(value)))
}

/// The parts of a hit, `hello`, for the get of id 7.
fn parts() -> [Vec<u8>; 3] {
    [
        datagram(7, 0, 3, "VALUE a 0 5\r\nhe"),
        datagram(7, 1, 3, "llo\r\nE"),
        datagram(7, 2, 3, "ND\r\n"),
    ]
}

/// None of these has an effect but on the count; a good reply still comes in.
fn check_dropped(arriving: &[Vec<u8>], then: &[Vec<u8>], expected: Dropped) {
    let limits = Limits {
        max_datagrams: 3,
        max_held: 3 * 80,
        ..Limits::default()
    };
    let mut client = asked(limits);
    for datagram in arriving {
        assert_eq!(client.receive(datagram), None);
        assert_eq!(client.outstanding(), 1);
    }
    let mut answers: Vec<_> = then
        .iter()
        .filter_map(|part| client.receive(part))
        .collect();
    let answer = answers.pop().unwrap();
    assert!(answers.is_empty());
    assert_eq!((answer.tag, answer.result), ("a", Ok(hit("hello"))));
    assert_eq!(client.dropped(), expected);
    assert_eq!(client.outstanding(), 0);
}

fn dropped(set: impl FnOnce(&mut Dropped)) -> Dropped {
    let mut dropped = Dropped::default();
    set(&mut dropped);
    dropped
}

#[test]
fn u1_a_datagram_twice() {
    let [first, second, third] = parts();
    let twice = [second.clone(), second.clone(), first.clone(), first, second];
    check_dropped(&twice, &[third], dropped(|count| count.duplicate = 3));
}

#[test]
fn u1_other_bytes_in_the_same_place() {
    let [first, second, third] = parts();
    let other = [first, datagram(7, 0, 3, "VALUE a 0 5\r\nHE")];
    check_dropped(
        &other,
        &[second, third],
        dropped(|count| count.duplicate = 1),
    );
}

#[test]
fn u2_no_header() {
    let short = (0..HEADER_LEN).map(|len| datagram(7, 0, 1, "")[..len].to_vec());
    let mut wrong: Vec<_> = short.collect();
    wrong.push(datagram(7, 0, 0, "END\r\n"));
    wrong.push(datagram(7, 1, 1, "END\r\n"));
    wrong.push(datagram(7, 9, 3, "END\r\n"));
    wrong.push(datagram(7, 0, 1, ""));
    wrong.push(b"\0\x07\0\0\0\x01\0\x01END\r\n".to_vec());
    let count = wrong.len() as u64;
    check_dropped(
        &wrong,
        &parts(),
        dropped(|dropped| dropped.malformed = count),
    );
}

#[test]
fn u2_the_total_changes() {
    let [first, second, third] = parts();
    let wrong = [
        first,
        datagram(7, 1, 2, "END\r\n"),
        datagram(7, 0, 1, "END\r\n"),
    ];
    check_dropped(
        &wrong,
        &[second, third],
        dropped(|count| count.inconsistent = 2),
    );
}

#[test]
fn u2_more_than_there_is_room_for() {
    let [first, second, third] = parts();
    let long = "x".repeat(3 * 80);
    let wrong = [
        datagram(7, 0, 4, "VALUE a 0 5\r\nhe"),
        datagram(7, 3, u16::MAX, "x"),
        datagram(7, 0, 3, &long),
        first,
        datagram(7, 1, 3, &long),
    ];
    check_dropped(
        &wrong,
        &[second, third],
        dropped(|count| count.over_limit = 4),
    );
}

#[test]
fn u2_what_is_given_up_makes_room() {
    let limits = Limits {
        max_held: 100,
        ..Limits::default()
    };
    let mut client = Client::new(7, limits);
    for round in 0..5 {
        let id = push(&mut client, "a");
        let wire = 7 + round;
        assert_eq!(client.receive(&datagram(wire, 1, 3, "llo\r\nE")), None);
        assert_eq!(
            client.receive(&datagram(wire, 0, 3, "VALUE a 0 5\r\nhe")),
            None
        );
        assert_eq!(client.dropped().over_limit, u64::from(round) + 1);
        client.expire(id).unwrap();
    }
}

#[test]
fn u3_any_order() {
    let orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    for order in orders {
        let shuffled = order.map(|at| parts()[at].clone());
        check_dropped(&[], &shuffled, Dropped::default());
    }
}

#[test]
fn u3_loss_is_incomplete_at_the_deadline() {
    for (arriving, reason) in [
        (&[][..], "none of the reply's datagrams arrived in time"),
        (&[1][..], "1 of 3 of the reply's datagrams arrived in time"),
        (
            &[0, 2][..],
            "2 of 3 of the reply's datagrams arrived in time",
        ),
    ] {
        let mut client = Client::new(7, Limits::default());
        let id = push(&mut client, "a");
        for &at in arriving {
            let part: &Vec<u8> = &parts()[at];
            assert_eq!(client.receive(part), None);
        }
        let answer = client.expire(id).unwrap();
        assert_eq!(answer.result.unwrap_err().to_string(), reason);
        assert_eq!(client.expire(id), None);
        // The rest is late, and nobody's.
        for part in parts() {
            assert_eq!(client.receive(&part), None);
        }
        assert_eq!(client.dropped(), dropped(|count| count.unknown = 3));
    }
}

#[test]
fn u3_ids_that_nobody_awaits() {
    let strangers = [
        datagram(8, 0, 1, "END\r\n"),
        datagram(0x700, 0, 1, "END\r\n"),
    ];
    check_dropped(&strangers, &parts(), dropped(|count| count.unknown = 2));
}

/// Where the ids' round ends: Miri would take minutes for a whole one, and sees its beginning.
const LAST_ID: u16 = if cfg!(miri) { 0x40 } else { u16::MAX };

#[test]
fn u3_ids_start_where_they_are_told_to_and_skip_those_in_use() {
    let mut client = Client::new(u16::MAX, Limits::default());
    let sent = |client: &mut Client<()>| {
        let mut datagram = Vec::new();
        client.push(&Request::Version, (), &mut datagram).unwrap();
        Header::decode(&datagram).unwrap().0.id
    };
    let first: [u16; 3] = std::array::from_fn(|_| sent(&mut client));
    assert_eq!(first, [u16::MAX, 0, 1]);
    for id in 2..LAST_ID {
        assert_eq!(sent(&mut client), id);
        client
            .receive(&datagram(id, 0, 1, "VERSION 1\r\n"))
            .unwrap();
    }
    client.receive(&datagram(0, 0, 1, "VERSION 1\r\n")).unwrap();
    let next = match LAST_ID {
        u16::MAX => [0, 2],
        _ => [LAST_ID, LAST_ID + 1],
    };
    assert_eq!([sent(&mut client), sent(&mut client)], next);
}

/// Everything has arrived, and it is no reply.
fn check_wrong(payload: &str, reason: &str) {
    for cut in [0, 1, payload.len() / 2] {
        let mut client = asked(Limits::default());
        push(&mut client, "b");
        let (head, tail) = payload.split_at(cut);
        let answer = if cut == 0 {
            client.receive(&datagram(7, 0, 1, payload))
        } else {
            assert_eq!(client.receive(&datagram(7, 1, 2, tail)), None);
            client.receive(&datagram(7, 0, 2, head))
        };
        let answer = answer.unwrap();
        assert_eq!(answer.tag, "a");
        assert_eq!(answer.result.unwrap_err().to_string(), reason);
        // Another read is not concerned.
        let next = client.receive(&datagram(8, 0, 1, "END\r\n")).unwrap();
        assert_eq!((next.tag, next.result), ("b", Ok(Reply::Value(None))));
    }
}

#[test]
fn u3_never_a_part_of_a_reply_nor_another() {
    check_wrong(
        "VALUE a 0 5\r\nhel",
        "the datagrams are all there, but the reply in them is cut short",
    );
    check_wrong(
        "VALUE a 0 5\r\nhello\r\n",
        "the datagrams are all there, but the reply in them is cut short",
    );
    check_wrong(
        "END\r\nEND\r\n",
        r"'END\r\n' follows the reply in its datagrams",
    );
    check_wrong(
        "VALUE b 0 1\r\n1\r\nEND\r\n",
        "an item arrived for the key 'b', which is not awaited",
    );
    check_wrong("STORED\r\n", "'STORED' is no reply to get");
}

/// Whatever arrives, there is nothing to send in return: `receive` gives
/// answers only, and a stranger's datagram has none.
#[test]
fn u5_nothing_is_said_to_strangers() {
    let mut client: Client<()> = Client::new(7, Limits::default());
    for payload in ["get a\r\n", "version\r\n", "END\r\n", "SERVER_ERROR\r\n"] {
        assert_eq!(client.receive(&datagram(7, 0, 1, payload)), None);
    }
    assert_eq!(client.dropped(), dropped(|count| count.unknown = 4));
    assert_eq!(client.outstanding(), 0);
}

/// How many ids there are.
const IDS: usize = 1 << 16;

/// More than there are ids; to Miri, which would take minutes for them all, fewer.
const MOST_READS: usize = if cfg!(miri) { 0x40 } else { 2 * IDS };

/// How many reads there may be.
const READS: usize = if MOST_READS < IDS { MOST_READS } else { IDS };

#[test]
fn no_more_reads_than_there_are_ids_there_are_ids() {
    let limits = Limits {
        max_outstanding: MOST_READS,
        ..Limits::default()
    };
    let mut client = Client::new(0xabcd, limits);
    let mut datagram = Vec::new();
    for number in 0..READS {
        client
            .push(&Request::Version, number, &mut datagram)
            .unwrap();
    }
    let (error, _) = client
        .push(&Request::Version, 0, &mut datagram)
        .unwrap_err();
    assert_eq!(error, SendError::TooManyOutstanding { max: READS });
}

/// What a network does to a datagram.
#[derive(Clone, Debug)]
struct Fate {
    /// How many copies arrive: 0 for one that is lost.
    copies: usize,
    /// How far behind it falls.
    delay: usize,
}

fn fate() -> impl Strategy<Value = Fate> {
    let copies = prop_oneof![1 => Just(0), 7 => Just(1), 2 => Just(2)];
    let delay = prop_oneof![7 => Just(0), 3 => 1_usize..20];
    (copies, delay).prop_map(|(copies, delay)| Fate { copies, delay })
}

proptest! {
    /// Gets of values of many sizes through a network that loses, repeats
    /// and reorders: each has its own value or none.
    #[test]
    fn u3_a_bad_network(sizes in prop::collection::vec(0_usize..6000, 1..8), fates in prop::collection::vec(fate(), 1..60), first in any::<u16>()) {
        let mut client = Client::new(first, Limits::default());
        let mut fates = fates.iter().cycle();
        let mut wire = Vec::new();
        let mut ids = Vec::new();
        for (number, &size) in sizes.iter().enumerate() {
            let name = format!("key_{number}");
            let key = Key::new(name.as_bytes()).unwrap();
            let mut request = Vec::new();
            ids.push(client.push(&Request::Get { key, cas: false }, number, &mut request).unwrap());
            for part in served(&request, &value(number, size)) {
                let fate = fates.next().unwrap();
                for copy in 0..fate.copies {
                    wire.push((wire.len() + fate.delay * (copy + 1), part.clone()));
                }
            }
        }
        wire.sort_by_key(|(at, _)| *at);
        let mut answers: Vec<_> = wire.iter().filter_map(|(_, part)| client.receive(part)).collect();
        let mut incomplete = 0;
        for id in ids {
            let Some(expired) = client.expire(id) else { continue };
            incomplete += 1;
            let is_incomplete = matches!(expired.result, Err(ReceiveError::Incomplete { .. }));
            assert!(is_incomplete, "{:?}", expired.result);
        }
        answers.sort_by_key(|answer| answer.tag);
        answers.dedup_by_key(|answer| answer.tag);
        assert_eq!(answers.len() + incomplete, sizes.len());
        for answer in answers {
            let expected = Item { value: value(answer.tag, sizes[answer.tag]).into(), ..Item::default() };
            assert_eq!(answer.result, Ok(Reply::Value(Some(expected))));
        }
        assert_eq!(client.outstanding(), 0);
    }

    #[test]
    fn any_datagrams_are_no_cause_for_panic(datagrams in prop::collection::vec((0_u16..3, 0_u16..4, 0_u16..4, "(VALUE a 0 5\r\n|hello|\r\n|END|x){0,3}"), 0..40)) {
        let limits = Limits { max_held: 300, ..Limits::default() };
        let mut client = Client::new(0, limits);
        for name in ["a", "b"] {
            push(&mut client, name);
        }
        for (id, sequence, total, payload) in datagrams {
            let _ = client.receive(&datagram(id, sequence, total, &payload));
            let _ = decode_request(&datagram(id, sequence, total, &payload), &mc_proto::Limits::default());
        }
        assert!(client.outstanding() <= 2);
    }
}

fn value(number: usize, size: usize) -> Vec<u8> {
    (0..size).map(|at| (at * 31 + number * 7) as u8).collect()
}

/// The datagrams of a server's reply to a get.
fn served(request: &[u8], value: &[u8]) -> Vec<Vec<u8>> {
    let incoming = decode_request(request, &mc_proto::Limits::default()).unwrap();
    let reply = Reply::Value(Some(Item {
        value: value.to_vec().into(),
        ..Item::default()
    }));
    let mut out = Outgoing::default();
    text::encode_reply(&incoming.request, &reply, &mut out).unwrap();
    let sent: Vec<_> = datagrams(incoming.id, out).unwrap().collect();
    let (last, full) = sent.split_last().unwrap();
    assert!(full.iter().all(|part| part.len() == MAX_DATAGRAM_LEN));
    assert!((HEADER_LEN + 1..=MAX_DATAGRAM_LEN).contains(&last.len()));
    sent
}
