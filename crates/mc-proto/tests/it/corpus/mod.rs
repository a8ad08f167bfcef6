//! Requests with their bytes, and replies with theirs, of every command.

mod binary;
mod meta;
mod text;

use mc_proto::{Limits, Outgoing, Protocol, Reply, Request};

use crate::packet;
use crate::support::written;

/// A request, its bytes, a reply to it, and the bytes of that.
pub(crate) struct Case {
    pub(crate) protocol: Protocol,
    pub(crate) request: Request<'static>,
    pub(crate) sent: Vec<u8>,
    pub(crate) reply: Reply,
    pub(crate) received: Vec<u8>,
}

pub(crate) fn all() -> Vec<Case> {
    [text::all(), meta::all(), binary::all()]
        .into_iter()
        .flatten()
        .collect()
}

impl Case {
    /// What a server answers to a version behind the request.
    pub(crate) fn version_behind(&self) -> Vec<u8> {
        let numbers = match &self.request {
            Request::GetMany { keys, .. } | Request::GatMany { keys, .. } => keys.len() + 1,
            Request::Batch(requests) => requests.len() + 1,
            _ => 1,
        };
        match self.protocol {
            Protocol::Binary => packet::answers(0x0b)
                .opaque(u32::try_from(numbers).unwrap())
                .value("1")
                .bytes(),
            _ => b"VERSION 1\r\n".to_vec(),
        }
    }
}

fn shown(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

/// The requests at the start of the bytes, one behind the other.
fn decode<'a>(mut sent: &'a [u8], request: &Request<'_>) -> Vec<Request<'a>> {
    let limits = Limits::default();
    let mut found = Vec::new();
    while !sent.is_empty() {
        let incoming = match request {
            Request::Auth { .. } => mc_proto::text::decode_auth(sent, &limits),
            _ => mc_proto::text::decode_request(sent, &limits),
        };
        let incoming = incoming.unwrap().unwrap();
        assert!(!incoming.noreply);
        sent = &sent[incoming.len..];
        found.push(incoming.request);
    }
    found
}

#[test]
fn requests_have_these_bytes_and_read_back() {
    for Case { request, sent, .. } in text::all() {
        let mut out = Outgoing::default();
        mc_proto::text::encode_request(&request, &Limits::default(), &mut out).unwrap();
        assert_eq!(shown(&written(out)), shown(&sent));
        let found = decode(&sent, &request);
        match &request {
            Request::Batch(requests) => assert_eq!(found, **requests),
            // A get of many keys that are one is a plain get to who reads it.
            Request::GetMany { keys, .. } if keys.len() == 1 => {}
            request => assert_eq!(found, std::slice::from_ref(request)),
        }
    }
}

#[test]
fn replies_have_these_bytes() {
    for Case {
        request,
        reply,
        received,
        ..
    } in text::all()
    {
        let mut out = Outgoing::default();
        mc_proto::text::encode_reply(&request, &reply, &mut out).unwrap();
        assert_eq!(shown(&written(out)), shown(&received));
    }
}

/// The figure that the corpus is to reach, streams not counted.
#[test]
fn there_are_three_hundred() {
    let counts = [text::all(), meta::all(), binary::all()].map(|cases| cases.len());
    assert!(counts.iter().sum::<usize>() >= 300, "{counts:?}");
}
