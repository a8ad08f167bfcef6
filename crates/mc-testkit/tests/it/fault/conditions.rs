//! Where and how often a rule acts.

use std::time::Duration;

use mc_proto::{Exptime, Key, Protocol, Request, Verb};
use mc_testkit::{Rule, Stream, When};

use super::{HIT, Pair, each};
use crate::ask::{self, ask};

/// What one connection is answered to five gets at once, if `when` injects `!` into the replies.
fn check(when: impl Fn() -> When<Stream>, expected: &str) {
    each(
        |builder| builder.rule(when().inject("!")),
        |pair| assert_eq!(five(pair, expected.len()), expected),
    );
}

fn five(pair: &Pair, len: usize) -> String {
    let mut wire = pair.connect();
    wire.send(&b"get a\r\n".repeat(5));
    String::from_utf8(wire.take(len)).unwrap()
}

/// Five hits, with `!` in front of these bytes of all of them.
fn with(places: &[usize]) -> String {
    let mut text = String::from_utf8(HIT.repeat(5)).unwrap();
    for place in places.iter().rev() {
        text.insert(*place, '!');
    }
    text
}

const LEN: usize = HIT.len();

#[test]
fn without_any_it_is_the_start_of_each_message() {
    check(Rule::replies, &with(&[0, LEN, 2 * LEN, 3 * LEN, 4 * LEN]));
}

#[test]
fn a_byte_is_one_of_the_connection() {
    check(|| Rule::replies().byte(0), &with(&[0]));
    check(|| Rule::replies().byte(LEN as u64 + 3), &with(&[LEN + 3]));
}

#[test]
fn a_message_is_one_of_the_connection() {
    check(|| Rule::replies().message(1), &with(&[0]));
    check(|| Rule::replies().message(4), &with(&[3 * LEN]));
    check(|| Rule::replies().message(6), &with(&[]));
}

#[test]
fn a_byte_of_a_message_is_one_of_each() {
    check(
        || Rule::replies().message_byte(2),
        &with(&[2, LEN + 2, 2 * LEN + 2, 3 * LEN + 2, 4 * LEN + 2]),
    );
    check(|| Rule::replies().message_byte(LEN as u64), &with(&[]));
}

#[test]
fn all_of_them_must_hold() {
    let at = |message: u64, byte: usize| move || Rule::replies().message(message).byte(byte as u64);
    check(at(2, LEN + 3), &with(&[LEN + 3]));
    check(at(2, 2 * LEN), &with(&[]));
    check(
        || Rule::replies().message(3).message_byte(4),
        &with(&[2 * LEN + 4]),
    );
    check(
        || Rule::replies().byte(LEN as u64 + 4).message_byte(4),
        &with(&[LEN + 4]),
    );
    check(|| Rule::replies().byte(4).message_byte(3), &with(&[]));
    check(|| Rule::replies().connection(2), &with(&[]));
}

#[test]
fn the_first_times_are_counted_over_all_connections() {
    each(
        |builder| builder.rule(Rule::replies().first(7).inject("!")),
        |pair| {
            assert_eq!(
                five(pair, 5 * LEN + 5),
                with(&[0, LEN, 2 * LEN, 3 * LEN, 4 * LEN])
            );
            assert_eq!(five(pair, 5 * LEN + 2), with(&[0, LEN]));
            assert_eq!(pair.proxy.stats().by_rule, [7]);
        },
    );
}

#[test]
fn a_connection_is_known_by_its_number() {
    each(
        |builder| builder.rule(Rule::replies().connection(2).message(1).inject("!")),
        |pair| {
            for (number, places) in [(1, &[][..]), (2, &[0]), (3, &[])] {
                let expected = with(places);
                assert_eq!(five(pair, expected.len()), expected, "connection {number}");
            }
        },
    );
}

#[test]
fn a_range_is_one_place_in_it() {
    each(
        |builder| builder.rule(Rule::replies().byte(10..=19).inject("!")),
        |pair| {
            let mut seen = [0; 10];
            for _ in 0..50 {
                let found = five(pair, 5 * LEN + 1);
                seen[found.find('!').unwrap() - 10] += 1;
                assert_eq!(found.replacen('!', "", 1), with(&[]));
            }
            assert!(
                seen.iter().filter(|times| **times > 0).count() > 3,
                "{seen:?}"
            );
        },
    );
}

#[test]
fn probability_is_how_often() {
    each(
        |builder| builder.rule(Rule::requests().probability(0.3).delay(Duration::ZERO)),
        |pair| {
            let mut wire = pair.connect();
            let answers = wire.ask(&b"get a\r\n".repeat(2000), 2000 * LEN);
            assert_eq!(answers, HIT.repeat(2000));
            // 600; these are seven standard deviations off.
            let faults = pair.proxy.stats().faults;
            assert!((450..=750).contains(&faults), "{faults}");
        },
    );
}

#[test]
fn never_and_always_are_probabilities() {
    check(|| Rule::replies().probability(0.0), &with(&[]));
    check(
        || Rule::replies().message(2).probability(1.0),
        &with(&[LEN]),
    );
}

/// Messages are told apart in every protocol, values that look like messages among them.
#[test]
fn messages_are_found_in_every_protocol() {
    let nothing = |when: When<Stream>| when.delay(Duration::ZERO);
    each(
        |builder| {
            builder
                .rule(nothing(Rule::requests()))
                .rule(nothing(Rule::replies()))
        },
        |pair| {
            let key = Key::new(b"b").unwrap();
            let store = |value: &'static [u8]| Request::Store {
                verb: Verb::Set,
                key,
                flags: 0,
                exptime: Exptime::NEVER,
                value: value.into(),
            };
            let get = Request::Get { key, cas: false };
            let value = b"get a\r\nEND\r\nVALUE a 0 9999\r\n";
            let requests = [store(value), get.clone(), store(b""), get, ask::get()];
            for (round, protocol) in (1..).zip([Protocol::Text, Protocol::Meta, Protocol::Binary]) {
                let mut wire = pair.connect();
                for request in &requests {
                    assert!(ask(&mut wire, protocol, request).is_some(), "{protocol:?}");
                }
                let found = pair.proxy.stats().by_rule;
                assert_eq!(found, [5 * round, 5 * round], "{protocol:?}");
            }
        },
    );
}
