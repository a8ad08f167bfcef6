//! The classic text protocol: every command with its bytes, and replies with theirs.
//!
//! The bytes are those of memcached 1.6.18, where it can be made to send them.

use bytes::Bytes;
use mc_proto::{
    Admin, Automove, ClassSet, Classes, Exptime, Item, LruMode, PrefixCounts, Protocol, Ratio,
    Refusal, RefusalKind, Reply, Request, Secret, StatsTopic, Verb,
};

use super::Case;
use crate::support::{get, get_many, gets, item, key, set, store};

fn case(
    request: Request<'static>,
    sent: &'static str,
    reply: Reply,
    received: &'static str,
) -> Case {
    Case {
        protocol: Protocol::Text,
        request,
        sent: sent.into(),
        reply,
        received: received.into(),
    }
}

pub(crate) fn all() -> Vec<Case> {
    [
        reads(),
        reads_and_touches(),
        stores(),
        others(),
        batches(),
        server(),
        admin(),
        refusals(),
        refusals_of_admin(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn reads() -> Vec<Case> {
    let hit = |value| Reply::Value(Some(item(value)));
    let full = Item {
        flags: u32::MAX,
        cas: Some(u64::MAX),
        value: "x".into(),
    };
    let many = |items: &[Option<&'static str>]| {
        Reply::Values(items.iter().map(|value| value.map(item)).collect())
    };
    let twice = Request::GetMany {
        keys: vec![key("a"), key("b")].into(),
        cas: true,
    };
    let with = |cas| {
        Some(Item {
            cas: Some(cas),
            ..item("v")
        })
    };
    vec![
        case(get("a"), "get a\r\n", Reply::Value(None), "END\r\n"),
        case(
            get("a"),
            "get a\r\n",
            hit("v"),
            "VALUE a 0 1\r\nv\r\nEND\r\n",
        ),
        case(get("a"), "get a\r\n", hit(""), "VALUE a 0 0\r\n\r\nEND\r\n"),
        case(
            get("a"),
            "get a\r\n",
            hit("\r\n"),
            "VALUE a 0 2\r\n\r\n\r\nEND\r\n",
        ),
        case(
            get("a"),
            "get a\r\n",
            hit("END\r\n"),
            "VALUE a 0 5\r\nEND\r\n\r\nEND\r\n",
        ),
        case(
            get("a"),
            "get a\r\n",
            hit("9 "),
            "VALUE a 0 2\r\n9 \r\nEND\r\n",
        ),
        case(
            get("é"),
            "get é\r\n",
            hit("ü"),
            "VALUE é 0 2\r\nü\r\nEND\r\n",
        ),
        case(gets("a"), "gets a\r\n", Reply::Value(None), "END\r\n"),
        case(
            gets("a"),
            "gets a\r\n",
            Reply::Value(Some(full)),
            "VALUE a 4294967295 1 18446744073709551615\r\nx\r\nEND\r\n",
        ),
        case(get_many(&["a"]), "get a\r\n", many(&[None]), "END\r\n"),
        case(
            get_many(&["a", "b"]),
            "get a b\r\n",
            many(&[None, None]),
            "END\r\n",
        ),
        case(
            get_many(&["a", "b", "c"]),
            "get a b c\r\n",
            many(&[Some("1"), None, Some("333")]),
            "VALUE a 0 1\r\n1\r\nVALUE c 0 3\r\n333\r\nEND\r\n",
        ),
        case(
            get_many(&["a", "a"]),
            "get a a\r\n",
            many(&[Some("1"), Some("1")]),
            "VALUE a 0 1\r\n1\r\nVALUE a 0 1\r\n1\r\nEND\r\n",
        ),
        case(
            twice,
            "gets a b\r\n",
            Reply::Values(vec![with(1), with(2)]),
            "VALUE a 0 1 1\r\nv\r\nVALUE b 0 1 2\r\nv\r\nEND\r\n",
        ),
    ]
}

fn reads_and_touches() -> Vec<Case> {
    let gat = |cas| Request::Gat {
        key: key("a"),
        exptime: Exptime::from_wire(60),
        cas,
    };
    let gat_many = |cas| Request::GatMany {
        keys: vec![key("a"), key("b")].into(),
        exptime: Exptime::AT_ONCE,
        cas,
    };
    let hit = |cas| Some(Item { cas, ..item("v") });
    vec![
        case(gat(false), "gat 60 a\r\n", Reply::Value(None), "END\r\n"),
        case(
            gat(false),
            "gat 60 a\r\n",
            Reply::Value(hit(None)),
            "VALUE a 0 1\r\nv\r\nEND\r\n",
        ),
        case(gat(true), "gats 60 a\r\n", Reply::Value(None), "END\r\n"),
        case(
            gat(true),
            "gats 60 a\r\n",
            Reply::Value(hit(Some(9))),
            "VALUE a 0 1 9\r\nv\r\nEND\r\n",
        ),
        case(
            gat_many(false),
            "gat -1 a b\r\n",
            Reply::Values(vec![None, hit(None)]),
            "VALUE b 0 1\r\nv\r\nEND\r\n",
        ),
        case(
            gat_many(true),
            "gats -1 a b\r\n",
            Reply::Values(vec![hit(Some(1)), hit(Some(2))]),
            "VALUE a 0 1 1\r\nv\r\nVALUE b 0 1 2\r\nv\r\nEND\r\n",
        ),
        case(
            gat(false),
            "gat 60 a\r\n",
            Reply::Refused(Refusal::new(
                RefusalKind::Client,
                "invalid exptime argument",
            )),
            "CLIENT_ERROR invalid exptime argument\r\n",
        ),
    ]
}

/// A batch of all that may be in one.
fn mixed() -> Request<'static> {
    let batch = vec![
        set(),
        Request::Delete { key: key("a") },
        Request::Touch {
            key: key("a"),
            exptime: Exptime::NEVER,
        },
        Request::Incr {
            key: key("n"),
            delta: 1,
            initial: None,
        },
        store(Verb::Cas(7), ""),
    ];
    Request::Batch(batch.into())
}

fn batches() -> Vec<Case> {
    let one = || Request::Batch(vec![set()].into());
    let sent = "set a 0 0 1\r\n1\r\ndelete a\r\ntouch a 0\r\nincr n 1\r\ncas a 0 0 0 7\r\n\r\n";
    let refused = |kind: RefusalKind| Reply::Refused(kind.into());
    vec![
        case(
            one(),
            "set a 0 0 1\r\n1\r\n",
            Reply::Batch(vec![Reply::Stored]),
            "STORED\r\n",
        ),
        case(
            one(),
            "set a 0 0 1\r\n1\r\n",
            Reply::Batch(vec![refused(RefusalKind::UnknownCommand)]),
            "ERROR\r\n",
        ),
        case(
            mixed(),
            sent,
            Reply::Batch(vec![
                Reply::Stored,
                Reply::Deleted,
                Reply::Touched,
                Reply::Number(18),
                Reply::Exists,
            ]),
            "STORED\r\nDELETED\r\nTOUCHED\r\n18\r\nEXISTS\r\n",
        ),
        case(
            mixed(),
            sent,
            Reply::Batch(vec![
                refused(RefusalKind::TooLarge),
                Reply::NotFound,
                Reply::NotFound,
                refused(RefusalKind::NotNumeric),
                Reply::NotFound,
            ]),
            "SERVER_ERROR object too large for cache\r\nNOT_FOUND\r\nNOT_FOUND\r\n\
             CLIENT_ERROR cannot increment or decrement non-numeric value\r\nNOT_FOUND\r\n",
        ),
    ]
}

fn stores() -> Vec<Case> {
    let timed = |exptime| Request::Store {
        verb: Verb::Set,
        key: key("a"),
        flags: u32::MAX,
        exptime,
        value: b""[..].into(),
    };
    let cas = || store(Verb::Cas(7), "1");
    vec![
        case(set(), "set a 0 0 1\r\n1\r\n", Reply::Stored, "STORED\r\n"),
        case(
            set(),
            "set a 0 0 1\r\n1\r\n",
            Reply::NotStored,
            "NOT_STORED\r\n",
        ),
        case(
            store(Verb::Set, "a\r\nb"),
            "set a 0 0 4\r\na\r\nb\r\n",
            Reply::Stored,
            "STORED\r\n",
        ),
        case(
            timed(Exptime::AT_ONCE),
            "set a 4294967295 -1 0\r\n\r\n",
            Reply::Stored,
            "STORED\r\n",
        ),
        case(
            timed(Exptime::unix(2_147_483_647).unwrap()),
            "set a 4294967295 2147483647 0\r\n\r\n",
            Reply::Stored,
            "STORED\r\n",
        ),
        case(
            store(Verb::Add, "1"),
            "add a 0 0 1\r\n1\r\n",
            Reply::Stored,
            "STORED\r\n",
        ),
        case(
            store(Verb::Add, "1"),
            "add a 0 0 1\r\n1\r\n",
            Reply::NotStored,
            "NOT_STORED\r\n",
        ),
        case(
            store(Verb::Replace, "1"),
            "replace a 0 0 1\r\n1\r\n",
            Reply::NotStored,
            "NOT_STORED\r\n",
        ),
        case(
            store(Verb::Append, "1"),
            "append a 0 0 1\r\n1\r\n",
            Reply::Stored,
            "STORED\r\n",
        ),
        case(
            store(Verb::Prepend, "1"),
            "prepend a 0 0 1\r\n1\r\n",
            Reply::Stored,
            "STORED\r\n",
        ),
        case(cas(), "cas a 0 0 1 7\r\n1\r\n", Reply::Stored, "STORED\r\n"),
        case(cas(), "cas a 0 0 1 7\r\n1\r\n", Reply::Exists, "EXISTS\r\n"),
        case(
            cas(),
            "cas a 0 0 1 7\r\n1\r\n",
            Reply::NotFound,
            "NOT_FOUND\r\n",
        ),
    ]
}

fn others() -> Vec<Case> {
    let delete = || Request::Delete { key: key("a") };
    let incr = |delta| Request::Incr {
        key: key("a"),
        delta,
        initial: None,
    };
    let decr = |delta| Request::Decr {
        key: key("a"),
        delta,
        initial: None,
    };
    let touch = || Request::Touch {
        key: key("a"),
        exptime: Exptime::from_wire(60),
    };
    vec![
        case(delete(), "delete a\r\n", Reply::Deleted, "DELETED\r\n"),
        case(delete(), "delete a\r\n", Reply::NotFound, "NOT_FOUND\r\n"),
        case(incr(1), "incr a 1\r\n", Reply::Number(0), "0\r\n"),
        case(
            incr(u64::MAX),
            "incr a 18446744073709551615\r\n",
            Reply::Number(u64::MAX),
            "18446744073709551615\r\n",
        ),
        case(incr(0), "incr a 0\r\n", Reply::NotFound, "NOT_FOUND\r\n"),
        case(decr(10), "decr a 10\r\n", Reply::Number(9), "9\r\n"),
        case(decr(10), "decr a 10\r\n", Reply::NotFound, "NOT_FOUND\r\n"),
        case(touch(), "touch a 60\r\n", Reply::Touched, "TOUCHED\r\n"),
        case(touch(), "touch a 60\r\n", Reply::NotFound, "NOT_FOUND\r\n"),
    ]
}

fn auth() -> Request<'static> {
    Request::Auth {
        user: b"mc",
        password: Secret::new(b"sesame"),
    }
}

fn prefix(prefix: &'static str, gets: u64) -> PrefixCounts {
    PrefixCounts {
        prefix: prefix.into(),
        gets,
        hits: gets + 1,
        sets: gets + 2,
        deletes: u64::MAX,
    }
}

fn server() -> Vec<Case> {
    let stats = |topic| Request::Stats { topic };
    let rows = |rows: &[(&'static str, &'static str)]| {
        let pair = |&(name, value): &(&'static str, &'static str)| (name.into(), value.into());
        Reply::Stats(rows.iter().map(pair).collect())
    };
    let flush = |delay| Request::FlushAll { delay };
    let version = Reply::Version(Bytes::from("1.6.18"));
    vec![
        case(stats(None), "stats\r\n", rows(&[]), "END\r\n"),
        case(
            stats(None),
            "stats\r\n",
            rows(&[
                ("pid", "1"),
                ("version", "1.6.18"),
                ("empty", ""),
                ("b", "two words"),
            ]),
            "STAT pid 1\r\nSTAT version 1.6.18\r\nSTAT empty\r\nSTAT b two words\r\nEND\r\n",
        ),
        case(
            stats(Some(StatsTopic::Conns)),
            "stats conns\r\n",
            rows(&[
                ("23:addr", "tcp:0.0.0.0:11211"),
                ("23:state", "conn_listening"),
            ]),
            "STAT 23:addr tcp:0.0.0.0:11211\r\nSTAT 23:state conn_listening\r\nEND\r\n",
        ),
        case(
            Request::Version,
            "version\r\n",
            version,
            "VERSION 1.6.18\r\n",
        ),
        case(
            stats(Some(StatsTopic::Settings)),
            "stats settings\r\n",
            rows(&[("maxconns", "1024"), ("inter", "NULL")]),
            "STAT maxconns 1024\r\nSTAT inter NULL\r\nEND\r\n",
        ),
        case(
            stats(Some(StatsTopic::Items)),
            "stats items\r\n",
            rows(&[("items:1:number", "1")]),
            "STAT items:1:number 1\r\nEND\r\n",
        ),
        case(
            stats(Some(StatsTopic::Slabs)),
            "stats slabs\r\n",
            rows(&[("active_slabs", "0")]),
            "STAT active_slabs 0\r\nEND\r\n",
        ),
        case(
            stats(Some(StatsTopic::Sizes)),
            "stats sizes\r\n",
            rows(&[("sizes_status", "disabled")]),
            "STAT sizes_status disabled\r\nEND\r\n",
        ),
        case(
            stats(Some(StatsTopic::DetailOn)),
            "stats detail on\r\n",
            Reply::Ok,
            "OK\r\n",
        ),
        case(
            stats(Some(StatsTopic::DetailOff)),
            "stats detail off\r\n",
            Reply::Ok,
            "OK\r\n",
        ),
        case(
            stats(Some(StatsTopic::Reset)),
            "stats reset\r\n",
            Reply::Ok,
            "RESET\r\n",
        ),
        case(
            stats(Some(StatsTopic::DetailDump)),
            "stats detail dump\r\n",
            Reply::Prefixes(vec![]),
            "END\r\n",
        ),
        case(
            stats(Some(StatsTopic::DetailDump)),
            "stats detail dump\r\n",
            Reply::Prefixes(vec![prefix("ab", 2), prefix("", 0)]),
            "PREFIX ab get 2 hit 3 set 4 del 18446744073709551615\r\n\
             PREFIX  get 0 hit 1 set 2 del 18446744073709551615\r\nEND\r\n",
        ),
        case(
            Request::Verbosity { level: 2 },
            "verbosity 2\r\n",
            Reply::Ok,
            "OK\r\n",
        ),
        case(
            auth(),
            "set auth 0 0 9\r\nmc sesame\r\n",
            Reply::Ok,
            "STORED\r\n",
        ),
        case(
            auth(),
            "set auth 0 0 9\r\nmc sesame\r\n",
            Reply::Refused(Refusal::new(
                RefusalKind::Unauthenticated,
                "authentication failure",
            )),
            "CLIENT_ERROR authentication failure\r\n",
        ),
        case(flush(None), "flush_all\r\n", Reply::Ok, "OK\r\n"),
        case(flush(Some(10)), "flush_all 10\r\n", Reply::Ok, "OK\r\n"),
    ]
}

/// Commands about how the server is run, which are answered with a word.
fn admin() -> Vec<Case> {
    let ratio = Ratio::from_thousandths;
    let small = Classes::Only(ClassSet::new([1, 2, 63]).unwrap());
    let tune = Admin::LruTune {
        hot: 10,
        warm: 25,
        hot_age: ratio(100),
        warm_age: ratio(2_050),
    };
    let reassign = |from| Admin::SlabsReassign { from, to: 4 };
    let sleep = Admin::CrawlerSleep { microseconds: 100 };
    let rows = [
        (
            Admin::CacheMemlimit { megabytes: 100 },
            "cache_memlimit 100\r\n",
        ),
        (reassign(Some(1)), "slabs reassign 1 4\r\n"),
        (reassign(None), "slabs reassign -1 4\r\n"),
        (Admin::SlabsAutomove(Automove::Off), "slabs automove 0\r\n"),
        (Admin::SlabsAutomove(Automove::On), "slabs automove 1\r\n"),
        (
            Admin::SlabsAutomove(Automove::Aggressive),
            "slabs automove 2\r\n",
        ),
        (
            Admin::SlabsAutomove(Automove::Ratio(ratio(800))),
            "slabs automove ratio 0.8\r\n",
        ),
        (
            Admin::SlabsAutomove(Automove::FreeRatio(ratio(12))),
            "slabs automove freeratio 0.012\r\n",
        ),
        (
            Admin::SlabsAutomove(Automove::Window(30)),
            "slabs automove window 30\r\n",
        ),
        (tune, "lru tune 10 25 0.1 2.05\r\n"),
        (Admin::LruMode(LruMode::Flat), "lru mode flat\r\n"),
        (Admin::LruMode(LruMode::Segmented), "lru mode segmented\r\n"),
        (
            Admin::LruTempTtl { seconds: Some(61) },
            "lru temp_ttl 61\r\n",
        ),
        (Admin::LruTempTtl { seconds: None }, "lru temp_ttl -1\r\n"),
        (Admin::CrawlerEnable, "lru_crawler enable\r\n"),
        (Admin::CrawlerDisable, "lru_crawler disable\r\n"),
        (sleep, "lru_crawler sleep 100\r\n"),
        (
            Admin::CrawlerTocrawl { items: 0 },
            "lru_crawler tocrawl 0\r\n",
        ),
        (Admin::Crawl(Classes::All), "lru_crawler crawl all\r\n"),
        (Admin::Crawl(Classes::Hash), "lru_crawler crawl hash\r\n"),
        (Admin::Crawl(small), "lru_crawler crawl 1,2,63\r\n"),
    ];
    let done = |(admin, sent)| case(Request::Admin(admin), sent, Reply::Ok, "OK\r\n");
    rows.into_iter().map(done).collect()
}

fn refusals_of_admin() -> Vec<Case> {
    use RefusalKind::{
        BadClass, Busy, Client, MemoryLimitFailed, MemoryLimitTooSmall, NoSparePage, NotStarted,
        SameClass, UnknownCommand,
    };
    let crawl = |words, received| {
        let request = Request::Admin(Admin::Crawl(Classes::All));
        case(
            request,
            "lru_crawler crawl all\r\n",
            Reply::Refused(words),
            received,
        )
    };
    let move_page = |words, received| {
        let request = Request::Admin(Admin::SlabsReassign {
            from: Some(1),
            to: 2,
        });
        case(
            request,
            "slabs reassign 1 2\r\n",
            Reply::Refused(words),
            received,
        )
    };
    let limit = |words, received| {
        let request = Request::Admin(Admin::CacheMemlimit { megabytes: 1 });
        case(
            request,
            "cache_memlimit 1\r\n",
            Reply::Refused(words),
            received,
        )
    };
    let words = Refusal::new;
    vec![
        crawl(Busy.into(), "BUSY currently processing crawler request\r\n"),
        crawl(BadClass.into(), "BADCLASS invalid class id\r\n"),
        crawl(NotStarted.into(), "NOTSTARTED no items to crawl\r\n"),
        crawl(
            words(UnknownCommand, "an unknown error happened"),
            "ERROR an unknown error happened\r\n",
        ),
        crawl(
            words(Client, "lru crawler disabled"),
            "CLIENT_ERROR lru crawler disabled\r\n",
        ),
        move_page(
            words(Busy, "currently processing reassign request"),
            "BUSY currently processing reassign request\r\n",
        ),
        move_page(
            words(BadClass, "invalid src or dst class id"),
            "BADCLASS invalid src or dst class id\r\n",
        ),
        move_page(
            NoSparePage.into(),
            "NOSPARE source class has no spare pages\r\n",
        ),
        move_page(SameClass.into(), "SAME src and dst class are identical\r\n"),
        move_page(
            words(Client, "slab reassignment disabled"),
            "CLIENT_ERROR slab reassignment disabled\r\n",
        ),
        limit(
            MemoryLimitTooSmall.into(),
            "MEMLIMIT_TOO_SMALL cannot set maxbytes to less than 8m\r\n",
        ),
        limit(
            MemoryLimitFailed.into(),
            "MEMLIMIT_ADJUST_FAILED out of bounds or unable to adjust\r\n",
        ),
    ]
}

fn refusals() -> Vec<Case> {
    let no = |kind: RefusalKind| Reply::Refused(kind.into());
    let words = |kind, words| Reply::Refused(Refusal::new(kind, words));
    let incr = || Request::Incr {
        key: key("a"),
        delta: 1,
        initial: None,
    };
    let sent = "set a 0 0 1\r\n1\r\n";
    use RefusalKind::{Client, NotNumeric, OutOfMemory, Server, TooLarge, Unauthenticated};
    vec![
        case(
            get("a"),
            "get a\r\n",
            no(RefusalKind::UnknownCommand),
            "ERROR\r\n",
        ),
        case(
            set(),
            sent,
            no(TooLarge),
            "SERVER_ERROR object too large for cache\r\n",
        ),
        case(
            set(),
            sent,
            no(OutOfMemory),
            "SERVER_ERROR out of memory storing object\r\n",
        ),
        case(set(), sent, words(Server, ""), "SERVER_ERROR\r\n"),
        case(
            set(),
            sent,
            words(Client, "bad data chunk"),
            "CLIENT_ERROR bad data chunk\r\n",
        ),
        case(
            get("a"),
            "get a\r\n",
            no(Unauthenticated),
            "CLIENT_ERROR unauthenticated\r\n",
        ),
        case(
            set(),
            sent,
            words(Unauthenticated, "authentication failure"),
            "CLIENT_ERROR authentication failure\r\n",
        ),
        case(
            incr(),
            "incr a 1\r\n",
            no(NotNumeric),
            "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n",
        ),
        case(
            get_many(&["a", "b"]),
            "get a b\r\n",
            words(OutOfMemory, "out of memory writing get response"),
            "SERVER_ERROR out of memory writing get response\r\n",
        ),
    ]
}
