//! What pushing a request and reading its reply allocate, counted by a profiling allocator.
//!
//! A program of its own, without a harness, as the count is the whole program's, and a harness allocates beside it.

use bytes::{Buf, BytesMut};
use mc_proto::{
    Connection, Exptime, Item, Key, Limits, Outgoing, Protocol, Received, Reply, Request, Verb,
    binary, meta, text,
};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

const PROTOCOLS: [Protocol; 3] = [Protocol::Text, Protocol::Meta, Protocol::Binary];

fn main() {
    let _profiler = dhat::Profiler::builder().testing().build();
    let names: Vec<_> = (0..100).map(|at| format!("key_{at}")).collect();
    let key = |at: usize| Key::new(names[at].as_bytes()).unwrap();
    let keys: Vec<_> = (0..100).map(key).collect();
    let get = || Request::Get {
        key: key(0),
        cas: false,
    };
    let many = |count| Request::GetMany {
        keys: keys[..count].into(),
        cas: false,
    };
    let set = |value: &'static [u8]| Request::Store {
        verb: Verb::Set,
        key: key(0),
        flags: 7,
        exptime: Exptime::NEVER,
        value: value.into(),
    };
    for protocol in PROTOCOLS {
        let check = |request: Request<'_>, value_len, expected| {
            let found = exchange(protocol, &request, value_len);
            let name = request.name();
            assert_eq!(
                found,
                (0, expected),
                "{protocol} {name}, values of {value_len:?}"
            );
        };
        check(set(&[b'v'; 1000]), None, 0);
        check(Request::Delete { key: key(0) }, None, 0);
        check(get(), None, 0);
        check(get(), Some(0), 0);
        // A small value is a copy, which lets the buffer go.
        check(get(), Some(100), 1);
        // A large one is the buffer, which from then on counts who has it.
        check(get(), Some(4096), 1);
        check(get(), Some(500_000), 1);
        // And so are many; the list of them is the other allocation.
        check(many(2), Some(4096), 2);
        check(many(100), Some(4096), 2);
    }
    // Many small ones are cut out of copies of a page, which have two allocations each; the list is the other.
    for protocol in PROTOCOLS {
        let (_, made) = exchange(protocol, &many(100), Some(100));
        assert!(
            made <= 9,
            "{protocol}: {made} allocations for 100 small values"
        );
    }
}

/// How many allocations the request and its reply make on a connection that has done the same before.
fn exchange(protocol: Protocol, request: &Request<'_>, value_len: Option<usize>) -> (u64, u64) {
    let mut connection = Connection::new(protocol, Limits::default());
    let (mut sent, mut counted) = (Outgoing::default(), (0, 0));
    for _ in 0..3 {
        let pushed = allocations(|| connection.push(request, ()).map(drop).unwrap());
        connection.exchange_outgoing(&mut sent);
        let reply = serve(protocol, &sent.copy_to_bytes(sent.remaining()), value_len);
        let mut input = BytesMut::from(&reply[..]);
        let mut answer = None;
        let read = allocations(|| answer = connection.receive(&mut input).unwrap());
        let answer = answer.and_then(Received::answer).unwrap();
        let is_refused = matches!(answer.reply, Reply::Refused(_));
        assert!(input.is_empty() && !is_refused, "{answer:?}");
        counted = (pushed, read);
    }
    counted
}

fn allocations(what: impl FnOnce()) -> u64 {
    let before = dhat::HeapStats::get().total_blocks;
    what();
    dhat::HeapStats::get().total_blocks - before
}

/// What a server says whose items all have values of this length, or that has none.
fn serve(protocol: Protocol, mut sent: &[u8], value_len: Option<usize>) -> Vec<u8> {
    let (limits, mut out) = (Limits::default(), Outgoing::default());
    while !sent.is_empty() {
        let len = if protocol == Protocol::Binary {
            let incoming = binary::decode_request(sent, &limits).unwrap().unwrap();
            let request = incoming.request.general().unwrap();
            binary::encode_reply(&incoming.request, &reply(&request, value_len), &mut out).unwrap();
            incoming.len
        } else {
            let incoming = meta::decode_request(sent, &limits).unwrap().unwrap();
            let reply = reply(&incoming.request, value_len);
            text::encode_reply(&incoming.request, &reply, &mut out).unwrap();
            incoming.len
        };
        sent = &sent[len..];
    }
    out.copy_to_bytes(out.remaining()).into()
}

fn reply(request: &Request<'_>, value_len: Option<usize>) -> Reply {
    let item = value_len.map(|len| Item {
        flags: 7,
        cas: Some(1),
        value: vec![b'v'; len].into(),
    });
    let returned = meta::Returned::default();
    match (request, item) {
        (Request::Get { .. }, item) => Reply::Value(item),
        (Request::GetMany { keys, .. }, item) => Reply::Values(vec![item; keys.len()]),
        (Request::Store { .. }, _) => Reply::Stored,
        (Request::Delete { .. }, _) => Reply::Deleted,
        (Request::Meta(request), item) => Reply::Meta(Box::new(match (&**request, item) {
            (meta::Request::Get(_), None) => meta::Reply::Miss,
            (meta::Request::Get(_), Some(item)) => {
                let flags = Some(item.flags);
                meta::Reply::Value(item.value, meta::Returned { flags, ..returned })
            }
            _ => meta::Reply::Done(returned),
        })),
        _ => Reply::Ok,
    }
}
