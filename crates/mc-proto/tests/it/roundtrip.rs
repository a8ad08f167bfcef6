//! What is written reads back as what it was.

use bytes::{Bytes, BytesMut};
use mc_proto::{
    Connection, Exptime, Item, Key, Limits, Outgoing, PrefixCounts, Protocol, Received, Refusal,
    RefusalKind, Reply, Request, StatsTopic, Verb, text,
};
use proptest::prelude::*;

use crate::support::written;

/// The bytes of a key, distinct ones for a list.
fn key() -> impl Strategy<Value = Vec<u8>> {
    let byte = any::<u8>().prop_filter("a key byte", |&byte| byte > b' ' && byte != 0x7f);
    prop_oneof![
        3 => prop::collection::vec(byte.clone(), 1..20),
        1 => prop::collection::vec(byte, 240..=250),
    ]
}

fn keys() -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::btree_set(key(), 2..20)
        .prop_map(|keys| keys.into_iter().collect())
        .prop_shuffle()
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => prop::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), any::<u8>()], 0..40),
        1 => (4_090_usize..4_100, any::<u8>()).prop_map(|(len, byte)| vec![byte; len]),
        1 => (16_380_usize..16_390, any::<u8>()).prop_map(|(len, byte)| vec![byte; len]),
    ]
}

const PLAIN: [Verb; 5] = [
    Verb::Set,
    Verb::Add,
    Verb::Replace,
    Verb::Append,
    Verb::Prepend,
];

fn verb() -> impl Strategy<Value = Verb> {
    prop_oneof![
        prop::sample::select(&PLAIN),
        any::<u64>().prop_map(Verb::Cas)
    ]
}

/// A request that owns what it names.
#[derive(Clone, Debug)]
enum Owned {
    Get(Vec<u8>, bool),
    GetMany(Vec<Vec<u8>>, bool),
    Store(Verb, Vec<u8>, u32, i32, Vec<u8>),
    Delete(Vec<u8>),
    Incr(Vec<u8>, u64),
    Decr(Vec<u8>, u64),
    Touch(Vec<u8>, i32),
    Plain(Request<'static>),
}

impl Owned {
    /// Lends it to what is to be done with it.
    fn with<R>(&self, then: impl FnOnce(&Request<'_>) -> R) -> R {
        fn key(bytes: &[u8]) -> Key<'_> {
            Key::new(bytes).unwrap()
        }
        then(&match self {
            Self::Get(name, cas) => Request::Get {
                key: key(name),
                cas: *cas,
            },
            Self::GetMany(names, cas) => Request::GetMany {
                keys: names.iter().map(|name| key(name)).collect(),
                cas: *cas,
            },
            Self::Store(verb, name, flags, exptime, value) => Request::Store {
                verb: *verb,
                key: key(name),
                flags: *flags,
                exptime: Exptime::from_wire(*exptime),
                value: Bytes::from(value.clone()).into(),
            },
            Self::Delete(name) => Request::Delete { key: key(name) },
            Self::Incr(name, delta) => Request::Incr {
                key: key(name),
                delta: *delta,
                initial: None,
            },
            Self::Decr(name, delta) => Request::Decr {
                key: key(name),
                delta: *delta,
                initial: None,
            },
            Self::Touch(name, exptime) => Request::Touch {
                key: key(name),
                exptime: Exptime::from_wire(*exptime),
            },
            Self::Plain(request) => request.clone(),
        })
    }
}

fn request() -> impl Strategy<Value = Owned> {
    let delay = prop::option::of(0..=i32::MAX.unsigned_abs());
    let topics: Vec<_> = StatsTopic::ALL
        .into_iter()
        .map(Some)
        .chain([None])
        .collect();
    let topic = prop::sample::select(topics);
    prop_oneof![
        (key(), any::<bool>()).prop_map(|(key, cas)| Owned::Get(key, cas)),
        (keys(), any::<bool>()).prop_map(|(keys, cas)| Owned::GetMany(keys, cas)),
        (verb(), key(), any::<u32>(), any::<i32>(), value()).prop_map(
            |(verb, key, flags, time, value)| Owned::Store(verb, key, flags, time, value)
        ),
        key().prop_map(Owned::Delete),
        (key(), any::<u64>()).prop_map(|(key, delta)| Owned::Incr(key, delta)),
        (key(), any::<u64>()).prop_map(|(key, delta)| Owned::Decr(key, delta)),
        (key(), any::<i32>()).prop_map(|(key, exptime)| Owned::Touch(key, exptime)),
        delay.prop_map(|delay| Owned::Plain(Request::FlushAll { delay })),
        topic.prop_map(|topic| Owned::Plain(Request::Stats { topic })),
        Just(Owned::Plain(Request::Version)),
        Just(Owned::Plain(Request::Quit)),
    ]
}

/// Material for a reply to any request.
#[derive(Clone, Debug)]
struct Material {
    items: Vec<Option<(u32, u64, Vec<u8>)>>,
    number: u64,
    rows: Vec<(String, String)>,
    word: prop::sample::Index,
    refusal: Option<RefusalKind>,
}

fn material() -> impl Strategy<Value = Material> {
    let item = (any::<u32>(), any::<u64>(), value());
    let rows = prop::collection::vec(("[!-~]{1,20}", "[ -~]{0,20}"), 0..10);
    let refusal = prop::option::weighted(0.2, prop::sample::select(&REFUSALS));
    let items = prop::collection::vec(prop::option::of(item), 20);
    (
        items,
        any::<u64>(),
        rows,
        any::<prop::sample::Index>(),
        refusal,
    )
        .prop_map(|(items, number, rows, word, refusal)| Material {
            items,
            number,
            rows,
            word,
            refusal,
        })
}

const REFUSALS: [RefusalKind; 7] = [
    RefusalKind::UnknownCommand,
    RefusalKind::Client,
    RefusalKind::NotNumeric,
    RefusalKind::Unauthenticated,
    RefusalKind::Server,
    RefusalKind::OutOfMemory,
    RefusalKind::TooLarge,
];

impl Material {
    fn prefixes(&self) -> Vec<PrefixCounts> {
        let row = |(prefix, _): &(String, String)| PrefixCounts {
            prefix: prefix.clone().into(),
            gets: self.number,
            hits: self.number / 2,
            sets: self.number / 3,
            deletes: self.number / 4,
        };
        self.rows.iter().map(row).collect()
    }

    fn reply_to(&self, request: &Request<'_>) -> Reply {
        if let Some(kind) = self.refusal {
            return Reply::Refused(Refusal::from(kind));
        }
        let items = |cas: bool| {
            self.items.iter().cloned().map(move |item| {
                item.map(|(flags, unique, value)| Item {
                    flags,
                    cas: cas.then_some(unique),
                    value: value.into(),
                })
            })
        };
        let one_of = |replies: &[Reply]| self.word.get(replies).clone();
        match request {
            Request::Get { cas, .. } => Reply::Value(items(*cas).next().unwrap()),
            Request::GetMany { keys, cas } => Reply::Values(items(*cas).take(keys.len()).collect()),
            Request::Store {
                verb: Verb::Cas(_), ..
            } => one_of(&[Reply::Stored, Reply::Exists, Reply::NotFound]),
            Request::Store { .. } => one_of(&[Reply::Stored, Reply::NotStored]),
            Request::Delete { .. } => one_of(&[Reply::Deleted, Reply::NotFound]),
            Request::Touch { .. } => one_of(&[Reply::Touched, Reply::NotFound]),
            Request::Incr { .. } | Request::Decr { .. } => {
                one_of(&[Reply::Number(self.number), Reply::NotFound])
            }
            Request::Stats {
                topic: Some(StatsTopic::DetailOn | StatsTopic::DetailOff | StatsTopic::Reset),
            } => Reply::Ok,
            Request::Stats {
                topic: Some(StatsTopic::DetailDump),
            } => Reply::Prefixes(self.prefixes()),
            Request::Stats { .. } => {
                let row = |(name, value): (String, String)| (name.into(), value.into());
                Reply::Stats(self.rows.iter().cloned().map(row).collect())
            }
            Request::Version => Reply::Version("1.6.18".into()),
            _ => Reply::Ok,
        }
    }
}

/// Request and reply through both ends, the reply in pieces of `size` bytes.
fn check(request: &Request<'_>, reply: &Reply, size: usize) {
    let mut connection = Connection::new(Protocol::Text, Limits::default());
    connection.push(request, ()).unwrap();
    let sent = written(connection.take_outgoing());
    let incoming = text::decode_request(&sent, &Limits::default())
        .unwrap()
        .unwrap();
    assert_eq!((&incoming.request, incoming.len), (request, sent.len()));
    for end in 0..sent.len().min(300) {
        assert_eq!(
            text::decode_request(&sent[..end], &Limits::default()),
            Ok(None)
        );
    }

    let mut out = Outgoing::default();
    text::encode_reply(&incoming.request, reply, &mut out).unwrap();
    let mut input = BytesMut::new();
    let mut answers = Vec::new();
    for piece in written(out).chunks(size) {
        input.extend_from_slice(piece);
        let received = connection.receive(&mut input).unwrap();
        answers.extend(received.and_then(Received::answer));
    }
    let [answer] = answers.try_into().unwrap();
    assert_eq!(&answer.reply, reply);
    assert!(input.is_empty());
}

proptest! {
    #[test]
    fn requests_and_replies(request in request(), material in material(), size in 1_usize..5000) {
        request.with(|request| match request {
            Request::Quit => {}
            _ => check(request, &material.reply_to(request), size),
        });
    }

    #[test]
    fn any_bytes_are_no_cause_for_panic(bytes in any_bytes(), size in 1_usize..50) {
        let limits = Limits { max_value_len: 100, max_line_len: 60, max_keys: 4, max_batch: 4, max_rows: 3 };
        let _ = text::decode_request(&bytes, &limits);
        let mut connection = Connection::new(Protocol::Text, limits);
        let keys = [Key::new(b"a").unwrap(), Key::new(b"b").unwrap()];
        connection.push(&Request::GetMany { keys: (&keys[..]).into(), cas: false }, 0).unwrap();
        connection.push(&Request::Stats { topic: None }, 1).unwrap();
        let _ = connection.take_outgoing();
        let mut input = BytesMut::new();
        for piece in bytes.chunks(size) {
            input.extend_from_slice(piece);
            while let Ok(Some(_)) = connection.receive(&mut input) {}
        }
    }
}

const WORDS: [&str; 20] = [
    "get ",
    "set ",
    "cas ",
    "VALUE ",
    "STAT ",
    "END",
    "a ",
    "b ",
    "0 ",
    "5 ",
    "101 ",
    "\r\n",
    "\n",
    "-1",
    "noreply",
    "18446744073709551616 ",
    " ",
    "ERROR",
    "SERVER_ERROR ",
    "x",
];

/// Bytes that look like the protocol, and are not.
fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    let word = prop_oneof![
        4 => prop::sample::select(&WORDS).prop_map(|word| word.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 1..4),
    ];
    prop::collection::vec(word, 0..40).prop_map(|words| words.concat())
}
