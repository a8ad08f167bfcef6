//! Those who wait for room at a link, first come, first served.
//!
//! One is called when there is room, and calls the next when it leaves, if there is still some: so as many go on as
//! there is room for, and no more. Whoever is called and has no use for it leaves as well; for who does neither, the
//! others do not wait long.

use std::collections::{BTreeMap, BTreeSet};
use std::task::Waker;
use std::time::Instant;

use crate::error::Error;

/// Whoever waits, in the order of coming.
#[derive(Default)]
pub(super) struct Places {
    /// Those who are not called yet.
    waiting: BTreeMap<Place, Waiting>,
    /// When they give up.
    deadlines: BTreeSet<(Instant, Place)>,
    /// Why there will be no room for those who have not heard it yet.
    failures: BTreeMap<Place, Error>,
    given: u64,
}

/// A place in the line. Who is called in vain keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::tokio) struct Place(u64);

struct Waiting {
    waker: Waker,
    deadline: Instant,
}

impl Places {
    /// A place behind all others.
    pub(super) fn give(&mut self) -> Place {
        self.given += 1;
        Place(self.given)
    }

    /// Waits at `place` until it is called; gives back the waker of the last time.
    pub(super) fn wait(&mut self, place: Place, deadline: Instant, waker: Waker) -> Option<Waker> {
        self.deadlines.insert((deadline, place));
        let last = self.waiting.insert(place, Waiting { waker, deadline });
        last.map(|last| last.waker)
    }

    /// Takes who waits at `place` out of the line.
    fn take(&mut self, place: Place) -> Option<Waker> {
        let Waiting { waker, deadline } = self.waiting.remove(&place)?;
        self.deadlines.remove(&(deadline, place));
        Some(waker)
    }

    /// Nobody waits at `place` any more.
    pub(super) fn leave(&mut self, place: Place) -> Option<Waker> {
        self.failures.remove(&place);
        self.take(place)
    }

    /// Calls the first in the line.
    pub(super) fn call(&mut self) -> Option<Waker> {
        let (place, _) = self.waiting.first_key_value()?;
        self.take(*place)
    }

    /// Calls everybody, to be told of a failure if there is one.
    pub(super) fn call_all(&mut self, failure: Option<&Error>) -> impl Iterator<Item = Waker> {
        self.deadlines.clear();
        let called = std::mem::take(&mut self.waiting);
        if let Some(failure) = failure {
            let failed = called.keys().map(|place| (*place, failure.clone()));
            self.failures.extend(failed);
        }
        called.into_values().map(|waiting| waiting.waker)
    }

    /// Why there will be no room for who waits at `place`.
    pub(super) fn failure(&mut self, place: Place) -> Option<Error> {
        self.failures.remove(&place)
    }

    /// When the next of them gives up.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// The next whose deadline has passed.
    pub(super) fn next_expired(&mut self, now: Instant) -> Option<Waker> {
        let (at, place) = *self.deadlines.first()?;
        (at <= now).then(|| self.take(place)).flatten()
    }

    /// Whether nobody waits who is not called.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether nothing is kept of anybody.
    #[cfg(all(test, shuttle))]
    pub(super) fn is_forgetful(&self) -> bool {
        self.waiting.is_empty() && self.deadlines.is_empty() && self.failures.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
    use std::task::{Context, Poll, Wake};
    use std::time::Duration;

    use mc_proto::{Outgoing, Request};

    use super::*;
    use crate::Client;
    use crate::cluster::Report;
    use crate::error::{ErrorKind, Outcome, Stage};
    use crate::tokio::link::state::Driver;
    use crate::tokio::link::{Link, Refused, Rest, Shared};
    use crate::tokio::room::Room;
    use crate::tokio::ticket::Ticket;
    use crate::tokio::waiters::Asker;

    const SOON: Duration = Duration::from_secs(1);
    const LATE: Duration = Duration::from_secs(60);

    /// Whether somebody was woken since it was last asked.
    #[derive(Default)]
    struct Bell(AtomicBool);

    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Relaxed);
        }
    }

    impl Bell {
        fn has_rung(&self) -> bool {
            self.0.swap(false, Relaxed)
        }
    }

    /// One who waits for room.
    struct Caller(Room, Arc<Bell>);

    impl Caller {
        fn new(link: &Link, deadline: Instant) -> Self {
            Self(link.room(deadline).unwrap(), Arc::default())
        }

        fn poll(&mut self) -> Poll<Result<(), Error>> {
            let waker = Waker::from(Arc::clone(&self.1));
            pin!(&mut self.0).poll(&mut Context::from_waker(&waker))
        }

        fn is_called(&self) -> bool {
            self.1.has_rung()
        }
    }

    /// A client of one server with room for two requests, whose driver never gets its turn.
    fn client() -> Client {
        let client = Client::builder().servers(["localhost"]).unwrap();
        client.max_in_flight(2).build().unwrap()
    }

    fn ask(link: &Link, deadline: Instant) -> Ticket {
        let asked = link.submit(|_| Ok(Request::Version), Asker::until(deadline));
        asked.ok().expect("there is room")
    }

    /// Fills the queue; both requests give up soon.
    fn fill(link: &Link, now: Instant) -> [Ticket; 2] {
        [ask(link, now + SOON), ask(link, now + SOON)]
    }

    /// So many who wait behind a full queue, which then has room for two: the first of them is called.
    fn wait_in_line<const N: usize>(link: &Link, now: Instant) -> [Caller; N] {
        let _tickets = fill(link, now);
        let mut callers = [(); N].map(|()| Caller::new(link, now + LATE));
        assert!(callers.iter_mut().all(|caller| caller.poll().is_pending()));
        link.0.expire(now + SOON).unwrap();
        callers
    }

    fn waiting(shared: &Shared) -> usize {
        let state = shared.lock();
        assert_eq!(state.room.deadlines.len(), state.room.waiting.len());
        state.room.waiting.len()
    }

    #[tokio::test]
    async fn waiting_takes_one_place_until_it_ends() {
        let (client, now) = (client(), Instant::now());
        let link = &client.cluster().snapshot().nodes[0].link;
        let _tickets = fill(link, now);
        let mut caller = Caller::new(link, now + LATE);
        for _ in 0..3 {
            assert!(caller.poll().is_pending());
            assert_eq!(waiting(&link.0), 1);
        }
        drop(caller);
        assert_eq!(waiting(&link.0), 0);
    }

    #[tokio::test]
    async fn as_many_are_called_as_there_is_room_for() {
        let (client, now) = (client(), Instant::now());
        let link = &client.cluster().snapshot().nodes[0].link;
        let [mut first, mut second, mut third, fourth] = wait_in_line(link, now);
        assert!(first.is_called() && first.poll().is_ready());
        assert!(!second.is_called());

        // It has no use for it.
        drop(first);
        assert!(second.is_called() && second.poll().is_ready());
        let _one = ask(link, now + SOON);
        drop(second);
        assert!(third.is_called());

        // Somebody else is faster: it stays in front of who waits behind it.
        let _another = ask(link, now + SOON);
        assert!(third.poll().is_pending());
        link.0.expire(now + SOON).unwrap();
        assert!(third.is_called() && !fourth.is_called());

        // It goes without looking.
        drop(third);
        assert!(fourth.is_called());
        assert_eq!(waiting(&link.0), 0);
    }

    /// Else each of them had the server tried once more: a call about one key asks the cluster again when it is called.
    #[tokio::test]
    async fn who_asks_as_a_connection_ends_waits_until_the_cluster_is_told() {
        let (client, now) = (client(), Instant::now());
        let link = &client.cluster().snapshot().nodes[0].link;
        let ended = link.0.end(link.0.lock(), 0, Outgoing::default());
        let asked = link.submit(|_| Ok(Request::Version), Asker::until(now + LATE));
        assert!(matches!(asked, Err(Refused::Full)));
        let mut caller = Caller::new(link, now + LATE);
        assert!(caller.poll().is_pending());
        let error = Error::new(ErrorKind::Connect, Outcome::NotSent, "refused");
        link.0.fail(ended, Report::Failed, |_| error.clone());
        assert!(caller.is_called() && caller.poll().is_ready());
        let snapshot = client.cluster().snapshot();
        assert!(client.cluster().admit(&snapshot, 0).is_err());
    }

    /// As a future in a list whose owner does something else.
    #[tokio::test]
    async fn who_is_called_and_does_not_come_holds_up_nobody() {
        let (client, now) = (client(), Instant::now());
        let link = &client.cluster().snapshot().nodes[0].link;
        let callers = wait_in_line::<3>(link, now);
        for number in 0..3 {
            let called = callers.each_ref().map(Caller::is_called);
            assert_eq!(called, std::array::from_fn(|it| it == number));
            let rest = link.0.rest(&Context::from_waker(Waker::noop()));
            let is_soon = |next: Instant| next < Instant::now() + SOON;
            let looks_again = matches!(rest, Rest::Until { next: Some(next), .. } if is_soon(next));
            assert_eq!(looks_again, number < 2);
            link.0.expire(Instant::now()).unwrap();
        }
    }

    #[tokio::test]
    async fn the_last_place_is_not_offered_twice() {
        let (client, now) = (client(), Instant::now());
        let link = &client.cluster().snapshot().nodes[0].link;
        let [first, second, third] = wait_in_line(link, now);
        let _both = fill(link, now);
        assert!(first.is_called());
        drop(first);
        assert!(!second.is_called() && !third.is_called());
    }

    /// The driver has the one timer for all of them, and hears of a deadline only if it is the next.
    #[tokio::test]
    async fn who_waits_gives_up_at_its_deadline() {
        let (client, now) = (client(), Instant::now());
        let link = &client.cluster().snapshot().nodes[0].link;
        let _tickets = [ask(link, now + LATE), ask(link, now + LATE)];
        let driver = Arc::<Bell>::default();
        let waker = Waker::from(Arc::clone(&driver));
        let asleep = || link.0.lock().driver = Driver::Asleep(waker.clone());
        let mut callers = [SOON, LATE, SOON / 50].map(|after| Caller::new(link, now + after));
        let told = callers.each_mut().map(|caller| {
            asleep();
            assert!(caller.poll().is_pending());
            driver.has_rung()
        });
        assert_eq!(told, [true, false, true]);
        let until_the_first = Rest::Until {
            next: Some(now + SOON / 50),
            stopped: false,
        };
        assert_eq!(link.0.rest(&Context::from_waker(&waker)), until_the_first);

        std::thread::sleep(SOON / 50);
        link.0.expire(Instant::now()).unwrap();
        assert_eq!(
            callers.each_ref().map(Caller::is_called),
            [false, false, true]
        );
        let Poll::Ready(Err(error)) = callers[2].poll() else {
            panic!("it waits on");
        };
        assert_eq!(error.kind(), ErrorKind::Timeout(Stage::Queue));
        assert_eq!(waiting(&link.0), 2);
    }
}
