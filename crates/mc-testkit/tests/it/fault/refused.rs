//! Rules that cannot be are errors that say why, wherever they come from.

use std::time::Duration;

use mc_testkit::{Address, DatagramProxy, DatagramRule, FaultProxy, Memcached, Rule};

#[expect(clippy::reversed_empty_ranges, reason = "they are what is refused")]
#[test]
fn rules_that_cannot_be_are_refused() {
    let server = Memcached::start().unwrap();
    let proxy = FaultProxy::builder(server.address()).start().unwrap();
    let ms = Duration::from_millis;
    let replies = Rule::replies;
    let rows = [
        (
            replies().probability(1.5).hold(),
            "a probability is from 0 to 1, not 1.5",
        ),
        (
            replies().probability(-0.1).hold(),
            "a probability is from 0 to 1, not -0.1",
        ),
        (
            replies().probability(f64::NAN).hold(),
            "a probability is from 0 to 1, not NaN",
        ),
        (
            replies().connection(0).hold(),
            "connections are counted from 1, there is no 0",
        ),
        (
            replies().message(0).hold(),
            "messages and datagrams are counted from 1, there is no 0",
        ),
        (
            replies().first(0).hold(),
            "times are counted from 1, there is no 0",
        ),
        (replies().byte(9..=3).hold(), "byte: nothing is from 9 to 3"),
        (
            replies().message_byte(1..=0).hold(),
            "message_byte: nothing is from 1 to 0",
        ),
        (
            replies().delay(ms(2)..=ms(1)),
            "delay: nothing is from 2ms to 1ms",
        ),
        (
            replies().delay(Duration::MAX),
            "delay is at most a day, not 18446744073709551615.999999999s",
        ),
        (
            Rule::connections().delay(ms(2)..=ms(1)),
            "delay: nothing is from 2ms to 1ms",
        ),
        (replies().slice(0), "a slice has at least 1 byte"),
        (
            replies().slice(7..=1),
            "a slice's bytes: nothing is from 7 to 1",
        ),
        (
            replies().trickle(1, ms(2)..=ms(1)),
            "a slice's pause: nothing is from 2ms to 1ms",
        ),
        (
            replies().drop_bytes(0),
            "what is dropped or duplicated has at least 1 byte",
        ),
        (
            replies().duplicate_bytes(0),
            "what is dropped or duplicated has at least 1 byte",
        ),
        (replies().inject(""), "what is injected has at least 1 byte"),
    ];
    for (rule, why) in rows {
        let good = Rule::replies().hold();
        let builder = FaultProxy::builder(server.address()).rule(good.clone());
        let error = builder.rule(rule.clone()).start().unwrap_err();
        assert_eq!(error.to_string(), format!("rule 2: {why}"));
        let error = proxy.set_rules([rule, good]).unwrap_err();
        assert_eq!(error.to_string(), format!("rule 1: {why}"));
        assert!(proxy.stats().by_rule.is_empty());
    }
}

#[expect(clippy::reversed_empty_ranges, reason = "they are what is refused")]
#[test]
fn rules_for_datagrams_are_refused_alike() {
    let server = Memcached::start().unwrap();
    let proxy = DatagramProxy::builder(server.address()).start().unwrap();
    let replies = DatagramRule::replies;
    let rows = [
        (
            replies().probability(2.0).drop(),
            "a probability is from 0 to 1, not 2",
        ),
        (
            replies().datagram(0).drop(),
            "messages and datagrams are counted from 1, there is no 0",
        ),
        (
            replies().total(2..=1),
            "a header's number: nothing is from 2 to 1",
        ),
        (
            replies().delay(Duration::MAX),
            "delay is at most a day, not 18446744073709551615.999999999s",
        ),
    ];
    for (rule, why) in rows {
        let error = DatagramProxy::builder(server.address())
            .rule(rule.clone())
            .start()
            .unwrap_err();
        assert_eq!(error.to_string(), format!("rule 1: {why}"));
        assert_eq!(
            proxy.set_rules([rule]).unwrap_err().to_string(),
            error.to_string()
        );
    }
}

#[test]
fn datagrams_go_to_ports() {
    let socket = Address::Unix("/run/memcached.sock".into());
    let error = DatagramProxy::builder(&socket).start().unwrap_err();
    let expected = "no datagrams go to /run/memcached.sock: it is no port";
    assert_eq!(error.to_string(), expected);
}
