//! What is done to the bytes of one direction.

use std::time::{Duration, Instant};

use mc_testkit::Rule;

use super::wire::End;
use super::{HIT, each};
use crate::ask::wait_until;

const GET: &[u8] = b"get a\r\n";

#[test]
fn without_rules_all_passes() {
    each(
        |builder| builder,
        |pair| {
            let mut wire = pair.connect();
            for _ in 0..3 {
                assert_eq!(wire.ask(GET, HIT.len()), HIT);
            }
            let stats = pair.proxy.stats();
            assert_eq!((stats.accepted, stats.live, stats.faults), (1, 1, 0));
            let bytes = (stats.request_bytes, stats.reply_bytes);
            assert_eq!(bytes, (3 * GET.len() as u64, 3 * HIT.len() as u64));
            drop(wire);
            pair.wait_live(0);
        },
    );
}

#[test]
fn what_is_held_waits_for_its_release() {
    each(
        |builder| builder.rule(Rule::replies().message_byte(10).hold()),
        |pair| {
            let mut wire = pair.connect();
            for _ in 0..2 {
                assert_eq!(wire.ask(GET, 10), HIT[..10]);
                pair.wait_held(1);
                assert!(wire.is_silent());
                pair.proxy.release();
                assert_eq!(wire.take(HIT.len() - 10), HIT[10..]);
            }
            assert_eq!(pair.proxy.stats().by_rule, [2]);
        },
    );
}

#[test]
fn a_delay_is_kept_and_does_not_add_up() {
    let delay = Duration::from_millis(50);
    each(
        |builder| builder.rule(Rule::requests().delay(delay)),
        |pair| {
            let mut wire = pair.connect();
            let start = Instant::now();
            assert_eq!(
                wire.ask(&GET.repeat(1000), 1000 * HIT.len()),
                HIT.repeat(1000)
            );
            assert!(start.elapsed() >= delay);
            // One after the other it would be 50 s.
            assert!(start.elapsed() < Duration::from_secs(25));
            assert_eq!(pair.proxy.stats().faults, 1000);
        },
    );
}

#[test]
fn a_slice_is_written_alone() {
    each(
        |builder| builder.rule(Rule::replies().slice(1..=7)),
        |pair| {
            let mut wire = pair.connect();
            // Pieces may come together all the same, yet not for ever.
            loop {
                wire.send(GET);
                let mut found = wire.read_once();
                let is_piece = found.len() <= 7;
                found.extend(wire.take(HIT.len() - found.len()));
                assert_eq!(found, HIT);
                if is_piece {
                    break;
                }
            }
        },
    );
}

#[test]
fn a_trickle_pauses_after_each_piece() {
    let pause = Duration::from_millis(5);
    each(
        |builder| builder.rule(Rule::replies().trickle(2, pause)),
        |pair| {
            let mut wire = pair.connect();
            let start = Instant::now();
            assert_eq!(wire.ask(GET, HIT.len()), HIT);
            let pauses = HIT.len().div_ceil(2) - 1;
            assert!(start.elapsed() >= pause * u32::try_from(pauses).unwrap());
        },
    );
}

#[test]
fn bytes_are_changed_on_their_way() {
    let hit = String::from_utf8(HIT.to_vec()).unwrap();
    let at = |byte: u64| Rule::replies().byte(byte);
    let rows = [
        (at(13).drop_bytes(2), hit.replace("he", "") + &hit),
        (at(0).drop_bytes(20), "END\r\n".to_owned() + &hit),
        (Rule::replies().message(1).drop_message(), hit.clone()),
        (
            at(13).duplicate_bytes(3),
            hit.replace("hel", "helhel") + &hit,
        ),
        (
            Rule::replies().message(1).duplicate_message(),
            hit.repeat(3),
        ),
        (at(13).inject("NO"), hit.replace("hello", "NOhello") + &hit),
        (at(0).inject(b"END\r\n"), "END\r\n".to_owned() + &hit + &hit),
    ];
    for (rule, expected) in rows {
        each(
            |builder| builder.rule(rule.clone()),
            |pair| {
                let mut wire = pair.connect();
                wire.send(&[GET, GET, b"quit\r\n"].concat());
                let (found, end) = wire.rest();
                assert_eq!(String::from_utf8_lossy(&found), expected, "{rule:?}");
                assert_eq!(end, End::Fin);
            },
        );
    }
}

#[test]
fn a_flip_is_of_one_bit() {
    each(
        |builder| builder.rule(Rule::replies().message_byte(16).flip()),
        |pair| {
            let mut wire = pair.connect();
            let mut seen = 0;
            while seen != u8::MAX {
                let mut found = wire.ask(GET, HIT.len());
                let bits = found[16] ^ HIT[16];
                assert_eq!(bits.count_ones(), 1);
                seen |= bits;
                found[16] = HIT[16];
                assert_eq!(found, HIT);
            }
        },
    );
}

#[test]
fn requests_are_changed_as_replies_are() {
    each(
        |builder| builder.rule(Rule::requests().byte(4).inject("x")),
        |pair| assert_eq!(pair.connect().ask(GET, 5), b"END\r\n"),
    );
}

#[test]
fn a_half_closed_connection_still_takes_requests() {
    each(
        |builder| builder.rule(Rule::replies().message(2).half_close()),
        |pair| {
            let mut wire = pair.connect();
            wire.send(&GET.repeat(2));
            assert_eq!(wire.rest(), (HIT.to_vec(), End::Fin));
            wire.send(b"set b 0 0 1\r\nx\r\n");
            // Each time by a new connection, whose first reply is whole.
            wait_until(|| pair.connect().ask(b"get b\r\n", 5) != b"END\r\n");
            drop(wire);
            pair.wait_live(0);
        },
    );
}

/// More than the kernel keeps for one connection.
const MUCH: usize = 32 << 20;

#[test]
fn what_is_held_is_taken_from_its_sender() {
    each(
        |builder| builder.rule(Rule::requests().byte(5).hold()),
        |pair| {
            let mut wire = pair.connect();
            wire.send(&vec![b'x'; MUCH]);
            pair.wait_held(1);
            wait_until(|| pair.proxy.stats().request_bytes == MUCH as u64);
        },
    );
}

#[test]
fn what_is_not_read_is_not_taken() {
    each(
        |builder| {
            builder
                .socket_buffers(4096)
                .rule(Rule::requests().byte(5).stop_reading())
        },
        |pair| {
            let mut wire = pair.connect();
            // Too large for the server, which reads all of it before it says so.
            wire.send(format!("set b 0 0 {MUCH}\r\n").as_bytes());
            let sent = wire.send_until_full(MUCH);
            assert!(sent < MUCH / 2, "{sent} bytes were taken");
            pair.wait_held(1);
            assert!(pair.proxy.stats().request_bytes <= 16 << 10);
            pair.proxy.release();
            wait_until(|| pair.proxy.stats().request_bytes > 16 << 10);
        },
    );
}

#[test]
fn a_reset_comes_at_its_byte() {
    each(
        |builder| builder.rule(Rule::replies().byte(10).reset()),
        |pair| {
            let mut wire = pair.connect();
            wire.send(GET);
            assert_eq!(wire.rest(), (HIT[..10].to_vec(), wire.broken()));
            pair.wait_live(0);
        },
    );
}

#[test]
fn a_fin_comes_at_its_byte() {
    each(
        |builder| builder.rule(Rule::replies().message(2).message_byte(3).fin()),
        |pair| {
            let mut wire = pair.connect();
            wire.send(&GET.repeat(3));
            let (found, end) = wire.rest();
            assert_eq!(found, [HIT, &HIT[..3]].concat());
            assert_eq!(end, End::Fin);
            drop(wire);
            pair.wait_live(0);
        },
    );
}
