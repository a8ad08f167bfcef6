//! `incr` and `decr`, and the two requests more that an initial value takes.

use mc_proto::{Key, Protocol, Reply, Request, Verb};

use super::store::Content;
use super::{Call, Expire, Single, Step, failed, sealed};
use crate::error::Error;
use crate::value::Values;

/// `incr <key> <delta>` or `decr <key> <delta>`: the new number, or `None` for a miss.
///
/// `incr` wraps around at 2⁶⁴, `decr` stops at 0: the server's rules.
/// With an [initial](Call::initial) value a missing item is added, and if another client adds it first,
/// the number is changed after all. (The meta and binary protocols could do so in one request, but an item
/// that the server makes by itself has no flags: nobody would read it as a number.)
#[derive(Debug, Clone)]
pub struct Arithmetic<'k> {
    key: &'k [u8],
    delta: u64,
    direction: Direction,
    initial: Option<u64>,
    /// The initial value as it is stored, once the call has begun.
    counter: Option<Content<'static>>,
    expire: Expire,
    turn: Turn,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Direction {
    Up,
    Down,
}

impl Direction {
    pub(super) fn request(self, key: Key<'_>, delta: u64) -> Request<'_> {
        let initial = None;
        match self {
            Self::Up => Request::Incr {
                key,
                delta,
                initial,
            },
            Self::Down => Request::Decr {
                key,
                delta,
                initial,
            },
        }
    }
}

/// Where the exchange with the server stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// Changing the number.
    Change,
    /// It was missing: adding the initial value.
    Add,
    /// Somebody else added it first: changing the number after all.
    ChangeAfterAll,
}

impl<'k> Arithmetic<'k> {
    pub(crate) fn new(direction: Direction, key: &'k [u8], delta: u64) -> Self {
        Self {
            key,
            delta,
            direction,
            initial: None,
            counter: None,
            expire: Expire::Never,
            turn: Turn::Change,
        }
    }
}

impl<S> Call<S, Arithmetic<'_>> {
    /// The number that a missing item is created with. The answer is then that number.
    pub fn initial(mut self, number: u64) -> Self {
        self.command.initial = Some(number);
        self
    }

    /// When an item created with the initial value expires. An item that was there keeps its own time.
    pub fn expire(mut self, when: impl Into<Expire>) -> Self {
        self.command.expire = when.into();
        self
    }
}

impl sealed::Sealed for Arithmetic<'_> {}

impl Single for Arithmetic<'_> {
    type Output = Option<u64>;

    fn key(&self) -> &[u8] {
        self.key
    }

    fn encode(&mut self, values: &Values) -> Result<(), Error> {
        let counter = self.initial.map(|number| values.counter(number));
        self.counter = counter.map(Content::new);
        let counter = self.counter.as_mut();
        counter.map_or(Ok(()), |counter| counter.encode(values))
    }

    fn request<'a>(&'a self, key: Key<'a>, _: Protocol) -> Result<Request<'a>, Error> {
        match (&self.counter, self.turn) {
            (Some(counter), Turn::Add) => counter.request(Verb::Add, key, self.expire),
            _ => Ok(self.direction.request(key, self.delta)),
        }
    }

    /// The number stays unknown; an initial value needs to know whether there was one.
    fn unawaited(&self) -> Option<Option<u64>> {
        self.initial.is_none().then_some(None)
    }

    fn answered(&mut self, reply: Reply, _: &Values) -> Step<Option<u64>> {
        match (reply, self.turn, self.initial) {
            (Reply::NotFound, Turn::Change, Some(_)) => self.again(Turn::Add),
            (Reply::Stored, Turn::Add, Some(number)) => Step::done(Some(number)),
            (Reply::NotStored | Reply::Exists, Turn::Add, _) => self.again(Turn::ChangeAfterAll),
            (other, Turn::Add, _) => Step::failed("add", &other),
            (reply, Turn::Change | Turn::ChangeAfterAll, _) => Step::Done(changed(&reply)),
        }
    }
}

/// The meaning of a reply to `incr` or `decr`.
pub(super) fn changed(reply: &Reply) -> Result<Option<u64>, Error> {
    match reply {
        Reply::Number(number) => Ok(Some(*number)),
        Reply::NotFound => Ok(None),
        other => Err(failed("incr or decr", other)),
    }
}

impl Arithmetic<'_> {
    fn again(&mut self, turn: Turn) -> Step<Option<u64>> {
        self.turn = turn;
        Step::Again
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds `replies` to `incr` with an initial value and says what it asked and what came of it.
    fn check(replies: &[Reply], asked: &[&str], expected: Option<u64>) {
        let mut call = Call::new((), Arithmetic::new(Direction::Up, b"n", 5)).initial(7);
        let (values, mut got) = (Values::default(), None);
        call.command.encode(&values).unwrap();
        for (reply, asked) in replies.iter().zip(asked) {
            let key = Key::new(b"n").unwrap();
            let request = call.command.request(key, Protocol::Text).unwrap();
            assert!(format!("{request:?}").starts_with(asked), "{request:?}");
            if let Step::Done(done) = call.command.answered(reply.clone(), &values) {
                got = done.unwrap();
            }
        }
        assert_eq!(got, expected);
    }

    #[test]
    fn an_initial_value_is_added_at_most_once() {
        use Reply::{NotFound, NotStored, Number, Stored};
        check(&[Number(12)], &["Incr"], Some(12));
        check(&[NotFound, Stored], &["Incr", "Store"], Some(7));
        check(
            &[NotFound, NotStored, Number(12)],
            &["Incr", "Store", "Incr"],
            Some(12),
        );
        check(
            &[NotFound, NotStored, NotFound],
            &["Incr", "Store", "Incr"],
            None,
        );
    }
}
