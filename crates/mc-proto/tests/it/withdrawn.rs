//! Requests that are taken back before they are sent, and as many of them as may wait.

use bytes::Buf;
use mc_proto::{Classes, Connection, Id, Key, Limits, Protocol, Request};

use crate::support::get;

/// As many requests as a client queues for a server that cannot be reached.
const MANY: usize = 60_000;

/// Queues gets of `0`, `1`, `2` and so on.
fn queued(protocol: Protocol) -> (Connection<usize>, Vec<Id>) {
    let mut connection = Connection::new(protocol, Limits::default());
    let mut push = |number: usize| {
        let name = number.to_string();
        let key = Key::new(name.as_bytes()).unwrap();
        connection.push(&Request::Get { key, cas: false }, number)
    };
    let ids = (0..MANY).map(|number| push(number).unwrap()).collect();
    (connection, ids)
}

/// The keys that a server reads in text.
fn sent(connection: &mut Connection<usize>) -> Vec<usize> {
    let mut outgoing = connection.take_outgoing();
    let bytes = outgoing.copy_to_bytes(outgoing.remaining());
    let lines = std::str::from_utf8(&bytes).unwrap().lines();
    let number = |line: &str| line.strip_prefix("get ").unwrap().parse().unwrap();
    lines.map(number).collect()
}

/// Those that are left have lost nothing, and with that nobody waits for one another: had each of them moved all that
/// is queued behind it, as it once did, this took minutes.
#[test]
fn most_of_a_full_queue_in_any_order() {
    let forwards: Vec<_> = (0..MANY).collect();
    let backwards = forwards.iter().rev().copied().collect();
    let scattered = forwards.iter().map(|at| at * 7_919 % MANY).collect();
    for order in [forwards, backwards, scattered] {
        let (mut connection, ids) = queued(Protocol::Text);
        let bytes = connection.queued();
        for (count, &number) in order[1_000..].iter().enumerate() {
            assert_eq!(connection.withdraw(ids[number]), Some(number));
            assert_eq!(connection.withdraw(ids[number]), None);
            assert_eq!(connection.pending(), MANY - 1 - count);
        }
        assert!(connection.queued() < bytes / 50);
        let mut left = order[..1_000].to_vec();
        left.sort_unstable();
        assert_eq!(sent(&mut connection), left);
        let closed: Vec<_> = connection.closed(0).map(|(number, _)| number).collect();
        assert_eq!(closed, left);
    }
}

#[test]
fn what_is_withdrawn_leaves_the_connection_to_a_stream() {
    let mut connection = Connection::new(Protocol::Meta, Limits::default());
    let first = connection.push(&get("a"), 1).unwrap();
    let dump = Request::Metadump(Classes::All);
    assert!(connection.push(&dump, 2).is_err());
    assert_eq!(connection.withdraw(first), Some(1));
    let dump = connection.push(&dump, 2).unwrap();
    assert!(connection.push(&get("a"), 3).is_err());
    assert_eq!(connection.withdraw(dump), Some(2));
    connection.push(&get("a"), 3).unwrap();
    assert_eq!(connection.pending(), 1);
    assert!(connection.take_outgoing().chunk().starts_with(b"mg a "));
}
