//! The real link, driver and calls under a model checker, which draws the order of all steps of all tasks, and what
//! goes wrong.
//!
//! ```text
//! cargo xtask faults 14                                             plays it, here and in a copy with mistakes
//! cargo rustc -p mc-client --lib --profile test -- --cfg shuttle     builds it
//! MODEL_ORDERS=8000 target/debug/deps/mc_client-… link::model       plays so many orders of each plan
//! ```
//!
//! Locks come from [`crate::sync`], tasks and timers from [`crate::tokio::runtime`]; only the socket and what is behind
//! it is made up here. Time stands still: a deadline is either past or hours away, and the driver's second look for who
//! waits for room, which is nearer, wakes nobody. So nobody is saved by a timer, and a wake-up that is lost is a deadlock,
//! which the checker reports with the order that led to it.

mod callers;
pub(in crate::tokio) mod runtime;
mod server;
mod wire;

use std::cell::RefCell;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mc_proto::Request;
use shuttle::future::{JoinHandle, block_on, spawn, yield_now};
use shuttle::rand::{Rng, thread_rng};
use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, Runner};

use self::callers::{Asked, ask};
pub(in crate::tokio) use self::server::dial;
use self::wire::Wire;
use super::Shared;
use crate::{Behaviors, Client, Protocol};

/// What may happen in a scenario, mostly by how likely it is each time that it can.
#[derive(Debug, Clone, Copy)]
struct Plan {
    protocol: Protocol,
    callers: usize,
    /// How many each makes.
    calls: usize,
    /// A caller goes before it has its answer.
    leaves: f64,
    /// A deadline is past.
    expires: f64,
    /// A call goes past the cluster.
    direct: f64,
    /// A connection is refused.
    refuses: f64,
    /// The server hangs up.
    ends: f64,
    /// The server says something else first.
    lies: f64,
    /// The link is dropped, and another takes its place.
    renews: f64,
    /// The runtime drops the driver.
    aborts: f64,
    /// Sets wait in the buffer, until their caller flushes it.
    buffers: bool,
}

const QUIET: Plan = Plan {
    protocol: Protocol::Text,
    callers: 3,
    calls: 2,
    leaves: 0.0,
    expires: 0.0,
    direct: 0.0,
    refuses: 0.0,
    ends: 0.0,
    lies: 0.0,
    renews: 0.0,
    aborts: 0.0,
    buffers: false,
};

/// One run: what the scenario's tasks have in common.
struct World {
    plan: Plan,
    asked: Mutex<Vec<Asked>>,
    wires: Mutex<Vec<Wire>>,
    servers: Mutex<Vec<JoinHandle<()>>>,
    drivers: Mutex<Vec<JoinHandle<()>>>,
}

thread_local! {
    static WORLD: RefCell<Option<Arc<World>>> = const { RefCell::new(None) };
}

impl World {
    fn begins(plan: Plan) -> Arc<Self> {
        let world = Arc::new(Self {
            plan,
            asked: Mutex::default(),
            wires: Mutex::default(),
            servers: Mutex::default(),
            drivers: Mutex::default(),
        });
        WORLD.set(Some(Arc::clone(&world)));
        world
    }

    fn of_this_run() -> Arc<Self> {
        let world = WORLD.with_borrow(Clone::clone);
        world.expect("a run has begun")
    }
}

fn play(plan: Plan) {
    let world = World::begins(plan);
    let mut behaviors = Behaviors::default();
    behaviors.buffer_requests = plan.buffers;
    behaviors.retry_timeout = Duration::from_secs(3600);
    let client = Client::builder().servers(["server"]).unwrap();
    let client = client
        .behaviors(behaviors)
        .protocol(plan.protocol)
        .max_in_flight(2);
    let client = client.build().unwrap();
    let callers: Vec<_> = (0..plan.callers)
        .map(|_| spawn(ask(Arc::clone(&world), client.clone())))
        .collect();
    let links = block_on(disturb(&world, &client));
    for caller in callers {
        block_on(caller).unwrap();
    }
    block_on(settle(&world, &client));
    drop(client);
    end(&world, &links);
}

/// Takes the link away, or its driver, now and then; gives back every link that there was.
async fn disturb(world: &World, client: &Client) -> Vec<Arc<Shared>> {
    let link = || Arc::clone(&client.cluster().snapshot().nodes[0].link.0);
    let mut links = vec![link()];
    for _ in 0..4 {
        yield_now().await;
        if chance(world.plan.renews) {
            client.disconnect_all();
            links.push(link());
        }
        if chance(world.plan.aborts) {
            let drivers = std::mem::take(&mut *world.drivers.lock().unwrap());
            drivers.iter().for_each(JoinHandle::abort);
            world.drivers.lock().unwrap().extend(drivers);
        }
    }
    links
}

/// The answer to a last request comes behind all others: then nothing is left of those. Not so if another driver may
/// answer it than theirs, which is about to.
async fn settle(world: &World, client: &Client) {
    let snapshot = Arc::clone(&client.cluster().snapshot());
    let link = &snapshot.nodes[0].link;
    let deadline = Instant::now() + Duration::from_secs(3600);
    if let Ok(ticket) = link.queue(|_| Ok(Request::Version), deadline).await {
        let _ = ticket.await;
    }
    if world.plan.aborts == 0.0 {
        assert_is_clean(&link.0);
    }
}

/// Whoever was started ends, and nothing is left of anybody.
fn end(world: &World, links: &[Arc<Shared>]) {
    for tasks in [&world.drivers, &world.servers] {
        while let Some(task) = { tasks.lock().unwrap().pop() } {
            // A driver may have been taken away.
            let _ = block_on(task);
        }
    }
    links.iter().for_each(|link| assert_is_clean(link));
    world.check_what_was_taken();
}

fn assert_is_clean(link: &Shared) {
    let state = link.lock();
    assert!(
        state.waiters.is_empty(),
        "a slot is left: {:?}",
        state.waiters
    );
    assert!(state.room.is_forgetful(), "a place in the line is left");
    assert!(state.flushing.is_empty(), "a place of a flush is left");
    assert_eq!(state.core.pending(), 0);
}

/// Another task may go on here, or not.
async fn pause() {
    if chance(0.5) {
        yield_now().await;
    }
}

fn chance(probability: f64) -> bool {
    probability >= 1.0 || probability > 0.0 && thread_rng().gen_bool(probability)
}

/// Plays a scenario in so many orders, half of them drawn at random, half with few changes of the task that runs (PCT).
fn explore(name: &str, plan: Plan) {
    let number = |variable| std::env::var(variable).ok()?.parse::<u64>().ok();
    let (seed, orders) = (number("MODEL_SEED").unwrap_or(1), number("MODEL_ORDERS"));
    let each = orders.map_or(500, |orders| orders as usize / 2);
    let run = |scheduler: Box<dyn Scheduler + Send>| {
        let mut config = Config::new();
        config.stack_size = 1 << 19;
        config.silence_warnings = true;
        Runner::new(scheduler, config).run(move || play(plan))
    };
    let random = run(Box::new(RandomScheduler::new_from_seed(seed, each)));
    let pct = run(Box::new(PctScheduler::new_from_seed(seed, 3, each)));
    println!("model: {name}: {} orders", random + pct);
}

const PROTOCOLS: [Protocol; 3] = [Protocol::Text, Protocol::Meta, Protocol::Binary];

/// Where nobody else wakes the driver, which would hide that it slept through a request.
#[test]
fn one_asks_alone() {
    for (buffers, ends) in [(true, 0.0), (false, 0.3)] {
        let plan = Plan {
            callers: 1,
            buffers,
            ends,
            ..QUIET
        };
        explore("one asks alone", plan);
    }
}

#[test]
fn callers_leave_and_deadlines_pass() {
    for protocol in PROTOCOLS {
        let plan = Plan {
            protocol,
            leaves: 0.3,
            expires: 0.3,
            ..QUIET
        };
        explore("callers leave and deadlines pass", plan);
    }
}

#[test]
fn connections_break() {
    for protocol in PROTOCOLS {
        let plan = Plan {
            protocol,
            leaves: 0.2,
            expires: 0.2,
            ends: 0.3,
            lies: 0.1,
            ..QUIET
        };
        explore("connections break", plan);
    }
}

#[test]
fn a_server_is_down() {
    let plan = Plan {
        refuses: 1.0,
        direct: 0.5,
        leaves: 0.2,
        ..QUIET
    };
    explore("a server is down", plan);
}

#[test]
fn the_queue_is_full() {
    for (buffers, direct) in [(false, 0.3), (true, 0.0)] {
        let plan = Plan {
            callers: 5,
            leaves: 0.3,
            expires: 0.2,
            ends: 0.05,
            buffers,
            direct,
            ..QUIET
        };
        explore("the queue is full", plan);
    }
}

#[test]
fn links_are_dropped() {
    let plan = Plan {
        renews: 0.4,
        leaves: 0.2,
        expires: 0.2,
        ends: 0.1,
        ..QUIET
    };
    explore("links are dropped", plan);
}

#[test]
fn runtimes_end() {
    let plan = Plan {
        aborts: 0.4,
        leaves: 0.2,
        expires: 0.2,
        ends: 0.1,
        ..QUIET
    };
    explore("runtimes end", plan);
}

#[test]
fn requests_are_buffered() {
    for (ends, aborts) in [(0.0, 0.0), (0.2, 0.2)] {
        let plan = Plan {
            buffers: true,
            leaves: 0.2,
            ends,
            aborts,
            ..QUIET
        };
        explore("requests are buffered", plan);
    }
}

#[test]
fn a_connection_must_tell_what_is_spoken() {
    let plan = Plan {
        protocol: Protocol::Auto,
        refuses: 0.2,
        ends: 0.1,
        leaves: 0.2,
        expires: 0.2,
        ..QUIET
    };
    explore("a connection must tell what is spoken", plan);
}
