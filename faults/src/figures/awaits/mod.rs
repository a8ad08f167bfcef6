//! Calls that are dropped wherever they wait, with their answers held at each byte: the next call gets its own answer.

mod by_hand;
mod commands;

use std::time::Duration;

use anyhow::{Result, ensure};
use mc_client::metrics::ServerMetrics;
use mc_client::{Behaviors, Client, Connection, Error, Protocol};
use mc_testkit::{FaultProxy, Memcached, Rule};
use tokio::runtime::Builder;
use tokio::task::yield_now;
use tokio::time::timeout;

use self::by_hand::ByHand;
use self::commands::{COMMANDS, Command, fill, sentinel};
use crate::figure::{Figure, Run};
use crate::load::shell::PROTOCOLS;
use crate::load::{Remarks, tally::Count, tally::Tally};

pub(crate) const FIGURE: Figure = Figure {
    number: 3,
    name: "calls dropped at every await",
    target: "0 wrong, 0 hung, the next call right",
    within: Duration::from_secs(10 * 60),
    run,
};

/// A call that has not gone on by then hangs.
const WATCHDOG: Duration = Duration::from_secs(10);

/// Where a call is dropped.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// After so many polls, the rest of its answer being held.
    Asked(usize),
    /// When more has come for it after so many polls, before it is polled again.
    Answered(usize),
}

/// A client, its way to the server, and what has been seen.
struct Bench {
    client: Client,
    protocol: Protocol,
    proxy: FaultProxy,
    tally: Tally,
    remarks: Remarks,
    cases: Count,
    /// Failures, and connections made anew, that are not the server's doing.
    unexpected: Count,
    reconnects: Count,
}

fn run(run: &mut Run) -> Result<()> {
    let server = Memcached::start()?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    // The short form holds at one byte of so many, and at other ones each time.
    let step = run.scale(1, 5);
    for protocol in PROTOCOLS {
        let bench = Bench::new(&server, protocol)?;
        runtime.block_on(bench.all(step, run.seed))?;
        let metrics = bench.metrics();
        let holds = bench.tally.holds() && bench.unexpected.get() == 0 && metrics.late > 0;
        if !holds {
            bench.remarks.tell();
        }
        let got = format!(
            "{}; {} failures of ours; {} cases of {} commands, {} with another connection afterwards; \
             {} late replies discarded",
            bench.tally,
            bench.unexpected.get(),
            bench.cases.get(),
            COMMANDS.len(),
            bench.reconnects.get(),
            metrics.late,
        );
        run.line(&protocol.to_string(), FIGURE.target, got, holds);
    }
    Ok(())
}

impl Bench {
    fn new(server: &Memcached, protocol: Protocol) -> Result<Self> {
        let proxy = FaultProxy::builder(server.address()).start()?;
        let client = Client::builder().servers([proxy.address().to_string()])?;
        let mut behaviors = Behaviors::default();
        behaviors.cas = true;
        Ok(Self {
            client: client.behaviors(behaviors).protocol(protocol).build()?,
            protocol,
            proxy,
            tally: Tally::default(),
            remarks: Remarks::default(),
            cases: Count::default(),
            unexpected: Count::default(),
            reconnects: Count::default(),
        })
    }

    fn metrics(&self) -> ServerMetrics {
        self.client.metrics().remove(0)
    }

    /// All commands, each dropped at each moment, with one byte of `step` held.
    async fn all(&self, step: usize, seed: u64) -> Result<()> {
        fill(&self.client).await?;
        for command in COMMANDS {
            let (len, polls) = self.undisturbed(command).await?;
            let asked = (0..=polls).map(Moment::Asked);
            let moments = asked.chain((1..polls).map(Moment::Answered));
            let first = seed as usize % step;
            for byte in (first..=len).step_by(step) {
                for moment in moments.clone() {
                    self.case(command, byte, moment).await?;
                    // Whatever comes next would wait as long.
                    if self.tally.hung.get() > 0 {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    /// How many bytes its answer has, and how many polls it takes.
    async fn undisturbed(&self, command: &Command) -> Result<(usize, usize)> {
        let before = self.metrics().bytes_read;
        let call = ByHand::new((command.ask)(&self.client));
        let (answer, polls) = timeout(WATCHDOG, call.whole()).await?;
        ensure!(answer?, "{} is answered wrongly by itself", command.name);
        Ok(((self.metrics().bytes_read - before) as usize, polls))
    }

    /// Drops the call at this moment, with its answer held in front of a byte; the next calls must get theirs.
    async fn case(&self, command: &Command, byte: usize, moment: Moment) -> Result<()> {
        let connects = self.metrics().connects;
        let case = format!("{}, held at byte {byte}, {moment:?}", command.name);
        self.proxy
            .set_rules([Rule::replies().byte(byte as u64).hold()])?;
        let dropped = self.dropped(command, byte, moment);
        self.count(&case, false, dropped).await;
        // The first of them is sent while the answer is held.
        let release = async {
            yield_now().await;
            self.release();
        };
        let next = async { Some(tokio::join!(sentinel(&self.client, 0), release).0) };
        let may_fail = command.ends_it_in == Some(self.protocol);
        self.count(&format!("the next after {case}"), may_fail, next)
            .await;
        let next = async { Some(sentinel(&self.client, 1).await) };
        self.count(&format!("the second after {case}"), false, next)
            .await;
        self.cases.one();
        if self.metrics().connects > connects {
            self.reconnects.one();
            if !may_fail {
                self.unexpected.one();
                self.remarks.add(|| format!("{case}: another connection"));
            }
        }
        Ok(())
    }

    /// Polls the call up to the moment: its answer if it was there before.
    async fn dropped(
        &self,
        command: &Command,
        byte: usize,
        moment: Moment,
    ) -> Option<Result<bool, Error>> {
        let held_at = self.metrics().bytes_read + byte as u64;
        let is_held = || self.proxy.stats().held > 0 && self.metrics().bytes_read >= held_at;
        let mut call = ByHand::new((command.ask)(&self.client));
        let (Moment::Asked(polls) | Moment::Answered(polls)) = moment;
        for poll in 0..polls {
            if poll > 0 {
                call.rest(is_held).await;
            }
            if let Some(answer) = call.poll() {
                return Some(answer);
            }
        }
        if matches!(moment, Moment::Answered(_)) {
            call.rest(is_held).await;
            self.release();
            call.rest(|| false).await;
        }
        None
    }

    fn release(&self) {
        self.proxy.set_rules([]).expect("no rule is a mistake");
    }

    /// Sees a call to its end, and counts how it ended. One that may fail may do so with its connection.
    async fn count(
        &self,
        what: &str,
        may_fail: bool,
        call: impl Future<Output = Option<Result<bool, Error>>>,
    ) {
        let tally = &self.tally;
        tally.begun.one();
        let (count, told) = match timeout(WATCHDOG, call).await {
            Ok(None) => return tally.cancelled.one(),
            Ok(Some(Ok(true))) => return tally.ok.one(),
            Ok(Some(Ok(false))) => (&tally.wrong, "a wrong answer".to_owned()),
            Ok(Some(Err(error))) => {
                if may_fail && error.connection() == Connection::Dropped {
                    return tally.error.one();
                }
                self.unexpected.one();
                (&tally.error, error.to_string())
            }
            Err(_) => (&tally.hung, "no end".to_owned()),
        };
        count.one();
        self.remarks.add(|| format!("{what}: {told}"));
    }
}
