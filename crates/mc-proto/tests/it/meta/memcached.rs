//! Every flag, tried against a real memcached.
#![expect(clippy::disallowed_types, reason = "these tests move the bytes")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use mc_proto::meta::{
    Arithmetic, ArithmeticMode, Debug, Delete, Get, Hint, Opaque, Reply as Own, Returned, Set,
    SetMode, Ttl,
};
use mc_proto::{
    Connection, Exptime, Initial, Item, Key, Limits, Outgoing, Protocol, Received, RefusalKind,
    Reply, Request, Verb, meta,
};
use mc_testkit::{Address, Memcached};

use crate::support::{get, gets, key, store, written};

/// How long a test waits for what has to come.
const LIMIT: Duration = Duration::from_secs(5);

/// A server of one's own, and a connection to it.
struct Peer {
    server: Memcached,
    stream: TcpStream,
    connection: Connection<()>,
    input: BytesMut,
}

impl Peer {
    fn start() -> Self {
        let server = Memcached::start().unwrap();
        let Address::Tcp(address) = server.address() else {
            panic!("{}", server.address())
        };
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let limits = Limits {
            max_value_len: 8 << 20,
            ..Limits::default()
        };
        Self {
            server,
            stream,
            connection: Connection::new(Protocol::Meta, limits),
            input: BytesMut::new(),
        }
    }

    /// Whether the server is of this version of 1.6, or newer.
    fn is_from(&self, patch: u32) -> bool {
        let version = self.server.version().unwrap();
        let newest = version.rsplit('.').next().unwrap();
        newest.parse::<u32>().unwrap() >= patch
    }

    fn fill(&mut self) {
        let mut read = [0; 4096];
        let len = self.stream.read(&mut read).unwrap();
        assert_ne!(len, 0, "the server has closed the connection");
        self.input.extend_from_slice(&read[..len]);
    }

    fn ask(&mut self, request: &Request<'_>) -> Reply {
        self.connection.push(request, ()).unwrap();
        let sent = written(self.connection.take_outgoing());
        self.stream.write_all(&sent).unwrap();
        loop {
            let received = self.connection.receive(&mut self.input).unwrap();
            if let Some(answer) = received.and_then(Received::answer) {
                return answer.reply;
            }
            self.fill();
        }
    }

    /// Asks in meta's own words.
    fn own<'a>(&mut self, request: impl Into<meta::Request<'a>>) -> Own {
        let request = Request::Meta(Box::new(request.into()));
        match self.ask(&request) {
            Reply::Meta(reply) => *reply,
            other => panic!("{request:?}: {other:?}"),
        }
    }

    /// Whether the server takes the request.
    fn takes<'a>(&mut self, request: impl Into<meta::Request<'a>>) -> bool {
        matches!(
            self.ask(&Request::Meta(Box::new(request.into()))),
            Reply::Meta(_)
        )
    }

    /// Everything that comes back to these requests, quiet ones among them.
    fn lines(&mut self, requests: &[meta::Request<'_>]) -> String {
        let fence = meta::Request::Noop;
        let mut out = Outgoing::default();
        for request in requests.iter().chain([&fence]) {
            let request = Request::Meta(request.clone().into());
            meta::encode_request(&request, &Limits::default(), 0, &mut out).unwrap();
        }
        self.stream.write_all(&written(out)).unwrap();
        while !self.input.ends_with(b"MN\r\n") {
            self.fill();
        }
        let all = self.input.copy_to_bytes(self.input.len());
        String::from_utf8(all.to_vec()).unwrap()
    }
}

fn a() -> Get<'static> {
    Get::new(key("a"))
}

fn set_a() -> Set<'static> {
    Set::new(key("a"), &b"abc"[..])
}

fn seconds(number: i32) -> Exptime {
    Exptime::from_wire(number)
}

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

/// The flags of the reply, whatever its status.
fn returned(reply: Own) -> Returned {
    match reply {
        Own::Done(returned)
        | Own::Value(_, returned)
        | Own::NotFound(returned)
        | Own::NotStored(returned)
        | Own::Exists(returned) => returned,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_a_get_tells() {
    let mut peer = Peer::start();
    assert_eq!(peer.own(a()), Own::Miss);
    let set = Set {
        flags: 5,
        exptime: seconds(1000),
        cas: true,
        ..set_a()
    };
    let cas = returned(peer.own(set)).cas;
    assert!(cas.is_some_and(|cas| cas > 0));

    assert_eq!(
        peer.own(Get {
            hit: true,
            no_bump: true,
            ..a()
        }),
        Own::Done(Returned {
            hit: Some(false),
            ..BARE
        })
    );
    assert_eq!(
        peer.own(Get { value: true, ..a() }),
        Own::Value("abc".into(), BARE)
    );
    assert_eq!(
        peer.own(Get { flags: true, ..a() }),
        Own::Done(Returned {
            flags: Some(5),
            ..BARE
        })
    );
    assert_eq!(
        peer.own(Get { cas: true, ..a() }),
        Own::Done(Returned { cas, ..BARE })
    );
    assert_eq!(
        peer.own(Get { size: true, ..a() }),
        Own::Done(Returned {
            size: Some(3),
            ..BARE
        })
    );
    assert_eq!(
        peer.own(Get { hit: true, ..a() }),
        Own::Done(Returned {
            hit: Some(true),
            ..BARE
        })
    );
    let ttl = returned(peer.own(Get { ttl: true, ..a() })).ttl;
    assert!(matches!(ttl, Some(Ttl::Seconds(990..=1000))), "{ttl:?}");
    let at = returned(peer.own(Get {
        last_access: true,
        ..a()
    }))
    .last_access;
    assert!(at.is_some_and(|seconds| seconds < 10), "{at:?}");
    let touched = Get {
        touch: Some(Exptime::NEVER),
        ttl: true,
        ..a()
    };
    assert_eq!(returned(peer.own(touched)).ttl, Some(Ttl::Forever));
}

#[test]
fn winning_an_item_and_losing_it() {
    let mut peer = Peer::start();
    let get = || Get {
        value: true,
        vivify: Some(seconds(1000)),
        ..a()
    };
    let won = Returned { won: true, ..BARE };
    let taken = Returned {
        taken: true,
        ..BARE
    };
    assert_eq!(peer.own(get()), Own::Value("".into(), won));
    assert_eq!(peer.own(get()), Own::Value("".into(), taken));

    peer.own(Set {
        exptime: seconds(10),
        ..set_a()
    });
    let recache = || Get {
        recache: Some(seconds(1000)),
        ..a()
    };
    assert_eq!(
        peer.own(Get {
            recache: Some(seconds(1)),
            ..a()
        }),
        Own::Done(BARE)
    );
    assert_eq!(peer.own(recache()), Own::Done(won));
    assert_eq!(peer.own(recache()), Own::Done(taken));

    let stale = Delete {
        invalidate: true,
        exptime: Some(seconds(500)),
        ..Delete::new(key("a"))
    };
    assert_eq!(peer.own(stale), Own::Done(BARE));
    let first = returned(peer.own(Get { ttl: true, ..a() }));
    assert!(first.stale && first.won && !first.taken, "{first:?}");
    assert!(matches!(first.ttl, Some(Ttl::Seconds(490..=500))));
    let second = returned(peer.own(a()));
    assert!(second.stale && second.taken && !second.won, "{second:?}");
}

#[test]
fn ways_of_storing() {
    let mut peer = Peer::start();
    let mut check = |mode, reply: Own, value: &'static str| {
        assert_eq!(peer.own(Set { mode, ..set_a() }), reply, "{mode:?}");
        let found = match peer.own(Get { value: true, ..a() }) {
            Own::Value(value, _) => value,
            Own::Miss => "".into(),
            other => panic!("{other:?}"),
        };
        assert_eq!(found, value);
    };
    check(SetMode::Replace, Own::NotStored(BARE), "");
    check(SetMode::Append, Own::NotStored(BARE), "");
    check(SetMode::Add, Own::Done(BARE), "abc");
    check(SetMode::Add, Own::NotStored(BARE), "abc");
    check(SetMode::Append, Own::Done(BARE), "abcabc");
    check(SetMode::Set, Own::Done(BARE), "abc");
    check(SetMode::Prepend, Own::Done(BARE), "abcabc");
    check(SetMode::Replace, Own::Done(BARE), "abc");
}

#[test]
fn cas_numbers_compared() {
    let mut peer = Peer::start();
    let with = |compare_cas| Set {
        compare_cas: Some(compare_cas),
        cas: true,
        ..set_a()
    };
    let none = Returned {
        cas: Some(0),
        ..BARE
    };
    assert_eq!(peer.own(with(1)), Own::NotFound(none));
    let first = returned(peer.own(Set {
        cas: true,
        ..set_a()
    }))
    .cas
    .unwrap();
    assert_eq!(peer.own(with(first + 100)), Own::Exists(none));
    let second = returned(peer.own(with(first))).cas.unwrap();
    assert!(second > first);

    // An older number stores as well with `I`, and marks the item.
    let older = Set {
        invalidate: true,
        ..with(first)
    };
    assert!(matches!(peer.own(older), Own::Done(_)));
    assert!(returned(peer.own(a())).stale);

    let delete = |compare_cas| Delete {
        compare_cas,
        ..Delete::new(key("a"))
    };
    assert_eq!(peer.own(delete(Some(1))), Own::Exists(BARE));
    let cas = returned(peer.own(Get { cas: true, ..a() })).cas;
    assert_eq!(peer.own(delete(cas)), Own::Done(BARE));
    assert_eq!(peer.own(delete(None)), Own::NotFound(BARE));
}

#[test]
fn counting() {
    let mut peer = Peer::start();
    let n = || Arithmetic {
        value: true,
        ..Arithmetic::new(key("n"))
    };
    let initial = Some(Initial {
        value: 5,
        exptime: seconds(1000),
    });
    assert_eq!(peer.own(n()), Own::NotFound(BARE));
    let first = peer.own(Arithmetic {
        initial,
        delta: 7,
        ttl: true,
        ..n()
    });
    let Own::Value(value, told) = first else {
        panic!("{first:?}")
    };
    assert_eq!(value, "5");
    assert!(matches!(told.ttl, Some(Ttl::Seconds(990..=1000))));

    let mode = ArithmeticMode::Decr;
    assert_eq!(
        peer.own(Arithmetic { delta: 7, ..n() }),
        Own::Value("12".into(), BARE)
    );
    assert_eq!(
        peer.own(Arithmetic {
            mode,
            delta: 2,
            ..n()
        }),
        Own::Value("10".into(), BARE)
    );
    assert_eq!(peer.own(n()), Own::Value("11".into(), BARE));
    assert_eq!(
        peer.own(Arithmetic {
            mode,
            delta: u64::MAX,
            ..n()
        }),
        Own::Value("0".into(), BARE)
    );
    assert_eq!(
        peer.own(Arithmetic {
            delta: u64::MAX,
            ..n()
        }),
        Own::Value("18446744073709551615".into(), BARE)
    );
    assert_eq!(
        peer.own(Arithmetic {
            value: false,
            ..n()
        }),
        Own::Done(BARE)
    );
    let forever = peer.own(Arithmetic {
        exptime: Some(Exptime::NEVER),
        ttl: true,
        ..n()
    });
    assert_eq!(returned(forever).ttl, Some(Ttl::Forever));

    let cas = returned(peer.own(Arithmetic { cas: true, ..n() }))
        .cas
        .unwrap();
    let compared = |compare_cas| Arithmetic {
        compare_cas: Some(compare_cas),
        value: false,
        ..n()
    };
    assert_eq!(peer.own(compared(cas + 100)), Own::Exists(BARE));
    assert_eq!(peer.own(compared(cas)), Own::Done(BARE));
}

#[test]
fn marks_keys_and_hints() {
    let mut peer = Peer::start();
    let opaque = Some(Opaque::new(&[b'x'; 31]).unwrap());
    let names = [
        key("a"),
        Key::raw(b"two words\r\n").unwrap(),
        Key::raw(&[0xff; 186]).unwrap(),
    ];
    for name in names {
        let get = Get {
            echo_key: true,
            opaque,
            path: Some(Hint::new(b"/here/").unwrap()),
            hint: Some(Hint::new(b"").unwrap()),
            value: true,
            ..Get::new(name)
        };
        let set = Set {
            echo_key: true,
            opaque,
            ..Set::new(name, &b"1"[..])
        };
        let delete = Delete {
            echo_key: true,
            opaque,
            ..Delete::new(name)
        };
        let count = Arithmetic {
            echo_key: true,
            opaque,
            ..Arithmetic::new(name)
        };
        assert_eq!(peer.own(get.clone()), Own::Miss);
        assert_eq!(peer.own(Debug::new(name)), Own::Miss);
        assert_eq!(peer.own(set), Own::Done(BARE));
        assert_eq!(peer.own(count), Own::Done(BARE));
        assert_eq!(peer.own(get), Own::Value("2".into(), BARE));
        let Own::Debug(fields) = peer.own(Debug::new(name)) else {
            panic!()
        };
        assert!(fields.contains(&("exp".into(), "-1".into())), "{fields:?}");
        assert_eq!(peer.own(delete), Own::Done(BARE));
    }
}

#[test]
fn quiet_requests() {
    let mut peer = Peer::start();
    let get = |name| Get {
        quiet: true,
        value: true,
        ..Get::new(key(name))
    };
    let set = |mode| Set {
        quiet: true,
        mode,
        ..set_a()
    };
    let delete = |name| Delete {
        quiet: true,
        ..Delete::new(key(name))
    };
    let count = Arithmetic {
        quiet: true,
        value: true,
        ..Arithmetic::new(key("n"))
    };
    let lines = peer.lines(&[
        get("a").into(),
        set(SetMode::Set).into(),
        set(SetMode::Add).into(),
        get("a").into(),
        delete("a").into(),
        delete("a").into(),
        count.clone().into(),
        Set {
            quiet: true,
            ..Set::new(key("n"), &b"7"[..])
        }
        .into(),
        count.into(),
    ]);
    assert_eq!(lines, "NS\r\nVA 3\r\nabc\r\nNF\r\nNF\r\nMN\r\n");
}

/// What 1.6.18 refuses or ignores, and later versions know.
#[test]
fn flags_of_later_versions() {
    let mut peer = Peer::start();
    peer.own(set_a());
    let knows = peer.is_from(27);
    let new_cas = Some(1000);
    let n = Arithmetic {
        new_cas,
        ..Arithmetic::new(key("n"))
    };
    assert_eq!(peer.takes(Get { new_cas, ..a() }), knows);
    assert_eq!(
        peer.takes(Delete {
            new_cas,
            ..Delete::new(key("b"))
        }),
        knows
    );
    assert_eq!(
        peer.takes(Delete {
            remove_value: true,
            ..Delete::new(key("b"))
        }),
        knows
    );
    assert_eq!(peer.takes(n), knows);

    let knows = peer.is_from(20);
    let sized = returned(peer.own(Set {
        size: true,
        ..set_a()
    }))
    .size;
    assert_eq!(sized, knows.then_some(3));
    let append = Set {
        mode: SetMode::Append,
        vivify: Some(seconds(60)),
        ..Set::new(key("new"), &b"1"[..])
    };
    assert_eq!(peer.own(append) == Own::Done(BARE), knows);

    let cas = returned(peer.own(Get { cas: true, ..a() })).cas;
    let unless = Get {
        value: true,
        compare_cas: cas,
        ..a()
    };
    let known = if peer.is_from(40) {
        Own::Done(BARE)
    } else {
        Own::Value("abc".into(), BARE)
    };
    assert_eq!(peer.own(unless), known);

    // The last, for a storage command that is refused loses the connection.
    let knows = peer.is_from(27);
    assert_eq!(peer.takes(Set { new_cas, ..set_a() }), knows);
}

#[test]
fn what_every_protocol_can_say() {
    let mut peer = Peer::start();
    let hit = |value: &'static str, cas| {
        Reply::Value(Some(Item {
            flags: 0,
            cas,
            value: value.into(),
        }))
    };
    let incr = |initial| Request::Incr {
        key: key("n"),
        delta: 2,
        initial,
    };
    let initial = Some(Initial {
        value: 8,
        exptime: Exptime::NEVER,
    });
    let touch = |name| Request::Touch {
        key: key(name),
        exptime: seconds(1000),
    };
    let delete = |name| Request::Delete { key: key(name) };
    let rows = [
        (get("a"), Reply::Value(None)),
        (store(Verb::Replace, "1"), Reply::NotStored),
        (store(Verb::Append, "1"), Reply::NotStored),
        (store(Verb::Prepend, "1"), Reply::NotStored),
        (store(Verb::Cas(1), "1"), Reply::NotFound),
        (store(Verb::Add, "1"), Reply::Stored),
        (store(Verb::Add, "1"), Reply::NotStored),
        (store(Verb::Append, "2"), Reply::Stored),
        (store(Verb::Prepend, "0"), Reply::Stored),
        (store(Verb::Cas(u64::MAX), "1"), Reply::Exists),
        (get("a"), hit("012", None)),
        (touch("a"), Reply::Touched),
        (touch("b"), Reply::NotFound),
        (
            Request::Gat {
                key: key("a"),
                exptime: seconds(9),
                cas: false,
            },
            hit("012", None),
        ),
        (incr(None), Reply::NotFound),
        (incr(initial), Reply::Number(8)),
        (incr(initial), Reply::Number(10)),
        (
            Request::Decr {
                key: key("n"),
                delta: 3,
                initial: None,
            },
            Reply::Number(7),
        ),
        (
            Request::Incr {
                key: key("a"),
                delta: 3,
                initial: None,
            },
            Reply::Number(15),
        ),
        (delete("a"), Reply::Deleted),
        (delete("a"), Reply::NotFound),
        (Request::Noop, Reply::Ok),
        (Request::FlushAll { delay: None }, Reply::Ok),
        (get("n"), Reply::Value(None)),
    ];
    for (request, reply) in rows {
        assert_eq!(peer.ask(&request), reply, "{request:?}");
    }
    peer.ask(&store(Verb::Set, "x"));
    let Reply::Value(Some(item)) = peer.ask(&gets("a")) else {
        panic!()
    };
    assert_eq!(
        peer.ask(&store(Verb::Cas(item.cas.unwrap()), "y")),
        Reply::Stored
    );
    assert_eq!(
        peer.ask(&Request::Incr {
            key: key("a"),
            delta: 1,
            initial: None
        }),
        Reply::Refused(RefusalKind::NotNumeric.into())
    );
}

#[test]
fn batches() {
    let mut peer = Peer::start();
    let big = vec![b'v'; 2 << 20];
    let set = |name, value| Request::Store {
        verb: Verb::Set,
        key: key(name),
        flags: 3,
        exptime: Exptime::NEVER,
        value,
    };
    let delete = |name| Request::Delete { key: key(name) };
    let incr = |name| Request::Incr {
        key: key(name),
        delta: 1,
        initial: None,
    };
    let mut batch = |requests: Vec<Request<'_>>| {
        Reply::Batch(match peer.ask(&Request::Batch(requests.into())) {
            Reply::Batch(replies) => replies,
            other => panic!("{other:?}"),
        })
    };
    let replies = batch(vec![
        set("a", b"1"[..].into()),
        delete("none"),
        incr("a"),
        incr("none"),
        Request::Touch {
            key: key("a"),
            exptime: seconds(60),
        },
        delete("a"),
        Request::Touch {
            key: key("a"),
            exptime: seconds(60),
        },
        store(Verb::Add, "1"),
    ]);
    assert_eq!(
        replies,
        Reply::Batch(vec![
            Reply::Stored,
            Reply::NotFound,
            Reply::Number(2),
            Reply::NotFound,
            Reply::Touched,
            Reply::Deleted,
            Reply::NotFound,
            Reply::Stored,
        ])
    );
    // A refusal between two replies with marks has its place.
    let replies = batch(vec![
        delete("none"),
        set("big", big[..].into()),
        incr("a"),
        set("c", b"2"[..].into()),
    ]);
    assert_eq!(
        replies,
        Reply::Batch(vec![
            Reply::NotFound,
            Reply::Refused(RefusalKind::TooLarge.into()),
            Reply::Number(2),
            Reply::Stored,
        ])
    );
}
