//! What was written, by whom, and which answers are therefore right.
//!
//! Each key has one writer, which counts what it writes to it. A writer notes a number before it sends it, and once
//! more when it is told that it is stored. A read that begins after the second note must find this number or a later
//! one, and never one that was not noted before the read ended: so an answer that is another key's, one from before
//! what was acknowledged, and a write that was acknowledged and lost are all told by looking at one answer.
//!
//! This holds as long as what a client sends to a server arrives in the order of sending: a write that was given up
//! arrives before those behind it. Where connections are lost, one that was sent over the last connection may arrive
//! after those that were sent over the next: then the writer notes that it is not sure of it, and it may be found later.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Result, bail, ensure};

use super::stamp;

/// All keys of a load.
#[derive(Debug)]
pub(crate) struct Ledger {
    keys: Vec<Entry>,
    keys_each: usize,
}

/// One key, and what its writer has noted.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    writer: u32,
    sent: AtomicU64,
    acknowledged: AtomicU64,
    /// Numbers that may be stored at any time.
    unsure: Mutex<HashSet<u64>>,
}

impl Ledger {
    /// So many keys for each of the writers.
    pub(crate) fn new(writers: u32, keys_each: u32) -> Self {
        let entry = |writer, key| Entry {
            key: format!("key:{writer}:{key}"),
            writer,
            sent: AtomicU64::new(0),
            acknowledged: AtomicU64::new(0),
            unsure: Mutex::default(),
        };
        let keys =
            (0..writers).flat_map(|writer| (0..keys_each).map(move |key| entry(writer, key)));
        Self {
            keys: keys.collect(),
            keys_each: keys_each as usize,
        }
    }

    /// Those of all writers.
    pub(crate) fn all(&self) -> &[Entry] {
        &self.keys
    }

    /// Those of one writer.
    pub(crate) fn of(&self, writer: u32) -> &[Entry] {
        let first = writer as usize * self.keys_each;
        self.keys
            .get(first..first + self.keys_each)
            .unwrap_or_default()
    }
}

impl Entry {
    /// The writer notes its next number, before it sends it.
    pub(crate) fn next(&self) -> u64 {
        self.sent.fetch_add(1, SeqCst) + 1
    }

    /// The value of this number.
    pub(crate) fn value(&self, number: u64, len: usize) -> Vec<u8> {
        stamp::stamp(&self.key, self.writer, number, len)
    }

    /// The writer was told that this number is stored.
    pub(crate) fn acknowledged(&self, number: u64) {
        self.acknowledged.fetch_max(number, SeqCst);
    }

    /// The writer was not told what became of this number, which may be stored later than those behind it.
    pub(crate) fn unsure(&self, number: u64) {
        self.unsure_ones().insert(number);
    }

    fn unsure_ones(&self) -> MutexGuard<'_, HashSet<u64>> {
        self.unsure.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The lowest number that a read which begins now may find.
    pub(crate) fn floor(&self) -> u64 {
        self.acknowledged.load(SeqCst)
    }

    /// Judges an answer to a read that began at `floor`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn judge(&self, floor: u64, value: Option<&[u8]>) -> Result<()> {
        let key = &self.key;
        let Some(value) = value else {
            ensure!(floor == 0, "{key} is a miss, and {floor} was stored");
            return Ok(());
        };
        let stamp = stamp::read(key, value)?;
        let sent = self.sent.load(SeqCst);
        ensure!(
            stamp.writer == self.writer,
            "{key} has a value of writer {}",
            stamp.writer
        );
        if stamp.seq < floor && !self.unsure_ones().contains(&stamp.seq) {
            bail!(
                "{key} was answered with {}, and {floor} was stored",
                stamp.seq
            );
        }
        ensure!(
            stamp.seq <= sent,
            "{key} was answered with {}, and {sent} is the last that was sent",
            stamp.seq
        );
        Ok(())
    }
}

/// A number on the server that one task alone counts up.
#[derive(Debug)]
pub(crate) struct Counter {
    pub(crate) key: String,
    /// What may arrive later than what was sent behind it counts for longer.
    reorders: bool,
    /// The last answer; `None` until the server is known to hold a number.
    told: Option<u64>,
    /// Increments that may have been done since then, or that may be yet.
    unsure: u64,
}

impl Counter {
    pub(crate) fn new(writer: u32, reorders: bool) -> Self {
        Self {
            key: format!("count:{writer}"),
            reorders,
            told: None,
            unsure: 0,
        }
    }

    /// It is stored, and counts from 0.
    pub(crate) fn started(&mut self) {
        self.told = Some(0);
        self.unsure = 0;
    }

    /// It is not known whether it is stored: it would count from 0 once more if it was stored late.
    pub(crate) fn abandon(&mut self) {
        self.key.push('+');
    }

    pub(crate) fn is_started(&self) -> bool {
        self.told.is_some()
    }

    /// An increment was sent whose answer is not known.
    pub(crate) fn unsure(&mut self) {
        self.unsure += 1;
    }

    /// Judges the answer to an increment.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn judge(&mut self, number: Option<u64>) -> Result<()> {
        let (key, told) = (&self.key, self.told.unwrap_or(0));
        let Some(number) = number else {
            bail!("{key} is a miss, and {told} was stored");
        };
        let least = told + 1;
        let most = least + self.unsure;
        self.told = Some(number);
        self.unsure = match self.reorders {
            true => most.saturating_sub(number),
            false => 0,
        };
        ensure!(
            (least..=most).contains(&number),
            "{key} was counted up to {number}, not to {least}..={most}"
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_finds_what_was_stored_and_nothing_older() {
        let ledger = Ledger::new(2, 3);
        let [_, _, entry] = ledger.of(1) else {
            panic!("three each");
        };
        assert_eq!(entry.key, "key:1:2");
        assert!(entry.judge(0, None).is_ok());
        let values: Vec<_> = (0..3).map(|_| entry.value(entry.next(), 0)).collect();
        entry.acknowledged(2);
        let found = |value: &[u8]| entry.judge(entry.floor(), Some(value));
        assert!(found(&values[0]).is_err(), "older");
        assert!(found(&values[1]).is_ok());
        assert!(found(&values[2]).is_ok(), "sent, and perhaps stored");
        assert!(found(&entry.value(4, 0)).is_err(), "never sent");
        assert!(
            found(&ledger.of(0)[2].value(2, 0)).is_err(),
            "another key's"
        );
        assert!(entry.judge(entry.floor(), None).is_err(), "lost");
        assert!(entry.judge(1, Some(&values[0])).is_ok(), "read before");
        entry.unsure(1);
        assert!(found(&values[0]).is_ok(), "stored late");
    }

    #[test]
    fn a_counter_goes_up_by_what_was_done_and_may_have_been() {
        let mut counter = Counter::new(0, false);
        counter.started();
        assert!(counter.judge(Some(1)).is_ok());
        counter.unsure();
        assert!(counter.judge(Some(3)).is_ok());
        assert!(counter.judge(Some(3)).is_err(), "another's, or lost");
        counter.unsure();
        assert!(counter.judge(Some(4)).is_ok(), "the other was not done");
        assert!(counter.judge(Some(6)).is_err(), "done twice");
        assert!(counter.judge(None).is_err(), "lost");

        let mut counter = Counter::new(0, true);
        counter.started();
        counter.unsure();
        assert!(counter.judge(Some(1)).is_ok());
        assert!(counter.judge(Some(3)).is_ok(), "the other was done late");
        assert!(counter.judge(Some(5)).is_err(), "done twice");
    }
}
