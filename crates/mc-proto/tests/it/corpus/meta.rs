//! The meta protocol: the common requests in its words, and each flag by itself.
//!
//! The bytes are those of memcached 1.6.18, where it knows the flag.

use bytes::Bytes;
use mc_proto::meta::{
    Arithmetic, ArithmeticMode, Debug, Delete, Get, Hint, Opaque, Returned, Set, SetMode, Ttl,
};
use mc_proto::{
    Exptime, Initial, Item, Key, Limits, Outgoing, Protocol, Refusal, RefusalKind, Reply, Request,
    StatsTopic, Verb, meta,
};

use super::{Case, shown};
use crate::support::{get, get_many, gets, item, key, set, store, written};

fn case(
    request: Request<'static>,
    sent: &'static str,
    reply: Reply,
    received: &'static str,
) -> Case {
    Case {
        protocol: Protocol::Meta,
        request,
        sent: sent.into(),
        reply,
        received: received.into(),
    }
}

/// The same in meta's own words.
fn own(
    request: impl Into<meta::Request<'static>>,
    sent: &'static str,
    reply: meta::Reply,
    received: &'static str,
) -> Case {
    case(
        Request::Meta(Box::new(request.into())),
        sent,
        Reply::Meta(reply.into()),
        received,
    )
}

pub(crate) fn all() -> Vec<Case> {
    [
        reads(),
        stores(),
        others(),
        batches(),
        classic(),
        mg(),
        mg_changing(),
        ms(),
        ms_declined(),
        md(),
        ma(),
        mn_and_me(),
        echoes(),
        unknown_flags(),
        refusals(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn raw(bytes: &'static [u8]) -> Key<'static> {
    Key::raw(bytes).unwrap()
}

fn seconds(number: i32) -> Exptime {
    Exptime::from_wire(number)
}

fn reads() -> Vec<Case> {
    let hit = |value| Reply::Value(Some(item(value)));
    let full = || {
        Reply::Value(Some(Item {
            flags: u32::MAX,
            cas: Some(u64::MAX),
            value: "x".into(),
        }))
    };
    let gat = |cas| Request::Gat {
        key: key("a"),
        exptime: seconds(60),
        cas,
    };
    let binary = Request::Get {
        key: raw(b"two words"),
        cas: false,
    };
    let miss = || Reply::Value(None);
    vec![
        case(get("a"), "mg a v f O0\r\n", miss(), "EN O0\r\n"),
        case(get("a"), "mg a v f O0\r\n", hit("v"), "VA 1 f0 O0\r\nv\r\n"),
        case(get("a"), "mg a v f O0\r\n", hit(""), "VA 0 f0 O0\r\n\r\n"),
        case(
            get("a"),
            "mg a v f O0\r\n",
            hit("\r\n"),
            "VA 2 O0 f0\r\n\r\n\r\n",
        ),
        case(
            get("a"),
            "mg a v f O0\r\n",
            hit("EN\r\n"),
            "VA 4 f0 O0\r\nEN\r\n\r\n",
        ),
        case(
            get("a"),
            "mg a v f O0\r\n",
            hit("9 "),
            "VA 2 f0 O0\r\n9 \r\n",
        ),
        case(get("é"), "mg é v f O0\r\n", hit("ü"), "VA 2 f0 O0\r\nü\r\n"),
        case(gets("a"), "mg a v f c O0\r\n", miss(), "EN O0\r\n"),
        case(
            gets("a"),
            "mg a v f c O0\r\n",
            full(),
            "VA 1 f4294967295 c18446744073709551615 O0\r\nx\r\n",
        ),
        case(gat(false), "mg a v T60 f O0\r\n", miss(), "EN O0\r\n"),
        case(
            gat(false),
            "mg a v T60 f O0\r\n",
            hit("v"),
            "VA 1 f0 O0\r\nv\r\n",
        ),
        case(
            gat(true),
            "mg a v T60 f c O0\r\n",
            full(),
            "VA 1 f4294967295 c18446744073709551615 O0\r\nx\r\n",
        ),
        case(
            binary.clone(),
            "mg dHdvIHdvcmRz v f b O0\r\n",
            miss(),
            "EN O0\r\n",
        ),
        case(
            binary,
            "mg dHdvIHdvcmRz v f b O0\r\n",
            hit("1"),
            "VA 1 f0 O0\r\n1\r\n",
        ),
    ]
}

fn stores() -> Vec<Case> {
    let full = Request::Store {
        verb: Verb::Set,
        key: key("a"),
        flags: u32::MAX,
        exptime: seconds(60),
        value: b""[..].into(),
    };
    let cas = || store(Verb::Cas(7), "1");
    let stored = || Reply::Stored;
    vec![
        case(set(), "ms a 1 O0\r\n1\r\n", stored(), "HD O0\r\n"),
        case(
            full,
            "ms a 0 F4294967295 T60 O0\r\n\r\n",
            stored(),
            "HD O0\r\n",
        ),
        case(
            store(Verb::Add, "1"),
            "ms a 1 ME O0\r\n1\r\n",
            stored(),
            "HD O0\r\n",
        ),
        case(
            store(Verb::Add, "1"),
            "ms a 1 ME O0\r\n1\r\n",
            Reply::NotStored,
            "NS O0\r\n",
        ),
        case(
            store(Verb::Replace, "1"),
            "ms a 1 MR O0\r\n1\r\n",
            Reply::NotStored,
            "NS O0\r\n",
        ),
        case(
            store(Verb::Append, "1"),
            "ms a 1 MA O0\r\n1\r\n",
            stored(),
            "HD O0\r\n",
        ),
        case(
            store(Verb::Append, "1"),
            "ms a 1 MA O0\r\n1\r\n",
            Reply::NotStored,
            "NS O0\r\n",
        ),
        case(
            store(Verb::Prepend, "1"),
            "ms a 1 MP O0\r\n1\r\n",
            stored(),
            "HD O0\r\n",
        ),
        case(cas(), "ms a 1 C7 O0\r\n1\r\n", stored(), "HD O0\r\n"),
        case(cas(), "ms a 1 C7 O0\r\n1\r\n", Reply::Exists, "EX O0\r\n"),
        case(cas(), "ms a 1 C7 O0\r\n1\r\n", Reply::NotFound, "NF O0\r\n"),
    ]
}

fn others() -> Vec<Case> {
    let delete = || Request::Delete { key: key("a") };
    let touch = |exptime| Request::Touch {
        key: key("a"),
        exptime,
    };
    let incr = |delta, initial| Request::Incr {
        key: key("a"),
        delta,
        initial,
    };
    let decr = Request::Decr {
        key: key("a"),
        delta: 2,
        initial: None,
    };
    let initial = Some(Initial {
        value: 5,
        exptime: seconds(60),
    });
    let largest = Reply::Number(u64::MAX);
    vec![
        case(delete(), "md a O0\r\n", Reply::Deleted, "HD O0\r\n"),
        case(delete(), "md a O0\r\n", Reply::NotFound, "NF O0\r\n"),
        case(
            touch(seconds(9)),
            "mg a T9 O0\r\n",
            Reply::Touched,
            "HD O0\r\n",
        ),
        case(
            touch(Exptime::AT_ONCE),
            "mg a T-1 O0\r\n",
            Reply::NotFound,
            "EN O0\r\n",
        ),
        case(
            incr(1, None),
            "ma a v O0\r\n",
            Reply::Number(2),
            "VA 1 O0\r\n2\r\n",
        ),
        case(
            incr(1, None),
            "ma a v O0\r\n",
            Reply::Number(9),
            "VA 2 O0\r\n9 \r\n",
        ),
        case(incr(1, None), "ma a v O0\r\n", Reply::NotFound, "NF O0\r\n"),
        case(
            incr(9, None),
            "ma a v D9 O0\r\n",
            largest,
            "VA 20 O0\r\n18446744073709551615\r\n",
        ),
        case(
            incr(1, initial),
            "ma a v N60 J5 O0\r\n",
            Reply::Number(5),
            "VA 1 O0\r\n5\r\n",
        ),
        case(
            decr,
            "ma a v MD D2 O0\r\n",
            Reply::Number(0),
            "VA 1 O0\r\n0\r\n",
        ),
        case(Request::Noop, "mn\r\n", Reply::Ok, "MN\r\n"),
    ]
}

fn batches() -> Vec<Case> {
    let delete = |name| Request::Delete { key: key(name) };
    let touch = || Request::Touch {
        key: key("a"),
        exptime: seconds(9),
    };
    let incr = || Request::Incr {
        key: key("n"),
        delta: 1,
        initial: None,
    };
    let batch = |requests: Vec<Request<'static>>| Request::Batch(requests.into());
    let refused = |kind: RefusalKind| Reply::Refused(kind.into());
    let full = || batch(vec![set(), delete("b"), incr(), touch()]);
    let sent = "ms a 1 q O0\r\n1\r\nmd b O1\r\nma n v O2\r\nmg a T9 O3\r\nmn\r\n";
    let two = || batch(vec![set(), delete("b")]);
    let two_sent = "ms a 1 q O0\r\n1\r\nmd b O1\r\nmn\r\n";
    let replies = |replies: Vec<Reply>| Reply::Batch(replies);
    vec![
        case(
            two(),
            two_sent,
            replies(vec![Reply::Stored, Reply::Deleted]),
            "HD O1\r\nMN\r\n",
        ),
        case(
            two(),
            two_sent,
            replies(vec![Reply::Stored, Reply::NotFound]),
            "NF O1\r\nMN\r\n",
        ),
        case(
            two(),
            two_sent,
            replies(vec![Reply::NotStored, Reply::Deleted]),
            "NS O0\r\nHD O1\r\nMN\r\n",
        ),
        case(
            two(),
            two_sent,
            replies(vec![refused(RefusalKind::TooLarge), Reply::NotFound]),
            "SERVER_ERROR object too large for cache\r\nNF O1\r\nMN\r\n",
        ),
        case(
            two(),
            two_sent,
            replies(vec![refused(RefusalKind::Unauthenticated)]),
            "CLIENT_ERROR unauthenticated\r\n",
        ),
        case(
            full(),
            sent,
            replies(vec![
                Reply::Stored,
                Reply::Deleted,
                Reply::Number(2),
                Reply::Touched,
            ]),
            "HD O1\r\nVA 1 O2\r\n2\r\nHD O3\r\nMN\r\n",
        ),
        case(
            full(),
            sent,
            replies(vec![
                Reply::NotStored,
                Reply::NotFound,
                Reply::NotFound,
                Reply::NotFound,
            ]),
            "NS O0\r\nNF O1\r\nNF O2\r\nEN O3\r\nMN\r\n",
        ),
        case(
            batch(vec![incr()]),
            "ma n v O0\r\nmn\r\n",
            replies(vec![refused(RefusalKind::NotNumeric)]),
            "CLIENT_ERROR cannot increment or decrement non-numeric value\r\nMN\r\n",
        ),
    ]
}

/// What meta has no word for.
fn classic() -> Vec<Case> {
    let values = Reply::Values(vec![Some(item("1")), None]);
    let stats = Request::Stats {
        topic: Some(StatsTopic::Sizes),
    };
    let gat = Request::GatMany {
        keys: vec![key("a"), key("b")].into(),
        exptime: seconds(60),
        cas: false,
    };
    let values_again = values.clone();
    vec![
        case(
            get_many(&["a", "b"]),
            "get a b\r\n",
            values,
            "VALUE a 0 1\r\n1\r\nEND\r\n",
        ),
        case(
            gat,
            "gat 60 a b\r\n",
            values_again,
            "VALUE a 0 1\r\n1\r\nEND\r\n",
        ),
        case(stats, "stats sizes\r\n", Reply::Stats(vec![]), "END\r\n"),
        case(
            Request::Version,
            "version\r\n",
            Reply::Version("1.6.18".into()),
            "VERSION 1.6.18\r\n",
        ),
        case(
            Request::FlushAll { delay: None },
            "flush_all\r\n",
            Reply::Ok,
            "OK\r\n",
        ),
    ]
}

fn value(bytes: &'static str, returned: Returned) -> meta::Reply {
    meta::Reply::Value(Bytes::from(bytes), returned)
}

fn done(returned: Returned) -> meta::Reply {
    meta::Reply::Done(returned)
}

/// Nothing beside the status.
const BARE: Returned = Returned {
    flags: None,
    cas: None,
    size: None,
    ttl: None,
    hit: None,
    last_access: None,
    won: false,
    stale: false,
    taken: false,
};

fn mg() -> Vec<Case> {
    let a = || Get::new(key("a"));
    let ttl = |ttl| Returned {
        ttl: Some(ttl),
        ..BARE
    };
    let all = Get {
        value: true,
        flags: true,
        cas: true,
        size: true,
        ttl: true,
        hit: true,
        last_access: true,
        no_bump: true,
        ..a()
    };
    let told = Returned {
        flags: Some(5),
        cas: Some(1),
        size: Some(3),
        ttl: Some(Ttl::Seconds(100)),
        hit: Some(false),
        last_access: Some(7),
        ..BARE
    };
    let cas = Returned {
        cas: Some(u64::MAX),
        ..BARE
    };
    let hit = |hit| Returned {
        hit: Some(hit),
        ..BARE
    };
    let size = Returned {
        size: Some(1 << 20),
        ..BARE
    };
    let flags = Returned {
        flags: Some(u32::MAX),
        ..BARE
    };
    let at = Returned {
        last_access: Some(4_294_967_296),
        ..BARE
    };
    vec![
        own(a(), "mg a\r\n", done(BARE), "HD\r\n"),
        own(a(), "mg a\r\n", meta::Reply::Miss, "EN\r\n"),
        own(
            Get { value: true, ..a() },
            "mg a v\r\n",
            value("", BARE),
            "VA 0\r\n\r\n",
        ),
        own(
            Get { value: true, ..a() },
            "mg a v\r\n",
            value("HD", BARE),
            "VA 2\r\nHD\r\n",
        ),
        own(
            Get { flags: true, ..a() },
            "mg a f\r\n",
            done(flags),
            "HD f4294967295\r\n",
        ),
        own(
            Get { cas: true, ..a() },
            "mg a c\r\n",
            done(cas),
            "HD c18446744073709551615\r\n",
        ),
        own(
            Get { size: true, ..a() },
            "mg a s\r\n",
            done(size),
            "HD s1048576\r\n",
        ),
        own(
            Get { ttl: true, ..a() },
            "mg a t\r\n",
            done(ttl(Ttl::Forever)),
            "HD t-1\r\n",
        ),
        own(
            Get { ttl: true, ..a() },
            "mg a t\r\n",
            done(ttl(Ttl::Seconds(60))),
            "HD t60\r\n",
        ),
        own(
            Get { hit: true, ..a() },
            "mg a h\r\n",
            done(hit(true)),
            "HD h1\r\n",
        ),
        own(
            Get { hit: true, ..a() },
            "mg a h\r\n",
            done(hit(false)),
            "HD h0\r\n",
        ),
        own(
            Get {
                last_access: true,
                ..a()
            },
            "mg a l\r\n",
            done(at),
            "HD l4294967296\r\n",
        ),
        own(
            Get {
                no_bump: true,
                ..a()
            },
            "mg a u\r\n",
            done(BARE),
            "HD\r\n",
        ),
        own(
            all,
            "mg a v f c s t h l u\r\n",
            value("abc", told),
            "VA 3 f5 c1 s3 t100 h0 l7\r\nabc\r\n",
        ),
    ]
}

fn mg_changing() -> Vec<Case> {
    let a = || Get {
        value: true,
        ..Get::new(key("a"))
    };
    let won = Returned { won: true, ..BARE };
    let taken = Returned {
        taken: true,
        ..BARE
    };
    let stale = Returned {
        stale: true,
        won: true,
        ..BARE
    };
    let stale_and_taken = Returned {
        stale: true,
        taken: true,
        ..BARE
    };
    let vivify = || Get {
        vivify: Some(seconds(30)),
        ..a()
    };
    let recache = || Get {
        recache: Some(seconds(30)),
        touch: Some(seconds(60)),
        ttl: true,
        ..a()
    };
    let renewed = Returned {
        ttl: Some(Ttl::Seconds(60)),
        won: true,
        ..BARE
    };
    let unless = || Get {
        compare_cas: Some(9),
        ..a()
    };
    let vivify_as = Get {
        new_cas: Some(9),
        ..vivify()
    };
    vec![
        own(vivify(), "mg a v N30\r\n", value("", won), "VA 0 W\r\n\r\n"),
        own(
            vivify(),
            "mg a v N30\r\n",
            value("", taken),
            "VA 0 Z\r\n\r\n",
        ),
        own(
            vivify_as,
            "mg a v E9 N30\r\n",
            value("", won),
            "VA 0 W\r\n\r\n",
        ),
        own(
            recache(),
            "mg a v R30 T60 t\r\n",
            value("1", renewed),
            "VA 1 t60 W\r\n1\r\n",
        ),
        own(a(), "mg a v\r\n", value("1", stale), "VA 1 X W\r\n1\r\n"),
        own(
            a(),
            "mg a v\r\n",
            value("1", stale_and_taken),
            "VA 1 Z X\r\n1\r\n",
        ),
        own(unless(), "mg a v C9\r\n", value("1", BARE), "VA 1\r\n1\r\n"),
        own(unless(), "mg a v C9\r\n", done(BARE), "HD\r\n"),
        own(unless(), "mg a v C9\r\n", meta::Reply::Miss, "EN\r\n"),
    ]
}

fn ms() -> Vec<Case> {
    let a = || Set::new(key("a"), &b"1"[..]);
    let in_mode = |mode| Set { mode, ..a() };
    let all = Set {
        mode: SetMode::Append,
        flags: 5,
        exptime: seconds(60),
        compare_cas: Some(7),
        new_cas: Some(8),
        invalidate: true,
        vivify: Some(Exptime::AT_ONCE),
        cas: true,
        size: true,
        ..a()
    };
    let told = Returned {
        cas: Some(8),
        size: Some(2),
        ..BARE
    };
    let value = Set::new(key("a"), &b"\r\nmn\r\n"[..]);
    vec![
        own(a(), "ms a 1\r\n1\r\n", done(BARE), "HD\r\n"),
        own(value, "ms a 6\r\n\r\nmn\r\n\r\n", done(BARE), "HD\r\n"),
        own(
            in_mode(SetMode::Add),
            "ms a 1 ME\r\n1\r\n",
            done(BARE),
            "HD\r\n",
        ),
        own(
            in_mode(SetMode::Replace),
            "ms a 1 MR\r\n1\r\n",
            done(BARE),
            "HD\r\n",
        ),
        own(
            in_mode(SetMode::Append),
            "ms a 1 MA\r\n1\r\n",
            done(BARE),
            "HD\r\n",
        ),
        own(
            in_mode(SetMode::Prepend),
            "ms a 1 MP\r\n1\r\n",
            done(BARE),
            "HD\r\n",
        ),
        own(
            all,
            "ms a 1 MA F5 T60 C7 E8 I N-1 c s\r\n1\r\n",
            done(told),
            "HD c8 s2\r\n",
        ),
    ]
}

fn ms_declined() -> Vec<Case> {
    let a = || Set {
        cas: true,
        ..Set::new(key("a"), &b"1"[..])
    };
    let with = |compare_cas| Set {
        compare_cas: Some(compare_cas),
        ..a()
    };
    let none = Returned {
        cas: Some(0),
        ..BARE
    };
    let exists = meta::Reply::Exists(none);
    let not_found = meta::Reply::NotFound(none);
    let not_stored = meta::Reply::NotStored(none);
    let add = Set {
        mode: SetMode::Add,
        ..a()
    };
    vec![
        own(with(5), "ms a 1 C5 c\r\n1\r\n", exists, "EX c0\r\n"),
        own(
            with(u64::MAX),
            "ms a 1 C18446744073709551615 c\r\n1\r\n",
            not_found,
            "NF c0\r\n",
        ),
        own(add, "ms a 1 ME c\r\n1\r\n", not_stored, "NS c0\r\n"),
    ]
}

fn md() -> Vec<Case> {
    let a = || Delete::new(key("a"));
    let compared = || Delete {
        compare_cas: Some(7),
        ..a()
    };
    let marked = Delete {
        invalidate: true,
        exptime: Some(seconds(30)),
        ..a()
    };
    let emptied = Delete {
        new_cas: Some(9),
        remove_value: true,
        ..a()
    };
    vec![
        own(a(), "md a\r\n", done(BARE), "HD\r\n"),
        own(a(), "md a\r\n", meta::Reply::NotFound(BARE), "NF\r\n"),
        own(compared(), "md a C7\r\n", done(BARE), "HD\r\n"),
        own(
            compared(),
            "md a C7\r\n",
            meta::Reply::Exists(BARE),
            "EX\r\n",
        ),
        own(marked, "md a I T30\r\n", done(BARE), "HD\r\n"),
        own(emptied, "md a E9 x\r\n", done(BARE), "HD\r\n"),
    ]
}

fn ma() -> Vec<Case> {
    let n = || Arithmetic::new(key("n"));
    let all = Arithmetic {
        mode: ArithmeticMode::Decr,
        delta: u64::MAX,
        initial: Some(Initial {
            value: u64::MAX,
            exptime: seconds(60),
        }),
        exptime: Some(seconds(30)),
        compare_cas: Some(7),
        new_cas: Some(8),
        value: true,
        ttl: true,
        cas: true,
        ..n()
    };
    let told = Returned {
        cas: Some(8),
        ttl: Some(Ttl::Seconds(30)),
        ..BARE
    };
    let valued = || Arithmetic { value: true, ..n() };
    vec![
        own(n(), "ma n\r\n", done(BARE), "HD\r\n"),
        own(n(), "ma n\r\n", meta::Reply::NotFound(BARE), "NF\r\n"),
        own(n(), "ma n\r\n", meta::Reply::NotStored(BARE), "NS\r\n"),
        own(n(), "ma n\r\n", meta::Reply::Exists(BARE), "EX\r\n"),
        own(valued(), "ma n v\r\n", value("10", BARE), "VA 2\r\n10\r\n"),
        own(
            valued(),
            "ma n v\r\n",
            meta::Reply::NotFound(BARE),
            "NF\r\n",
        ),
        own(
            all,
            "ma n v MD D18446744073709551615 N60 J18446744073709551615 T30 C7 E8 t c\r\n",
            value("0", told),
            "VA 1 c8 t30\r\n0\r\n",
        ),
    ]
}

fn mn_and_me() -> Vec<Case> {
    let fields = |pairs: &[(&'static str, &'static str)]| {
        let field = |&(name, value): &(&'static str, &'static str)| (name.into(), value.into());
        meta::Reply::Debug(pairs.iter().map(field).collect())
    };
    let known = || {
        fields(&[
            ("exp", "-1"),
            ("la", "0"),
            ("cas", "2"),
            ("fetch", "yes"),
            ("cls", "1"),
            ("size", "63"),
        ])
    };
    let told = "ME a exp=-1 la=0 cas=2 fetch=yes cls=1 size=63\r\n";
    let told_raw = "ME YSBi exp=-1 la=0 cas=2 fetch=yes cls=1 size=63\r\n";
    let odd = fields(&[("a", ""), ("b", "c=d")]);
    vec![
        own(meta::Request::Noop, "mn\r\n", meta::Reply::Noop, "MN\r\n"),
        own(
            Debug::new(key("a")),
            "me a\r\n",
            meta::Reply::Miss,
            "EN\r\n",
        ),
        own(Debug::new(key("a")), "me a\r\n", known(), told),
        own(Debug::new(key("a")), "me a\r\n", fields(&[]), "ME a\r\n"),
        own(Debug::new(key("a")), "me a\r\n", odd, "ME a a= b=c=d\r\n"),
        own(Debug::new(raw(b"a b")), "me YSBi b\r\n", known(), told_raw),
    ]
}

/// Marks and keys, which come back and are compared.
fn echoes() -> Vec<Case> {
    let opaque = Some(Opaque::new(b"a-mark").unwrap());
    let longest = Some(Opaque::new(&[b'x'; 31]).unwrap());
    let hints = |get: Get<'static>| Get {
        path: Some(Hint::new(b"/a/").unwrap()),
        hint: Some(Hint::new(b"").unwrap()),
        ..get
    };
    let get = |key| Get {
        opaque,
        echo_key: true,
        ..Get::new(key)
    };
    let set = |key| Set {
        opaque,
        echo_key: true,
        ..Set::new(key, &b"1"[..])
    };
    let delete = Delete {
        opaque,
        echo_key: true,
        ..Delete::new(key("a"))
    };
    let count = Arithmetic {
        opaque,
        echo_key: true,
        value: true,
        ..Arithmetic::new(raw(b"\0"))
    };
    let long = Get {
        opaque: longest,
        ..Get::new(key("a"))
    };
    let not_found = || meta::Reply::NotFound(BARE);
    vec![
        own(
            get(key("a")),
            "mg a k Oa-mark\r\n",
            done(BARE),
            "HD Oa-mark ka\r\n",
        ),
        own(
            get(key("a")),
            "mg a k Oa-mark\r\n",
            meta::Reply::Miss,
            "EN Oa-mark ka\r\n",
        ),
        own(
            get(raw(b"a b")),
            "mg YSBi k b Oa-mark\r\n",
            done(BARE),
            "HD Oa-mark kYSBi b\r\n",
        ),
        own(
            get(raw(b"a b")),
            "mg YSBi k b Oa-mark\r\n",
            meta::Reply::Miss,
            "EN Oa-mark kYSBi b\r\n",
        ),
        own(
            hints(get(key("a"))),
            "mg a k Oa-mark P/a/ L\r\n",
            done(BARE),
            "HD Oa-mark ka\r\n",
        ),
        own(
            long,
            "mg a Oxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n",
            done(BARE),
            "HD Oxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n",
        ),
        own(
            set(key("a")),
            "ms a 1 k Oa-mark\r\n1\r\n",
            done(BARE),
            "HD Oa-mark ka\r\n",
        ),
        own(
            set(raw(b"a b")),
            "ms YSBi 1 k b Oa-mark\r\n1\r\n",
            not_found(),
            "NF Oa-mark kYSBi b\r\n",
        ),
        own(
            delete,
            "md a k Oa-mark\r\n",
            not_found(),
            "NF Oa-mark ka\r\n",
        ),
        own(
            count,
            "ma AA== v k b Oa-mark\r\n",
            value("7", BARE),
            "VA 1 Oa-mark kAA== b\r\n7\r\n",
        ),
    ]
}

/// T5: what is not known of a reply that is known is skipped.
fn unknown_flags() -> Vec<Case> {
    let a = || Get::new(key("a"));
    let valued = || Get { value: true, ..a() };
    let stale = Returned {
        stale: true,
        ..BARE
    };
    vec![
        own(a(), "mg a\r\n", done(BARE), "HD Y? @1 \r\n"),
        own(a(), "mg a\r\n", done(stale), "HD  Y1 X\r\n"),
        own(
            valued(),
            "mg a v\r\n",
            value("1", stale),
            "VA 1 !x y z X\r\n1\r\n",
        ),
        case(set(), "ms a 1 O0\r\n1\r\n", Reply::Stored, "HD Q9 O0 R\r\n"),
    ]
}

fn refusals() -> Vec<Case> {
    let refused = |kind: RefusalKind| Reply::Refused(kind.into());
    let own = || Request::Meta(Get::new(key("a")).into());
    let own_set = || Request::Meta(Set::new(key("a"), &b"1"[..]).into());
    let words = |text| Reply::Refused(Refusal::new(RefusalKind::Client, text));
    let too_large = "SERVER_ERROR object too large for cache\r\n";
    let no_memory = "SERVER_ERROR out of memory storing object\r\n";
    vec![
        case(
            get("a"),
            "mg a v f O0\r\n",
            words("invalid flag"),
            "CLIENT_ERROR invalid flag\r\n",
        ),
        case(
            own(),
            "mg a\r\n",
            words("invalid flag"),
            "CLIENT_ERROR invalid flag\r\n",
        ),
        case(
            own(),
            "mg a\r\n",
            refused(RefusalKind::UnknownCommand),
            "ERROR\r\n",
        ),
        case(
            set(),
            "ms a 1 O0\r\n1\r\n",
            refused(RefusalKind::TooLarge),
            too_large,
        ),
        case(
            set(),
            "ms a 1 O0\r\n1\r\n",
            words("bad data chunk"),
            "CLIENT_ERROR bad data chunk\r\n",
        ),
        case(
            own_set(),
            "ms a 1\r\n1\r\n",
            refused(RefusalKind::OutOfMemory),
            no_memory,
        ),
        case(
            own_set(),
            "ms a 1\r\n1\r\n",
            words("bad data chunk"),
            "CLIENT_ERROR bad data chunk\r\n",
        ),
    ]
}

/// Reads every request off the bytes, one behind the other.
fn decode(mut sent: &[u8]) -> Vec<Request<'_>> {
    let mut found = Vec::new();
    while !sent.is_empty() {
        let incoming = meta::decode_request(sent, &Limits::default());
        let incoming = incoming.unwrap().unwrap();
        sent = &sent[incoming.len..];
        found.push(incoming.request);
    }
    found
}

#[test]
fn requests_have_these_bytes() {
    for Case { request, sent, .. } in all() {
        let mut out = Outgoing::default();
        meta::encode_request(&request, &Limits::default(), 0, &mut out).unwrap();
        assert_eq!(shown(&written(out)), shown(&sent));
    }
}

/// What is no request of meta's own reads as one, or as a classic one.
#[test]
fn requests_read_back() {
    for Case { request, sent, .. } in all() {
        let found = decode(&sent);
        match &request {
            Request::Meta(_) => assert_eq!(found, [request]),
            Request::Batch(requests) => assert_eq!(found.len(), requests.len() + 1),
            request => {
                assert!(found == [request.clone()] || matches!(found[..], [Request::Meta(_)]))
            }
        }
    }
}

#[test]
fn replies_have_these_bytes() {
    let known = all().len() - unknown_flags().len() - refusals().len();
    for case in all().into_iter().take(known) {
        if let Request::Meta(_) = case.request {
            let mut out = Outgoing::default();
            meta::encode_reply(&case.request, &case.reply, &mut out).unwrap();
            assert_eq!(shown(&written(out)), shown(&case.received));
        }
    }
}
