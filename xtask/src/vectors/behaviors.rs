//! `behaviors.jsonl` and `behaviors_wheel_diff.jsonl`: dicts of behaviors, applied by pylibmc one after another.
//!
//! Two replays run side by side. `ours` takes each dict as a whole, as a user would.
//! `reference` takes its behaviors one by one up to the first that is refused, which is what pylibmc does:
//! its state must read as the row says, also after an error. Where they part, we deviate.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::{Context, Result};
use mc_behaviors::{Behavior, Behaviors, Error, ErrorKind, Replay, Value};
use mc_dist::Compat;
use serde::Deserialize;

use super::deviations::{self, Deviation};
use super::python::{Exception, Given, cut_namespace, exception, is_looked_up};
use super::{Report, Vectors, Verdict, in_c};

#[derive(Deserialize)]
struct Row {
    id: u32,
    binary: bool,
    sets: Vec<Vec<(String, Given)>>,
    result: Outcome,
}

#[derive(Deserialize)]
struct Outcome {
    constructor_error: Option<Exception>,
    #[serde(default)]
    step_errors: Vec<Option<Exception>>,
    #[serde(default)]
    changed: BTreeMap<String, serde_json::Value>,
}

#[derive(Deserialize)]
struct Difference {
    id: u32,
    result: Outcome,
}

/// `behaviors.jsonl`, with libmemcached 1.1.4.
pub(super) fn check(vectors: &Vectors, report: &mut Report) -> Result<()> {
    for row in vectors.rows::<Row>("behaviors.jsonl")? {
        report.count(row.id, verdict(&row, &row.result, Compat::V1_1));
    }
    Ok(())
}

/// `behaviors_wheel_diff.jsonl`: other results for some of the same rows, with libmemcached 1.0.16.
pub(super) fn check_wheel(vectors: &Vectors, report: &mut Report) -> Result<()> {
    let rows = vectors.rows::<Row>("behaviors.jsonl")?;
    let rows: HashMap<_, _> = rows.iter().map(|row| (row.id, row)).collect();
    for Difference { id, result } in vectors.rows("behaviors_wheel_diff.jsonl")? {
        let row = rows.get(&id).context("a difference without its row")?;
        report.count(id, verdict(row, &result, Compat::V1_0));
    }
    Ok(())
}

fn verdict(row: &Row, result: &Outcome, compat: Compat) -> Result<Verdict> {
    let mut run = Run::new(row.binary, compat);
    for (step, set) in row.sets.iter().enumerate() {
        let pairs = set
            .iter()
            .map(|(name, given)| Ok((name.as_str(), given.value()?)));
        let pairs = pairs.collect::<Result<Vec<_>>>()?;
        if let Err(why) = run.step(&pairs, result.error_of(step, row.sets.len())) {
            return Ok(Verdict::Fails(format!("dict {step}: {why}")));
        }
    }
    Ok(match result.constructor_error {
        Some(_) => run.verdict(),
        None => match run.compare(&result.changed) {
            Ok(()) => run.verdict(),
            Err(why) => Verdict::Fails(why),
        },
    })
}

impl Outcome {
    /// The exception of dict number `step` of `steps`; a constructor takes the first one.
    fn error_of(&self, step: usize, steps: usize) -> Option<&Exception> {
        let by_constructor = steps - self.step_errors.len().min(steps);
        match step.checked_sub(by_constructor) {
            Some(later) => self.step_errors[later].as_ref(),
            None => self.constructor_error.as_ref(),
        }
    }
}

/// One row on its way.
struct Run {
    ours: Replay,
    reference: Replay,
    /// Behaviors that hold a cut number in the reference, and none in ours.
    cut: BTreeSet<String>,
    deviation: Option<&'static Deviation>,
}

impl Run {
    fn new(binary: bool, compat: Compat) -> Self {
        let mut behaviors = Behaviors::default();
        behaviors.binary = binary;
        behaviors.compat = compat;
        let replay = Replay::new(behaviors);
        Self {
            ours: replay.clone(),
            reference: replay,
            cut: BTreeSet::new(),
            deviation: None,
        }
    }

    /// Applies one dict both ways; the text of an error says where ours is wrong.
    fn step(
        &mut self,
        pairs: &[(&str, Value)],
        expected: Option<&Exception>,
    ) -> Result<(), String> {
        let before = self.ours.clone();
        let done = self.ours.update(pairs.iter().cloned());
        match (&done, expected) {
            (Ok(()), None) => {}
            (Err(error), Some(expected)) if exception(error) == *expected => {}
            (Err(error), _) if refusal_of_a_cut(error).is_some() => {
                self.deviation = refusal_of_a_cut(error);
            }
            (Ok(()), Some(expected)) => return Err(format!("no error, but {expected:?}")),
            (Err(error), expected) => {
                let ours = exception(error);
                return Err(format!("{error} ({ours:?}), but {expected:?}"));
            }
        }
        if done.is_err() && self.ours != before {
            return Err("an error that changes something".to_owned());
        }
        if done.as_ref().err().is_none_or(is_raised_while_applying) {
            self.follow(pairs, expected)?;
        }
        Ok(())
    }

    /// What pylibmc does: one behavior after the other, in its order, until one is refused.
    fn follow(
        &mut self,
        pairs: &[(&str, Value)],
        expected: Option<&Exception>,
    ) -> Result<(), String> {
        for (name, value) in in_order(pairs) {
            let refused = self.reference.update([(name, value.clone())]).err();
            if self.clears_before_it_refuses(name, &value) {
                let cleared = self.reference.set("auto_eject", false);
                cleared.expect("any flag can be cleared");
            }
            if resets_before_it_refuses(name, &value) {
                let reset = self.reference.set(name, "default");
                reset.expect("that is a hash");
            }
            match refused {
                None => {}
                Some(error) if Some(&exception(&error)) == expected => return Ok(()),
                Some(error) if refusal_of_a_cut(&error).is_some() => {
                    self.cut.extend(touched(error.behavior()));
                }
                Some(error) => return Err(format!("{error}, but {expected:?}")),
            }
        }
        Ok(())
    }

    /// `remove_failed` 0 in libmemcached 1.0: refused, but the flag is off then.
    fn clears_before_it_refuses(&self, name: &str, value: &Value) -> bool {
        let old = self.ours.behaviors().compat == Compat::V1_0;
        let zero = matches!(value, Value::Int(0) | Value::Bool(false));
        old && zero && name == "remove_failed"
    }

    /// Everything that the reference reads otherwise than its default.
    fn compare(&self, changed: &BTreeMap<String, serde_json::Value>) -> Result<(), String> {
        let told = |name: &str| name != "namespace" && !self.cut.contains(name);
        let ours = self.reference.behaviors().differing();
        let ours = ours.filter(|(name, _)| told(name));
        let ours: BTreeMap<_, _> = ours.map(|(name, value)| (name, json(&value))).collect();
        let changed = changed.iter().filter(|(name, _)| told(name));
        let changed: BTreeMap<_, _> = changed
            .map(|(name, value)| (name.as_str(), value.clone()))
            .collect();
        match ours == changed {
            true => Ok(()),
            false => Err(format!("changed are {ours:?}, but {changed:?}")),
        }
    }

    fn verdict(&self) -> Verdict {
        match self.deviation {
            Some(deviation) => Verdict::Deviates(deviation),
            None if self.ours != self.reference => Verdict::Deviates(&deviations::HALF_APPLIED),
            None => Verdict::Holds,
        }
    }
}

/// The behaviors of a dict in pylibmc's order; the old name of `retry_timeout` counts if the new one is not there.
fn in_order<'a>(pairs: &[(&'a str, Value)]) -> Vec<(&'a str, Value)> {
    let mut pairs = pairs.to_vec();
    if pairs.iter().any(|(name, _)| *name == "retry_timeout") {
        pairs.retain(|(name, _)| *name != "_retry_timeout");
    }
    let place = |name: &str| match name {
        "_retry_timeout" => Some(Behavior::RetryTimeout),
        name => Behavior::by_name(name),
    };
    pairs.sort_by_key(|(name, _)| place(name));
    pairs
}

/// A `ketama_hash` that is refused, and is the default then.
fn resets_before_it_refuses(name: &str, value: &Value) -> bool {
    name == "ketama_hash" && matches!(value, Value::Int(number) if in_c::resets(*number))
}

/// pylibmc finds unknown names, of behaviors and of hashes, before it applies anything.
fn is_raised_while_applying(error: &Error) -> bool {
    let looked_up = is_looked_up(error.behavior()) && error.value() == Some(&Value::List);
    let unknown = matches!(
        error.kind(),
        ErrorKind::UnknownBehavior | ErrorKind::UnknownName
    );
    !unknown && !looked_up
}

/// The deviation, if ours refuses what pylibmc and libmemcached cut to what they can hold.
fn refusal_of_a_cut(error: &Error) -> Option<&'static Deviation> {
    match (error.kind(), error.value()?) {
        (ErrorKind::OutOfRange, Value::Int(number)) if !holds(error.behavior(), *number) => {
            Some(&deviations::INTEGER_CUT)
        }
        _ => cut_namespace(error)?
            .ok()
            .map(|_| &deviations::NAMESPACE_CUT),
    }
}

/// Whether a behavior can hold this number without it being cut or ignored.
fn holds(behavior: &str, number: i128) -> bool {
    let (least, most): (i128, i128) = match behavior {
        "connect_timeout" | "send_timeout" | "receive_timeout" | "_poll_timeout"
        | "retry_timeout" | "dead_timeout" | "_socket_send_size" | "_socket_recv_size" => {
            (0, i32::MAX.into())
        }
        "pickle_protocol" => (i32::MIN.into(), i32::MAX.into()),
        "ketama_hash" => (0, 12),
        _ => (0, u32::MAX.into()),
    };
    (least..=most).contains(&number)
}

/// The behaviors that a setting of `behavior` may change, where it is one that holds a number.
fn touched(behavior: &str) -> Vec<String> {
    let touched: &[&str] = match behavior {
        "remove_failed" | "failure_limit" => &["remove_failed", "failure_limit", "auto_eject"],
        one => &[one],
    };
    touched.iter().map(|name| (*name).to_owned()).collect()
}

/// A value as pylibmc's dict of behaviors holds it.
pub(super) fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Int(number) => {
            i64::try_from(*number).map_or_else(|_| number.to_string().into(), Into::into)
        }
        Value::Str(text) => text.as_str().into(),
        other => other.to_string().into(),
    }
}
