//! The table of behaviors: in order, complete, and true of a new client.

use crate::{Behavior, Behaviors, Shape, Value};

#[test]
fn a_row_stands_at_its_behavior() {
    for (at, behavior) in Behavior::all().enumerate() {
        assert_eq!(behavior as usize, at, "{behavior}");
    }
}

#[test]
fn a_name_finds_its_behavior() {
    for behavior in Behavior::all() {
        assert!(
            behavior.name().is_some() || behavior.c_name().is_some(),
            "{behavior:?}"
        );
        if let Some(name) = behavior.name() {
            assert_eq!(Behavior::by_name(name), Some(behavior));
        }
        if let Some(name) = behavior.c_name() {
            assert_eq!(Behavior::by_c_name(name), Some(behavior));
        }
    }
}

/// The lists that pylibmc's users know, in the order of its updates.
#[test]
fn the_lists_are_pylibmcs() {
    let behaviors = Behaviors::all_behaviors().collect::<Vec<_>>();
    assert_eq!(
        behaviors,
        [
            "no_block",
            "tcp_nodelay",
            "tcp_keepalive",
            "hash",
            "ketama_hash",
            "ketama",
            "ketama_weighted",
            "distribution",
            "cas",
            "buffer_requests",
            "verify_keys",
            "connect_timeout",
            "send_timeout",
            "receive_timeout",
            "num_replicas",
            "auto_eject",
            "retry_timeout",
            "remove_failed",
            "failure_limit",
            "_io_msg_watermark",
            "_io_bytes_watermark",
            "_io_key_prefetch",
            "_hash_with_prefix_key",
            "_noreply",
            "_sort_hosts",
            "_poll_timeout",
            "_socket_send_size",
            "_socket_recv_size",
            "dead_timeout",
            "pickle_protocol",
        ]
    );
    assert!(Behaviors::all_callbacks().eq(["namespace"]));
}

#[test]
fn a_new_client_reads_as_pylibmcs() {
    let shown = Behaviors::default().to_string();
    assert_eq!(
        shown,
        "no_block=0, tcp_nodelay=0, tcp_keepalive=0, hash=\"default\", ketama_hash=0, ketama=0, ketama_weighted=0, \
         distribution=\"modula\", cas=0, buffer_requests=0, verify_keys=0, connect_timeout=4000, send_timeout=0, \
         receive_timeout=0, num_replicas=0, auto_eject=0, retry_timeout=2, remove_failed=0, failure_limit=5, \
         _io_msg_watermark=500, _io_bytes_watermark=66560, _io_key_prefetch=0, _hash_with_prefix_key=0, _noreply=0, \
         _sort_hosts=0, _poll_timeout=5000, _socket_send_size=0, _socket_recv_size=0, dead_timeout=0, \
         pickle_protocol=-1"
    );
    assert_eq!(Behaviors::default().differing().count(), 0);
}

#[test]
fn a_constant_reads_in_c_alone() {
    for behavior in Behavior::all() {
        if let Shape::Fixed(number) = behavior.shape() {
            let name = behavior.c_name().unwrap();
            assert_eq!(Behaviors::default().get_c(name).unwrap(), number);
            assert_eq!(behavior.name(), None);
        }
    }
}

#[test]
fn the_namespace_is_shown_if_there_is_one() {
    let mut behaviors = Behaviors::default();
    behaviors.set("namespace", "app:").unwrap();
    assert!(behaviors.to_string().ends_with(", namespace=b\"app:\""));
    let differing = behaviors.differing().collect::<Vec<_>>();
    assert_eq!(differing, [("namespace", Value::from(&b"app:"[..]))]);
}
