//! A connection against a naive model of one, with a server behind it.

use std::collections::VecDeque;

use bytes::{Buf, BytesMut};
use mc_proto::{
    Connection, Exptime, Id, Item, Key, Limits, Outgoing, Payload, Protocol, Reply, Request, Sent,
    Verb, binary, meta, text,
};
use proptest::prelude::*;

use crate::support::written;

/// One thing that a driver may do.
#[derive(Clone, Debug)]
enum Step {
    Get(u8),
    GetMany(Vec<u8>),
    Set(usize),
    /// Changes of these numbers, of all kinds in turn.
    Batch(Vec<u8>),
    /// A change that wants no reply, of the kind in this place.
    Noreply(usize, u8),
    Take,
    Write(usize),
    Serve,
    Deliver(usize),
    Withdraw(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => any::<u8>().prop_map(Step::Get),
        2 => prop::collection::vec(any::<u8>(), 1..5).prop_map(Step::GetMany),
        2 => prop_oneof![0_usize..40, 16_380_usize..16_400].prop_map(Step::Set),
        2 => prop::collection::vec(any::<u8>(), 1..8).prop_map(Step::Batch),
        2 => (0_usize..12, any::<u8>()).prop_map(|(place, number)| Step::Noreply(place, number)),
        2 => Just(Step::Take),
        3 => prop_oneof![0_usize..60, Just(20_000)].prop_map(Step::Write),
        2 => Just(Step::Serve),
        3 => prop_oneof![0_usize..60, Just(20_000)].prop_map(Step::Deliver),
        2 => (0_usize..8).prop_map(Step::Withdraw),
    ]
}

/// What the model knows of a request: its bytes, and the answer to come.
struct Asked {
    /// `None` if it wants no reply.
    awaited: Option<Awaited>,
    bytes: Vec<u8>,
    taken: bool,
}

struct Awaited {
    tag: usize,
    id: Id,
    reply: Reply,
}

/// A connection, the two wires, and the model.
struct World {
    protocol: Protocol,
    /// The number that the next request or the first part of it will have.
    opaque: u32,
    connection: Connection<usize>,
    /// Taken, and not written.
    taken: Outgoing,
    /// Written, and not read by the server.
    upstream: Vec<u8>,
    /// Sent by the server, and not delivered.
    downstream: VecDeque<u8>,
    input: BytesMut,
    asked: VecDeque<Asked>,
    pushed: usize,
    settled: usize,
    /// Bytes written, and bytes of the requests that were answered.
    written: u64,
    answered: u64,
}

/// A server that knows every even number: it holds that number.
fn item_of(name: &str) -> Option<Item> {
    let number: u8 = name.parse().unwrap();
    number.is_multiple_of(2).then(|| Item {
        value: name.to_owned().into(),
        ..Item::default()
    })
}

fn answer_to(request: &Request<'_>) -> Reply {
    let find = |key: &Key<'_>| item_of(&key.to_string());
    let found = |key, reply| find(key).map_or(Reply::NotFound, |_| reply);
    match request {
        Request::Get { key, .. } => Reply::Value(find(key)),
        Request::GetMany { keys, .. } => Reply::Values(keys.iter().map(find).collect()),
        Request::Delete { key } => found(key, Reply::Deleted),
        Request::Touch { key, .. } => found(key, Reply::Touched),
        Request::Incr { key, delta, .. } => found(key, Reply::Number(*delta)),
        Request::Store {
            verb: Verb::Cas(_),
            key,
            ..
        } => found(key, Reply::Exists),
        Request::Store {
            verb: Verb::Add,
            key,
            ..
        } if find(key).is_some() => Reply::NotStored,
        Request::Batch(requests) => Reply::Batch(requests.iter().map(answer_to).collect()),
        Request::Noop => Reply::Ok,
        _ => Reply::Stored,
    }
}

/// A change of a number: which one, its place decides.
fn change(place: usize, key: Key<'_>) -> Request<'_> {
    let verb = [Verb::Set, Verb::Add, Verb::Cas(5)][place % 3];
    match place % 4 {
        0 => Request::Delete { key },
        1 => Request::Touch {
            key,
            exptime: Exptime::NEVER,
        },
        2 => Request::Incr {
            key,
            delta: place as u64,
            initial: None,
        },
        _ => Request::Store {
            verb,
            key,
            flags: 0,
            exptime: Exptime::NEVER,
            value: b"\r\n"[..].into(),
        },
    }
}

/// How many bytes of `input` one request takes, and what a server answers.
fn serve_one(protocol: Protocol, input: &[u8], out: &mut Outgoing) -> Option<usize> {
    let limits = Limits::default();
    if protocol == Protocol::Binary {
        let incoming = binary::decode_request(input, &limits).unwrap()?;
        let reply = match answer_to(&incoming.request.general().unwrap()) {
            // Every item has a cas number there, asked for or not.
            Reply::Value(Some(item)) => Reply::Value(Some(Item {
                cas: Some(1),
                ..item
            })),
            reply => reply,
        };
        binary::encode_reply(&incoming.request, &reply, out).unwrap();
        return Some(incoming.len);
    }
    let incoming = text::decode_request(input, &limits).unwrap()?;
    let reply = match &incoming.request {
        Request::Meta(request) => {
            let reply = answer_to(&request.general().unwrap());
            Reply::Meta(request.answer(&reply).unwrap().into())
        }
        request => answer_to(request),
    };
    if !incoming.noreply {
        text::encode_reply(&incoming.request, &reply, out).unwrap();
    }
    Some(incoming.len)
}

impl World {
    fn new(protocol: Protocol) -> Self {
        Self {
            protocol,
            opaque: 0,
            connection: Connection::new(protocol, Limits::default()),
            taken: Outgoing::default(),
            upstream: Vec::new(),
            downstream: VecDeque::new(),
            input: BytesMut::new(),
            asked: VecDeque::new(),
            pushed: 0,
            settled: 0,
            written: 0,
            answered: 0,
        }
    }

    fn push(&mut self, request: &Request<'_>) {
        let tag = self.pushed;
        let id = self.connection.push(request, tag).unwrap();
        let (bytes, reply) = (self.encode(request), answer_to(request));
        self.asked.push_back(Asked {
            awaited: Some(Awaited { tag, id, reply }),
            bytes,
            taken: false,
        });
        self.pushed += 1;
    }

    fn push_noreply(&mut self, request: &Request<'_>) {
        self.connection.push_noreply(request).unwrap();
        let (mut out, limits) = (Outgoing::default(), Limits::default());
        let encoded = match self.protocol {
            Protocol::Binary => binary::encode_noreply(request, &limits, self.opaque, &mut out),
            _ => text::encode_noreply(request, &limits, &mut out),
        };
        encoded.unwrap();
        self.opaque += 1;
        self.asked.push_back(Asked {
            awaited: None,
            bytes: written(out),
            taken: false,
        });
    }

    /// Those in front that want no reply are behind us.
    fn pass_noreply(&mut self) {
        let is_noreply = |asked: &Asked| asked.awaited.is_none();
        while self.asked.front().is_some_and(is_noreply) {
            let passed = self.asked.pop_front();
            self.answered += passed.map_or(0, |passed| passed.bytes.len() as u64);
        }
    }

    fn encode(&mut self, request: &Request<'_>) -> Vec<u8> {
        let (mut out, limits, opaque) = (Outgoing::default(), Limits::default(), self.opaque);
        let encoded = match self.protocol {
            Protocol::Meta => meta::encode_request(request, &limits, opaque, &mut out),
            Protocol::Binary => binary::encode_request(request, &limits, opaque, &mut out),
            _ => text::encode_request(request, &limits, &mut out),
        };
        encoded.unwrap();
        self.opaque += match request {
            Request::GetMany { keys, .. } => keys.len() as u32 + 1,
            Request::Batch(requests) => requests.len() as u32 + 1,
            _ => 1,
        };
        written(out)
    }

    fn take(&mut self) {
        // A driver takes more only when it has written what it took before.
        if self.taken.has_remaining() {
            return;
        }
        let expected = self.asked.iter().filter(|asked| !asked.taken);
        let expected: Vec<u8> = expected.flat_map(|asked| asked.bytes.clone()).collect();
        self.connection.exchange_outgoing(&mut self.taken);
        let pieces = chunks(&self.taken);
        assert_eq!(pieces.concat(), expected);
        self.asked.iter_mut().for_each(|asked| asked.taken = true);
    }

    fn write(&mut self, count: usize) {
        for _ in 0..count.min(self.taken.remaining()) {
            self.upstream.push(self.taken.get_u8());
            self.written += 1;
        }
    }

    fn serve(&mut self) {
        let mut out = Outgoing::default();
        while let Some(len) = serve_one(self.protocol, &self.upstream, &mut out) {
            self.upstream.drain(..len);
        }
        self.downstream.extend(written(out));
    }

    fn deliver(&mut self, count: usize) {
        let count = count.min(self.downstream.len());
        let piece: Vec<u8> = self.downstream.drain(..count).collect();
        self.input.extend_from_slice(&piece);
        while let Some(received) = self.connection.receive(&mut self.input).unwrap() {
            let answer = received.answer().unwrap();
            self.pass_noreply();
            let asked = self.asked.pop_front().unwrap();
            let awaited = asked.awaited.unwrap();
            assert_eq!((answer.tag, answer.reply), (awaited.tag, awaited.reply));
            self.answered += asked.bytes.len() as u64;
            self.settled += 1;
        }
    }

    fn withdraw(&mut self, index: usize) {
        let Some(asked) = self.asked.get(index) else {
            return;
        };
        let Some(awaited) = &asked.awaited else {
            return;
        };
        let expected = (!asked.taken).then_some(awaited.tag);
        assert_eq!(self.connection.withdraw(awaited.id), expected);
        if expected.is_some() {
            self.asked.remove(index);
            self.settled += 1;
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Get(number) => {
                let name = number.to_string();
                self.push(&Request::Get {
                    key: Key::new(name.as_bytes()).unwrap(),
                    cas: false,
                });
            }
            Step::GetMany(numbers) => {
                let names: Vec<String> = numbers.iter().map(u8::to_string).collect();
                let keys = names
                    .iter()
                    .map(|name| Key::new(name.as_bytes()).unwrap())
                    .collect();
                self.push(&Request::GetMany { keys, cas: false });
            }
            Step::Set(len) => self.push(&Request::Store {
                verb: Verb::Set,
                key: Key::new(b"0").unwrap(),
                flags: 0,
                exptime: Exptime::NEVER,
                value: Payload::Shared(vec![b'\n'; *len].into()),
            }),
            Step::Batch(numbers) => {
                let names: Vec<String> = numbers.iter().map(u8::to_string).collect();
                let keys = names.iter().map(|name| Key::new(name.as_bytes()).unwrap());
                let changes = keys.enumerate().map(|(place, key)| change(place, key));
                self.push(&Request::Batch(changes.collect()));
            }
            Step::Noreply(place, number) => {
                let name = number.to_string();
                self.push_noreply(&change(*place, Key::new(name.as_bytes()).unwrap()));
            }
            Step::Take => self.take(),
            Step::Write(count) => self.write(*count),
            Step::Serve => self.serve(),
            Step::Deliver(count) => self.deliver(*count),
            Step::Withdraw(index) => self.withdraw(*index),
        }
        let unsent = self.asked.iter().filter(|asked| !asked.taken);
        let queued = unsent.map(|asked| asked.bytes.len()).sum::<usize>();
        let awaited = self.asked.iter().filter_map(|asked| asked.awaited.as_ref());
        let pending = awaited.count();
        assert_eq!(self.connection.queued(), queued);
        assert_eq!(self.connection.pending(), pending);
        assert_eq!(self.connection.is_clean(), pending == 0 && queued == 0);
    }

    /// The socket is gone: everything that is left comes back, with the truth.
    fn close(mut self) {
        let mut start = self.answered;
        let mut expected = Vec::new();
        for asked in &self.asked {
            let sent = match start >= self.written {
                true => Sent::Nothing,
                false => Sent::Maybe,
            };
            let awaited = asked.awaited.as_ref();
            expected.extend(awaited.map(|awaited| (awaited.tag, sent)));
            start += asked.bytes.len() as u64;
        }
        let left: Vec<_> = self.connection.closed(self.written).collect();
        assert_eq!(left, expected);
        assert_eq!(self.settled + left.len(), self.pushed);
        assert_eq!(
            (self.connection.pending(), self.connection.queued()),
            (0, 0)
        );
    }
}

/// What a vectored write would see.
fn chunks(out: &Outgoing) -> Vec<Vec<u8>> {
    let mut slices = [std::io::IoSlice::new(&[]); 64];
    let count = out.chunks_vectored(&mut slices);
    let pieces: Vec<Vec<u8>> = slices[..count].iter().map(|slice| slice.to_vec()).collect();
    assert!(pieces.iter().all(|piece| !piece.is_empty()));
    assert_eq!(pieces.first().map_or(&[][..], |first| first), out.chunk());
    pieces
}

/// Miri takes fewer.
const MOST_STEPS: usize = if cfg!(miri) { 12 } else { 80 };

proptest! {
    #[test]
    fn any_order_of_calls_keeps_order_and_loses_nothing(
        protocol in prop::sample::select(vec![Protocol::Text, Protocol::Meta, Protocol::Binary]),
        steps in prop::collection::vec(step(), 0..MOST_STEPS),
    ) {
        let mut world = World::new(protocol);
        for step in &steps {
            world.step(step);
        }
        world.close();
    }
}
