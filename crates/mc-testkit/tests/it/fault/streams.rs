//! What is done to the bytes of one direction.

use std::time::{Duration, Instant};

use mc_testkit::Rule;

use super::{HIT, each};

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
                assert_eq!(wire.read(HIT.len() - 10), HIT[10..]);
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
                found.extend(wire.read(HIT.len() - found.len()));
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
            assert_eq!(end, super::wire::End::Fin);
            drop(wire);
            pair.wait_live(0);
        },
    );
}
