//! What is asked, each command in a way that has one right answer however often, and wherever, it was dropped before.

use std::pin::Pin;
use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;
use mc_client::{CasOutcome, Client, Error, Outcome, Protocol};

use crate::load::stamp::{self, stamp};

/// A call, or a few one after the other: whether the answers were right.
pub(super) type Asking<'c> = Pin<Box<dyn Future<Output = Result<bool, Error>> + 'c>>;

/// A command, and how it is asked.
pub(super) struct Command {
    pub(super) name: &'static str,
    pub(super) ask: for<'c> fn(&'c Client) -> Asking<'c>,
    /// Where memcached refuses it and then leaves out bytes of the next request, so that the connection has to end.
    pub(super) ends_it_in: Option<Protocol>,
}

/// Always hold a value that says whose it is.
const KEY: &str = "two";
const KEYS: [&str; 3] = ["one", KEY, "three"];
/// Never hold anything.
const ABSENT: [&str; 2] = ["absent", "none"];
/// Always hold numbers of ten digits: one of a kind only grows, the other only shrinks.
const RISING: [&str; 2] = ["rising", "up"];
const FALLING: [&str; 2] = ["falling", "down"];
const MIDDLE: u64 = 5_000_000_000;
/// Later than the end of the run.
const HOUR: Duration = Duration::from_secs(3600);

/// Stores what the commands are about.
pub(super) async fn fill(client: &Client) -> Result<()> {
    client.set_many(stamped()).await.all()?;
    client.set_many(RISING.map(|it| (it, MIDDLE))).await.all()?;
    client
        .set_many(FALLING.map(|it| (it, MIDDLE)))
        .await
        .all()?;
    client.set("log", "").await?;
    Ok(())
}

/// Reads one of two keys that no command asks about by itself: whether the answer is right.
pub(super) async fn sentinel(client: &Client, which: usize) -> Result<bool, Error> {
    let key = [KEYS[0], KEYS[2]][which];
    Ok(is(key, client.get(key).await?))
}

/// All of them.
pub(super) const COMMANDS: &[Command] = &[
    ask("get", |it| {
        Box::pin(async { Ok(is(KEY, it.get(KEY).await?)) })
    }),
    ask("get, a miss", |it| {
        Box::pin(async { Ok(it.get::<Bytes>(ABSENT[0]).await?.is_none()) })
    }),
    ask("get, into a vector", |it| {
        Box::pin(async {
            let mut into = Vec::new();
            Ok(it.get_into(KEY, &mut into).await? && is(KEY, Some(into.into())))
        })
    }),
    ask("gat", |it| {
        Box::pin(async { Ok(is(KEY, it.gat(KEY, HOUR).await?)) })
    }),
    ask("gats", |it| {
        Box::pin(async {
            let item = it.gats(KEY, HOUR).await?;
            Ok(is(KEY, item.map(|it| it.value)))
        })
    }),
    ask("exists", |it| {
        Box::pin(async { Ok(it.exists(KEY).await? && !it.exists(ABSENT[0]).await?) })
    }),
    ask("set", |it| {
        Box::pin(async { it.set(KEY, value(KEY)).await.map(|()| true) })
    }),
    ask("add", |it| Box::pin(async { Ok(!it.add(KEY, "x").await?) })),
    ask("replace", |it| {
        Box::pin(async { it.replace(KEY, value(KEY)).await })
    }),
    ask("append", |it| {
        Box::pin(async { it.append("log", ".").await })
    }),
    ask("prepend", |it| {
        Box::pin(async { it.prepend("log", ".").await })
    }),
    ask("gets and cas", |it| {
        Box::pin(async {
            let Some(item) = it.gets::<Bytes>(KEY).await? else {
                return Ok(false);
            };
            let stored = it.cas(KEY, value(KEY), item.cas).await?;
            let again = it.cas(KEY, "x", item.cas).await?;
            Ok((stored, again) == (CasOutcome::Stored, CasOutcome::Exists))
        })
    }),
    ask("delete, a miss", |it| {
        Box::pin(async { Ok(!it.delete(ABSENT[0]).await?) })
    }),
    ask("add and delete", |it| {
        Box::pin(async {
            it.delete("short").await?;
            Ok(it.add("short", "x").await? && it.delete("short").await?)
        })
    }),
    ask("incr", |it| {
        Box::pin(async { Ok(it.incr(RISING[0], 2).await? > Some(MIDDLE)) })
    }),
    ask("incr, a miss", |it| {
        Box::pin(async { Ok(it.incr(ABSENT[0], 2).await?.is_none()) })
    }),
    ask("incr from the start", |it| {
        Box::pin(async {
            it.delete("first").await?;
            Ok(it.incr("first", 2).initial(7).await? == Some(7))
        })
    }),
    ask("decr", |it| {
        Box::pin(async { Ok(is_less(it.decr(FALLING[0], 2).await?)) })
    }),
    ask("touch", |it| Box::pin(async { it.touch(KEY, HOUR).await })),
    ask("get_many", |it| {
        Box::pin(async { Ok(are(it.get_many(KEYS).await.all()?)) })
    }),
    ask("get_many, misses", |it| {
        Box::pin(async {
            let found = it.get_many::<_, Bytes>(ABSENT).await.all()?;
            Ok(found == [None, None])
        })
    }),
    ask("gets_many", |it| {
        Box::pin(async {
            let found = it.gets_many(KEYS).await.all()?;
            let values = found.into_iter().map(|it| it.map(|it| it.value));
            Ok(are(values.collect()))
        })
    }),
    ask("gat_many", |it| {
        Box::pin(async { Ok(are(it.gat_many(KEYS, HOUR).await.all()?)) })
    }),
    ask("set_many", |it| {
        Box::pin(async { Ok(it.set_many(stamped()).await.all()?.len() == KEYS.len()) })
    }),
    ask("add_many", |it| {
        Box::pin(async {
            let added = it.add_many(KEYS.map(|key| (key, "x"))).await;
            Ok(added.all()? == [false; KEYS.len()])
        })
    }),
    ask("delete_many", |it| {
        Box::pin(async { Ok(it.delete_many(ABSENT).await.all()? == [false; 2]) })
    }),
    ask("incr_many", |it| {
        Box::pin(async {
            let numbers = it.incr_many(RISING, 2).await.all()?;
            Ok(numbers.len() == 2 && numbers.iter().all(|it| *it > Some(MIDDLE)))
        })
    }),
    ask("decr_many", |it| {
        Box::pin(async {
            let numbers = it.decr_many(FALLING, 2).await.all()?;
            Ok(numbers.len() == 2 && numbers.into_iter().all(is_less))
        })
    }),
    ask("touch_many", |it| {
        Box::pin(async { Ok(it.touch_many(KEYS, HOUR).await.all()? == [true; KEYS.len()]) })
    }),
    ask("stats", |it| {
        Box::pin(async {
            let stats = it.stats().await.all()?;
            Ok(stats.len() == 1 && stats.iter().all(|it| it.pid.is_some()))
        })
    }),
    ask("version", |it| {
        Box::pin(async {
            let versions = it.version().await.all()?;
            Ok(versions.len() == 1 && versions.iter().all(|it| it.starts_with("1.")))
        })
    }),
    ask("flush_all, later", |it| {
        Box::pin(async { Ok(it.flush_all().delay(HOUR).await.all()?.len() == 1) })
    }),
    Command {
        ends_it_in: Some(Protocol::Binary),
        ..ask("verbosity", |it| {
            Box::pin(async {
                match it.verbosity(0).await.all() {
                    Err(error) if error.outcome() != Outcome::Rejected => Err(error),
                    _ => Ok(true),
                }
            })
        })
    },
];

const fn ask(name: &'static str, ask: for<'c> fn(&'c Client) -> Asking<'c>) -> Command {
    Command {
        name,
        ask,
        ends_it_in: None,
    }
}

fn value(key: &str) -> Vec<u8> {
    stamp(key, 0, 0, 0)
}

fn stamped() -> [(&'static str, Vec<u8>); KEYS.len()] {
    KEYS.map(|key| (key, value(key)))
}

/// Whether it is the key's value.
fn is(key: &str, value: Option<Bytes>) -> bool {
    value.is_some_and(|value| stamp::read(key, &value).is_ok())
}

/// Whether they are the values of all keys.
fn are(values: Vec<Option<Bytes>>) -> bool {
    values.len() == KEYS.len() && KEYS.into_iter().zip(values).all(|(key, it)| is(key, it))
}

fn is_less(number: Option<u64>) -> bool {
    number.is_some_and(|number| number < MIDDLE)
}
