//! What the client says of an increment against what the server did.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use mc_client::{Behaviors, Error, ErrorKind, Outcome, Protocol};
use mc_testkit::{FaultProxy, Memcached, Rule};

use crate::figure::{Figure, Run};
use crate::load::shell::{Kind, PROTOCOLS, Shell, patient};

pub(crate) const FIGURE: Figure = Figure {
    number: 10,
    name: "outcomes of increments",
    target: "done once if Ok, at most once if MaybeApplied, else not at all",
    within: Duration::from_secs(900),
    run,
};

/// Who increment at once.
const CALLERS: usize = 32;
const DEADLINE: Duration = Duration::from_millis(50);
/// Of the calls that are not under test.
const LONG: Duration = Duration::from_secs(30);
/// An increment that takes longer hangs.
const WATCHDOG: Duration = Duration::from_secs(10);

fn run(run: &mut Run) -> Result<()> {
    let count = run.scale(100_000, 5_000);
    for protocol in PROTOCOLS {
        for kind in Kind::ALL {
            let seen = part(run.seed, protocol, kind, count)?;
            run.line(
                &format!("{protocol}, {kind}"),
                FIGURE.target,
                &seen,
                seen.holds(),
            );
        }
    }
    Ok(())
}

/// Every increment has a counter of its own, so that each is judged by itself.
fn part(seed: u64, protocol: Protocol, kind: Kind, count: usize) -> Result<Seen> {
    // Fewer connections than callers of the blocking client: some are told so, and nothing is sent.
    let server = Memcached::builder().max_connections(45).start()?;
    let keys: Vec<_> = (0..count).map(|key| format!("counter{key}")).collect();
    let direct = Kind::Blocking.connect(server.address(), protocol, Behaviors::default())?;
    direct.set_many(keys.iter().map(|key| (&**key, &b"0"[..])), LONG)?;

    let proxy = FaultProxy::builder(server.address()).seed(seed);
    let proxy = faults()
        .into_iter()
        .fold(proxy, |proxy, rule| proxy.rule(rule));
    let proxy = proxy.start()?;
    let shell = kind.connect(proxy.address(), protocol, patient())?;
    let (said, hung) = increment(&shell, &keys)?;
    drop(shell);
    let faults = proxy.stats().faults;
    // What is still on its way through the proxy arrives or never does.
    drop(proxy);

    let mut seen = Seen {
        faults,
        hung,
        ..Seen::default()
    };
    for (said, counter) in said.into_iter().zip(direct.get_many(&keys, LONG)?) {
        let counter = counter.context("a counter is gone")?;
        let times = std::str::from_utf8(&counter)?.trim().parse()?;
        seen.take(said, times);
    }
    Ok(seen)
}

/// Resets anywhere in requests and replies, replies that come too late, connections that are refused.
fn faults() -> [Rule; 4] {
    let late = DEADLINE * 2;
    [
        Rule::requests()
            .message_byte(0..=40)
            .probability(0.01)
            .reset(),
        Rule::replies()
            .message_byte(0..=8)
            .probability(0.01)
            .reset(),
        Rule::replies()
            .probability(0.0005)
            .delay(DEADLINE / 2..=late),
        Rule::connections().probability(0.3).refuse(),
    ]
}

/// What was said of each increment, and how many hung.
fn increment(shell: &Shell, keys: &[String]) -> Result<(Vec<Said>, u64)> {
    let (next, hung) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let ask = || {
        let mut said = Vec::new();
        loop {
            let at = next.fetch_add(1, Relaxed);
            let Some(key) = keys.get(at) else {
                return said;
            };
            let (told, took) = tried(shell, key);
            said.push((at, told));
            hung.fetch_add(usize::from(took > WATCHDOG), Relaxed);
        }
    };
    let mut said = thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS).map(|_| scope.spawn(ask)).collect();
        let each = callers
            .into_iter()
            .map(|caller| caller.join().expect("it does not panic"));
        each.flatten().collect::<Vec<_>>()
    });
    said.sort_unstable_by_key(|(at, _)| *at);
    ensure!(said.len() == keys.len(), "an increment has no outcome");
    Ok((
        said.into_iter().map(|(_, said)| said).collect(),
        hung.load(Relaxed) as u64,
    ))
}

/// Increments once; while the server is left alone, that is still to come.
fn tried(shell: &Shell, key: &str) -> (Said, Duration) {
    loop {
        let begun = Instant::now();
        match shell.incr(key, DEADLINE) {
            Err(error) if error.kind() == ErrorKind::ServerDown => {
                thread::sleep(Duration::from_millis(1));
            }
            answer => return (Said::of(&answer), begun.elapsed()),
        }
    }
}

/// What the client says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    /// It counts 1 now.
    Done,
    Maybe,
    /// It was not sent, or refused.
    Not,
    /// The answer is another's.
    Wrong,
}

impl Said {
    fn of(answer: &Result<Option<u64>, Error>) -> Self {
        match answer {
            Ok(Some(1)) => Self::Done,
            Ok(_) => Self::Wrong,
            Err(error) if error.outcome() == Outcome::MaybeApplied => Self::Maybe,
            Err(_) => Self::Not,
        }
    }

    /// Whether the server may have done it so many times.
    fn allows(self, times: u64) -> bool {
        match self {
            Self::Done => times == 1,
            Self::Maybe => times <= 1,
            Self::Not => times == 0,
            Self::Wrong => false,
        }
    }
}

/// What one part came to.
#[derive(Debug, Default)]
struct Seen {
    done: u64,
    maybe: u64,
    not: u64,
    /// How many the server has done in all.
    counted: u64,
    /// What was said of these is not what was done.
    lies: u64,
    hung: u64,
    faults: u64,
}

impl Seen {
    fn take(&mut self, said: Said, times: u64) {
        let count = match said {
            Said::Done => &mut self.done,
            Said::Maybe => &mut self.maybe,
            Said::Not => &mut self.not,
            Said::Wrong => &mut self.lies,
        };
        *count += 1;
        self.counted += times;
        self.lies += u64::from(said != Said::Wrong && !said.allows(times));
    }

    /// Faults of each sort must have been there to be survived.
    fn holds(&self) -> bool {
        let is_tried = self.done > 0 && self.maybe > 0 && self.not > 0;
        let is_between = (self.done..=self.done + self.maybe).contains(&self.counted);
        is_tried && is_between && self.lies == 0 && self.hung == 0
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            done,
            maybe,
            not,
            counted,
            lies,
            hung,
            faults,
        } = self;
        write!(
            f,
            "{lies} lies, {hung} hung: {done} ok ≤ {counted} counted ≤ {} with {maybe} maybe; {not} not; {faults} faults",
            done + maybe
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lies_are_told() {
        for (said, allowed) in [
            (Said::Done, &[1][..]),
            (Said::Maybe, &[0, 1]),
            (Said::Not, &[0]),
            (Said::Wrong, &[]),
        ] {
            for times in 0..4 {
                let mut seen = Seen {
                    done: 1,
                    counted: 1,
                    maybe: 1,
                    not: 1,
                    ..Seen::default()
                };
                seen.take(said, times);
                assert_eq!(
                    seen.holds(),
                    allowed.contains(&times),
                    "{said:?}, {times} times"
                );
            }
        }
    }
}
