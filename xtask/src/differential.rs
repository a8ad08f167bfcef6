//! `cargo xtask differential [--commands N] [--seed S]`: the same random commands through every protocol.
//!
//! Each protocol has a memcached of its own, so that what one of them leaves behind shows in a later answer.
//! Replies are equal as values of `mc_proto::Reply`, but for the words of a refusal and the cas numbers themselves.

mod script;

use std::collections::BTreeMap;
use std::time::{Instant, SystemTime};

use anyhow::{Context, Result, ensure};
use mc_proto::{Item, Protocol, Reply};
use mc_testkit::Memcached;

use crate::peer::Peer;
use script::{Ability, Script, Step};

/// Which protocols are compared, by what they can say.
const RUNS: [(&[Protocol], Ability); 2] = [
    (
        &[Protocol::Text, Protocol::Meta, Protocol::Binary],
        Ability::Common,
    ),
    (&[Protocol::Meta, Protocol::Binary], Ability::WithInitial),
];

/// Plays a script of so many commands for each set of protocols, and prints a line.
pub(crate) fn run(commands: u64, seed: Option<u64>) -> Result<()> {
    let seed = seed.unwrap_or_else(seed_of_the_clock);
    for (protocols, ability) in RUNS {
        play(ability, commands, seed, &mut start(protocols)?)?;
    }
    Ok(())
}

/// One protocol at work.
struct Side {
    protocol: Protocol,
    peer: Peer,
    /// The cas numbers that were read last, by key.
    numbers: BTreeMap<&'static str, u64>,
    /// Killed with the side.
    _server: Memcached,
}

fn start(protocols: &[Protocol]) -> Result<Vec<Side>> {
    let side = |protocol: &Protocol| {
        // Its background threads hold on to items for moments, in which a number is stored anew rather than in place.
        let server = Memcached::builder()
            .arg("-o")
            .arg("no_lru_maintainer,no_lru_crawler")
            .start()?;
        let peer = Peer::connect(&server, *protocol)?;
        Ok(Side {
            protocol: *protocol,
            peer,
            numbers: BTreeMap::new(),
            _server: server,
        })
    };
    protocols.iter().map(side).collect()
}

fn play(ability: Ability, commands: u64, seed: u64, sides: &mut [Side]) -> Result<()> {
    let start = Instant::now();
    let mut tally = BTreeMap::new();
    for (at, step) in (0..commands).zip(Script::new(seed, ability)) {
        // One at a time: while an answer with a number is under way, a server stores the next number anew rather than
        // in place, and then without spaces behind it.
        let replies = sides
            .iter_mut()
            .map(|side| side.ask(&step))
            .collect::<Result<Vec<_>>>()?;
        compare(&step, sides, &replies)
            .map_err(|error| error.context(format!("seed {seed}, command {at}")))?;
        *tally.entry(kind(&replies[0])).or_insert(0_u64) += 1;
    }
    let names: Vec<_> = sides.iter().map(|side| side.protocol.name()).collect();
    let rate = commands as f64 / start.elapsed().as_secs_f64();
    println!(
        "differential: seed {seed}, {commands} commands through {}: the same, {rate:.0}/s, {tally:?}",
        names.join(", ")
    );
    Ok(())
}

impl Side {
    /// The reply to a step.
    fn ask(&mut self, step: &Step) -> Result<Reply> {
        if let Step::Unanswered { change, .. } = step {
            self.peer.tell(&change.request(&self.numbers))?;
        }
        let request = step.request(&self.numbers);
        let mut replies = self.peer.ask(std::slice::from_ref(&request))?;
        let reply = replies.pop().context("no reply")?;
        ensure!(
            self.peer.is_clean(),
            "{}: {request:?} ended the connection with {reply:?}",
            self.protocol
        );
        if let (
            Step::Read { key, .. },
            Reply::Value(Some(Item {
                cas: Some(number), ..
            })),
        ) = (step, &reply)
        {
            self.numbers.insert(key, *number);
        }
        Ok(reply)
    }
}

/// Whether all have answered the step alike.
fn compare(step: &Step, sides: &[Side], replies: &[Reply]) -> Result<()> {
    let replies: Vec<_> = replies.iter().map(plain).collect();
    let same = replies.windows(2).all(|pair| pair[0] == pair[1]);
    let lines = sides.iter().zip(&replies);
    let lines = lines.map(|(side, reply)| format!("\n  {:7} {reply:?}", side.protocol.name()));
    ensure!(same, "{step:?}{}", lines.collect::<String>());
    Ok(())
}

/// A reply without what is each server's or protocol's own: words, and numbers that only their server knows.
fn plain(reply: &Reply) -> Reply {
    let plain_item = |item: &Item| Item {
        cas: item.cas.map(|_| 0),
        ..item.clone()
    };
    match reply {
        Reply::Value(item) => Reply::Value(item.as_ref().map(plain_item)),
        Reply::Values(items) => Reply::Values(
            items
                .iter()
                .map(|item| item.as_ref().map(plain_item))
                .collect(),
        ),
        Reply::Refused(refusal) => Reply::Refused(refusal.kind.into()),
        Reply::Batch(replies) => Reply::Batch(replies.iter().map(plain).collect()),
        other => other.clone(),
    }
}

/// The first word of a reply, to count how much of what was met.
fn kind(reply: &Reply) -> String {
    let shown = match reply {
        Reply::Value(None) => "Miss".to_owned(),
        Reply::Refused(refusal) => format!("{:?}", refusal.kind),
        other => format!("{other:?}"),
    };
    shown
        .split(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn seed_of_the_clock() -> u64 {
    SystemTime::UNIX_EPOCH
        .elapsed()
        .unwrap_or_default()
        .as_nanos() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_script_is_answered_alike() {
        run(4000, None).unwrap();
    }

    /// The comparison can fail: one server holds what the others do not.
    #[test]
    fn a_difference_is_seen() {
        let (protocols, ability) = RUNS[0];
        let mut sides = start(protocols).unwrap();
        for step in script::KEYS.map(Step::stored_before) {
            sides[1].ask(&step).unwrap();
        }
        let difference = play(ability, 1000, 1, &mut sides).unwrap_err();
        assert!(
            format!("{difference:#}").starts_with("seed 1, command "),
            "{difference:#}"
        );
    }
}
