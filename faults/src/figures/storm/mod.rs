//! Many clients lose their server together. What must not happen is that all of them come back together.
//!
//! A client that loses its connection makes another for the next request, at once: mostly the server is there, as when
//! a proxy has closed connections, and a pause would delay requests for nothing. So a server that is there after all
//! accepts, for a moment, one connection more from each client, and no more than that: the figure shows it as `cut`.
//! A server that is not there refuses them. Then each client lets it rest for its retry time and up to half as long
//! again, by dice of its own: the clients come back spread over half a retry time. That is what the mean is taken over.

mod crowd;
mod front;
mod ticking;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use mc_client::Protocol;
use mc_testkit::{Address, Memcached};
use tokio::time::sleep;

use self::crowd::Crowd;
use self::front::{Front, Manners, Seen};
use self::ticking::Ticking;
use crate::figure::{Figure, Run};
use crate::load::tally::Tally;

pub(crate) const FIGURE: Figure = Figure {
    number: 5,
    name: "200 clients lose a server",
    target: "one connect at a time, and at most 3 times the mean in 10 ms",
    within: Duration::from_secs(120),
    run: |run| {
        let runtime = tokio::runtime::Runtime::new()?;
        runtime.block_on(storms(run))
    },
};

const CLIENTS: usize = 200;
/// How long a server rests at least after a failure; at most it is half as long again.
const REST: Duration = Duration::from_millis(500);
/// How long an operation, or a connection, may take.
const DEADLINE: Duration = Duration::from_millis(200);
/// Connects are counted in spans of this.
const SPAN: Duration = Duration::from_millis(10);
/// A server is away for so long: less than it rests, so that the first probes find it.
const SHORTLY: Duration = Duration::from_millis(300);
/// Or for so long: each client probes it several times in vain.
const LONG: Duration = Duration::from_millis(1200);

/// A task that does not run for so long is late: this machine has other load.
const LATE: Duration = Duration::from_millis(10);

/// How a server is lost, and for how long.
#[derive(Debug, Clone, Copy)]
enum Loss {
    /// It is killed, and started again.
    Restart(Duration),
    /// It is there, and does this to connections.
    Turn(Manners, Duration),
    /// Its connections are cut.
    Cut,
}

/// What came of it.
struct Found {
    tally: Tally,
    /// From the loss until the server was there again.
    away: Duration,
    /// How often each client tried to connect.
    attempts: Vec<u64>,
    /// How many connections a client had at once, at most.
    most_live: usize,
    /// For how long no task ran when the clients came back, at most: on a machine with other load.
    held_up: Duration,
    /// The same, before they came back.
    held_up_before: Duration,
    /// How many connections were accepted since the server was there again, and in one span at most.
    accepted: usize,
    peak: usize,
}

async fn storms(run: &mut Run) -> Result<()> {
    for round in 1..=run.scale(10, 1) {
        let part = format!("restart {round}");
        storm(run, &part, Protocol::Text, Loss::Restart(SHORTLY)).await?;
    }
    if run.scale(true, false) {
        storm(run, "away for long", Protocol::Text, Loss::Restart(LONG)).await?;
    }
    let resets = Loss::Turn(Manners::Reset, LONG);
    storm(run, "a proxy without it", Protocol::Text, resets).await?;
    // A handshake that is not answered is a connect that takes its time.
    let silence = Loss::Turn(Manners::Silence, LONG);
    storm(run, "silence", Protocol::Auto, silence).await?;
    storm(run, "cut", Protocol::Text, Loss::Cut).await
}

/// Lets clients lose a server, and judges how they come back.
async fn storm(run: &mut Run, part: &str, protocol: Protocol, loss: Loss) -> Result<()> {
    let found = lose(protocol, loss).await?;
    let Found { tally, away, .. } = &found;
    run.line(
        &format!("{part}: operations"),
        "0 wrong, 0 hung",
        tally,
        tally.holds(),
    );

    // One at once, one for each rest that has passed, and the one that is answered; and one for a task that was let
    // through before the loss was known, and waited for a processor until after it.
    let rests = (away.as_millis() / REST.as_millis()) as u64;
    let most = match loss {
        Loss::Cut => 1,
        _ => 2 + rests,
    };
    let late = match found.held_up_before >= LATE {
        true => CLIENTS / 100,
        false => 0,
    };
    let over = found.attempts.iter().filter(|it| **it > most).count();
    let greatest = found.attempts.iter().max().copied().unwrap_or_default();
    let got = format!(
        "{greatest}, {over} of more, {} open at once",
        found.most_live
    );
    let holds = over <= late && greatest <= most + 1 && found.most_live == 1;
    let before = found.held_up_before;
    let target = format!(
        "at most {most}, {late} of one more with {before:.0?} in which nothing ran, 1 open at once"
    );
    run.line(
        &format!("{part}: connects of a client"),
        &target,
        got,
        holds,
    );

    // What should come while this process is held up comes when it goes on.
    let span = SPAN + found.held_up;
    let mean = CLIENTS as f64 * span.as_secs_f64() / (REST / 2).as_secs_f64();
    let limit = match loss {
        Loss::Cut => CLIENTS,
        _ => (run.scale(3.0, 6.0) * mean) as usize,
    };
    let Found { peak, accepted, .. } = found;
    let got = format!("{peak} of {accepted} in {SPAN:?}");
    let held_up = found.held_up;
    let target = format!("at most {limit} in {SPAN:?}, with {held_up:.0?} in which nothing ran");
    let holds = peak <= limit && accepted >= CLIENTS;
    run.line(&format!("{part}: they come back"), &target, got, holds);
    Ok(())
}

async fn lose(protocol: Protocol, loss: Loss) -> Result<Found> {
    let mut server = Memcached::start()?;
    let &Address::Tcp(address) = server.address() else {
        bail!(
            "memcached listens on {}, which is no port",
            server.address()
        );
    };
    let mut front = Front::new(address, CLIENTS)?;
    let crowd = Crowd::gather((0..CLIENTS).map(|it| front.address(it)), protocol)?;
    crowd.all_are_served().await?;
    let (tried, lost) = (crowd.attempts(), Instant::now());
    front.take();
    let ticking = Ticking::start();
    // Noted first, as clients are there at once.
    let back = match loss {
        Loss::Restart(away) => {
            front.close().await;
            server.kill()?;
            sleep(away).await;
            server.restart()?;
            let back = Instant::now();
            front.open()?;
            back
        }
        Loss::Turn(manners, away) => {
            front.turn(manners);
            sleep(away).await;
            let back = Instant::now();
            front.turn(Manners::Serve);
            back
        }
        Loss::Cut => {
            front.turn(Manners::Serve);
            lost
        }
    };
    let held_up_before = ticking.held_up();
    let ticking = Ticking::start();
    sleep(REST * 3 / 2 + DEADLINE).await;
    let held_up = ticking.held_up();
    crowd.all_are_served().await?;
    let attempts = crowd.attempts().into_iter().zip(tried);
    let seen = front.take();
    let (accepted, peak) = since(&seen, back);
    Ok(Found {
        away: back - lost,
        attempts: attempts.map(|(now, before)| now - before).collect(),
        most_live: seen.most_live,
        held_up,
        held_up_before,
        accepted,
        peak,
        tally: crowd.end().await?,
    })
}

/// How many connections were accepted since then, and the most in one span.
fn since(seen: &Seen, back: Instant) -> (usize, usize) {
    let after = seen
        .accepted
        .iter()
        .filter_map(|at| at.checked_duration_since(back));
    let mut spans = BTreeMap::<_, usize>::new();
    for after in after {
        *spans
            .entry(after.as_micros() / SPAN.as_micros())
            .or_default() += 1;
    }
    let peak = spans.values().copied().max();
    (spans.into_values().sum(), peak.unwrap_or_default())
}
