//! Random commands that every protocol can say, over few keys, so that they meet.

use std::collections::BTreeMap;

use fastrand::Rng;
use mc_proto::{Exptime, Initial, Key, Request, Verb};

/// The keys of every command.
pub(super) const KEYS: [&str; 8] = ["a", "b", "c", "n", "m", "number", "key/of/some/length", "é"];

/// What all protocols of a run can say.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ability {
    /// What every protocol can.
    Common,
    /// Also incr and decr of what is not there.
    WithInitial,
}

/// One command.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Read {
        key: &'static str,
        cas: bool,
    },
    ReadMany {
        keys: Vec<&'static str>,
        cas: bool,
    },
    ReadAndTouch {
        key: &'static str,
        exptime: Exptime,
    },
    Store {
        how: How,
        key: &'static str,
        flags: u32,
        exptime: Exptime,
        value: Vec<u8>,
    },
    Delete {
        key: &'static str,
    },
    Count {
        up: bool,
        key: &'static str,
        delta: u64,
        initial: Option<Initial>,
    },
    Touch {
        key: &'static str,
        exptime: Exptime,
    },
    Batch(Vec<Self>),
    /// A change that wants no reply, and a read that shows what it did.
    Unanswered {
        change: Box<Self>,
        read: Box<Self>,
    },
    Flush,
}

/// A way to store.
#[derive(Clone, Copy, Debug)]
pub(super) enum How {
    Plain(Verb),
    /// With the number that was read last.
    Cas,
}

/// Never ends.
pub(super) struct Script {
    rng: Rng,
    ability: Ability,
}

impl Script {
    pub(super) fn new(seed: u64, ability: Ability) -> Self {
        Self {
            rng: Rng::with_seed(seed),
            ability,
        }
    }

    fn key(&mut self) -> &'static str {
        KEYS[self.rng.usize(..KEYS.len())]
    }

    fn exptime(&mut self) -> Exptime {
        // Far enough off that no run lasts so long.
        let ends = [0, 0, 0, 3600, 2_147_483_647, -1];
        Exptime::from_wire(ends[self.rng.usize(..ends.len())])
    }

    /// Numbers and others, but none where memcached reads on into what its memory holds behind: it would look for a
    /// number behind spaces alone, and for a `-` behind a number past 2^63.
    fn value(&mut self) -> Vec<u8> {
        match self.rng.u8(..10) {
            0..4 => self.text(),
            4 => b"12 ".to_vec(),
            5 => b"4611686018427387903".to_vec(),
            _ => (self.rng.u64(..) >> self.rng.u32(2..64))
                .to_string()
                .into_bytes(),
        }
    }

    /// No number.
    fn text(&mut self) -> Vec<u8> {
        match self.rng.u8(..5) {
            0 => Vec::new(),
            1 => b"\r\nEND\r\n".to_vec(),
            2 => vec![self.rng.u8(b'A'..); self.rng.usize(..30_000)],
            3 => (0..=u8::MAX).collect(),
            _ => b"x".to_vec(),
        }
    }

    /// A change of one item.
    fn change(&mut self) -> Step {
        let key = self.key();
        self.change_of(key)
    }

    fn change_of(&mut self, key: &'static str) -> Step {
        match self.rng.u8(..10) {
            0 | 1 => Step::Delete { key },
            2 | 3 => self.count(key),
            4 => Step::Touch {
                key,
                exptime: self.exptime(),
            },
            _ => self.store(key),
        }
    }

    fn store(&mut self, key: &'static str) -> Step {
        let how = self.how();
        let value = match how {
            // Digits behind digits would be a number past 2^63.
            How::Plain(Verb::Append | Verb::Prepend) => self.text(),
            _ => self.value(),
        };
        Step::Store {
            how,
            key,
            flags: self.rng.u32(..),
            exptime: self.exptime(),
            value,
        }
    }

    /// A change that is part of a batch. Counting in what is no number is left out: a meta server then does not tell
    /// which of many it could not do.
    fn part(&mut self) -> Step {
        loop {
            let change = self.change();
            if !matches!(change, Step::Count { .. }) {
                return change;
            }
        }
    }

    /// What is created by counting is left out: text, in which meta sends this, cannot.
    fn unanswered(&mut self) -> Step {
        let key = self.key();
        loop {
            let change = Box::new(self.change_of(key));
            let creates = matches!(
                &*change,
                Step::Count {
                    initial: Some(_),
                    ..
                }
            );
            if !creates {
                let read = Box::new(Step::Read { key, cas: false });
                return Step::Unanswered { change, read };
            }
        }
    }

    fn how(&mut self) -> How {
        let verbs = [
            Verb::Set,
            Verb::Add,
            Verb::Replace,
            Verb::Append,
            Verb::Prepend,
        ];
        match verbs.get(self.rng.usize(..verbs.len() + 1)) {
            Some(verb) => How::Plain(*verb),
            None => How::Cas,
        }
    }

    fn count(&mut self, key: &'static str) -> Step {
        let (up, delta) = (self.rng.bool(), self.rng.u64(..) >> self.rng.u32(8..64));
        let may_create = self.ability == Ability::WithInitial && self.rng.bool();
        let initial = may_create.then(|| Initial {
            value: self.rng.u64(..1000),
            exptime: Exptime::NEVER,
        });
        Step::Count {
            up,
            key,
            delta,
            initial,
        }
    }
}

impl Iterator for Script {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let some = 1 + self.rng.usize(..6);
        Some(match self.rng.u8(..100) {
            0..30 => Step::Read {
                key: self.key(),
                cas: self.rng.bool(),
            },
            30..40 => {
                let keys = (0..some).map(|_| self.key()).collect();
                Step::ReadMany {
                    keys,
                    cas: self.rng.bool(),
                }
            }
            40..45 => Step::ReadAndTouch {
                key: self.key(),
                exptime: self.exptime(),
            },
            45..50 => self.unanswered(),
            50..55 => Step::Batch((0..some).map(|_| self.part()).collect()),
            55 => Step::Flush,
            _ => self.change(),
        })
    }
}

fn key(name: &'static str) -> Key<'static> {
    Key::new(name.as_bytes()).expect("the keys of the script are keys")
}

impl Step {
    /// Stores something that is no number.
    #[cfg(test)]
    pub(super) fn stored_before(key: &'static str) -> Self {
        let how = How::Plain(Verb::Set);
        Self::Store {
            how,
            key,
            flags: 1,
            exptime: Exptime::NEVER,
            value: b"before".to_vec(),
        }
    }

    /// The request; a cas is made with the number that was read last, or one that no item has.
    pub(super) fn request(&self, numbers: &BTreeMap<&'static str, u64>) -> Request<'_> {
        match self {
            Self::Read { key: name, cas } => Request::Get {
                key: key(name),
                cas: *cas,
            },
            Self::ReadMany { keys, cas } => Request::GetMany {
                keys: keys.iter().map(|name| key(name)).collect(),
                cas: *cas,
            },
            Self::ReadAndTouch { key: name, exptime } => Request::Gat {
                key: key(name),
                exptime: *exptime,
                cas: false,
            },
            Self::Store {
                how,
                key: name,
                flags,
                exptime,
                value,
            } => {
                let number = numbers.get(name).copied().unwrap_or(u64::MAX);
                let verb = match how {
                    How::Plain(verb) => *verb,
                    How::Cas => Verb::Cas(number),
                };
                Request::Store {
                    verb,
                    key: key(name),
                    flags: *flags,
                    exptime: *exptime,
                    value: value[..].into(),
                }
            }
            Self::Delete { key: name } => Request::Delete { key: key(name) },
            Self::Count {
                up: true,
                key: name,
                delta,
                initial,
            } => Request::Incr {
                key: key(name),
                delta: *delta,
                initial: *initial,
            },
            Self::Count {
                key: name,
                delta,
                initial,
                ..
            } => Request::Decr {
                key: key(name),
                delta: *delta,
                initial: *initial,
            },
            Self::Touch { key: name, exptime } => Request::Touch {
                key: key(name),
                exptime: *exptime,
            },
            Self::Batch(steps) => {
                Request::Batch(steps.iter().map(|step| step.request(numbers)).collect())
            }
            Self::Unanswered { read, .. } => read.request(numbers),
            Self::Flush => Request::FlushAll { delay: None },
        }
    }
}
