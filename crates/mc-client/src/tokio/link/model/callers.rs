//! Those who ask: what each asked for, how it ended, and whether that can be.

use std::future::{Future, IntoFuture, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use mc_proto::{Key, Limits, Reply, Request, text};
use shuttle::rand::{Rng, thread_rng};

use super::{World, chance};
use crate::error::{Error, ErrorKind, Outcome};
use crate::{Client, Protocol};

/// Longer than any run.
const LONG: Duration = Duration::from_secs(3600);

/// A request, and what its caller was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) key: String,
    pub(super) verb: Verb,
    /// `None` until it ends.
    pub(super) told: Option<Told>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Get,
    Set,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    Answer,
    Error(Outcome),
    /// Nothing: it left before.
    Left,
}

/// Asks a few times, one after the other.
pub(super) async fn ask(world: Arc<World>, client: Client) {
    for _ in 0..world.plan.calls {
        let direct = chance(world.plan.direct);
        let gets = direct || chance(0.7);
        let verb = if gets { Verb::Get } else { Verb::Set };
        let (number, key) = world.begin(verb);
        let deadline = if chance(world.plan.expires) {
            Duration::ZERO
        } else {
            LONG
        };
        let told = match verb {
            Verb::Get if direct => {
                let told = leave(ask_the_link(&client, &key, deadline)).await;
                told.map(|answer| answer.map(|reply| assert!(is_value(&reply, &key), "{reply:?}")))
            }
            Verb::Get => {
                let get = client.get::<String>(&key).deadline(deadline);
                let told = leave(get.into_future()).await;
                told.map(|answer| answer.map(|value| assert_eq!(value.as_ref(), Some(&key))))
            }
            Verb::Set => leave(client.set(&key, "x").deadline(deadline).into_future()).await,
        };
        world.end(number, told);
    }
    if world.plan.buffers {
        // It may go before the end, too, and the connection may be lost.
        let _ = leave(client.flush_buffers().deadline(LONG).into_future()).await;
    }
}

/// Asks past the cluster, and looks whether it has been told of a failure before the caller was.
async fn ask_the_link(client: &Client, key: &str, within: Duration) -> Result<Reply, Error> {
    let snapshot = Arc::clone(&client.cluster().snapshot());
    let key = Key::new(key.as_bytes()).unwrap();
    let get = |_| Ok(Request::Get { key, cas: false });
    let deadline = Instant::now() + within;
    let answer = async { snapshot.nodes[0].link.queue(get, deadline).await?.await }.await;
    if answer
        .as_ref()
        .is_err_and(|error| error.kind() == ErrorKind::Connect)
    {
        assert!(
            client.cluster().admit(&snapshot, 0).is_err(),
            "a caller was woken before the cluster was told"
        );
    }
    answer
}

fn is_value(reply: &Reply, key: &str) -> bool {
    matches!(reply, Reply::Value(Some(item)) if item.value == key)
}

/// The end of a call, unless its caller leaves before: `None`. It leaves at some step, or as it is woken.
async fn leave<T>(call: impl Future<Output = T>) -> Option<T> {
    let mut call = pin!(call);
    let leaves = chance(World::of_this_run().plan.leaves);
    let sleeps = chance(0.5);
    let most = if sleeps { 3 } else { 6 };
    let mut polls = leaves.then(|| thread_rng().gen_range(0..most));
    poll_fn(|cx| {
        if polls == Some(0) {
            return Poll::Ready(None);
        }
        if let Poll::Ready(end) = call.as_mut().poll(cx) {
            return Poll::Ready(Some(end));
        }
        if let Some(polls) = &mut polls {
            *polls -= 1;
            if !sleeps {
                cx.waker().wake_by_ref();
            }
        }
        Poll::Pending
    })
    .await
}

impl World {
    /// Notes a request, of a key of its own.
    fn begin(&self, verb: Verb) -> (usize, String) {
        let mut asked = self.asked.lock().unwrap();
        let (number, key) = (asked.len(), format!("key{:02}", asked.len()));
        asked.push(Asked {
            key: key.clone(),
            verb,
            told: None,
        });
        (number, key)
    }

    fn end<T>(&self, number: usize, told: Option<Result<T, Error>>) {
        let told = match told {
            None => Told::Left,
            Some(Ok(_)) => Told::Answer,
            Some(Err(error)) => {
                assert_ne!(error.kind(), ErrorKind::InvalidArgument, "{error}");
                Told::Error(error.outcome())
            }
        };
        let last = self.asked.lock().unwrap()[number].told.replace(told);
        assert_eq!(last, None, "a request has ended twice");
    }

    /// Of what was not sent, no connection took a byte.
    pub(super) fn check_what_was_taken(&self) {
        let asked = self.asked.lock().unwrap().clone();
        let wires = self.wires.lock().unwrap();
        for taken in wires.iter().map(|wire| wire.taken()) {
            let taken = String::from_utf8_lossy(&taken);
            for unsent in asked
                .iter()
                .filter(|it| it.told == Some(Told::Error(Outcome::NotSent)))
            {
                assert!(
                    !taken.contains(&unsent.key),
                    "{unsent:?} was sent: {taken:?}"
                );
            }
            if self.plan.protocol != Protocol::Binary {
                assert!(
                    may_have_begun(&asked, &taken),
                    "the start of a request is sent that was not: {taken:?} of {asked:?}"
                );
            }
        }
    }
}

/// Whether what a connection took ends with a whole request, or with the start of one that may have been sent.
fn may_have_begun(asked: &[Asked], taken: &str) -> bool {
    let (mut rest, limits) = (taken, Limits::default());
    while let Ok(Some(whole)) = text::decode_request(rest.as_bytes(), &limits) {
        rest = &rest[whole.len..];
    }
    let is_start = |start: &str| start.starts_with(rest) || rest.starts_with(start);
    let may_be = |asked: &Asked| {
        let verbs = match asked.verb {
            Verb::Get => ["get", "mg"],
            Verb::Set => ["set", "ms"],
        };
        asked.told != Some(Told::Error(Outcome::NotSent))
            && verbs
                .iter()
                .any(|verb| is_start(&format!("{verb} {}", asked.key)))
    };
    rest.is_empty() || ["mn", "version"].iter().any(|it| is_start(it)) || asked.iter().any(may_be)
}
