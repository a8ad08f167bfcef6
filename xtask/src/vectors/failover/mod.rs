//! `failover.jsonl`: operations on three servers, of which number 1 refuses, hangs or dies, and may come back.
//!
//! Ours plays each trace: its health and placement are told what happens when, and nobody sleeps. The reference reads
//! whole seconds and rests until more than its timeout of them has passed; told whole seconds, and rests a second longer,
//! ours is at each moment where the reference is, but for the deviations that `rules` states.

mod ours;
mod rules;
mod told;

use anyhow::{Context, Result};
use mc_behaviors::Health;

use super::{Report, Vectors, Verdict};
use ours::Ours;
use rules::Reference;
use told::{Row, World};

/// How far a recorded time may be off.
const TOLERANCE: f64 = 0.1;

/// Each operation is a row.
pub(super) fn check(vectors: &Vectors, report: &mut Report) -> Result<()> {
    for row in vectors.rows::<Row>("failover.jsonl")? {
        let name = format!("{} ({})", row.id, row.label);
        play(&row, report).with_context(|| name)?;
    }
    Ok(())
}

fn play(row: &Row, report: &mut Report) -> Result<()> {
    let ours = Ours::new(row)?;
    let mut reference = Reference::new(&ours);
    let mut world = World::at_first(row);
    // Where ours may be: a time beside a whole second is read either way.
    let mut states = vec![ours.start()];
    for entry in &row.trace {
        if let Some(event) = &entry.event {
            world = World::after(event)?;
            continue;
        }
        let told = entry.told(row)?;
        reference.heard(&told, entry.t);
        let (mut next, mut found) = (Vec::new(), None);
        for (second, state) in branches(entry.t, &states) {
            let mut health = state.clone();
            let played = ours.play(&mut health, told.key, world, second);
            let verdict = reference.judge(&told, &played, &ours.placed(&health));
            keep(&mut next, &mut found, health, verdict);
        }
        states = next;
        let name = format!("{} ({}), at {} s", row.id, row.label, entry.t);
        report.count(name, found.context("no second to play in")?);
    }
    Ok(())
}

/// The seconds that something may have happened in, with each of the states before.
fn branches(t: f64, states: &[Health]) -> impl Iterator<Item = (u64, &Health)> {
    let second = |off: f64| (t + off).max(0.0) as u64;
    let mut seconds = vec![second(0.0), second(-TOLERANCE), second(TOLERANCE)];
    seconds.dedup();
    let each = |second| states.iter().map(move |state| (second, state));
    seconds.into_iter().flat_map(each)
}

/// Goes on from the states in which ours is right; from the first alone if there are none.
fn keep(states: &mut Vec<Health>, found: &mut Option<Verdict>, health: Health, verdict: Verdict) {
    let better = match (&*found, &verdict) {
        (None, _) => true,
        (Some(_), Verdict::Fails(_)) => return,
        (Some(Verdict::Fails(_)), _) => {
            states.clear();
            true
        }
        (Some(Verdict::Deviates(_)), Verdict::Holds) => true,
        _ => false,
    };
    if better {
        *found = Some(verdict);
    }
    if !states.contains(&health) {
        states.push(health);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What is told of the key of the server that fails, and where it goes then.
    type Step<'a> = (f64, &'a str, usize);

    /// How many steps fail.
    fn failing(behaviors: &serde_json::Value, steps: &[Step<'_>]) -> usize {
        let entry = |(t, told, server): &Step<'_>| {
            let error = |class, code| json!([class, format!("error {code} from memcached_get(b)")]);
            let (value, error) = match *told {
                "up" | "down" => return json!({"t": t, "event": format!("server1 {told}")}),
                "served" => (json!("None"), json!(null)),
                "refused" => (json!(null), error("ConnectionError", 3)),
                "rests" => (json!(null), error("ServerDown", 47)),
                "dead" => (json!(null), error("ServerDead", 35)),
                _ => (json!(null), error("Error", 31)),
            };
            let placement = [0, *server, 2];
            json!({"t": t, "op": "c.get('b')", "value": value, "error": error, "placement_after": placement})
        };
        let trace: Vec<_> = steps.iter().map(entry).collect();
        let row = json!({
            "id": 0, "label": "", "behaviors": behaviors, "binary": false,
            "keys": ["a", "b", "c"], "trace": trace,
        });
        let mut report = Report::new("");
        play(&serde_json::from_value(row).unwrap(), &mut report).unwrap();
        report.failed()
    }

    /// With a rest of a second, a server that comes back within the second one.
    fn rested(second: &str, fourth: &str) -> usize {
        let steps = &[
            (0.3, "refused", 1),
            (1.5, second, 1),
            (2.3, "rests", 1),
            (2.8, "up", 1),
            (3.5, fourth, 1),
            (4.3, "served", 1),
        ];
        failing(&json!({"retry_timeout": 1}), steps)
    }

    #[test]
    fn a_rest_that_is_too_short_or_too_long_is_caught() {
        assert_eq!(rested("rests", "rests"), 0);
        assert_eq!(rested("served", "rests"), 1);
        assert_eq!(rested("rests", "served"), 1);
        assert_eq!(rested("silent", "rests"), 1);
    }

    fn ejected(limit: u32, moved_to: usize) -> usize {
        let steps = &[
            (0.3, "refused", 1),
            (0.6, "dead", 2),
            (0.8, "served", moved_to),
            (1.3, "up", 1),
            (1.5, "served", moved_to),
            (4.5, "served", 1),
        ];
        let behaviors = json!({
            "ketama": true, "auto_eject": true, "failure_limit": limit, "retry_timeout": 1, "dead_timeout": 2,
        });
        failing(&behaviors, steps)
    }

    #[test]
    fn an_ejection_that_is_not_due_or_goes_elsewhere_is_caught() {
        assert_eq!(ejected(1, 2), 0);
        assert!(ejected(2, 2) > 0);
        assert_eq!(ejected(1, 0), 2);
    }
}
