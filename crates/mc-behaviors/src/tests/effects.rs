//! What else changes when one behavior is set.

use crate::{Behaviors, Value};

/// Sets `calls` one after another by their C names, and compares what differs afterwards.
fn check(calls: &[(&str, i64)], expected: &[(&str, &str)]) {
    let mut behaviors = Behaviors::default();
    for (name, number) in calls {
        behaviors.set_c(name, *number).unwrap();
    }
    let differing = behaviors.differing();
    let differing: Vec<_> = differing
        .map(|(name, value)| (name, value.to_string()))
        .collect();
    let differing: Vec<_> = differing
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    assert_eq!(differing, expected, "{calls:?}");
}

const RING: (&str, &str) = ("ketama", "1");
const KETAMA: (&str, &str) = ("distribution", "\"consistent ketama\"");

#[test]
fn ketama_is_a_distribution() {
    check(&[("KETAMA", 1)], &[RING, KETAMA]);
    check(&[("KETAMA", 1), ("KETAMA", 0)], &[]);
    check(&[("DISTRIBUTION", 5), ("KETAMA", 1)], &[RING, KETAMA]);
    check(&[("KETAMA_WEIGHTED", 0)], &[RING, KETAMA]);
}

#[test]
fn ketama_weighted_is_md5_and_a_distribution() {
    const MD5: [(&str, &str); 2] = [("hash", "\"md5\""), ("ketama_hash", "1")];
    const WEIGHTED: [(&str, &str); 3] = [
        RING,
        ("ketama_weighted", "1"),
        ("distribution", "\"consistent weighted\""),
    ];
    check(
        &[("HASH", 2), ("KETAMA_WEIGHTED", 1)],
        &[&MD5[..], &WEIGHTED].concat(),
    );
    check(&[("DISTRIBUTION", 5)], &WEIGHTED);
    check(&[("KETAMA_WEIGHTED", 1), ("DISTRIBUTION", 0)], &MD5);
    let spy = [
        RING,
        WEIGHTED[1],
        ("distribution", "\"consistent ketama spy\""),
    ];
    check(
        &[
            ("DISTRIBUTION", 5),
            ("DISTRIBUTION", 6),
            ("DISTRIBUTION", 4),
        ],
        &spy,
    );
}

#[test]
fn ejection_has_two_names() {
    let on = [("auto_eject", "1"), ("remove_failed", "1")];
    check(&[("AUTO_EJECT_HOSTS", 2)], &on);
    check(&[("REMOVE_FAILED_SERVERS", 7)], &on);
    check(
        &[("REMOVE_FAILED_SERVERS", 7), ("AUTO_EJECT_HOSTS", 0)],
        &[],
    );
}

#[test]
fn the_transport_decides_over_replies_and_buffers() {
    check(
        &[("BUFFER_REQUESTS", 1), ("USE_UDP", 1)],
        &[("_noreply", "1")],
    );
    check(&[("NOREPLY", 1), ("USE_UDP", 0)], &[]);
    check(
        &[
            ("VERIFY_KEY", 1),
            ("BINARY_PROTOCOL", 1),
            ("BINARY_PROTOCOL", 0),
        ],
        &[],
    );
}

/// Each row: what is set first, what is refused then, and the text.
#[test]
fn what_another_behavior_forbids() {
    for (first, (name, number), text) in [
        (
            ("BINARY_PROTOCOL", 1),
            ("VERIFY_KEY", 0),
            "changes while the protocol is text, not binary",
        ),
        (
            ("USE_UDP", 1),
            ("BUFFER_REQUESTS", 0),
            "changes while USE_UDP is off",
        ),
        (
            ("USE_UDP", 1),
            ("NOREPLY", 0),
            "on, or any value while USE_UDP is off",
        ),
    ] {
        let mut behaviors = Behaviors::default();
        behaviors.set_c(first.0, first.1).unwrap();
        let before = behaviors.clone();
        let error = behaviors.set_c(name, number).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("behavior {name}: {number} is refused: allowed are {text}")
        );
        assert_eq!(behaviors, before);
    }
}

/// pylibmc's order, not the caller's: the hash first, the distribution last.
#[test]
fn an_update_has_an_order_of_its_own() {
    let mut behaviors = Behaviors::default();
    let pairs = [
        ("distribution", Value::from("modula")),
        ("ketama_weighted", true.into()),
        ("hash", "crc".into()),
    ];
    behaviors.update(pairs).unwrap();
    assert_eq!(behaviors.get("hash").unwrap(), "md5".into());
    assert_eq!(behaviors.get("distribution").unwrap(), "modula".into());
}
