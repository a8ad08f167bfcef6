//! The meta protocol: its own words with any of their flags, and the common
//! requests in them.

use bytes::{Bytes, BytesMut};
use mc_proto::meta::{
    Arithmetic, ArithmeticMode, Debug, Delete, Get, Hint, Opaque, Returned, Set, SetMode, Ttl,
};
use mc_proto::{
    Connection, Exptime, Initial, Key, Limits, Outgoing, Protocol, Received, Reply, Request, meta,
    text,
};
use proptest::prelude::*;

use super::replies::material;
use super::requests::{request, value};
use crate::support::written;

/// What a request is made of; each takes what it has a flag for.
#[derive(Clone, Debug)]
struct Parts {
    key: Vec<u8>,
    is_raw: bool,
    value: Vec<u8>,
    bits: [bool; 10],
    numbers: [Option<u64>; 2],
    times: [Option<i32>; 3],
    delta: u64,
    flags: u32,
    mode: prop::sample::Index,
    opaque: Option<Vec<u8>>,
    hints: [Option<Vec<u8>>; 2],
}

fn token(len: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![b'!'..=b'~', 0x80..=u8::MAX];
    prop::collection::vec(byte, len)
}

/// A key, and whether it is a raw one.
fn key() -> impl Strategy<Value = (Vec<u8>, bool)> {
    prop_oneof![
        3 => (token(1..=20), any::<bool>()),
        1 => token(240..=250).prop_map(|key| (key, false)),
        2 => (prop::collection::vec(any::<u8>(), 1..=186), Just(true)),
    ]
}

fn parts() -> impl Strategy<Value = Parts> {
    let options = (
        any::<[Option<u64>; 2]>(),
        any::<[Option<i32>; 3]>(),
        prop::option::of(token(1..=31)),
        [
            prop::option::of(token(0..=20)),
            prop::option::of(token(0..=20)),
        ],
    );
    let plain = (any::<u64>(), any::<u32>(), any::<prop::sample::Index>());
    (key(), value(), any::<[bool; 10]>(), options, plain).prop_map(
        |((key, is_raw), value, bits, (numbers, times, opaque, hints), (delta, flags, mode))| {
            Parts {
                key,
                is_raw,
                value,
                bits,
                numbers,
                times,
                delta,
                flags,
                mode,
                opaque,
                hints,
            }
        },
    )
}

const SET_MODES: [SetMode; 5] = [
    SetMode::Set,
    SetMode::Add,
    SetMode::Replace,
    SetMode::Append,
    SetMode::Prepend,
];

impl Parts {
    fn key(&self) -> Key<'_> {
        if self.is_raw {
            Key::raw(&self.key).unwrap()
        } else {
            Key::new(&self.key).unwrap()
        }
    }

    fn opaque(&self) -> Option<Opaque> {
        self.opaque.as_ref().map(|mark| Opaque::new(mark).unwrap())
    }

    fn hints(&self) -> [Option<Hint<'_>>; 2] {
        let [path, hint] = &self.hints;
        [path, hint].map(|hint| hint.as_ref().map(|hint| Hint::new(hint).unwrap()))
    }

    /// A request of each kind.
    fn requests(&self) -> [meta::Request<'_>; 6] {
        [
            self.get().into(),
            self.set().into(),
            self.delete().into(),
            self.arithmetic().into(),
            meta::Request::Noop,
            Debug::new(self.key()).into(),
        ]
    }

    fn get(&self) -> Get<'_> {
        let [
            value,
            flags,
            cas,
            size,
            ttl,
            hit,
            last_access,
            echo_key,
            quiet,
            no_bump,
        ] = self.bits;
        let [compare_cas, new_cas] = self.numbers;
        let [vivify, recache, touch] = self.times.map(|time| time.map(Exptime::from_wire));
        let [path, hint] = self.hints();
        Get {
            key: self.key().into(),
            value,
            flags,
            cas,
            size,
            ttl,
            hit,
            last_access,
            echo_key,
            quiet,
            no_bump,
            compare_cas,
            new_cas,
            vivify,
            recache,
            touch,
            opaque: self.opaque(),
            path,
            hint,
        }
    }

    fn set(&self) -> Set<'_> {
        let [invalidate, cas, size, echo_key, quiet, ..] = self.bits;
        let [compare_cas, new_cas] = self.numbers;
        let [exptime, vivify, _] = self.times.map(|time| time.map(Exptime::from_wire));
        let [path, hint] = self.hints();
        Set {
            key: self.key().into(),
            value: Bytes::from(self.value.clone()).into(),
            mode: *self.mode.get(&SET_MODES),
            flags: self.flags,
            exptime: exptime.unwrap_or_default(),
            compare_cas,
            new_cas,
            invalidate,
            vivify,
            cas,
            size,
            echo_key,
            quiet,
            opaque: self.opaque(),
            path,
            hint,
        }
    }

    fn delete(&self) -> Delete<'_> {
        let [invalidate, remove_value, echo_key, quiet, ..] = self.bits;
        let [compare_cas, new_cas] = self.numbers;
        let [path, hint] = self.hints();
        Delete {
            key: self.key().into(),
            compare_cas,
            new_cas,
            invalidate,
            exptime: self.times[0].map(Exptime::from_wire),
            remove_value,
            echo_key,
            quiet,
            opaque: self.opaque(),
            path,
            hint,
        }
    }

    fn arithmetic(&self) -> Arithmetic<'_> {
        let [decr, value, ttl, cas, echo_key, quiet, ..] = self.bits;
        let [compare_cas, new_cas] = self.numbers;
        let [vivify, exptime, _] = self.times.map(|time| time.map(Exptime::from_wire));
        let [path, hint] = self.hints();
        Arithmetic {
            key: self.key().into(),
            mode: if decr {
                ArithmeticMode::Decr
            } else {
                ArithmeticMode::Incr
            },
            delta: self.delta,
            initial: vivify.map(|exptime| Initial {
                value: u64::from(self.flags),
                exptime,
            }),
            exptime,
            compare_cas,
            new_cas,
            value,
            ttl,
            cas,
            echo_key,
            quiet,
            opaque: self.opaque(),
            path,
            hint,
        }
    }
}

const WORDS: [&str; 24] = [
    "mg ",
    "ms ",
    "md ",
    "ma ",
    "me ",
    "mn",
    "VA ",
    "HD ",
    "EN ",
    "NF ",
    "ME ",
    "MN",
    "a ",
    "1 ",
    "O0 ",
    "O1 ",
    "ka ",
    "f0 ",
    "c5 ",
    "b ",
    "t-1 ",
    "101 ",
    "\r\n",
    "SERVER_ERROR ",
];

/// Bytes that look like the protocol, and are not.
fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    let word = prop_oneof![
        6 => prop::sample::select(&WORDS).prop_map(|word| word.as_bytes().to_vec()),
        2 => Just(b"\r\n".to_vec()),
        1 => prop::collection::vec(any::<u8>(), 1..4),
    ];
    prop::collection::vec(word, 0..40).prop_map(|words| words.concat())
}

fn returned() -> impl Strategy<Value = Returned> {
    let ttl = prop_oneof![Just(Ttl::Forever), any::<u32>().prop_map(Ttl::Seconds)];
    let numbers = any::<(Option<u32>, Option<u64>, Option<u64>, Option<u64>)>();
    let bits = any::<(Option<bool>, bool, bool, bool)>();
    (numbers, prop::option::of(ttl), bits).prop_map(
        |((flags, cas, size, last_access), ttl, (hit, won, stale, taken))| Returned {
            flags,
            cas,
            size,
            ttl,
            hit,
            last_access,
            won,
            stale,
            taken,
        },
    )
}

/// Every reply that there is.
fn replies() -> impl Strategy<Value = [meta::Reply; 8]> {
    let word = || "[!-<>-~]{0,9}".prop_map(Bytes::from);
    let fields = prop::collection::vec((word(), word()), 0..9);
    (returned(), value(), fields).prop_map(|(returned, value, fields)| {
        [
            meta::Reply::Done(returned),
            meta::Reply::Value(value.into(), returned),
            meta::Reply::Miss,
            meta::Reply::NotFound(returned),
            meta::Reply::NotStored(returned),
            meta::Reply::Exists(returned),
            meta::Reply::Noop,
            meta::Reply::Debug(fields),
        ]
    })
}

/// What a server reads of the first request in these bytes, and the rest.
fn read(sent: &[u8]) -> (meta::Request<'_>, &[u8]) {
    let incoming = meta::decode_request(sent, &Limits::default());
    let incoming = incoming.unwrap().unwrap();
    for end in 0..incoming.len.min(300) {
        assert_eq!(
            meta::decode_request(&sent[..end], &Limits::default()),
            Ok(None)
        );
    }
    let Request::Meta(request) = incoming.request else {
        panic!("{:?}", incoming.request)
    };
    (*request, &sent[incoming.len..])
}

/// The bytes of a server's answer; `None` if it is none to this request.
fn write(request: &meta::Request<'_>, reply: &meta::Reply) -> Option<Vec<u8>> {
    let request = Request::Meta(request.clone().into());
    let reply = Reply::Meta(reply.clone().into());
    let mut out = Outgoing::default();
    text::encode_reply(&request, &reply, &mut out).ok()?;
    Some(written(out))
}

/// What a client makes of an answer in pieces of `size` bytes.
fn receive(connection: &mut Connection<()>, bytes: &[u8], size: usize) -> Reply {
    let mut input = BytesMut::new();
    let mut answers = Vec::new();
    for piece in bytes.chunks(size) {
        input.extend_from_slice(piece);
        let received = connection.receive(&mut input).unwrap();
        answers.extend(received.and_then(Received::answer));
    }
    let [answer] = answers.try_into().unwrap();
    assert!(input.is_empty());
    answer.reply
}

/// A request and each of the replies, through both ends.
fn check(request: &meta::Request<'_>, replies: &[meta::Reply], size: usize) {
    let common = Request::Meta(request.clone().into());
    let mut out = Outgoing::default();
    meta::encode_request(&common, &Limits::default(), 0, &mut out).unwrap();
    let sent = written(out);
    let (found, rest) = read(&sent);
    assert_eq!((&found, rest), (request, &b""[..]));

    let mut answered = 0;
    for reply in replies {
        let Some(bytes) = write(&found, reply) else {
            continue;
        };
        answered += 1;
        let mut connection = Connection::new(Protocol::Meta, Limits::default());
        let pushed = connection.push(&common, ());
        assert_eq!(pushed.is_err(), request.is_quiet());
        if pushed.is_ok() {
            assert_eq!(written(connection.take_outgoing()), sent);
            let found = receive(&mut connection, &bytes, size);
            assert_eq!(found, Reply::Meta(reply.clone().into()));
        }
    }
    assert!(answered > 0);
}

/// A server's answer to what it reads, which means this to everybody.
fn answer(request: &meta::Request<'_>, reply: &Reply) -> Vec<u8> {
    if let Some(own) = request.answer(reply) {
        return write(request, &own).unwrap();
    }
    let request = Request::Meta(request.clone().into());
    let mut out = Outgoing::default();
    text::encode_reply(&request, reply, &mut out).unwrap();
    written(out)
}

/// Whether meta has words of its own for it.
fn has_words(request: &Request<'_>) -> bool {
    matches!(
        request,
        Request::Get { .. }
            | Request::Gat { .. }
            | Request::Store { .. }
            | Request::Delete { .. }
            | Request::Incr { .. }
            | Request::Decr { .. }
            | Request::Touch { .. }
            | Request::Batch(_)
            | Request::Noop
    )
}

/// Refusals in a batch have no mark, so that they may be told of nobody.
fn is_certain(reply: &Reply) -> bool {
    let refused = |reply: &Reply| matches!(reply, Reply::Refused(_));
    match reply {
        Reply::Batch(replies) => !replies.iter().any(refused),
        _ => true,
    }
}

proptest! {
    #[test]
    fn own_words(parts in parts(), replies in replies(), size in 1_usize..5000) {
        for request in parts.requests() {
            check(&request, &replies, size);
        }
    }

    #[test]
    fn any_bytes_are_no_cause_for_panic(bytes in any_bytes(), size in 1_usize..50) {
        let limits = Limits { max_value_len: 100, max_line_len: 60, ..Limits::default() };
        let _ = meta::decode_request(&bytes, &limits);
        let key = Key::new(b"a").unwrap();
        let get = Get { value: true, echo_key: true, ..Get::new(key) };
        let deletes = [Request::Delete { key }, Request::Delete { key }];
        let requests = [
            Request::Get { key, cas: true },
            Request::Incr { key, delta: 1, initial: None },
            Request::Meta(get.into()),
            Request::Batch(deletes[..].into()),
            Request::Meta(Debug::new(key).into()),
        ];
        for first in 0..requests.len() {
            let mut connection = Connection::new(Protocol::Meta, limits);
            for request in &requests[first..] {
                connection.push(request, ()).unwrap();
            }
            let _ = connection.take_outgoing();
            let mut input = BytesMut::new();
            for piece in bytes.chunks(size) {
                input.extend_from_slice(piece);
                while let Ok(Some(_)) = connection.receive(&mut input) {}
            }
        }
    }

    #[test]
    fn common_requests(request in request(), material in material(), size in 1_usize..5000) {
        let request = request.lend();
        let reply = material.reply_to(&request);
        if !has_words(&request) || !is_certain(&reply) {
            return Ok(());
        }
        let mut connection = Connection::new(Protocol::Meta, Limits::default());
        connection.push(&request, ()).unwrap();
        let sent = written(connection.take_outgoing());
        let pairs = match (&request, &reply) {
            (Request::Batch(requests), Reply::Batch(replies)) => {
                let pairs = requests.iter().cloned().zip(replies.iter().cloned());
                pairs.chain([(Request::Noop, Reply::Ok)]).collect()
            }
            _ => vec![(request.clone(), reply.clone())],
        };
        let mut rest = &sent[..];
        let mut bytes = Vec::new();
        for (request, reply) in &pairs {
            let (found, behind) = read(rest);
            assert_eq!(found.general().as_ref(), Some(request));
            bytes.extend(answer(&found, reply));
            rest = behind;
        }
        assert_eq!(rest, b"");
        assert_eq!(receive(&mut connection, &bytes, size), reply);
    }
}
