//! What is asked, where an input says what comes back: one request of each shape, by number.

use mc_proto::{Exptime, Initial, Key, Limits, Request, SaslStep, Secret, text};

/// In the words of the text protocol, which are the shortest.
const LINES: &[&[u8]] = &[
    b"get a\r\n",
    b"gets a\r\n",
    b"get a b c\r\n",
    b"gets a b c\r\n",
    b"set a 0 0 1\r\n1\r\n",
    b"add a 0 0 1\r\n1\r\n",
    b"cas a 0 0 1 1\r\n1\r\n",
    b"delete a\r\n",
    b"incr a 1\r\n",
    b"touch a 0\r\n",
    b"stats\r\n",
    b"stats items\r\n",
    b"version\r\n",
    b"flush_all\r\n",
    b"quit\r\n",
    b"append a 0 0 1\r\n1\r\n",
    b"decr a 1\r\n",
    b"gat 10 a\r\n",
    b"gats 10 a b c\r\n",
    b"stats detail dump\r\n",
    b"verbosity 1\r\n",
    b"cache_memlimit 64\r\n",
    b"slabs reassign 1 2\r\n",
    b"lru_crawler crawl all\r\n",
    b"lru_crawler metadump all\r\n",
    b"lru_crawler mgdump all\r\n",
    b"watch fetchers\r\n",
    b"shutdown\r\n",
];

/// In those of the meta protocol, whose flags are asked for one by one.
const META: &[&[u8]] = &[
    b"mg a v f c k t s l h O7\r\n",
    b"mg a\r\n",
    b"mg YQ== b v k N30 R20 O7\r\n",
    b"ms a 1 c k O7\r\n1\r\n",
    b"md a q O7\r\n",
    b"ma a v c t N0 J5 O7\r\n",
    b"mn\r\n",
    b"me a\r\n",
];

/// How many there are.
pub(super) const REQUESTS: usize = LINES.len() + OTHERS + META.len();

/// The request of this number; any number has one.
pub(super) fn request(number: u8) -> Request<'static> {
    let number = usize::from(number) % REQUESTS;
    match number.checked_sub(LINES.len()) {
        None => read(LINES[number]),
        Some(number) if number < OTHERS => other(number),
        Some(number) => read(META[number - OTHERS]),
    }
}

fn read(line: &'static [u8]) -> Request<'static> {
    let incoming = text::decode_request(line, &Limits::default());
    incoming.ok().flatten().expect("it is a request").request
}

/// How many requests [`other`] knows.
const OTHERS: usize = 7;

/// What the text protocol cannot say, or says in more than a line.
fn other(number: usize) -> Request<'static> {
    let key = Key::new(b"a").expect("a key");
    let initial = Some(Initial {
        value: 5,
        exptime: Exptime::NEVER,
    });
    match number {
        0 => Request::Batch(
            [4, 7, 8, 9]
                .map(|part| read(LINES[part]))
                .into_iter()
                .collect(),
        ),
        1 => Request::Noop,
        2 => Request::Incr {
            key,
            delta: 1,
            initial,
        },
        3 => Request::Auth {
            user: b"app",
            password: Secret::new(b"sesame"),
        },
        4 => Request::Sasl(SaslStep::List),
        5 => Request::Sasl(SaslStep::Start {
            mechanism: b"PLAIN",
            data: Secret::new(b"\0app\0sesame"),
        }),
        _ => Request::Sasl(SaslStep::Continue {
            mechanism: b"CRAM-MD5",
            data: Secret::new(b"app 1234"),
        }),
    }
}
