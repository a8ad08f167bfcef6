//! More callers than can be served, at a server whose network swallows everything: all are told in time.

use std::future::IntoFuture;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use mc_client::{Client, Protocol};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{DEADLINE, GENEROUS, Seen, WATCHDOG};
use crate::figure::Run;
use crate::load::runtime;
use crate::load::shell::{PROTOCOLS, patient};

/// About as many as one connection queues.
const CROWD: usize = 60_000;

/// The crowd asks at once, so that the processor is what they wait for behind the deadline: of each that is late,
/// only a generous bound is judged.
pub(super) fn run(run: &mut Run) -> Result<()> {
    for protocol in PROTOCOLS {
        let seen = runtime(2)?.block_on(part(protocol))?;
        let part = format!("swallowed connects, {protocol}, async, {CROWD} at once");
        let target = "all end within 1 s of their deadline";
        run.line(&part, target, &seen, seen.holds(GENEROUS, GENEROUS));
    }
    Ok(())
}

async fn part(protocol: Protocol) -> Result<Seen> {
    let swallowing = Swallowing::start().await?;
    let client = Client::builder().servers([&*swallowing.address])?;
    let client = client.behaviors(patient()).protocol(protocol).build()?;
    let seen = Arc::new(Seen::default());
    let mut calls = JoinSet::new();
    for number in 0..CROWD {
        calls.spawn(call(client.clone(), Arc::clone(&seen), number));
    }
    let late = calls.join_all().await;
    let mut seen = Arc::into_inner(seen).expect("all callers have ended");
    seen.late = late;
    seen.late.sort_unstable();
    Ok(seen)
}

/// Asks, and tells how long after the deadline the call ended.
async fn call(client: Client, seen: Arc<Seen>, number: usize) -> Duration {
    seen.tally.begun.one();
    let (key, begun) = (format!("user:profile:{number}:session"), Instant::now());
    let get = client.get::<String>(&key).deadline(DEADLINE);
    match timeout(WATCHDOG, get.into_future()).await {
        Ok(Ok(_)) => seen.tally.ok.one(),
        Ok(Err(error)) => seen.failed(&error),
        Err(_) => seen.tally.hung.one(),
    }
    begun.elapsed().saturating_sub(DEADLINE)
}

/// A port whose queue of connections is full: the kernel drops what comes.
struct Swallowing {
    address: String,
    _waiting: Vec<TcpStream>,
    _listener: tokio::net::TcpListener,
}

impl Swallowing {
    async fn start() -> Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(([127, 0, 0, 1], 0).into())?;
        let listener = socket.listen(1)?;
        let address = listener.local_addr()?;
        let (mut waiting, soon) = (Vec::new(), Duration::from_millis(100));
        while let Ok(stream) = timeout(soon, TcpStream::connect(address)).await {
            waiting.push(stream?);
        }
        Ok(Self {
            address: address.to_string(),
            _waiting: waiting,
            _listener: listener,
        })
    }
}
