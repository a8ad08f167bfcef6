//! Servers that keep callers waiting: each call ends when its deadline says.

mod crowd;
mod peer;

use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use mc_client::Error;

use self::peer::{PEERS, Peer};
use crate::figure::{Figure, Run};
use crate::load::shell::{Kind, PROTOCOLS, Shell, patient};
use crate::load::tally::{Count, Tally};

pub(crate) const FIGURE: Figure = Figure {
    number: 9,
    name: "deadlines",
    target: "at most 5 ms late at p99, 20 ms at most",
    within: Duration::from_secs(900),
    run,
};

const DEADLINE: Duration = Duration::from_millis(100);
const MOST_P99: Duration = Duration::from_millis(5);
const MOST: Duration = Duration::from_millis(20);
/// What the short form allows, which runs beside other programs.
const GENEROUS: Duration = Duration::from_secs(1);
/// Who ask at once.
const CALLERS: usize = 10;
/// A call that takes longer hangs.
const WATCHDOG: Duration = Duration::from_secs(10);
/// The server has a value of this many bytes under [`LARGE`].
const LENGTH: usize = 1 << 20;
const LARGE: &str = "large";

fn run(run: &mut Run) -> Result<()> {
    let rounds = run.scale(20, 2);
    for (number, peer) in PEERS.into_iter().enumerate() {
        for kind in Kind::ALL {
            // In the short form each is met in one protocol.
            let one = [PROTOCOLS[(number + kind as usize) % PROTOCOLS.len()]];
            for &protocol in run.scale(&PROTOCOLS[..], &one) {
                let peer = Peer::start(peer)?;
                let shell = kind.connect(peer.address(), protocol, patient())?;
                let seen = Seen::of(&shell, rounds);
                let holds = seen.holds(run.scale(MOST_P99, GENEROUS), run.scale(MOST, GENEROUS));
                let part = format!("{}, {protocol}, {kind}", peer.name());
                run.line(&part, FIGURE.target, &seen, holds);
            }
        }
    }
    crowd::run(run)
}

/// How late calls were, and what came of them.
#[derive(Debug, Default)]
struct Seen {
    /// Sorted.
    late: Vec<Duration>,
    tally: Tally,
    timeouts: Count,
}

impl Seen {
    /// All callers ask so often, each something else in each round.
    fn of(shell: &Shell, rounds: usize) -> Self {
        let mut seen = Self::default();
        seen.late = thread::scope(|scope| {
            let call = |caller| {
                let seen = &seen;
                move || {
                    let rounds = (0..rounds).map(|round| seen.call(shell, caller + round));
                    rounds.collect::<Vec<_>>()
                }
            };
            let callers: Vec<_> = (0..CALLERS)
                .map(|caller| scope.spawn(call(caller)))
                .collect();
            let late = callers
                .into_iter()
                .map(|caller| caller.join().expect("it does not panic"));
            late.flatten().collect()
        });
        seen.late.sort_unstable();
        seen
    }

    /// Asks, and tells how long after the deadline the call ended.
    fn call(&self, shell: &Shell, number: usize) -> Duration {
        self.tally.begun.one();
        let begun = Instant::now();
        let end = ask(shell, number);
        let took = begun.elapsed();
        match end {
            _ if took > WATCHDOG => self.tally.hung.one(),
            Ok(()) => self.tally.ok.one(),
            Err(error) => self.failed(&error),
        }
        took.saturating_sub(DEADLINE)
    }

    fn failed(&self, error: &Error) {
        self.tally.error.one();
        self.timeouts.add(error.is_timeout().into());
    }

    fn p99(&self) -> Duration {
        let at = self.late.len() * 99 / 100;
        self.late.get(at).copied().unwrap_or_default()
    }

    fn most(&self) -> Duration {
        self.late.last().copied().unwrap_or_default()
    }

    fn holds(&self, p99: Duration, most: Duration) -> bool {
        self.tally.holds() && self.p99() <= p99 && self.most() <= most
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (p99, most) = (self.p99(), self.most());
        let (tally, timeouts) = (&self.tally, self.timeouts.get());
        write!(
            f,
            "p99 {p99:.1?}, most {most:.1?}; {tally}, {timeouts} of them timeouts"
        )
    }
}

/// One call of each sort after the other.
fn ask(shell: &Shell, number: usize) -> Result<(), Error> {
    match number % 5 {
        0 => shell.get(LARGE, DEADLINE).map(drop),
        1 => shell.set("own", &[b'.'; LENGTH], DEADLINE),
        2 => {
            let keys: Vec<_> = (0..100).map(|key| format!("key{key}")).collect();
            let keys = [vec![LARGE.to_owned()], keys].concat();
            shell.get_many(&keys, DEADLINE).map(drop)
        }
        3 => shell.stats(DEADLINE),
        _ => shell.flush_all(DEADLINE),
    }
}
