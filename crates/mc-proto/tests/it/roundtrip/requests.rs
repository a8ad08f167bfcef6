//! Any request, made up.

use bytes::Bytes;
use mc_proto::{
    Admin, Automove, ClassSet, Classes, Exptime, Key, LogTopic, LruMode, Ratio, Request, Secret,
    StatsTopic, Verb,
};
use proptest::prelude::*;

/// The bytes of a key. Nothing is rejected here, for a run of a million cases
/// would reject too much.
fn key() -> impl Strategy<Value = Vec<u8>> {
    let allowed: Vec<u8> = (b'!'..=u8::MAX).filter(|&byte| byte != 0x7f).collect();
    let byte = prop::sample::select(allowed);
    prop_oneof![
        3 => prop::collection::vec(byte.clone(), 1..20),
        1 => prop::collection::vec(byte, 240..=249),
    ]
}

/// Keys of which none is another, as the last byte tells.
fn keys() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let number = |(key, last): (Vec<u8>, u8)| [key, vec![last]].concat();
    prop::collection::vec(key(), 2..20)
        .prop_map(move |keys| keys.into_iter().zip(b'!'..).map(number).collect())
}

pub(super) fn value() -> impl Strategy<Value = Vec<u8>> {
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
pub(super) enum Owned {
    Get(Vec<u8>, bool),
    GetMany(Vec<Vec<u8>>, bool),
    Gat(Vec<u8>, i32, bool),
    GatMany(Vec<Vec<u8>>, i32, bool),
    Store(Verb, Vec<u8>, u32, i32, Vec<u8>),
    Delete(Vec<u8>),
    Incr(Vec<u8>, u64),
    Decr(Vec<u8>, u64),
    Touch(Vec<u8>, i32),
    Batch(Vec<Self>),
    Auth(Vec<u8>, Vec<u8>),
    Plain(Request<'static>),
}

fn lend_key(bytes: &[u8]) -> Key<'_> {
    Key::new(bytes).unwrap()
}

fn lend_keys(names: &[Vec<u8>]) -> mc_proto::Keys<'_> {
    names.iter().map(|name| lend_key(name)).collect()
}

impl Owned {
    /// The request, as long as this is there.
    pub(super) fn lend(&self) -> Request<'_> {
        match self {
            Self::Get(name, cas) => Request::Get {
                key: lend_key(name),
                cas: *cas,
            },
            Self::GetMany(names, cas) => Request::GetMany {
                keys: lend_keys(names),
                cas: *cas,
            },
            Self::Gat(name, exptime, cas) => Request::Gat {
                key: lend_key(name),
                exptime: Exptime::from_wire(*exptime),
                cas: *cas,
            },
            Self::GatMany(names, exptime, cas) => Request::GatMany {
                keys: lend_keys(names),
                exptime: Exptime::from_wire(*exptime),
                cas: *cas,
            },
            Self::Store(verb, name, flags, exptime, value) => Request::Store {
                verb: *verb,
                key: lend_key(name),
                flags: *flags,
                exptime: Exptime::from_wire(*exptime),
                value: Bytes::from(value.clone()).into(),
            },
            Self::Delete(name) => Request::Delete {
                key: lend_key(name),
            },
            Self::Incr(name, delta) => Request::Incr {
                key: lend_key(name),
                delta: *delta,
                initial: None,
            },
            Self::Decr(name, delta) => Request::Decr {
                key: lend_key(name),
                delta: *delta,
                initial: None,
            },
            Self::Touch(name, exptime) => Request::Touch {
                key: lend_key(name),
                exptime: Exptime::from_wire(*exptime),
            },
            Self::Batch(requests) => Request::Batch(requests.iter().map(Self::lend).collect()),
            Self::Auth(user, password) => Request::Auth {
                user,
                password: Secret::new(password),
            },
            Self::Plain(request) => request.clone(),
        }
    }
}

/// One of those that may be in a batch.
fn change() -> impl Strategy<Value = Owned> {
    prop_oneof![
        (verb(), key(), any::<u32>(), any::<i32>(), value()).prop_map(
            |(verb, key, flags, time, value)| Owned::Store(verb, key, flags, time, value)
        ),
        key().prop_map(Owned::Delete),
        (key(), any::<u64>()).prop_map(|(key, delta)| Owned::Incr(key, delta)),
        (key(), any::<u64>()).prop_map(|(key, delta)| Owned::Decr(key, delta)),
        (key(), any::<i32>()).prop_map(|(key, exptime)| Owned::Touch(key, exptime)),
    ]
}

fn read() -> impl Strategy<Value = Owned> {
    let (cas, time) = (any::<bool>(), any::<i32>());
    prop_oneof![
        (key(), cas).prop_map(|(key, cas)| Owned::Get(key, cas)),
        (keys(), cas).prop_map(|(keys, cas)| Owned::GetMany(keys, cas)),
        (key(), time, cas).prop_map(|(key, time, cas)| Owned::Gat(key, time, cas)),
        (keys(), time, cas).prop_map(|(keys, time, cas)| Owned::GatMany(keys, time, cas)),
    ]
}

/// Any request with one reply, and quit.
pub(super) fn request() -> impl Strategy<Value = Owned> {
    let word = "[!-~]{1,20}".prop_map(String::into_bytes);
    prop_oneof![
        2 => read(),
        2 => change(),
        1 => prop::collection::vec(change(), 1..8).prop_map(Owned::Batch),
        1 => server().prop_map(Owned::Plain),
        1 => admin().prop_map(|admin| Owned::Plain(Request::Admin(admin))),
        1 => (word.clone(), word).prop_map(|(user, password)| Owned::Auth(user, password)),
    ]
}

/// Any stream.
pub(super) fn stream() -> impl Strategy<Value = Request<'static>> {
    let topics = prop::collection::vec(prop::sample::select(&LogTopic::ALL), 0..12);
    prop_oneof![
        classes().prop_map(Request::Metadump),
        classes().prop_map(Request::Mgdump),
        topics.prop_map(|topics| Request::Watch(topics.into_iter().collect())),
    ]
}

fn server() -> impl Strategy<Value = Request<'static>> {
    let delay = prop::option::of(0..=i32::MAX.unsigned_abs());
    let topic = prop::option::of(prop::sample::select(&StatsTopic::ALL));
    prop_oneof![
        delay.prop_map(|delay| Request::FlushAll { delay }),
        topic.prop_map(|topic| Request::Stats { topic }),
        any::<u32>().prop_map(|level| Request::Verbosity { level }),
        Just(Request::Version),
        Just(Request::Quit),
    ]
}

fn classes() -> impl Strategy<Value = Classes> {
    let some = prop::collection::vec(1..=ClassSet::MAX, 1..9);
    prop_oneof![
        Just(Classes::All),
        Just(Classes::Hash),
        some.prop_map(|some| Classes::Only(ClassSet::new(some).unwrap())),
    ]
}

fn ratio() -> impl Strategy<Value = Ratio> {
    prop_oneof![0..5_000_u32, any::<u32>()].prop_map(Ratio::from_thousandths)
}

fn automove() -> impl Strategy<Value = Automove> {
    prop_oneof![
        Just(Automove::Off),
        Just(Automove::On),
        Just(Automove::Aggressive),
        ratio().prop_map(Automove::Ratio),
        ratio().prop_map(Automove::FreeRatio),
        any::<u32>().prop_map(Automove::Window),
    ]
}

fn admin() -> impl Strategy<Value = Admin> {
    let number = any::<u32>;
    let maybe = || prop::option::of(number());
    prop_oneof![
        number().prop_map(|megabytes| Admin::CacheMemlimit { megabytes }),
        (maybe(), number()).prop_map(|(from, to)| Admin::SlabsReassign { from, to }),
        automove().prop_map(Admin::SlabsAutomove),
        (number(), number(), ratio(), ratio()).prop_map(|(hot, warm, hot_age, warm_age)| {
            Admin::LruTune {
                hot,
                warm,
                hot_age,
                warm_age,
            }
        }),
        Just(Admin::LruMode(LruMode::Flat)),
        Just(Admin::LruMode(LruMode::Segmented)),
        maybe().prop_map(|seconds| Admin::LruTempTtl { seconds }),
        Just(Admin::CrawlerEnable),
        Just(Admin::CrawlerDisable),
        number().prop_map(|microseconds| Admin::CrawlerSleep { microseconds }),
        number().prop_map(|items| Admin::CrawlerTocrawl { items }),
        classes().prop_map(Admin::Crawl),
    ]
}
