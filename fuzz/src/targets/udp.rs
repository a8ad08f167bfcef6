//! Datagrams, which come in any order, twice, or never.

use std::collections::BTreeMap;

use mc_proto::{Key, Request, udp};

use super::LIMITS;

/// A client's side: the first byte is how many requests are under way, each datagram is its length in a byte, and that.
pub fn udp_reply(data: &[u8]) {
    let [requests, rest @ ..] = data else { return };
    let mut client = udp::Client::new(0xfffe, BOUNDS);
    let mut awaited = push_all(&mut client, *requests % 8);
    for datagram in split(rest) {
        let dropped = client.dropped().total();
        match client.receive(datagram) {
            Some(answer) => assert!(awaited.remove(&answer.tag).is_some(), "answered twice"),
            None => assert!(client.dropped().total() <= dropped + 1, "dropped twice"),
        }
        assert_eq!(client.outstanding(), awaited.len());
    }
    for (tag, id) in awaited {
        assert_eq!(client.expire(id).map(|expired| expired.tag), Some(tag));
        assert_eq!(client.expire(id), None, "expired twice");
    }
}

/// A server's side: one datagram. A request that is taken is written the same.
pub fn udp_request(data: &[u8]) {
    let Ok(incoming) = udp::decode_request(data, &LIMITS) else {
        return;
    };
    let mut client = udp::Client::new(incoming.id, BOUNDS);
    let mut datagram = Vec::new();
    let pushed = match incoming.noreply {
        true => client.push_noreply(&incoming.request, &mut datagram),
        false => client
            .push(&incoming.request, (), &mut datagram)
            .map(drop)
            .map_err(|(error, ())| error),
    };
    pushed.expect("it fits a datagram");
    let again = udp::decode_request(&datagram, &LIMITS);
    assert_eq!(again, Ok(incoming), "it is read again");
}

const BOUNDS: udp::Limits = udp::Limits {
    max_request_len: 65_507,
    max_outstanding: 8,
    max_datagrams: 16,
    max_held: 8 << 10,
    reply: LIMITS,
};

/// Gets of `a`, of its cas number too, and questions for the version, in turn.
fn push_all(client: &mut udp::Client<u8>, count: u8) -> BTreeMap<u8, udp::Id> {
    let key = Key::new(b"a").expect("a key");
    let mut push = |tag: u8| {
        let request = match tag % 3 {
            2 => Request::Version,
            which => Request::Get {
                key,
                cas: which == 1,
            },
        };
        let id = client
            .push(&request, tag, &mut Vec::new())
            .expect("there is room");
        (tag, id)
    };
    (0..count).map(&mut push).collect()
}

fn split(mut rest: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (len, bytes) = rest.split_first()?;
        let datagram;
        (datagram, rest) = bytes.split_at(bytes.len().min(usize::from(*len)));
        Some(datagram)
    })
}
