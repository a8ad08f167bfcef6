//! Gets that share a line, against the same gets by themselves.

use std::collections::VecDeque;

use bytes::BytesMut;
use mc_proto::{
    Answer, Connection, Disposition, Id, Item, Key, Limits, Outgoing, Protocol, ProtocolError,
    Reply, Request, Sent, text,
};
use proptest::prelude::*;

use crate::support::{feed, feed_all, get, gets, item, set, written};

/// The most gets that one line has.
const MOST: usize = 100;

fn joining() -> Connection<usize> {
    Connection::new(Protocol::Text, Limits::default()).join_gets()
}

/// A connection on which these have left, and what was sent.
fn sent(requests: &[Request<'_>]) -> (Connection<usize>, String) {
    let mut connection = joining();
    for (tag, request) in requests.iter().enumerate() {
        connection.push(request, tag).unwrap();
    }
    let sent = written(connection.take_outgoing());
    (connection, String::from_utf8(sent).unwrap())
}

fn answer(tag: usize, reply: Reply) -> Answer<usize> {
    Answer {
        tag,
        reply,
        disposition: Disposition::Keep,
    }
}

fn hit(tag: usize, value: &'static str) -> Answer<usize> {
    answer(tag, Reply::Value(Some(item(value))))
}

fn miss(tag: usize) -> Answer<usize> {
    answer(tag, Reply::Value(None))
}

#[test]
fn what_shares_a_line() {
    let line = |requests: &[Request<'_>]| sent(requests).1;
    assert_eq!(line(&[get("a")]), "get a\r\n");
    assert_eq!(line(&[get("a"), get("b"), get("a")]), "get a b a\r\n");
    assert_eq!(
        line(&[gets("a"), gets("b"), get("c")]),
        "gets a b\r\nget c\r\n"
    );
    let apart = "get a\r\nset a 0 0 1\r\n1\r\nget b\r\n";
    assert_eq!(line(&[get("a"), set(), get("b")]), apart);
}

#[test]
fn what_does_not() {
    let mut plain = Connection::new(Protocol::Text, Limits::default());
    let mut connection = joining();
    for it in [&mut plain, &mut connection] {
        it.push(&get("a"), 0).unwrap();
    }
    plain.push(&get("b"), 1).unwrap();
    assert_eq!(written(plain.take_outgoing()), b"get a\r\nget b\r\n");
    assert_eq!(written(connection.take_outgoing()), b"get a\r\n");
    connection.push(&get("b"), 1).unwrap();
    connection.push_noreply(&set()).unwrap();
    connection.push(&get("c"), 2).unwrap();
    let expected = b"get b\r\nset a 0 0 1 noreply\r\n1\r\nget c\r\n";
    assert_eq!(written(connection.take_outgoing()), expected);
    let raw = Key::raw(b"a b").unwrap();
    connection.push(&get("d"), 3).unwrap();
    let refused = connection.push(
        &Request::Get {
            key: raw,
            cas: false,
        },
        4,
    );
    assert!(refused.is_err());
    assert_eq!(written(connection.take_outgoing()), b"get d\r\n");
    for protocol in [Protocol::Meta, Protocol::Binary] {
        let mut joined = Connection::new(protocol, Limits::default()).join_gets();
        let mut apart = Connection::new(protocol, Limits::default());
        for it in [&mut joined, &mut apart] {
            it.push(&get("a"), 0).unwrap();
            it.push(&get("b"), 1).unwrap();
        }
        assert_eq!(
            written(joined.take_outgoing()),
            written(apart.take_outgoing())
        );
    }
}

#[test]
fn a_line_is_full_with_half_of_what_waits() {
    let check = |gets, expected: &[usize]| {
        let (_, sent) = sent(&vec![get("a"); gets]);
        let lens: Vec<_> = sent.lines().map(|it| it.split(' ').count() - 1).collect();
        assert_eq!(lens, expected);
    };
    check(32, &[32]);
    check(64, &[32, 32]);
    check(65, &[32, 32, 1]);
    check(401, &[32, 32, 64, MOST, MOST, 73]);
}

#[test]
fn a_hit_is_told_before_the_end_and_a_miss_is_not() {
    let (mut connection, _) = sent(&[get("a"), get("b"), get("c"), get("b")]);
    let mut step = |piece: &'static str| feed(&mut connection, [piece.as_bytes()]).unwrap();
    assert_eq!(step("VALUE a 0 1\r\n1\r\n"), [hit(0, "1")]);
    assert_eq!(step("VALUE b 0 1\r\n2\r\n"), [hit(1, "2")]);
    assert_eq!(step("VALUE b 0 1\r\n3\r\n"), []);
    assert_eq!(step("END\r\n"), [miss(2), hit(3, "3")]);
    assert!(connection.is_clean());
}

/// As a proxy may send them that asks more than one server.
#[test]
fn rows_in_another_order() {
    let (mut connection, _) = sent(&[get("a"), get("b"), get("c"), get("d")]);
    let rows = "VALUE d 0 1\r\n4\r\nVALUE a 0 1\r\n1\r\nVALUE b 0 1\r\n2\r\nEND\r\n";
    let answers = feed(&mut connection, [rows.as_bytes()]).unwrap();
    assert_eq!(answers, [hit(0, "1"), hit(1, "2"), miss(2), hit(3, "4")]);
}

#[test]
fn a_row_that_was_not_asked_for_or_has_been_answered() {
    for rows in [
        "VALUE x 0 1\r\n1\r\nEND\r\n",
        "VALUE a 0 1\r\n1\r\nVALUE a 0 1\r\n1\r\nEND\r\n",
    ] {
        let (mut connection, _) = sent(&[get("a"), get("b"), get("c")]);
        let (answers, error) = feed_all(&mut connection, [rows.as_bytes()]);
        assert!(
            matches!(error, Some(ProtocolError::WrongKey { .. })),
            "{error:?}"
        );
        let left: Vec<_> = connection.closed(u64::MAX).collect();
        let first = answers.len();
        assert_eq!(
            left,
            (first..3).map(|tag| (tag, Sent::Maybe)).collect::<Vec<_>>()
        );
    }
}

#[test]
fn a_refusal_is_for_all_that_have_no_row() {
    for (word, last, error) in [
        ("SERVER_ERROR out of memory\r\n", Disposition::Keep, None),
        ("ERROR\r\n", Disposition::Drop, Some(ProtocolError::GivenUp)),
    ] {
        let (mut connection, _) = sent(&[get("a"), get("b"), get("c")]);
        let wire = ["VALUE a 0 1\r\n1\r\n", word].concat();
        let (answers, found) = feed_all(&mut connection, [wire.as_bytes()]);
        assert_eq!((answers.len(), found), (3, error));
        assert_eq!(answers[0], hit(0, "1"));
        let refused = |it: &Answer<usize>| matches!(it.reply, Reply::Refused(_));
        assert!(answers[1..].iter().all(refused));
        let dispositions: Vec<_> = answers.iter().map(|it| it.disposition).collect();
        assert_eq!(dispositions, [Disposition::Keep, Disposition::Keep, last]);
    }
}

/// As long as no line end has left, nobody was asked; from its first byte on it may be.
#[test]
fn a_line_is_sent_as_one() {
    for (count, expected) in [(0, Sent::Nothing), (1, Sent::Maybe), (9, Sent::Maybe)] {
        let (mut connection, line) = sent(&[get("a"), get("b"), set()]);
        assert!(line.starts_with("get a b\r\n"));
        let left: Vec<_> = connection.closed(count).collect();
        assert_eq!(left, [(0, expected), (1, expected), (2, Sent::Nothing)]);
    }
}

#[test]
fn any_of_a_line_can_be_withdrawn() {
    let names = ["a", "b", "c", "d"];
    for gone in 0_usize..16 {
        let mut connection = joining();
        connection.push(&set(), 9).unwrap();
        let push = |(tag, name): (usize, &&'static str)| connection.push(&get(name), tag).unwrap();
        let ids: Vec<_> = names.iter().enumerate().map(push).collect();
        connection.push_noreply(&set()).unwrap();
        let is_gone = |at: &usize| gone >> at & 1 == 1;
        for at in (0..4).filter(is_gone) {
            assert_eq!(connection.withdraw(ids[at]), Some(at));
            assert_eq!(connection.withdraw(ids[at]), None);
        }
        let keys = (0..4)
            .filter(|at| !is_gone(at))
            .map(|at| [" ", names[at]].concat());
        let keys = keys.collect::<String>();
        let line = match keys.is_empty() {
            true => String::new(),
            false => format!("get{keys}\r\n"),
        };
        let expected = format!("set a 0 0 1\r\n1\r\n{line}set a 0 0 1 noreply\r\n1\r\n");
        assert_eq!(connection.queued(), expected.len());
        assert_eq!(written(connection.take_outgoing()), expected.as_bytes());
    }
}

#[test]
fn a_line_of_which_some_have_gone_takes_more() {
    let mut connection = joining();
    let first = connection.push(&get("a"), 0).unwrap();
    connection.push(&get("b"), 1).unwrap();
    let last = connection.push(&get("c"), 2).unwrap();
    connection.withdraw(first).unwrap();
    connection.withdraw(last).unwrap();
    connection.push(&get("d"), 3).unwrap();
    assert_eq!(written(connection.take_outgoing()), b"get b d\r\n");
    let answers = feed(&mut connection, [&b"VALUE d 0 1\r\n4\r\nEND\r\n"[..]]);
    assert_eq!(answers.unwrap(), [miss(1), hit(3, "4")]);
}

/// One thing that a driver, its server or its callers may do.
#[derive(Clone, Debug)]
enum Step {
    Get(u8, bool),
    Set,
    Noreply,
    Take,
    Serve(bool),
    Deliver(usize),
    Withdraw(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0_u8..12, prop::bool::weighted(0.2)).prop_map(|(key, cas)| Step::Get(key, cas)),
        1 => Just(Step::Set),
        1 => Just(Step::Noreply),
        1 => Just(Step::Take),
        2 => any::<bool>().prop_map(Step::Serve),
        2 => prop_oneof![0_usize..40, Just(20_000)].prop_map(Step::Deliver),
        2 => (0_usize..12).prop_map(Step::Withdraw),
    ]
}

/// A get of a number, whether with its cas number, or a set.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Asked {
    Get(u8, bool),
    Set,
}

impl Asked {
    /// A server that has every even number.
    fn reply(self) -> Reply {
        match self {
            Self::Get(number, cas) => Reply::Value(item_of(number, cas)),
            Self::Set => Reply::Stored,
        }
    }
}

fn item_of(number: u8, cas: bool) -> Option<Item> {
    number.is_multiple_of(2).then(|| Item {
        cas: cas.then_some(7),
        value: number.to_string().into(),
        ..Item::default()
    })
}

fn number_of(key: &Key<'_>) -> u8 {
    key.to_string().parse().unwrap()
}

struct World {
    connection: Connection<usize>,
    /// What is awaited, as it was pushed, and whether it was taken.
    asked: VecDeque<(usize, Id, Asked, bool)>,
    pushed: usize,
    settled: usize,
    taken: u64,
    upstream: Vec<u8>,
    downstream: VecDeque<u8>,
    input: BytesMut,
}

impl World {
    fn push(&mut self, request: &Request<'_>, asked: Asked) {
        let id = self.connection.push(request, self.pushed).unwrap();
        self.asked.push_back((self.pushed, id, asked, false));
        self.pushed += 1;
    }

    /// What is taken asks for what waits, one by one, in its order.
    fn take(&mut self) {
        let queued = self.connection.queued();
        let bytes = written(self.connection.take_outgoing());
        assert_eq!(bytes.len(), queued);
        let (mut found, mut rest) = (Vec::new(), &bytes[..]);
        while let Some(incoming) = text::decode_request(rest, &Limits::default()).unwrap() {
            rest = &rest[incoming.len..];
            match incoming.request {
                Request::Get { key, cas } => found.push(Asked::Get(number_of(&key), cas)),
                Request::GetMany { keys, cas } => {
                    assert!(keys.len() <= MOST);
                    found.extend(keys.iter().map(|key| Asked::Get(number_of(key), cas)));
                }
                _ if incoming.noreply => {}
                _ => found.push(Asked::Set),
            }
        }
        let waiting = self.asked.iter_mut().filter(|it| !it.3);
        let waiting: Vec<_> = waiting.map(|it| (it.3 = true, it.2).1).collect();
        assert_eq!(found, waiting);
        self.taken += bytes.len() as u64;
        self.upstream.extend(bytes);
    }

    /// Answers the next request, or one line with its rows turned round.
    fn serve(&mut self, turned: bool) {
        let limits = Limits::default();
        let Some(incoming) = text::decode_request(&self.upstream, &limits).unwrap() else {
            return;
        };
        let mut out = Outgoing::default();
        let (request, reply) = match &incoming.request {
            Request::GetMany { keys, cas } => {
                let mut keys = keys.to_vec();
                if turned {
                    keys.reverse();
                }
                let items = keys
                    .iter()
                    .map(|key| item_of(number_of(key), *cas))
                    .collect();
                let keys = keys.into();
                (Request::GetMany { keys, cas: *cas }, Reply::Values(items))
            }
            Request::Get { key, cas } => {
                let reply = Reply::Value(item_of(number_of(key), *cas));
                (incoming.request.clone(), reply)
            }
            request => (request.clone(), Reply::Stored),
        };
        if !incoming.noreply {
            text::encode_reply(&request, &reply, &mut out).unwrap();
        }
        let len = incoming.len;
        self.upstream.drain(..len);
        self.downstream.extend(written(out));
    }

    fn deliver(&mut self, count: usize) {
        let count = count.min(self.downstream.len());
        let piece: Vec<u8> = self.downstream.drain(..count).collect();
        self.input.extend_from_slice(&piece);
        while let Some(received) = self.connection.receive(&mut self.input).unwrap() {
            let answer = received.answer().unwrap();
            let (tag, _, asked, taken) = self.asked.pop_front().unwrap();
            assert!(taken);
            assert_eq!((answer.tag, answer.reply), (tag, asked.reply()));
            self.settled += 1;
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Get(number, cas) => {
                let (name, cas) = (number.to_string(), *cas);
                let key = Key::new(name.as_bytes()).unwrap();
                self.push(&Request::Get { key, cas }, Asked::Get(*number, cas));
            }
            Step::Set => self.push(&set(), Asked::Set),
            Step::Noreply => self.connection.push_noreply(&set()).unwrap(),
            Step::Take => self.take(),
            Step::Serve(turned) => self.serve(*turned),
            Step::Deliver(count) => self.deliver(*count),
            Step::Withdraw(from_last) => {
                let at = self.asked.len().checked_sub(from_last + 1);
                let Some((at, &(tag, id, _, taken))) =
                    at.and_then(|at| Some((at, self.asked.get(at)?)))
                else {
                    return;
                };
                assert_eq!(self.connection.withdraw(id), (!taken).then_some(tag));
                if !taken {
                    self.asked.remove(at);
                    self.settled += 1;
                }
            }
        }
        assert_eq!(self.connection.pending(), self.asked.len());
    }

    fn close(mut self) {
        let tags: Vec<_> = self.asked.iter().map(|it| it.0).collect();
        let left: Vec<_> = self.connection.closed(self.taken).collect();
        assert!(left.iter().map(|it| it.0).eq(tags));
        let unsent = self.asked.iter().map(|it| !it.3);
        assert!(left.iter().map(|it| it.1 == Sent::Nothing).eq(unsent));
        assert_eq!(self.settled + left.len(), self.pushed);
    }
}

proptest! {
    #[test]
    fn any_order_of_calls_is_as_if_each_had_its_line(steps in prop::collection::vec(step(), 0..300)) {
        let mut world = World {
            connection: joining(),
            asked: VecDeque::new(),
            pushed: 0,
            settled: 0,
            taken: 0,
            upstream: Vec::new(),
            downstream: VecDeque::new(),
            input: BytesMut::new(),
        };
        for step in &steps {
            world.step(step);
        }
        world.close();
    }
}
