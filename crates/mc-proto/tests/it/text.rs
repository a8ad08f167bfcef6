//! The classic commands, asked of a real memcached.

use mc_proto::{
    Admin, Automove, ClassSet, Classes, Connection, Exptime, Item, Key, Limits, LogTopic, LruMode,
    PrefixCounts, Protocol, Ratio, Received, Refusal, RefusalKind, Reply, Request, Secret,
    StatsTopic, Verb,
};
use mc_testkit::Memcached;

use crate::support::{get, item, key, set, store};
use crate::wire::Wire;

/// A client's end.
struct Client {
    wire: Wire,
    connection: Connection<()>,
}

impl Client {
    fn open(server: &Memcached, protocol: Protocol) -> Self {
        Self {
            wire: Wire::open(server),
            connection: Connection::new(protocol, Limits::default()),
        }
    }

    fn send(&mut self, request: &Request<'_>) {
        self.connection.push(request, ()).unwrap();
        self.wire.send(self.connection.take_outgoing());
    }

    fn next(&mut self) -> Received<()> {
        loop {
            if let Some(received) = self.connection.receive(&mut self.wire.input).unwrap() {
                return received;
            }
            assert!(self.wire.fill(), "the server has closed the connection");
        }
    }

    fn ask(&mut self, request: &Request<'_>) -> Reply {
        self.send(request);
        self.next().answer().unwrap().reply
    }

    /// The rows of a dump. While the server crawls by itself, it is asked again.
    fn rows(&mut self, request: &Request<'_>) -> (Vec<String>, Reply) {
        let busy = Reply::Refused(RefusalKind::Busy.into());
        let mut rows = Vec::new();
        self.send(request);
        loop {
            match self.next() {
                Received::Begun { .. } => {}
                Received::Row { row, .. } => rows.push(String::from_utf8(row.into()).unwrap()),
                Received::Answer(answer) if answer.reply == busy => self.send(request),
                Received::Answer(answer) => return (rows, answer.reply),
            }
        }
    }
}

fn client(server: &Memcached) -> Client {
    Client::open(server, Protocol::Text)
}

#[test]
fn get_and_touch() {
    let server = Memcached::start().unwrap();
    let mut client = client(&server);
    let gat = |name, exptime, cas| Request::Gat {
        key: key(name),
        exptime: Exptime::from_wire(exptime),
        cas,
    };
    assert_eq!(client.ask(&gat("a", 10, false)), Reply::Value(None));
    assert_eq!(client.ask(&set()), Reply::Stored);
    let hit = Reply::Value(Some(item("1")));
    assert_eq!(client.ask(&gat("a", 10, false)), hit);
    let Reply::Value(Some(Item { cas: Some(_), .. })) = client.ask(&gat("a", 0, true)) else {
        panic!("gats shows the cas number")
    };
    let many = Request::GatMany {
        keys: vec![key("b"), key("a")].into(),
        exptime: Exptime::AT_ONCE,
        cas: false,
    };
    let values = Reply::Values(vec![None, Some(item("1"))]);
    assert_eq!(client.ask(&many), values);
    assert_eq!(client.ask(&get("a")), Reply::Value(None));
}

/// The replies to a batch, without the words of refusals.
fn ask_batch(client: &mut Client, requests: &[Request<'_>]) -> Vec<Reply> {
    let Reply::Batch(replies) = client.ask(&Request::Batch(requests.into())) else {
        panic!("a batch is answered as one")
    };
    let wordless = |reply| match reply {
        Reply::Refused(refusal) => Reply::Refused(refusal.kind.into()),
        reply => reply,
    };
    replies.into_iter().map(wordless).collect()
}

/// A batch of the same requests has the same replies in every protocol.
#[test]
fn batches_of_every_protocol() {
    let server = Memcached::start().unwrap();
    let incr = |name| Request::Incr {
        key: key(name),
        delta: 5,
        initial: None,
    };
    let touch = || Request::Touch {
        key: key("a"),
        exptime: Exptime::from_wire(100),
    };
    let delete = || Request::Delete { key: key("a") };
    let rows = [
        (set(), Reply::Stored),
        (incr("a"), Reply::Number(6)),
        (store(Verb::Add, "2"), Reply::NotStored),
        (store(Verb::Append, "x"), Reply::Stored),
        (store(Verb::Cas(1), "3"), Reply::Exists),
        (touch(), Reply::Touched),
        (delete(), Reply::Deleted),
        (delete(), Reply::NotFound),
        (store(Verb::Replace, "4"), Reply::NotStored),
        (store(Verb::Prepend, "4"), Reply::NotStored),
        (incr("none"), Reply::NotFound),
        (store(Verb::Cas(1), "3"), Reply::NotFound),
        (touch(), Reply::NotFound),
    ];
    let (requests, replies): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    for protocol in [Protocol::Text, Protocol::Meta, Protocol::Binary] {
        let mut client = Client::open(&server, protocol);
        let found = ask_batch(&mut client, &requests);
        assert_eq!(found, replies, "{protocol}");
        assert_eq!(client.ask(&get("a")), Reply::Value(None), "{protocol}");
    }
}

/// Meta's errors do not say whose they are, so that its batches are lost then.
#[test]
fn batches_of_which_some_are_refused() {
    let server = Memcached::start().unwrap();
    let big = vec![0; 1 << 20];
    let set_big = Request::Store {
        verb: Verb::Set,
        key: key("big"),
        flags: 0,
        exptime: Exptime::NEVER,
        value: big[..].into(),
    };
    let decr = Request::Decr {
        key: key("a"),
        delta: 5,
        initial: None,
    };
    let requests = [store(Verb::Set, "x"), set_big, decr, set()];
    let refused = |kind: RefusalKind| Reply::Refused(kind.into());
    let replies = [
        Reply::Stored,
        refused(RefusalKind::TooLarge),
        refused(RefusalKind::NotNumeric),
        Reply::Stored,
    ];
    for protocol in [Protocol::Text, Protocol::Binary] {
        let mut client = Client::open(&server, protocol);
        assert_eq!(ask_batch(&mut client, &requests), replies, "{protocol}");
        assert_eq!(client.ask(&get("a")), Reply::Value(Some(item("1"))));
    }
}

#[test]
fn statistics() {
    let server = Memcached::start().unwrap();
    let mut client = client(&server);
    let stats = |topic| Request::Stats { topic };
    let count = |client: &mut Client, topic, name: &str| {
        let Reply::Stats(rows) = client.ask(&stats(topic)) else {
            panic!("{topic:?} has rows")
        };
        let row = rows.into_iter().find(|row| row.0 == name);
        row.map(|row| String::from_utf8(row.1.into()).unwrap())
    };
    assert_eq!(client.ask(&stats(Some(StatsTopic::DetailOn))), Reply::Ok);
    let name = Key::new(b"user:1").unwrap();
    let request = Request::Store {
        verb: Verb::Set,
        key: name,
        flags: 0,
        exptime: Exptime::NEVER,
        value: b"1"[..].into(),
    };
    assert_eq!(client.ask(&request), Reply::Stored);
    let get = Request::Get {
        key: name,
        cas: false,
    };
    assert_eq!(client.ask(&get), Reply::Value(Some(item("1"))));
    let user = PrefixCounts {
        prefix: "user".into(),
        gets: 1,
        hits: 1,
        sets: 1,
        deletes: 0,
    };
    assert_eq!(
        client.ask(&stats(Some(StatsTopic::DetailDump))),
        Reply::Prefixes(vec![user])
    );
    assert_eq!(client.ask(&stats(Some(StatsTopic::DetailOff))), Reply::Ok);
    let mut found = |topic, name| count(&mut client, topic, name);
    assert_eq!(found(None, "cmd_get").as_deref(), Some("1"));
    assert!(found(Some(StatsTopic::Settings), "maxconns").is_some());
    assert!(found(Some(StatsTopic::Items), "items:1:number").is_some());
    assert!(found(Some(StatsTopic::Slabs), "active_slabs").is_some());
    assert!(found(Some(StatsTopic::Sizes), "sizes_status").is_some());
    assert_eq!(found(Some(StatsTopic::Conns), "nothing"), None);
    assert_eq!(client.ask(&stats(Some(StatsTopic::Reset))), Reply::Ok);
    assert_eq!(count(&mut client, None, "cmd_get").as_deref(), Some("0"));
}

#[test]
fn administration() {
    let server = Memcached::start().unwrap();
    let mut client = client(&server);
    let ratio = Ratio::from_thousandths;
    let tune = |hot| Admin::LruTune {
        hot,
        warm: 25,
        hot_age: ratio(100),
        warm_age: ratio(2_000),
    };
    for admin in [
        Admin::CacheMemlimit { megabytes: 100 },
        Admin::SlabsAutomove(Automove::Off),
        Admin::SlabsAutomove(Automove::On),
        Admin::SlabsAutomove(Automove::Ratio(ratio(800))),
        tune(10),
        Admin::LruMode(LruMode::Flat),
        Admin::LruMode(LruMode::Segmented),
        Admin::LruTempTtl { seconds: Some(60) },
        Admin::LruTempTtl { seconds: None },
        Admin::CrawlerSleep { microseconds: 100 },
        Admin::CrawlerTocrawl { items: 0 },
    ] {
        assert_eq!(client.ask(&Request::Admin(admin)), Reply::Ok, "{admin:?}");
    }
    // The server may crawl by itself in the same moment.
    let crawl = Admin::Crawl(Classes::Only(ClassSet::new([1, 2]).unwrap()));
    let crawled = client.ask(&Request::Admin(crawl));
    let busy = Reply::Refused(RefusalKind::Busy.into());
    assert!(crawled == Reply::Ok || crawled == busy, "{crawled:?}");
    let disable = Request::Admin(Admin::CrawlerDisable);
    assert_eq!(client.ask(&disable), Reply::Ok);
    let verbosity = Request::Verbosity { level: 0 };
    assert_eq!(client.ask(&verbosity), Reply::Ok);
    let page = |from, to| Admin::SlabsReassign {
        from: Some(from),
        to,
    };
    for (admin, kind) in [
        (
            Admin::CacheMemlimit { megabytes: 1 },
            RefusalKind::MemoryLimitTooSmall,
        ),
        (page(1, 2), RefusalKind::NoSparePage),
        (page(1, 1), RefusalKind::SameClass),
        (page(0, 300), RefusalKind::BadClass),
        (
            Admin::CrawlerSleep {
                microseconds: 2_000_000,
            },
            RefusalKind::Client,
        ),
        (tune(80), RefusalKind::UnknownCommand),
    ] {
        let Reply::Refused(refusal) = client.ask(&Request::Admin(admin)) else {
            panic!("{admin:?} was not refused")
        };
        assert_eq!(refusal.kind, kind, "{admin:?}: {refusal}");
    }
}

#[test]
fn dumps() {
    let server = Memcached::start().unwrap();
    assert_eq!(client(&server).ask(&set()), Reply::Stored);
    for protocol in [Protocol::Text, Protocol::Meta] {
        let mut client = Client::open(&server, protocol);
        for classes in [Classes::All, Classes::Hash] {
            let (rows, end) = client.rows(&Request::Metadump(classes));
            assert_eq!((rows.len(), &end), (1, &Reply::Ok), "{rows:?}");
            assert!(rows[0].starts_with("key=a exp=-1 "), "{rows:?}");
        }
        let (rows, end) = client.rows(&Request::Mgdump(Classes::All));
        // Before 1.6.19 there is no such command.
        let unknown = Reply::Refused(RefusalKind::UnknownCommand.into());
        let known = (rows, &end) == (vec!["mg a".to_owned()], &Reply::Ok);
        assert!(known || end == unknown, "{end:?}");
    }
}

#[test]
fn the_log() {
    let server = Memcached::start().unwrap();
    let mut watcher = Client::open(&server, Protocol::Meta);
    let mut other = client(&server);
    let topics = [LogTopic::Mutations].into_iter().collect();
    watcher.send(&Request::Watch(topics));
    // The server accepts a watcher when it next has something to log.
    assert_eq!(other.ask(&set()), Reply::Stored);
    let Received::Begun { id } = watcher.next() else {
        panic!("a watch begins with a word for it")
    };
    assert_eq!(other.ask(&set()), Reply::Stored);
    let Received::Row { id: of, row } = watcher.next() else {
        panic!("then come rows")
    };
    let row = String::from_utf8(row.into()).unwrap();
    assert_eq!(of, id);
    assert!(row.contains(" type=item_store key=a "), "{row}");
}

#[test]
fn passwords() {
    let file = std::env::temp_dir().join(format!("mc-proto-passwords-{}", std::process::id()));
    std::fs::write(&file, "mc:sesame\n").unwrap();
    let server = Memcached::builder().arg("-Y").arg(&file).start();
    std::fs::remove_file(&file).unwrap();
    let server = server.unwrap();
    let auth = |password| Request::Auth {
        user: b"mc",
        password: Secret::new(password),
    };
    let no = |words| Reply::Refused(Refusal::new(RefusalKind::Unauthenticated, words));
    assert_eq!(client(&server).ask(&get("a")), no("unauthenticated"));
    assert_eq!(
        client(&server).ask(&auth(b"guess")),
        no("authentication failure")
    );
    for protocol in [Protocol::Text, Protocol::Meta] {
        let mut client = Client::open(&server, protocol);
        assert_eq!(client.ask(&auth(b"sesame")), Reply::Ok);
        assert_eq!(client.ask(&get("a")), Reply::Value(None));
    }
}

#[test]
fn the_end() {
    let server = Memcached::builder().arg("-A").start().unwrap();
    let mut last = client(&server);
    last.send(&Request::Shutdown { graceful: false });
    assert!(!last.wire.fill(), "the server is gone");
    let server = Memcached::start().unwrap();
    let Reply::Refused(refusal) = client(&server).ask(&Request::Shutdown { graceful: true }) else {
        panic!("nobody has allowed it")
    };
    assert_eq!(refusal.message, "shutdown not enabled");
}
