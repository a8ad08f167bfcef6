//! The same through packets, and every packet by itself.

use bytes::{Buf, BytesMut};
use mc_proto::binary::{
    Command, Mode, Opcode, Request as Packet, Response, Status, decode_request, encode_reply,
};
use mc_proto::{
    Connection, Exptime, Initial, Key, Limits, Outgoing, Payload, Protocol, Received, Reply,
    Request, SaslStep, Secret, SendError, StatsTopic, Verb,
};
use proptest::prelude::*;

use super::replies::material;
use super::requests::{request, value};
use crate::support::written;

/// The packets at the start of the bytes. None is read from fewer.
fn packets(mut sent: &[u8]) -> Vec<Packet<'_>> {
    let limits = Limits::default();
    let mut found = Vec::new();
    while !sent.is_empty() {
        let incoming = decode_request(sent, &limits).unwrap().unwrap();
        for end in 0..incoming.len.min(300) {
            assert_eq!(decode_request(&sent[..end], &limits), Ok(None));
        }
        sent.advance(incoming.len);
        found.push(incoming.request);
    }
    found
}

/// The requests that the packets are, but for the fence.
fn parts<'a>(request: &Request<'a>) -> Vec<Request<'a>> {
    match request.clone() {
        Request::GetMany { keys, cas } => {
            let get = |key: &Key<'a>| Request::Get { key: *key, cas };
            keys.iter().map(get).collect()
        }
        Request::GatMany { keys, exptime, cas } => {
            let gat = |key: &Key<'a>| Request::Gat {
                key: *key,
                exptime,
                cas,
            };
            keys.iter().map(gat).collect()
        }
        Request::Batch(requests) => requests.to_vec(),
        request => vec![request],
    }
}

/// What is left of a request on the wire: a get always reads the cas number,
/// an append has no flags and no end, and all times past are one.
fn as_carried(request: Request<'_>) -> Request<'_> {
    let end = |exptime: Exptime| match exptime.seconds() {
        ..0 => Exptime::unix(2_592_001).unwrap(),
        _ => exptime,
    };
    match request {
        Request::Get { key, .. } => Request::Get { key, cas: true },
        Request::Gat { key, exptime, .. } => Request::Gat {
            key,
            exptime: end(exptime),
            cas: true,
        },
        Request::Touch { key, exptime } => Request::Touch {
            key,
            exptime: end(exptime),
        },
        Request::Store {
            verb: verb @ (Verb::Append | Verb::Prepend),
            key,
            value,
            ..
        } => Request::Store {
            verb,
            key,
            flags: 0,
            exptime: Exptime::NEVER,
            value,
        },
        Request::Store {
            verb,
            key,
            flags,
            exptime,
            value,
        } => Request::Store {
            verb,
            key,
            flags,
            exptime: end(exptime),
            value,
        },
        request => request,
    }
}

/// The reply to each packet: to a part its own, to a fence that it is one.
fn replies(reply: &Reply, count: usize) -> Vec<Reply> {
    let mut replies = match reply {
        Reply::Values(items) => items.iter().cloned().map(Reply::Value).collect(),
        Reply::Batch(replies) => replies.clone(),
        Reply::Refused(_) if count > 2 => {
            let mut replies = vec![Reply::Value(None); count - 1];
            replies[0] = reply.clone();
            replies
        }
        reply => vec![reply.clone()],
    };
    replies.resize(count, Reply::Ok);
    replies
}

/// Request and reply through both ends, the reply in pieces of `size` bytes.
fn check(request: &Request<'_>, reply: &Reply, size: usize) {
    let mut connection = Connection::new(Protocol::Binary, Limits::default());
    match connection.push(request, ()) {
        Ok(_) => {}
        Err((SendError::Unsupported { .. }, ())) => return assert_eq!(connection.queued(), 0),
        Err((error, ())) => panic!("{error}"),
    }
    let sent = written(connection.take_outgoing());
    let packets = packets(&sent);
    if !matches!(request, Request::Auth { .. }) {
        let found = packets.iter().map(|packet| packet.general().unwrap());
        let fence = (packets.len() > 1).then_some(Request::Noop);
        let expected = parts(request).into_iter().map(as_carried).chain(fence);
        assert!(found.eq(expected), "{request:?}");
    }

    let mut out = Outgoing::default();
    for (packet, reply) in packets.iter().zip(replies(reply, packets.len())) {
        encode_reply(packet, &reply, &mut out).unwrap();
    }
    let mut input = BytesMut::new();
    let mut answers = Vec::new();
    for piece in written(out).chunks(size) {
        input.extend_from_slice(piece);
        if answers.is_empty() {
            let received = connection.receive(&mut input).unwrap();
            answers.extend(received.and_then(Received::answer));
        }
    }
    let [answer] = answers.try_into().unwrap();
    assert_eq!(&answer.reply, reply, "{request:?}");
}

/// A packet that owns what it names.
#[derive(Clone, Debug)]
struct Material {
    opcode: Opcode,
    opaque: u32,
    cas: u64,
    name: Vec<u8>,
    value: Vec<u8>,
    numbers: (u32, u64, i32),
    initial: Option<(u64, i32)>,
    topic: Option<StatsTopic>,
}

fn packet() -> impl Strategy<Value = Material> {
    (
        prop::sample::select(&Opcode::ALL),
        any::<u32>(),
        any::<u64>(),
        prop::collection::vec(any::<u8>(), 1..=250),
        value(),
        (any::<u32>(), any::<u64>(), 0..=i32::MAX),
        prop::option::of((any::<u64>(), 0..=i32::MAX)),
        prop::option::of(prop::sample::select(&StatsTopic::ALL)),
    )
        .prop_map(
            |(opcode, opaque, cas, name, value, numbers, initial, topic)| Material {
                opcode,
                opaque,
                cas,
                name,
                value,
                numbers,
                initial,
                topic,
            },
        )
}

impl Material {
    fn lend(&self) -> Packet<'_> {
        Packet {
            opaque: self.opaque,
            cas: self.cas,
            quiet: self.opcode.is_quiet(),
            command: self.command(),
        }
    }

    fn command(&self) -> Command<'_> {
        let key = Key::new(&self.name).or_else(|_| Key::raw(&self.name));
        let (key, value) = (key.unwrap(), Payload::Borrowed(&self.value));
        let (flags, delta, seconds) = self.numbers;
        let exptime = Exptime::from_wire(seconds);
        let initial = self.initial.map(|(value, seconds)| Initial {
            value,
            exptime: Exptime::from_wire(seconds),
        });
        let with_key = matches!(self.opcode.loud(), Opcode::GetK | Opcode::GatK);
        let store = |mode| Command::Store {
            mode,
            key,
            flags,
            exptime,
            value: Payload::Borrowed(&self.value),
        };
        let (mechanism, data) = (&b"SCRAM-SHA-256"[..], Secret::new(&self.value));
        match self.opcode.loud() {
            Opcode::Get | Opcode::GetK => Command::Get { key, with_key },
            Opcode::Gat | Opcode::GatK => Command::Gat {
                key,
                exptime,
                with_key,
            },
            Opcode::Touch => Command::Touch { key, exptime },
            Opcode::Set => store(Mode::Set),
            Opcode::Add => store(Mode::Add),
            Opcode::Replace => store(Mode::Replace),
            Opcode::Append => Command::Append { key, value },
            Opcode::Prepend => Command::Prepend { key, value },
            Opcode::Delete => Command::Delete { key },
            Opcode::Increment => Command::Increment {
                key,
                delta,
                initial,
            },
            Opcode::Decrement => Command::Decrement {
                key,
                delta,
                initial,
            },
            Opcode::Stat => Command::Stat { topic: self.topic },
            Opcode::Flush => Command::Flush {
                delay: self.initial.map(|(_, seconds)| seconds.unsigned_abs()),
            },
            Opcode::Verbosity => Command::Verbosity { level: flags },
            Opcode::Version => Command::Version,
            Opcode::Quit => Command::Quit,
            Opcode::SaslList => Command::Sasl(SaslStep::List),
            Opcode::SaslAuth => Command::Sasl(SaslStep::Start { mechanism, data }),
            Opcode::SaslStep => Command::Sasl(SaslStep::Continue { mechanism, data }),
            _ => Command::Noop,
        }
    }

    /// A reply with what parts the command has.
    fn response(&self, status: Status) -> Response {
        let (key, value) = (self.name.clone(), self.value.clone());
        let plain = Response {
            cas: self.cas,
            ..Response::of(self.opcode, self.opaque, status)
        };
        let item = Response {
            flags: Some(self.numbers.0),
            value: value.clone().into(),
            ..plain.clone()
        };
        match self.opcode.loud() {
            _ if status != Status::Success => plain,
            Opcode::Get | Opcode::Gat => item,
            Opcode::GetK | Opcode::GatK => Response {
                key: key.into(),
                ..item
            },
            Opcode::Touch => Response {
                value: "".into(),
                ..item
            },
            Opcode::Increment | Opcode::Decrement => Response {
                value: self.numbers.1.to_be_bytes().to_vec().into(),
                ..plain
            },
            Opcode::Stat => Response {
                key: key.into(),
                value: value.into(),
                ..plain
            },
            Opcode::Version => Response {
                value: "1.6.18".into(),
                ..plain
            },
            _ => plain,
        }
    }
}

proptest! {
    #[test]
    fn requests_and_replies(request in request(), material in material(), size in 1_usize..5000) {
        match request.lend() {
            Request::Quit => {}
            request => check(&request, &material.reply_to(&request), size),
        }
    }

    #[test]
    fn packets_of_requests(material in packet()) {
        let request = material.lend();
        let mut out = Outgoing::default();
        request.encode(&Limits::default(), &mut out).unwrap();
        let sent = written(out);
        assert_eq!(packets(&sent), [request]);
        assert_eq!(sent[1], material.opcode.byte());
    }

    #[test]
    fn packets_of_replies(material in packet(), status in prop::sample::select(&Status::ALL)) {
        let response = material.response(status);
        let mut out = Outgoing::default();
        response.encode(&mut out).unwrap();
        let sent = written(out);
        for end in 0..sent.len().min(300) {
            let mut input = BytesMut::from(&sent[..end]);
            assert_eq!(Response::decode(&mut input, &Limits::default()), Ok(None));
            assert_eq!(input.len(), end);
        }
        let mut input = BytesMut::from(&sent[..]);
        assert_eq!(Response::decode(&mut input, &Limits::default()), Ok(Some(response)));
        assert!(input.is_empty());
    }

    #[test]
    fn any_bytes_are_no_cause_for_panic(bytes in any_bytes(), size in 1_usize..50) {
        let limits = Limits { max_value_len: 100, max_line_len: 60, max_keys: 4, max_batch: 4, max_rows: 3 };
        let _ = decode_request(&bytes, &limits);
        let keys = [Key::new(b"a").unwrap(), Key::new(b"b").unwrap()];
        let deletes = keys.map(|key| Request::Delete { key });
        let requests = [
            Request::GetMany { keys: (&keys[..]).into(), cas: false },
            Request::Batch(deletes[..].into()),
            Request::Stats { topic: Some(StatsTopic::DetailDump) },
            Request::Verbosity { level: 1 },
        ];
        for request in requests {
            let mut connection = Connection::new(Protocol::Binary, limits);
            connection.push(&request, 0).unwrap();
            let _ = connection.take_outgoing();
            let mut input = BytesMut::new();
            for piece in bytes.chunks(size) {
                input.extend_from_slice(piece);
                while let Ok(Some(_)) = connection.receive(&mut input) {}
            }
        }
    }
}

/// Bytes that look like the protocol, and are not.
fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    let small = prop_oneof![4 => Just(0_u8), 1 => 0_u8..5, 1 => any::<u8>()];
    let opcode = prop::sample::select(&Opcode::ALL);
    let packet = (
        prop_oneof![4 => Just(0x81_u8), 2 => Just(0x80), 1 => any::<u8>()],
        opcode,
        prop::collection::vec(small, 22),
        prop::collection::vec(any::<u8>(), 0..9),
    );
    let packet = packet.prop_map(|(magic, opcode, mut rest, body)| {
        rest.splice(0..0, [magic, opcode.byte()]);
        rest[11] = u8::try_from(body.len()).unwrap();
        rest.extend(body);
        rest
    });
    prop::collection::vec(packet, 0..6).prop_map(|packets| packets.concat())
}
