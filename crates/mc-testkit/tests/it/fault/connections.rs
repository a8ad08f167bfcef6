//! What is done to a connection when it is accepted.

use std::time::{Duration, Instant};

use mc_testkit::Rule;

use super::{HIT, each};
use crate::ask::wait_until;

#[test]
fn a_refused_connection_ends_at_once() {
    each(
        |builder| builder.rule(Rule::connections().connection(2).refuse()),
        |pair| {
            for number in 1..=3 {
                let mut wire = pair.connect();
                if number == 2 {
                    assert_eq!(wire.rest(), (Vec::new(), wire.broken()));
                } else {
                    assert_eq!(wire.ask(b"get a\r\n", HIT.len()), HIT);
                }
            }
            assert_eq!(pair.proxy.stats().accepted, 3);
        },
    );
}

#[test]
fn a_silent_connection_takes_all_and_says_nothing() {
    each(
        |builder| builder.rule(Rule::connections().silence()),
        |pair| {
            let mut wire = pair.connect();
            // More than kernels keep.
            wire.send(&vec![b'x'; 16 << 20]);
            assert!(wire.is_silent());
            drop(wire);
            pair.wait_live(0);
            assert_eq!(pair.proxy.stats().reply_bytes, 0);
        },
    );
}

#[test]
fn a_held_connection_is_served_after_its_release() {
    each(
        |builder| builder.rule(Rule::connections().first(1).hold()),
        |pair| {
            let mut wire = pair.connect();
            wire.send(b"get a\r\n");
            pair.wait_held(1);
            assert!(wire.is_silent());
            pair.proxy.release();
            assert_eq!(wire.take(HIT.len()), HIT);
        },
    );
}

#[test]
fn a_delayed_connection_is_served_late() {
    let delay = Duration::from_millis(50);
    each(
        |builder| builder.rule(Rule::connections().delay(delay)),
        |pair| {
            let start = Instant::now();
            assert_eq!(pair.connect().ask(b"get a\r\n", HIT.len()), HIT);
            assert!(start.elapsed() >= delay);
        },
    );
}

#[test]
fn chance_decides_over_each_connection() {
    each(
        |builder| builder.rule(Rule::connections().probability(0.5).refuse()),
        |pair| {
            for _ in 0..60 {
                drop(pair.connect());
            }
            let all_seen = || pair.proxy.stats().accepted == 60 && pair.proxy.stats().live == 0;
            wait_until(all_seen);
            let refused = pair.proxy.stats().faults;
            assert!((5..=55).contains(&refused), "{refused}");
        },
    );
}
