//! Exchanges without a socket, as the bench of `mc-proto` times them and the program beside it counts their instructions.

use std::hint::black_box;

use bytes::{Buf, Bytes, BytesMut};
use mc_proto::{
    Connection, Exptime, Item, Key, Limits, Outgoing, Protocol, Received, Reply, Request, Verb,
    binary, meta, text,
};

/// How many keys the get of many has.
pub const MANY: usize = 100;

const PROTOCOLS: [Protocol; 3] = [Protocol::Text, Protocol::Meta, Protocol::Binary];

/// A value that is copied, and one that is shared.
const SMALL: usize = 100;
const LARGE: usize = 512 << 10;

/// How many exchanges one connection has. Replies of meta and binary bear numbers that count up, so they are made
/// beforehand, one for each.
const EXCHANGES: usize = 32;

/// One hot command with its replies, in one protocol.
#[derive(Debug)]
pub struct Scenario {
    /// Protocol and command, such as `text get 100`.
    pub name: String,
    protocol: Protocol,
    command: Command,
    keys: Vec<String>,
    value: Bytes,
    /// The replies to one exchange after the other, as the server sends them.
    wire: Vec<Vec<u8>>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Command {
    Get,
    GetMany,
    Set,
    SetMany,
}

/// Every scenario: get and set, of one key and of many, and of a large value.
///
/// Each is made when its turn comes, for the large ones take room.
pub fn scenarios() -> impl Iterator<Item = Scenario> {
    let commands = [
        ("get", Command::Get, SMALL),
        ("get 100", Command::GetMany, SMALL),
        ("set", Command::Set, SMALL),
        ("set 100", Command::SetMany, SMALL),
        ("get 512 KiB", Command::Get, LARGE),
        ("set 512 KiB", Command::Set, LARGE),
    ];
    PROTOCOLS.into_iter().flat_map(move |protocol| {
        let scenario = move |(name, command, len)| Scenario::new(protocol, name, command, len);
        commands.into_iter().map(scenario)
    })
}

impl Scenario {
    fn new(protocol: Protocol, name: &str, command: Command, len: usize) -> Self {
        let mut scenario = Self {
            name: format!("{protocol} {name}"),
            protocol,
            command,
            keys: (0..MANY).map(|at| format!("key_{at:06}")).collect(),
            value: vec![b'v'; len].into(),
            wire: Vec::new(),
        };
        scenario.wire = scenario.serve_all();
        scenario
    }

    /// Queues the request and takes it back, so many times. There is neither a socket nor a reply.
    pub fn push(&self, rounds: u64) {
        let keys = self.parse_keys();
        let sets = self.sets(&keys);
        let mut connection = Connection::new(self.protocol, Limits::default());
        for _ in 0..rounds {
            let request = black_box(self.request(&keys, &sets));
            let id = connection.push(&request, ()).expect("it is allowed");
            connection.withdraw(id).expect("it was not taken");
        }
    }

    /// The whole exchange, so many times: queues the request, takes its bytes, reads the reply, and drops it.
    /// The reply is copied into the input first, as the kernel would do.
    pub fn exchange(&self, rounds: u64) {
        let keys = self.parse_keys();
        let sets = self.sets(&keys);
        let (mut input, mut written) = (BytesMut::new(), Outgoing::default());
        let mut connection = Connection::new(self.protocol, Limits::default());
        for round in 0..rounds as usize {
            if round % EXCHANGES == 0 {
                connection = Connection::new(self.protocol, Limits::default());
            }
            let request = black_box(self.request(&keys, &sets));
            connection.push(&request, ()).expect("it is allowed");
            connection.exchange_outgoing(&mut written);
            input.extend_from_slice(black_box(&self.wire[round % EXCHANGES]));
            let received = connection.receive(&mut input).expect("it is a reply");
            let answer = received.and_then(Received::answer);
            black_box(answer.expect("it is whole"));
        }
    }

    fn parse_keys(&self) -> Vec<Key<'_>> {
        let keys = self.keys.iter().map(|key| Key::new(key.as_bytes()));
        keys.collect::<Result<_, _>>().expect("they are keys")
    }

    fn request<'a>(&self, keys: &'a [Key<'a>], sets: &'a [Request<'a>]) -> Request<'a> {
        match self.command {
            Command::Get => Request::Get {
                key: keys[0],
                cas: false,
            },
            Command::GetMany => Request::GetMany {
                keys: keys.into(),
                cas: false,
            },
            Command::Set => self.set(keys[0]),
            Command::SetMany => Request::Batch(sets.into()),
        }
    }

    /// The requests of a batch, which the caller has to keep.
    fn sets<'a>(&self, keys: &[Key<'a>]) -> Vec<Request<'a>> {
        keys.iter().map(|key| self.set(*key)).collect()
    }

    fn set<'a>(&self, key: Key<'a>) -> Request<'a> {
        Request::Store {
            verb: Verb::Set,
            key,
            flags: 0,
            exptime: Exptime::NEVER,
            value: self.value.clone().into(),
        }
    }

    /// The replies to the requests of a fresh connection.
    fn serve_all(&self) -> Vec<Vec<u8>> {
        let keys = self.parse_keys();
        let sets = self.sets(&keys);
        let mut connection = Connection::new(self.protocol, Limits::default());
        let mut serve = || {
            let request = self.request(&keys, &sets);
            connection.push(&request, ()).expect("it is allowed");
            let mut sent = connection.take_outgoing();
            self.serve(&sent.copy_to_bytes(sent.remaining()))
        };
        (0..EXCHANGES).map(|_| serve()).collect()
    }

    /// What a server that has every item says to these bytes.
    fn serve(&self, mut sent: &[u8]) -> Vec<u8> {
        let (limits, mut out) = (Limits::default(), Outgoing::default());
        while !sent.is_empty() {
            let len = if self.protocol == Protocol::Binary {
                let incoming = binary::decode_request(sent, &limits).expect("it is right");
                let incoming = incoming.expect("it is whole");
                let request = incoming.request.general().expect("it is known");
                let replied =
                    binary::encode_reply(&incoming.request, &self.reply(&request), &mut out);
                replied.expect("it answers");
                incoming.len
            } else {
                // Meta knows every word of text.
                let incoming = meta::decode_request(sent, &limits).expect("it is right");
                let incoming = incoming.expect("it is whole");
                let reply = self.reply(&incoming.request);
                text::encode_reply(&incoming.request, &reply, &mut out).expect("it answers");
                incoming.len
            };
            sent = &sent[len..];
        }
        out.copy_to_bytes(out.remaining()).into()
    }

    fn reply(&self, request: &Request<'_>) -> Reply {
        let item = Item {
            flags: 0,
            cas: Some(1),
            value: self.value.clone(),
        };
        let returned = meta::Returned::default();
        match request {
            Request::Get { .. } => Reply::Value(Some(item)),
            Request::GetMany { .. } => Reply::Values(vec![Some(item); MANY]),
            Request::Store { .. } => Reply::Stored,
            Request::Noop => Reply::Ok,
            Request::Meta(request) => Reply::Meta(Box::new(match **request {
                meta::Request::Get(_) => {
                    let flags = Some(item.flags);
                    meta::Reply::Value(item.value, meta::Returned { flags, ..returned })
                }
                meta::Request::Noop => meta::Reply::Noop,
                _ => meta::Reply::Done(returned),
            })),
            other => unreachable!("nobody has asked {}", other.name()),
        }
    }
}
