//! One of three servers is killed, or stopped, while all of them are used at a fixed rate.

mod judge;
mod load;

use std::fmt::Display;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use mc_client::Behaviors;
use mc_testkit::Memcached;

use self::judge::{Found, Outage};
use self::load::Load;
use crate::figure::{Figure, Run};
use crate::load::tally::Tally;

pub(crate) const FIGURE: Figure = Figure {
    number: 4,
    name: "one of three servers fails",
    target: "no error and no delay at the others, fast errors at the one, and its return",
    within: Duration::from_secs(180),
    run,
};

/// How long an operation may take.
const DEADLINE: Duration = Duration::from_millis(100);
/// The probe delay: how long a server rests after a failure, and up to 1.5 times that.
const REST: Duration = Duration::from_millis(200);
/// How many time-outs in a row make a server rest.
const TIMEOUTS: u32 = 3;

/// How long all servers are well before each outage, after the last one has had its time to return.
const CALM: Duration = Duration::from_millis(400);
const OUTAGE: Duration = Duration::from_millis(500);
const RETURN: Duration = Duration::from_millis(400);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Kill,
    Stop,
}

/// How often the short form runs outages whose times are missed: other load on the machine comes in bursts, and is gone
/// the next time; a mistake is not.
const TRIES: u32 = 3;

type Start = fn(&[Memcached]) -> Result<Load>;

fn run(run: &mut Run) -> Result<()> {
    for (kind, times) in [
        (Kind::Kill, run.scale(10, 2)),
        (Kind::Stop, run.scale(10, 1)),
    ] {
        for start in [load::from_tasks as Start, load::from_threads] {
            let tries = run.scale(1, TRIES);
            for left in (0..tries).rev() {
                if outages(run, kind, times, start, left > 0)? {
                    break;
                }
            }
        }
    }
    Ok(())
}

/// So many outages, of one server each; false if they came too late where that is forgiven.
fn outages(run: &mut Run, kind: Kind, times: u32, start: Start, forgives: bool) -> Result<bool> {
    let mut servers = Vec::new();
    for _ in 0..3 {
        servers.push(Memcached::builder().threads(1).start()?);
    }
    let load = start(&servers)?;
    let mut dice = fastrand::Rng::with_seed(run.seed);
    let mut outages = Vec::new();
    for _ in 0..times {
        let victim = dice.usize(..servers.len());
        outages.push(fail(kind, &mut servers[victim], victim)?);
    }
    let whose = format!("{}, {times} × {kind:?}", load.shell);
    let (tally, samples) = load.end()?;
    let grace = run.scale(Duration::ZERO, Duration::from_millis(100));
    let mut report = Report {
        run,
        kind,
        whose,
        grace,
        forgives,
        is_in_time: true,
    };
    report.write(&tally, &Found::new(&outages, &samples));
    Ok(report.is_in_time)
}

/// Takes a server down, and up again.
fn fail(kind: Kind, server: &mut Memcached, victim: usize) -> Result<Outage> {
    thread::sleep(CALM);
    let from = Instant::now();
    match kind {
        Kind::Kill => server.kill()?,
        Kind::Stop => server.stop()?,
    }
    thread::sleep(OUTAGE);
    let until = Instant::now();
    let to = match kind {
        Kind::Kill => {
            server.restart()?;
            Instant::now()
        }
        Kind::Stop => {
            server.cont()?;
            until
        }
    };
    thread::sleep(RETURN);
    Ok(Outage {
        victim,
        from,
        until,
        to,
    })
}

/// Writes what came of outages of one kind through one shell.
struct Report<'r> {
    run: &'r mut Run,
    kind: Kind,
    /// The shell and the outages, which each part's name begins with.
    whose: String,
    /// What the short form adds to its limits, as other load on the machine delays it.
    grace: Duration,
    /// Whether what is late may be run again.
    forgives: bool,
    is_in_time: bool,
}

impl Report<'_> {
    /// A part that load of the machine may delay.
    fn line(&mut self, part: &str, target: impl Display, got: impl Display, holds: bool) {
        let (part, target) = (format!("{}: {part}", self.whose), target.to_string());
        if holds || !self.forgives {
            return self.run.line(&part, &target, got, holds);
        }
        self.is_in_time = false;
        self.run.late(&part, &target, got);
    }

    fn write(&mut self, tally: &Tally, found: &Found) {
        let part = format!("{}: operations", self.whose);
        self.run
            .line(&part, "0 wrong, 0 hung", tally, tally.holds());
        self.others(found);
        self.victim(found);
        let limit = REST * 3 / 2 + Duration::from_millis(50) + self.grace;
        let back = |it: &Option<Duration>| it.is_some_and(|it| it <= limit);
        let got = found.back.iter().copied().map(shown);
        let got = got.collect::<Vec<_>>().join(", ");
        let holds = found.back.iter().all(back);
        self.line("back in service", format!("{limit:?}"), got, holds);
    }

    fn others(&mut self, found: &Found) {
        let got = format!("{} of {}", found.errors_elsewhere, found.asked_elsewhere);
        let holds = found.errors_elsewhere == 0 && found.asked_elsewhere > 0;
        self.line("errors elsewhere", "0", got, holds);

        let (before, during) = found.p99_before.zip(found.p99_during).unwrap_or_default();
        let limit = (before * 11 / 10).max(before + Duration::from_micros(200));
        // In the short form it tells of the rest of the machine's load.
        let holds = during <= limit || !self.grace.is_zero();
        let got = format!("{during:.1?}, {before:.1?} before");
        self.line("p99 elsewhere", format!("{limit:.1?}"), got, holds);
    }

    fn victim(&mut self, found: &Found) {
        let limit = match self.kind {
            Kind::Kill => Duration::from_millis(50) + self.grace,
            Kind::Stop => DEADLINE + Duration::from_millis(10) + self.grace,
        };
        let Found {
            first_error,
            p999_failing: slow,
            longest_failing,
            down,
            ..
        } = *found;
        // Of a server that was stopped nobody knows before the deadline, and at the first one soon after it.
        let holds = first_error.max(slow).is_some_and(|it| it <= limit);
        let [first, slow, longest] = [first_error, slow, longest_failing].map(shown);
        let got = format!("{first}, p99.9 {slow}, longest {longest}");
        self.line("first error", format!("{limit:?}"), got, holds);

        let limit = match self.kind {
            Kind::Kill => Duration::from_millis(50) + self.grace,
            Kind::Stop => (TIMEOUTS + 1) * DEADLINE + self.grace,
        };
        let holds = found.rests.is_some_and(|it| it <= limit);
        let got = shown(found.rests);
        self.line("rests after", format!("{limit:?}"), got, holds);

        let limit = Duration::from_micros(50);
        let holds = found.p99_down.is_some_and(|it| it <= limit);
        let got = format!("p99 {} of {down}", shown(found.p99_down));
        self.line("then at once", format!("p99 {limit:?}"), got, holds);
    }
}

fn shown(time: Option<Duration>) -> String {
    time.map_or_else(|| "never".to_owned(), |time| format!("{time:.1?}"))
}

/// Keys stay where they are, so that those of a server that is down fail.
fn behaviors() -> Behaviors {
    let mut behaviors = Behaviors::default();
    behaviors.tcp_nodelay = true;
    behaviors.retry_timeout = REST;
    behaviors.server_timeout_limit = TIMEOUTS;
    behaviors.connect_timeout = DEADLINE;
    behaviors
}
