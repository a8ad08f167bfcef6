//! The items and what the commands do to them, with memcached's rules. Time is an argument.

use std::collections::BTreeMap;
use std::{iter, process};

use bytes::Bytes;
use fnv::FnvHashMap;
use mc_proto::{
    Exptime, Initial, Item, Key, Refusal, RefusalKind, Reply, Request, StatsTopic, Verb,
};

use super::counters::Counters;
use super::number;

/// What the server says of itself: clients want memcached's form, three numbers first.
const VERSION: &str = concat!("1.6.0-mc-testkit-", env!("CARGO_PKG_VERSION"));

/// What memcached keeps with an item on 64 bits: a header of 48 bytes, the cas number in 8,
/// and the ends of the key and the value in 3.
const ITEM_OVERHEAD: usize = 48 + 8 + 3;

/// What it keeps if the flags are not 0.
const FLAGS_SIZE: usize = 4;

/// The items of one server.
#[derive(Debug)]
pub(super) struct Store {
    entries: FnvHashMap<Vec<u8>, Entry>,
    /// The keys by the cas numbers of their items. Those rise with every write, so the first is the oldest.
    by_age: BTreeMap<u64, Vec<u8>>,
    /// The size of all items together.
    bytes: usize,
    last_cas: u64,
    /// The second in which a delayed `flush_all` happens.
    flush_at: Option<u64>,
    max_item_size: usize,
    memory: usize,
    pub(super) counters: Counters,
}

/// An item as it is kept.
#[derive(Debug, Clone)]
struct Entry {
    flags: u32,
    /// The second in which it ends.
    ends_at: Option<u64>,
    cas: u64,
    value: Bytes,
}

impl Store {
    /// An empty store; both bounds in bytes.
    pub(super) fn new(max_item_size: usize, memory: usize) -> Self {
        Self {
            entries: FnvHashMap::default(),
            by_age: BTreeMap::new(),
            bytes: 0,
            last_cas: 0,
            flush_at: None,
            max_item_size,
            memory,
            counters: Counters::new(),
        }
    }

    /// Does what is asked at `now`, in seconds since 1970.
    pub(super) fn execute(&mut self, request: &Request<'_>, now: u64) -> Reply {
        if self.flush_at.is_some_and(|at| at <= now) {
            self.clear();
        }
        match request {
            Request::Get { key, .. } => Reply::Value(self.get(key, now)),
            Request::GetMany { keys, .. } => {
                Reply::Values(keys.iter().map(|key| self.get(key, now)).collect())
            }
            Request::Gat { key, exptime, .. } => {
                Reply::Value(self.get_and_touch(key, *exptime, now))
            }
            Request::GatMany { keys, exptime, .. } => {
                let items = keys.iter();
                Reply::Values(
                    items
                        .map(|key| self.get_and_touch(key, *exptime, now))
                        .collect(),
                )
            }
            Request::Store {
                verb,
                key,
                flags,
                exptime,
                value,
            } => {
                let entry = Entry {
                    flags: *flags,
                    ends_at: exptime.ends_at(now),
                    cas: 0,
                    value: Bytes::copy_from_slice(value.as_slice()),
                };
                self.store(*verb, key.to_vec(), entry, now)
            }
            Request::Delete { key } => self.delete(key, now),
            Request::Incr {
                key,
                delta,
                initial,
            } => {
                let counted = ["incr_hits", "incr_misses"];
                self.arithmetic(key, *initial, now, counted, |n| n.wrapping_add(*delta))
            }
            Request::Decr {
                key,
                delta,
                initial,
            } => {
                let counted = ["decr_hits", "decr_misses"];
                self.arithmetic(key, *initial, now, counted, |n| n.saturating_sub(*delta))
            }
            Request::Touch { key, exptime } => self.touch(key, *exptime, now),
            Request::Stats { topic } => self.stats(*topic, now),
            Request::Version => Reply::Version(VERSION.into()),
            Request::FlushAll { delay } => self.flush_all(*delay, now),
            // There is no log to write more or less to.
            Request::Verbosity { .. } | Request::Noop => Reply::Ok,
            _ => Reply::Refused(RefusalKind::UnknownCommand.into()),
        }
    }

    fn get(&mut self, key: &Key<'_>, now: u64) -> Option<Item> {
        let found = self.live(&key.to_vec(), now).map(|entry| entry.item());
        self.counters.count("cmd_get");
        self.counters.hit(found.is_some(), "get_hits", "get_misses");
        found
    }

    fn store(&mut self, verb: Verb, key: Vec<u8>, mut entry: Entry, now: u64) -> Reply {
        self.counters.count("cmd_set");
        if let Some(kind) = self.refusal(&key, &entry) {
            if verb == Verb::Set {
                // memcached would rather lose the old value than keep a stale one.
                self.remove(&key);
            }
            return Reply::Refused(kind.into());
        }
        let old = self.live(&key, now).cloned();
        match (verb, old) {
            (Verb::Set, _) | (Verb::Add, None) | (Verb::Replace, Some(_)) => {}
            (Verb::Append, Some(old)) => entry = old.with(|old| [old, &entry.value[..]].concat()),
            (Verb::Prepend, Some(old)) => entry = old.with(|old| [&entry.value[..], old].concat()),
            (Verb::Cas(_), None) => {
                self.counters.count("cas_misses");
                return Reply::NotFound;
            }
            (Verb::Cas(unique), Some(old)) => {
                self.counters
                    .hit(old.cas == unique, "cas_hits", "cas_badval");
                if old.cas != unique {
                    return Reply::Exists;
                }
            }
            (Verb::Add | Verb::Replace | Verb::Append | Verb::Prepend, _) => {
                return Reply::NotStored;
            }
        }
        if self.refusal(&key, &entry).is_some() {
            // Append and prepend past the limit: memcached leaves the old value.
            return Reply::NotStored;
        }
        self.put(key, entry);
        Reply::Stored
    }

    fn delete(&mut self, key: &Key<'_>, now: u64) -> Reply {
        let key = key.to_vec();
        let hit = self.live(&key, now).is_some();
        self.counters.hit(hit, "delete_hits", "delete_misses");
        if !hit {
            return Reply::NotFound;
        }
        self.remove(&key);
        Reply::Deleted
    }

    fn arithmetic(
        &mut self,
        key: &Key<'_>,
        initial: Option<Initial>,
        now: u64,
        [hits, misses]: [&'static str; 2],
        change: impl Fn(u64) -> u64,
    ) -> Reply {
        let key = key.to_vec();
        let Some(entry) = self.live(&key, now).cloned() else {
            self.counters.count(misses);
            let Some(Initial { value, exptime }) = initial else {
                return Reply::NotFound;
            };
            let entry = Entry {
                flags: 0,
                ends_at: exptime.ends_at(now),
                cas: 0,
                value: value.to_string().into(),
            };
            self.put(key, entry);
            return Reply::Number(value);
        };
        let Some(old) = number::read(&entry.value) else {
            return Reply::Refused(RefusalKind::NotNumeric.into());
        };
        self.counters.count(hits);
        let new = change(old);
        self.put(key, entry.with(|old| number::write(new, old.len())));
        Reply::Number(new)
    }

    fn touch(&mut self, key: &Key<'_>, exptime: Exptime, now: u64) -> Reply {
        match self.get_and_touch(key, exptime, now) {
            Some(_) => Reply::Touched,
            None => Reply::NotFound,
        }
    }

    /// Counts as a touch, and not as a get.
    fn get_and_touch(&mut self, key: &Key<'_>, exptime: Exptime, now: u64) -> Option<Item> {
        self.counters.count("cmd_touch");
        let found = self.live(&key.to_vec(), now).map(|entry| {
            entry.ends_at = exptime.ends_at(now);
            entry.item()
        });
        self.counters
            .hit(found.is_some(), "touch_hits", "touch_misses");
        found
    }

    fn flush_all(&mut self, delay: Option<u32>, now: u64) -> Reply {
        self.counters.count("cmd_flush");
        let delay = i32::try_from(delay.unwrap_or(0)).unwrap_or(i32::MAX);
        match Exptime::from_wire(delay).ends_at(now) {
            Some(at) if at > now => self.flush_at = Some(at),
            _ => self.clear(),
        }
        Reply::Ok
    }

    fn stats(&mut self, topic: Option<StatsTopic>, now: u64) -> Reply {
        match topic {
            Some(StatsTopic::Reset) => {
                self.counters.reset();
                Reply::Ok
            }
            // Nothing is counted by prefix.
            Some(StatsTopic::DetailOn | StatsTopic::DetailOff | StatsTopic::DetailDump) => {
                Reply::Refused(Refusal::new(
                    RefusalKind::Client,
                    "stats detail not allowed",
                ))
            }
            topic => Reply::Stats(self.rows(topic, now)),
        }
    }

    fn rows(&self, topic: Option<StatsTopic>, now: u64) -> Vec<(Bytes, Bytes)> {
        let row = |(name, value): (&str, u64)| (name.to_owned().into(), value.to_string().into());
        let bounds = [
            ("maxbytes", self.memory as u64),
            ("item_size_max", self.max_item_size as u64),
        ];
        let sizes = [
            ("pid", u64::from(process::id())),
            ("time", now),
            ("curr_items", self.entries.len() as u64),
            ("bytes", self.bytes as u64),
            ("limit_maxbytes", self.memory as u64),
        ];
        match topic {
            None => {
                let version = ("version".into(), VERSION.into());
                let counts = sizes.into_iter().chain(self.counters.rows()).map(row);
                iter::once(version).chain(counts).collect()
            }
            Some(StatsTopic::Settings) => bounds.map(row).into(),
            // The others are about memcached's insides.
            Some(_) => Vec::new(),
        }
    }

    /// The item of a key, unless it has ended; then it is removed.
    fn live(&mut self, key: &[u8], now: u64) -> Option<&mut Entry> {
        let ends_at = self.entries.get(key)?.ends_at;
        if ends_at.is_some_and(|at| at <= now) {
            self.remove(key);
            return None;
        }
        self.entries.get_mut(key)
    }

    /// Why an item cannot be kept, if it cannot.
    fn refusal(&self, key: &[u8], entry: &Entry) -> Option<RefusalKind> {
        match entry.size(key) {
            size if size > self.max_item_size => Some(RefusalKind::TooLarge),
            size if size > self.memory => Some(RefusalKind::OutOfMemory),
            _ => None,
        }
    }

    /// Writes an item with a new cas number, and makes room for it.
    fn put(&mut self, key: Vec<u8>, mut entry: Entry) {
        self.remove(&key);
        self.last_cas += 1;
        entry.cas = self.last_cas;
        self.bytes += entry.size(&key);
        self.by_age.insert(entry.cas, key.clone());
        self.entries.insert(key, entry);
        self.counters.count("total_items");
        while self.bytes > self.memory {
            let Some((_, oldest)) = self.by_age.first_key_value() else {
                break;
            };
            self.remove(&oldest.clone());
            self.counters.count("evictions");
        }
    }

    fn remove(&mut self, key: &[u8]) {
        if let Some(entry) = self.entries.remove(key) {
            self.by_age.remove(&entry.cas);
            self.bytes -= entry.size(key);
        }
    }

    /// Removes everything, as a delayed `flush_all` also would have.
    fn clear(&mut self) {
        self.entries.clear();
        self.by_age.clear();
        self.bytes = 0;
        self.flush_at = None;
    }
}

impl Entry {
    /// Its size with all that memcached keeps beside it.
    fn size(&self, key: &[u8]) -> usize {
        let flags = if self.flags == 0 { 0 } else { FLAGS_SIZE };
        ITEM_OVERHEAD + key.len() + flags + self.value.len()
    }

    /// As it is shown.
    fn item(&self) -> Item {
        Item {
            flags: self.flags,
            cas: Some(self.cas),
            value: self.value.clone(),
        }
    }

    /// The same with another value.
    fn with<T: Into<Bytes>>(self, change: impl Fn(&[u8]) -> T) -> Self {
        Self {
            value: change(&self.value).into(),
            ..self
        }
    }
}

#[cfg(test)]
mod tests;
