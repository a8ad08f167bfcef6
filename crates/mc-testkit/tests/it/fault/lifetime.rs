//! Rules that change while connections are open, connections that are cut, and the end of a proxy.

use std::time::Duration;

use mc_testkit::{FaultProxy, Memcached, Rule};

use super::wire::{End, Wire};
use super::{HIT, each};
use crate::ask::wait_until;

#[test]
fn rules_change_under_open_connections() {
    each(
        |builder| builder,
        |pair| {
            let mut wire = pair.connect();
            assert_eq!(wire.ask(b"get a\r\n", HIT.len()), HIT);
            // Counted from here.
            pair.proxy
                .set_rules([Rule::replies().message(1).byte(3).hold()])
                .unwrap();
            for _ in 0..2 {
                wire.send(b"get a\r\n");
            }
            assert_eq!(wire.take(3), HIT[..3]);
            pair.wait_held(1);
            // What was held goes on, and the message that is on its way is not counted.
            pair.proxy
                .set_rules([Rule::replies().message(1).inject("!")])
                .unwrap();
            let rest = wire.take(2 * HIT.len() - 3 + 1);
            assert_eq!(rest, [&HIT[3..], b"!", HIT].concat());
            pair.proxy.set_rules([]).unwrap();
            assert_eq!(wire.ask(b"get a\r\n", HIT.len()), HIT);
            assert_eq!(pair.proxy.stats().by_rule, []);
            assert_eq!(pair.proxy.stats().faults, 2);
        },
    );
}

#[test]
fn new_rules_end_a_long_delay() {
    let long = Duration::from_secs(1000);
    let rows = [
        Rule::replies().delay(long),
        Rule::replies().trickle(1, long),
        Rule::connections().delay(long),
    ];
    for rule in rows {
        each(
            |builder| builder.rule(rule.clone()),
            |pair| {
                let mut wire = pair.connect();
                wire.send(b"get a\r\n");
                wait_until(|| pair.proxy.stats().faults == 1);
                pair.proxy.set_rules([]).unwrap();
                assert_eq!(wire.take(HIT.len()), HIT);
            },
        );
    }
}

#[test]
fn a_cut_ends_all_open_connections_and_no_other() {
    each(
        |builder| builder.rule(Rule::replies().connection(2).hold()),
        |pair| {
            let mut wires = [pair.connect(), pair.connect(), pair.connect()];
            assert_eq!(wires[0].ask(b"get a\r\n", HIT.len()), HIT);
            wires[1].send(b"get a\r\n");
            pair.wait_held(1);
            pair.proxy.cut();
            let stats = pair.proxy.stats();
            assert_eq!((stats.live, stats.held), (0, 0));
            for wire in &mut wires {
                let (bytes, end) = wire.rest();
                assert!(bytes.is_empty());
                assert!(end == wire.broken() || end == End::Reset);
            }
            assert_eq!(pair.connect().ask(b"get a\r\n", HIT.len()), HIT);
        },
    );
}

#[test]
fn a_server_comes_and_goes_behind_it() {
    for builder in [Memcached::builder(), Memcached::builder().unix()] {
        let mut server = builder.start().unwrap();
        let proxy = FaultProxy::builder(server.address()).start().unwrap();
        let connect = || Wire::connect(proxy.address());
        let mut early = connect();
        assert_eq!(early.ask(b"get a\r\n", 5), b"END\r\n");
        server.kill().unwrap();
        assert!(early.rest().0.is_empty());
        let mut refused = connect();
        assert_eq!(refused.rest(), (Vec::new(), refused.broken()));
        server.restart().unwrap();
        assert_eq!(connect().ask(b"get a\r\n", 5), b"END\r\n");
    }
}

#[test]
fn a_server_of_ipv6_has_a_proxy_of_ipv6() {
    let server = Memcached::builder().ipv6().start().unwrap();
    let proxy = FaultProxy::builder(server.address()).start().unwrap();
    assert!(proxy.address().to_string().starts_with("[::1]:"));
    assert_eq!(
        Wire::connect(proxy.address()).ask(b"get a\r\n", 5),
        b"END\r\n"
    );
}

#[test]
fn a_unix_socket_leads_to_a_port() {
    let server = Memcached::start().unwrap();
    let proxy = FaultProxy::builder(server.address())
        .unix()
        .start()
        .unwrap();
    assert_eq!(proxy.address().port(), 0);
    let mut wires: Vec<_> = (0..8).map(|_| Wire::connect(proxy.address())).collect();
    let value = "x".repeat(900_000);
    for (number, wire) in wires.iter_mut().enumerate() {
        let set = format!("set k{number} 0 0 900001\r\n{number}{value}\r\n");
        wire.send(format!("{set}get k{number}\r\nquit\r\n").as_bytes());
    }
    for (number, wire) in wires.iter_mut().enumerate() {
        let answers = String::from_utf8(wire.rest().0).unwrap();
        let expected = format!("VALUE k{number} 0 900001\r\n{number}{value}\r\nEND\r\n");
        assert_eq!(answers, format!("STORED\r\n{expected}"));
    }
}

/// The one before it sees all its sockets closed; the thread ends before its value does.
#[test]
fn nothing_is_left_of_it() {
    each(
        |builder| builder,
        |pair| {
            let first = Rule::replies().connection(1).hold();
            let proxy = FaultProxy::builder(pair.proxy.address()).rule(first);
            let proxy = proxy.start().unwrap();
            let mut wires = [(); 3].map(|()| Wire::connect(proxy.address()));
            wires[0].send(b"get a\r\n");
            wait_until(|| proxy.stats().held == 1);
            assert_eq!(wires[1].ask(b"get a\r\n", HIT.len()), HIT);
            wait_until(|| pair.proxy.stats().live == 3);
            let address = proxy.address().clone();
            drop(proxy);
            for wire in &mut wires {
                assert!(wire.rest().0.is_empty());
            }
            pair.wait_live(0);
            assert!(!Wire::can_connect(&address));
        },
    );
}
