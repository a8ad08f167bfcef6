//! Mistakes that the model must find.

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};

/// A mistake: other words in a file of mc-client's, and the scenario that fails because of it.
pub(super) struct Mutant {
    pub(super) name: &'static str,
    pub(super) scenario: &'static str,
    /// Below `src/`.
    file: &'static str,
    /// What is there, once.
    as_it_is: &'static str,
    /// What comes in its place; `MUTANT` is whether the mistake is to be made.
    mistaken: &'static str,
}

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "who waits for room is not woken",
        scenario: "the_queue_is_full",
        file: "tokio/link/driven.rs",
        as_it_is: "let next = state.next_in();",
        mistaken: "let next = if MUTANT { None } else { state.next_in() };",
    },
    Mutant {
        name: "a place for waiting is never given back",
        scenario: "the_queue_is_full",
        file: "tokio/room.rs",
        as_it_is: "self.shared.leave_room(place);",
        mistaken: "if !MUTANT { self.shared.leave_room(place); }",
    },
    Mutant {
        name: "who is called and goes calls nobody",
        scenario: "the_queue_is_full",
        file: "tokio/link/callers.rs",
        as_it_is: "let next = state.next_in();",
        mistaken: "let next = if MUTANT { None } else { state.next_in() };",
    },
    Mutant {
        name: "a failure is kept for who has gone",
        scenario: "a_connection_must_tell",
        file: "tokio/link/places.rs",
        as_it_is: "self.failures.remove(&place);\n        self.take(place)",
        mistaken: "if !MUTANT { self.failures.remove(&place); }\n        self.take(place)",
    },
    Mutant {
        name: "the driver looks, and goes to sleep under another lock",
        scenario: "one_asks_alone",
        file: "tokio/link/driven.rs",
        as_it_is: r#"        state.sleep(cx);
        Poll::Pending"#,
        mistaken: r#"        if MUTANT { drop(state); state = self.lock(); }
        state.sleep(cx);
        Poll::Pending"#,
    },
    Mutant {
        name: "the callers are told before the cluster",
        scenario: "a_server_is_down",
        file: "tokio/link/driven.rs",
        as_it_is: r#"        self.report(report);
        let (mut state, mut woken) = (self.lock(), Vec::new());
        state.is_lost = false;
        for (slot, sent) in unanswered {
            woken.extend(state.waiters.answer(slot, Err(error(sent))));
        }
"#,
        mistaken: r#"        if !MUTANT { self.report(report); }
        let (mut state, mut woken) = (self.lock(), Vec::<Waker>::new());
        state.is_lost = false;
        for (slot, sent) in unanswered {
            woken.extend(state.waiters.answer(slot, Err(error(sent))));
        }
        if MUTANT { drop(state); woken.drain(..).for_each(Waker::wake); self.report(report); state = self.lock(); }
"#,
    },
    Mutant {
        name: "a slot is given back while its answer is owed",
        scenario: "callers_leave",
        file: "tokio/waiters.rs",
        as_it_is: "        match std::mem::replace(state, State::Abandoned) {",
        mistaken: r#"        if MUTANT { self.slots.remove(slot); return None; }
        let state = &mut self.slots[slot].state;
        match std::mem::replace(state, State::Abandoned) {"#,
    },
    Mutant {
        name: "a slot is given back twice",
        scenario: "callers_leave",
        file: "tokio/waiters.rs",
        as_it_is: "return Poll::Ready(Err(error));",
        mistaken: "if MUTANT { self.slots.remove(slot); } return Poll::Ready(Err(error));",
    },
    Mutant {
        name: "what was written counts as not sent",
        scenario: "connections_break",
        file: "tokio/session.rs",
        as_it_is: "self.shared.lost(lost, self.written, unwritten);",
        mistaken: "self.shared.lost(lost, if MUTANT { 0 } else { self.written }, unwritten);",
    },
    Mutant {
        name: "a wrong answer does not end the connection",
        scenario: "connections_break",
        file: "tokio/link/driven.rs",
        as_it_is: "Err(error) => break Err(Lost::Protocol(error)),",
        mistaken: r#"Err(_) if MUTANT => break Ok(false),
                Err(error) => break Err(Lost::Protocol(error)),"#,
    },
    Mutant {
        name: "a connection that takes no more is asked",
        scenario: "connections_break",
        file: "tokio/link/driven.rs",
        as_it_is: "state.is_lost = verdict.is_err();",
        mistaken: "state.is_lost = verdict.is_err() && !MUTANT;",
    },
    Mutant {
        name: "whoever leaves a flush keeps a place",
        scenario: "requests_are_buffered",
        file: "tokio/link/unawaited.rs",
        as_it_is: "self.shared.leave_flush(place);",
        mistaken: "if !MUTANT { self.shared.leave_flush(place); }",
    },
    Mutant {
        name: "a driver that is dropped answers nobody",
        scenario: "runtimes_end",
        file: "tokio/driver.rs",
        as_it_is: "self.0.driver_ended();",
        mistaken: "if !MUTANT { self.0.driver_ended(); }",
    },
];

/// Asks which mistake is to be made.
const ASK: &str = r#"
pub(crate) fn is_mutant(name: &str) -> bool {
    std::env::var("MODEL_MUTANT").is_ok_and(|it| it == name)
}
"#;

/// Puts every mistake into these sources.
pub(super) fn apply(sources: &Path) -> Result<()> {
    for mutant in MUTANTS {
        edit(&sources.join(mutant.file), |text| mutant.apply(text))?;
    }
    edit(&sources.join("sync.rs"), |text| Ok(text.to_owned() + ASK))
}

fn edit(path: &Path, edited: impl FnOnce(&str) -> Result<String>) -> Result<()> {
    let text = fs::read_to_string(path)?;
    fs::write(path, edited(&text)?)?;
    Ok(())
}

impl Mutant {
    fn apply(&self, text: &str) -> Result<String> {
        let (name, file) = (self.name, self.file);
        let there = text.matches(self.as_it_is).count();
        ensure!(
            there == 1,
            "'{name}': its words are {there} times in {file}, not once"
        );
        let asked = format!("crate::sync::is_mutant({name:?})");
        let mistaken = self.mistaken.replace("MUTANT", &asked);
        Ok(text.replace(self.as_it_is, &mistaken))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Else a mistake is found that is none any more.
    #[test]
    fn every_mistake_has_its_place() {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/mc-client/src");
        for mutant in MUTANTS {
            let text = fs::read_to_string(sources.join(mutant.file));
            mutant.apply(&text.unwrap()).unwrap();
        }
    }
}
