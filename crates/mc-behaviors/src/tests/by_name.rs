//! Values by name: what is taken, what is read, and the text of each refusal.

use std::time::Duration;

use mc_dist::{Compat, Distribution};
use mc_hash::Algorithm;

use crate::{Behaviors, Value};

/// Sets `name`, and gives what it reads then or the text of the refusal.
fn check(name: &str, value: impl Into<Value>, expected: &str) {
    let mut behaviors = Behaviors::default();
    let read = match behaviors.set(name, value) {
        Ok(()) => behaviors.get(name).unwrap().to_string(),
        Err(error) => {
            assert_eq!(behaviors, Behaviors::default(), "{error}");
            error.to_string()
        }
    };
    assert_eq!(read, expected);
}

#[test]
fn flags() {
    check("cas", true, "1");
    check("cas", -7, "1");
    check("cas", 1_u64 << 32, "1");
    check("cas", 0, "0");
    check(
        "cas",
        "yes",
        "behavior cas: a string \"yes\" has the wrong type: allowed are booleans and integers (0 is off)",
    );
    check(
        "cas",
        Value::None,
        "behavior cas: none has the wrong type: allowed are booleans and integers (0 is off)",
    );
}

#[test]
fn counts() {
    check("num_replicas", true, "1");
    check("num_replicas", u32::MAX, "4294967295");
    check(
        "num_replicas",
        1_u64 << 32,
        "behavior num_replicas: 4294967296 is out of range: allowed are 0 to 4294967295",
    );
    check(
        "failure_limit",
        0,
        "behavior failure_limit: 0 is out of range: allowed are 1 to 4294967295",
    );
    check("_socket_send_size", i32::MAX, "2147483647");
    check(
        "_socket_recv_size",
        -1,
        "behavior _socket_recv_size: -1 is out of range: allowed are 0 to 2147483647",
    );
    check("pickle_protocol", -3, "-3");
    check(
        "pickle_protocol",
        i128::MIN,
        "behavior pickle_protocol: -170141183460469231731687303715884105728 is out of range: \
         allowed are -2147483648 to 2147483647",
    );
    check(
        "failure_limit",
        1.5,
        "behavior failure_limit: a float 1.5 has the wrong type: allowed are 1 to 4294967295",
    );
}

/// Bare numbers are milliseconds for connect, send, receive and poll, seconds for retry and dead.
#[test]
fn times() {
    let mut b = Behaviors::default();
    let times = [
        ("connect_timeout", 11),
        ("send_timeout", 12),
        ("receive_timeout", 13),
        ("_poll_timeout", 14),
        ("retry_timeout", 15),
        ("dead_timeout", 16),
    ];
    b.update(times).unwrap();
    assert_eq!(b.connect_timeout, Duration::from_millis(11));
    assert_eq!(b.send_timeout, Duration::from_millis(12));
    assert_eq!(b.receive_timeout, Duration::from_millis(13));
    assert_eq!(b.poll_timeout, Duration::from_millis(14));
    assert_eq!(b.retry_timeout, Duration::from_secs(15));
    assert_eq!(b.dead_timeout, Duration::from_secs(16));

    check("connect_timeout", Duration::from_micros(1500), "1.5ms");
    check("retry_timeout", Duration::from_secs(3), "3");
    check("dead_timeout", i32::MAX, "2147483647");
    check(
        "dead_timeout",
        Duration::from_secs(1 << 31),
        "behavior dead_timeout: 2147483648s is out of range: allowed are 0 to 2147483647 seconds",
    );
    check(
        "send_timeout",
        -1,
        "behavior send_timeout: -1 is out of range: allowed are 0 to 2147483647 milliseconds",
    );
}

/// The same two numbers are microseconds in C.
#[test]
fn times_in_c() {
    let mut b = Behaviors::default();
    let set = |b: &mut Behaviors, name, number: i64| b.set_c(name, number).unwrap();
    set(&mut b, "SND_TIMEOUT", 1500);
    set(&mut b, "RCV_TIMEOUT", 7);
    set(&mut b, "CONNECT_TIMEOUT", 8);
    set(&mut b, "TCP_KEEPIDLE", 60);
    assert_eq!(b.send_timeout, Duration::from_micros(1500));
    assert_eq!(b.receive_timeout, Duration::from_micros(7));
    assert_eq!(b.connect_timeout, Duration::from_millis(8));
    assert_eq!(b.tcp_keepidle, Duration::from_secs(60));
    assert_eq!(b.get_c("SND_TIMEOUT").unwrap(), 1500);
    assert_eq!(
        b.get("send_timeout").unwrap(),
        Value::Duration(Duration::from_micros(1500))
    );

    b.connect_timeout = Duration::from_nanos(1);
    assert_eq!(b.get_c("CONNECT_TIMEOUT").unwrap(), 1, "only zero reads 0");
}

#[test]
fn hashes() {
    const NAMES: &str = "default, md5, crc, fnv1_64, fnv1a_64, fnv1_32, fnv1a_32, murmur, jenkins";
    check("hash", "murmur", "\"murmur\"");
    check("hash", Algorithm::Crc, "\"crc\"");
    for (value, shown) in [
        (Value::from("murmur3"), "unknown name \"murmur3\""),
        (Value::from(1), "unknown name 1"),
        (Value::from("hsieh"), "\"hsieh\" is not supported"),
        (Value::List, "a list […] has the wrong type"),
    ] {
        check(
            "hash",
            value,
            &format!("behavior hash: {shown}: allowed are {NAMES}"),
        );
    }
    check("ketama_hash", "murmur", "8");
    check("ketama_hash", 10, "10");
    for (value, shown) in [
        (Value::from(7), "7 is not supported"),
        (Value::from(13), "13 is out of range"),
        (Value::from("MD5"), "a string \"MD5\" has the wrong type"),
    ] {
        let expected =
            format!("behavior ketama_hash: {shown}: allowed are {NAMES} and 0 to 10 without 7");
        check("ketama_hash", value, &expected);
    }
}

#[test]
fn distributions() {
    check(
        "distribution",
        "consistent ketama spy",
        "\"consistent ketama spy\"",
    );
    check("distribution", Distribution::Jump, "\"jump\"");
    for (value, shown) in [
        (Value::from("ketama"), "unknown name \"ketama\""),
        (Value::from(2), "unknown name 2"),
        (
            Value::from("consistent max"),
            "\"consistent max\" is not supported",
        ),
    ] {
        let expected = format!(
            "behavior distribution: {shown}: allowed are modula, consistent, consistent ketama, random, \
             consistent ketama spy, consistent weighted, virtual bucket, jump, rendezvous"
        );
        check("distribution", value, &expected);
    }
    let jump = Behaviors {
        distribution: Distribution::Jump,
        ..Behaviors::default()
    };
    assert_eq!(
        jump.get_c("DISTRIBUTION").unwrap_err().to_string(),
        "behavior DISTRIBUTION: \"jump\" is not supported: allowed are libmemcached's distributions, which have numbers"
    );
}

#[test]
fn namespaces() {
    const ALLOWED: &str = "allowed are 1 to 127 bytes, each from 0x21 to 0x7e";
    check("namespace", "app:", "b\"app:\"");
    check("namespace", &b"n"[..], "b\"n\"");
    check(
        "namespace",
        "",
        &format!("behavior namespace: b\"\" is empty: {ALLOWED}"),
    );
    check(
        "namespace",
        "a\0",
        &format!("behavior namespace: b\"a\\x00\" cannot begin a key: {ALLOWED}"),
    );
    check(
        "namespace",
        1,
        "behavior namespace: an integer 1 has the wrong type: allowed are bytes and strings",
    );
    let long = "n".repeat(128);
    check(
        "namespace",
        long.as_str(),
        &format!("behavior namespace: b\"{long}\" is too long: {ALLOWED}"),
    );

    let mut binary = Behaviors {
        binary: true,
        ..Behaviors::default()
    };
    binary.set("namespace", "a b").unwrap();
    assert_eq!(binary.namespace.unwrap().as_bytes(), b"a b");
}

#[test]
fn unknown_names_come_first_and_together() {
    let mut behaviors = Behaviors::default();
    let update = behaviors.update([
        ("nope", 1),
        ("cas", 1),
        ("also_nope", 2),
        ("failure_limit", 0),
    ]);
    let error = update.unwrap_err().to_string();
    assert!(
        error.starts_with(
            "unknown behavior also_nope, nope: allowed are auto_eject, buffer_requests, cas, "
        ),
        "{error}"
    );
    assert!(
        error.ends_with(", _socket_recv_size, _socket_send_size, _sort_hosts"),
        "{error}"
    );
    assert_eq!(behaviors, Behaviors::default());

    let error = behaviors.get_c("nope").unwrap_err().to_string();
    assert!(
        error.starts_with("unknown behavior nope: allowed are AUTO_EJECT_HOSTS, BINARY_PROTOCOL, "),
        "{error}"
    );
}

#[test]
fn an_old_name_gives_way_to_its_new_one() {
    let mut behaviors = Behaviors::default();
    behaviors
        .update([("retry_timeout", 4), ("_retry_timeout", 9)])
        .unwrap();
    assert_eq!(behaviors.get("_retry_timeout").unwrap(), Value::Int(4));
    behaviors.set("_retry_timeout", 9).unwrap();
    assert_eq!(behaviors.get("retry_timeout").unwrap(), Value::Int(9));
}

#[test]
fn libmemcached_1_0() {
    let mut b = Behaviors {
        compat: Compat::V1_0,
        ..Behaviors::default()
    };
    assert_eq!(b.differing().count(), 0);
    assert_eq!(b.get("remove_failed").unwrap(), Value::Int(5));
    b.update([
        ("remove_failed", Value::from(3)),
        ("hash", "crc".into()),
        ("ketama_hash", "md5".into()),
    ])
    .unwrap();
    assert!(b.auto_eject);
    assert_eq!(b.get("failure_limit").unwrap(), Value::Int(3));
    assert_eq!(b.get("ketama_hash").unwrap(), Value::Int(2));
    for (name, allowed) in [
        ("remove_failed", "1 to 4294967295"),
        ("retry_timeout", "1 to 2147483647 seconds"),
    ] {
        let error = b.set(name, 0).unwrap_err().to_string();
        assert_eq!(
            error,
            format!("behavior {name}: 0 is out of range: allowed are {allowed}")
        );
    }
}
