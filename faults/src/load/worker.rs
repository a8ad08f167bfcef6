//! One task of a load: draws operations, gives some of them up, judges the answers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Error, Result, bail, ensure};
use fastrand::Rng;
use mc_client::Outcome;
use tokio::time::{sleep, timeout};

use super::cache::{Asked, Cache, Failure, Told};
use super::giving_up::Patience;
use super::ledger::{Counter, Entry, Ledger};
use super::{Load, Seen};

/// An operation that has not ended by then hangs.
const WATCHDOG: Duration = Duration::from_secs(10);

/// What a caller does without its server before it asks again. While one rests, calls to it fail at once: without other
/// work between them, most of what is asked would be asked of servers that are away.
const ELSEWHERE: Duration = Duration::from_millis(1);

/// The most keys in one get.
const MOST_KEYS: usize = 16;

pub(super) struct Worker<C> {
    load: Load,
    cache: C,
    ledger: Arc<Ledger>,
    seen: Arc<Seen>,
    rng: Rng,
    number: u32,
    left: u64,
    until: Instant,
}

/// How an operation ended.
enum End {
    Told(Told),
    /// There is no answer, and it was not done.
    NotDone,
    /// There is no answer, and it may have been done.
    Unknown,
}

/// What a right answer said.
enum Said {
    Yes,
    Miss,
}

impl<C: Cache> Worker<C> {
    pub(super) fn new(
        number: u32,
        load: Load,
        cache: C,
        ledger: &Arc<Ledger>,
        seen: &Arc<Seen>,
    ) -> Self {
        let tasks = u64::from(load.tasks);
        let is_longer = u64::from(number) < load.operations % tasks;
        Self {
            load,
            cache,
            ledger: Arc::clone(ledger),
            seen: Arc::clone(seen),
            rng: Rng::with_seed(load.seed.wrapping_add(u64::from(number))),
            number,
            left: load.operations / tasks + u64::from(is_longer),
            until: Instant::now() + load.lasts,
        }
    }

    /// Runs this task's share of the operations.
    pub(super) async fn work(mut self) {
        let ledger = Arc::clone(&self.ledger);
        let mut counter = Counter::new(self.number, self.load.reorders);
        while self.left > 0 || Instant::now() < self.until {
            match self.rng.u32(..100) {
                0..40 => self.get(&ledger).await,
                40..50 => self.get_many(&ledger).await,
                50..80 => self.set(&ledger).await,
                80..85 => self.change(&ledger).await,
                // Where a number was lost, it is not known what it should be.
                _ if self.load.forgotten => self.get(&ledger).await,
                _ => self.count(&mut counter).await,
            }
        }
    }

    fn any<'l>(&mut self, ledger: &'l Ledger) -> &'l Entry {
        let all = ledger.all();
        &all[self.rng.usize(..all.len())]
    }

    fn own<'l>(&mut self, ledger: &'l Ledger) -> &'l Entry {
        let own = ledger.of(self.number);
        &own[self.rng.usize(..own.len())]
    }

    /// The lowest number that a read which begins now may find.
    fn floor(&self, entry: &Entry) -> u64 {
        match self.load.forgotten {
            true => 0,
            false => entry.floor(),
        }
    }

    async fn get(&mut self, ledger: &Ledger) {
        let entry = self.any(ledger);
        let floor = self.floor(entry);
        let end = self.ask(Asked::Get(&entry.key)).await;
        self.judge(end, |told| match told {
            Told::Value(value) => read(entry, floor, value.as_deref()),
            other => bail!("get of {} was answered with {other:?}", entry.key),
        });
    }

    async fn get_many(&mut self, ledger: &Ledger) {
        let many = self.rng.usize(1..=MOST_KEYS);
        let entries: Vec<_> = (0..many).map(|_| self.any(ledger)).collect();
        let keys: Vec<_> = entries.iter().map(|entry| entry.key.as_str()).collect();
        let floors: Vec<_> = entries.iter().map(|entry| self.floor(entry)).collect();
        let end = self.ask(Asked::GetMany(&keys)).await;
        self.judge(end, |told| {
            let Told::Values(values) = told else {
                bail!("get of {many} keys was answered with {told:?}");
            };
            ensure!(
                values.len() == many,
                "{many} keys have {} values",
                values.len()
            );
            for ((entry, floor), value) in entries.iter().zip(floors).zip(values) {
                entry.judge(floor, value.as_deref())?;
            }
            Ok(Said::Yes)
        });
    }

    async fn set(&mut self, ledger: &Ledger) {
        let entry = self.own(ledger);
        let number = entry.next();
        let value = entry.value(number, self.len());
        let end = self.ask(Asked::Set(&entry.key, &value)).await;
        self.note(entry, number, &end);
        self.judge(end, |told| stored(entry, number, &told));
    }

    /// Reads a key with its cas unique, and stores it under the condition that it is as it was read: as nobody else
    /// writes it, it is.
    async fn change(&mut self, ledger: &Ledger) {
        let entry = self.own(ledger);
        let (floor, mut unique) = (self.floor(entry), None);
        let end = self.ask(Asked::Gets(&entry.key)).await;
        self.judge(end, |told| {
            let Told::Item(item) = told else {
                bail!("gets of {} was answered with {told:?}", entry.key);
            };
            unique = item.as_ref().map(|(_, unique)| *unique);
            read(entry, floor, item.as_ref().map(|(value, _)| &**value))
        });
        if let Some(unique) = unique {
            let number = entry.next();
            let value = entry.value(number, self.len());
            let end = self.ask(Asked::Cas(&entry.key, &value, unique)).await;
            self.note(entry, number, &end);
            let may_differ = self.load.forgotten || self.load.reorders;
            self.judge(end, |told| match told {
                Told::Stored(false) if may_differ => Ok(Said::Miss),
                told => stored(entry, number, &told),
            });
        }
    }

    /// Notes a write that may arrive late.
    fn note(&self, entry: &Entry, number: u64, end: &End) {
        if self.load.reorders && matches!(end, End::Unknown) {
            entry.unsure(number);
        }
    }

    async fn count(&mut self, counter: &mut Counter) {
        let key = counter.key.clone();
        let is_started = counter.is_started();
        let end = match is_started {
            true => self.ask(Asked::Incr(&key)).await,
            false => self.ask(Asked::Start(&key)).await,
        };
        match end {
            End::Unknown if is_started => counter.unsure(),
            End::Unknown => counter.abandon(),
            End::Told(_) | End::NotDone => {}
        }
        self.judge(end, |told| {
            match told {
                Told::Number(number) if is_started => counter.judge(number)?,
                Told::Stored(true) if !is_started => counter.started(),
                other => bail!("incr of {key} was answered with {other:?}"),
            }
            Ok(Said::Yes)
        });
    }

    fn len(&mut self) -> usize {
        let longest = self.load.longest;
        let most = match self.rng.u32(..1_000) {
            0 => longest,
            1..20 => longest / 16,
            _ => longest / 256,
        };
        self.rng.usize(..=most)
    }

    /// Begins an operation and sees it to its end. One that was answered is still to be judged.
    async fn ask(&mut self, asked: Asked<'_>) -> End {
        let tally = &self.seen.tally;
        tally.begun.one();
        self.left = self.left.saturating_sub(1);
        let patience = Patience::draw(&mut self.rng, self.load.impatient);
        let within = match patience {
            Patience::Deadline(soon) => soon,
            _ => self.load.within,
        };
        let call = patience.wait(self.cache.ask(asked, within));
        match timeout(WATCHDOG, call).await {
            Ok(Some(Ok(told))) => End::Told(told),
            Ok(Some(Err(failure))) => {
                let end = self.failed(&failure, patience);
                if matches!(end, End::NotDone) && !failure.is_timeout {
                    sleep(ELSEWHERE).await;
                }
                end
            }
            Ok(None) => {
                tally.cancelled.one();
                End::Unknown
            }
            Err(_) => {
                tally.hung.one();
                self.seen.mistakes.add(|| format!("{asked:?} hangs"));
                End::Unknown
            }
        }
    }

    fn failed(&self, failure: &Failure, patience: Patience) -> End {
        self.seen.tally.error.one();
        if !(failure.is_timeout && matches!(patience, Patience::Deadline(_))) {
            self.seen.unexpected.one();
            self.seen.failures.add(|| failure.to_string());
        }
        match failure.outcome {
            Outcome::MaybeApplied => End::Unknown,
            Outcome::NotSent | Outcome::Rejected => End::NotDone,
        }
    }

    fn judge(&self, end: End, judge: impl FnOnce(Told) -> Result<Said>) {
        let End::Told(told) = end else { return };
        let tally = &self.seen.tally;
        match judge(told) {
            Ok(Said::Yes) => tally.ok.one(),
            Ok(Said::Miss) => tally.miss.one(),
            Err(wrong) => {
                tally.wrong.one();
                self.seen.mistakes.add(|| Error::to_string(&wrong));
            }
        }
    }
}

fn read(entry: &Entry, floor: u64, value: Option<&[u8]>) -> Result<Said> {
    entry.judge(floor, value)?;
    Ok(value.map_or(Said::Miss, |_| Said::Yes))
}

fn stored(entry: &Entry, number: u64, told: &Told) -> Result<Said> {
    let key = &entry.key;
    ensure!(
        *told == Told::Stored(true),
        "storing {key} was answered with {told:?}"
    );
    entry.acknowledged(number);
    Ok(Said::Yes)
}
