//! What happens to a server that many use: its connections, and itself.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::Result;
use fastrand::Rng;
use mc_testkit::{FaultProxy, Memcached, Rule};

/// How long a server is well between two faults, and how long a fault lasts, in milliseconds.
const CALM: std::ops::Range<u64> = 50..550;
const FAULT: std::ops::Range<u64> = 20..220;

/// A server, and the proxy by which it is reached.
#[derive(Debug)]
pub(super) struct Troubled {
    server: Memcached,
    pub(super) proxy: FaultProxy,
    rng: Rng,
    /// How many faults there were so far.
    pub(super) faults: u64,
}

impl Troubled {
    pub(super) fn start(seed: u64) -> Result<Self> {
        let server = Memcached::builder().threads(1).memory(256).start()?;
        let proxy = FaultProxy::builder(server.address()).seed(seed).start()?;
        Ok(Self {
            server,
            proxy,
            rng: Rng::with_seed(seed),
            faults: 0,
        })
    }

    /// One fault after the other, until it is over; then the server is well.
    pub(super) fn trouble(&mut self, is_over: &AtomicBool) -> Result<()> {
        while !is_over.load(Ordering::Relaxed) {
            self.rest(CALM);
            self.fault()?;
            self.faults += 1;
        }
        Ok(())
    }

    fn fault(&mut self) -> Result<()> {
        match self.rng.u32(..10) {
            0 => {
                self.server.kill()?;
                self.rest(FAULT);
                self.server.restart()?;
            }
            1 => {
                self.server.stop()?;
                self.rest(FAULT);
                self.server.cont()?;
            }
            2 => self.proxy.cut(),
            _ => {
                let rules = self.rules();
                self.proxy.set_rules(rules)?;
                self.rest(FAULT);
                // What is held goes on.
                self.proxy.set_rules([])?;
            }
        }
        Ok(())
    }

    /// What the proxy does to connections for a while: nothing that a network does not do. Bytes that TCP delivers are
    /// those that were sent, so that none is changed here.
    fn rules(&mut self) -> Vec<Rule> {
        let way = [Rule::requests, Rule::replies][self.rng.usize(..2)];
        let (at, soon) = (0..=100, Duration::ZERO..=Duration::from_millis(20));
        let rare = 0.01;
        vec![match self.rng.u32(..10) {
            0 => way().message_byte(at).probability(rare).reset(),
            1 => way().message_byte(at).probability(rare).fin(),
            2 => way().message_byte(at).probability(rare).half_close(),
            3 => way().message_byte(at).probability(rare).hold(),
            4 => way().message_byte(at).probability(rare).stop_reading(),
            5 => way().probability(0.1).delay(soon),
            6 => way().probability(0.1).slice(1..=7),
            7 => return self.meeting(Rule::connections().refuse()),
            8 => return self.meeting(Rule::connections().silence()),
            _ => return self.meeting(Rule::connections().hold()),
        }]
    }

    /// A rule for connections that are made, and one that sees to it that some are.
    fn meeting(&mut self, rule: Rule) -> Vec<Rule> {
        vec![rule, Rule::requests().message(10).first(1).reset()]
    }

    fn rest(&mut self, millis: std::ops::Range<u64>) {
        thread::sleep(Duration::from_millis(self.rng.u64(millis)));
    }
}
