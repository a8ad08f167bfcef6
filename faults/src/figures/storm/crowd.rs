//! Many clients of one server, each with tasks that ask all the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use mc_client::{Behaviors, Client, Protocol};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::{DEADLINE, REST};
use crate::load::tally::Tally;

/// Tasks of each client, and how often each of them asks.
const TASKS: u32 = 2;
const ASKS: Duration = Duration::from_millis(40);

/// An operation that takes longer hangs.
const HANGS: Duration = Duration::from_secs(10);

pub(super) struct Crowd {
    clients: Vec<Client>,
    tasks: JoinSet<()>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    is_over: AtomicBool,
    tally: Tally,
}

impl Crowd {
    /// A client for each of these servers.
    pub(super) fn gather(
        servers: impl IntoIterator<Item = String>,
        protocol: Protocol,
    ) -> Result<Self> {
        let mut behaviors = Behaviors::default();
        behaviors.retry_timeout = REST;
        behaviors.connect_timeout = DEADLINE;
        let builder = Client::builder()
            .behaviors(behaviors)
            .protocol(protocol)
            .deadline(DEADLINE);
        let mut crowd = Self {
            clients: Vec::new(),
            tasks: JoinSet::new(),
            shared: Arc::default(),
        };
        for server in servers {
            let client = builder.clone().servers([server])?.build()?;
            for _ in 0..TASKS {
                let asking = ask(client.clone(), Arc::clone(&crowd.shared));
                crowd.tasks.spawn(asking);
            }
            crowd.clients.push(client);
        }
        Ok(crowd)
    }

    /// Completes when each client has had an answer from now on.
    pub(super) async fn all_are_served(&self) -> Result<()> {
        for client in &self.clients {
            let served = async {
                while client.get::<String>("k").await.is_err() {
                    sleep(Duration::from_millis(1)).await;
                }
            };
            timeout(HANGS, served)
                .await
                .context("a client is not served any more")?;
        }
        Ok(())
    }

    /// How often each client has tried to connect so far.
    pub(super) fn attempts(&self) -> Vec<u64> {
        let metrics = self.clients.iter().flat_map(Client::metrics);
        metrics
            .map(|it| it.connects + it.connect_failures)
            .collect()
    }

    /// What became of all operations.
    pub(super) async fn end(self) -> Result<Tally> {
        self.shared.is_over.store(true, Ordering::Relaxed);
        self.tasks.join_all().await;
        let shared = Arc::into_inner(self.shared).context("a task is left")?;
        Ok(shared.tally)
    }
}

/// Asks again and again, beginning at some time of its own.
async fn ask(client: Client, shared: Arc<Shared>) {
    sleep(ASKS.mul_f64(fastrand::f64())).await;
    let tally = &shared.tally;
    while !shared.is_over.load(Ordering::Relaxed) {
        tally.begun.one();
        let asked = async { client.get::<String>("k").await };
        match timeout(HANGS, asked).await {
            Ok(Ok(None)) => tally.miss.one(),
            Ok(Ok(Some(_))) => tally.wrong.one(),
            Ok(Err(_)) => tally.error.one(),
            Err(_) => tally.hung.one(),
        }
        sleep(ASKS).await;
    }
}
