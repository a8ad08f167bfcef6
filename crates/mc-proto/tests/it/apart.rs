//! Values that are left with the caller.

use bytes::{Buf, Bytes};
use mc_proto::{Connection, Limits, Outgoing, Protocol, Sent, Verb};

use crate::support::{get, store};

const PROTOCOLS: [Protocol; 3] = [Protocol::Text, Protocol::Meta, Protocol::Binary];

fn all(outgoing: &mut Outgoing) -> Bytes {
    outgoing.copy_to_bytes(outgoing.remaining())
}

#[test]
fn head_value_and_end_are_what_is_pushed_otherwise() {
    for protocol in PROTOCOLS {
        for request in [store(Verb::Set, "hello"), store(Verb::Cas(7), ""), get("a")] {
            let mut whole = Connection::new(protocol, Limits::default());
            whole.push(&request, ()).unwrap();
            let mut apart = Connection::new(protocol, Limits::default());
            let end = apart.push_apart(&request, ()).unwrap();
            let value = match &request {
                mc_proto::Request::Store { value, .. } => value.as_slice(),
                _ => &[],
            };
            let written = [&all(apart.outgoing())[..], value, end].concat();
            assert_eq!(written, all(whole.outgoing()), "{protocol:?}");
        }
    }
}

#[test]
fn a_value_apart_counts_as_written_and_cannot_be_taken_back() {
    for protocol in PROTOCOLS {
        let mut connection = Connection::new(protocol, Limits::default());
        let id = connection.push(&get("a"), 0).unwrap();
        let end = connection
            .push_apart(&store(Verb::Set, "hello"), 1)
            .unwrap();
        assert_eq!(connection.withdraw(id), None);
        let written = all(connection.outgoing()).len() + "hello".len() + end.len();
        connection.push(&get("b"), 2).unwrap();
        let left: Vec<_> = connection.closed(written as u64).collect();
        let expected = [(0, Sent::Maybe), (1, Sent::Maybe), (2, Sent::Nothing)];
        assert_eq!(left, expected, "{protocol:?}");
    }
}
