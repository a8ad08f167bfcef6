//! `cargo xtask demo`: the main job on real input, in one command.
//!
//! Three servers with weights 1, 2, 1; every file below a directory stored in them and compared when it is
//! read back; one server killed, its keys lost and the others' still served; the server brought back.

mod cluster;
mod corpus;
mod progress;
mod tally;

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use mc_client::{Behaviors, Client};

use crate::root;
use cluster::Cluster;
use corpus::{Corpus, Entry};
use progress::Progress;
use tally::Tally;

/// Entries in one many-key call: at most 64 MB of chunks.
const BATCH: usize = 128;
/// How long an ejected server is left alone. Short, for the demo's sake.
const DEAD: Duration = Duration::from_secs(1);
/// The server that dies.
const VICTIM: usize = 1;

/// Where the servers and the files come from.
pub(crate) struct Options {
    /// The directory whose files are stored; the workspace's sources without it.
    pub(crate) dir: Option<PathBuf>,
    /// Use the in-process server even where memcached is installed.
    pub(crate) in_process: bool,
}

/// Runs the demo to its end.
pub(crate) fn run(options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(demo(options))
}

async fn demo(options: &Options) -> Result<()> {
    let corpus = read(options.dir.as_deref())?;
    let mut cluster = Cluster::start(options.in_process).await?;
    let client = connect(&cluster).await?;
    store(&client, &corpus).await?;
    let whole = compare("read back", &client, &corpus).await?;
    whole.print_shares(&cluster);
    ensure!(whole.is_whole(), "some entries did not come back");
    kill(&mut cluster, &client, &corpus).await?;
    bring_back(&mut cluster, &client, &corpus).await?;
    println!("done: every byte that came back was the one stored");
    Ok(())
}

fn read(dir: Option<&Path>) -> Result<Corpus> {
    let corpus = match dir {
        Some(dir) => Corpus::read(dir, |_| true)?,
        None => Corpus::read(&root(), corpus::is_source)?,
    };
    println!("input: {corpus}");
    Ok(corpus)
}

/// Weighted ketama, with a server ejected at its first failure and tried again after [`DEAD`].
async fn connect(cluster: &Cluster) -> Result<Client> {
    let mut behaviors = Behaviors::production();
    behaviors.failure_limit = NonZero::<u32>::MIN;
    behaviors.retry_timeout = DEAD;
    behaviors.dead_timeout = DEAD;
    println!(
        "client: {}, auto_eject, failure_limit {}, retry_timeout and dead_timeout {DEAD:?}",
        behaviors.distribution, behaviors.failure_limit
    );
    let builder = Client::builder()
        .servers(cluster.specs())?
        .behaviors(behaviors);
    // The machine may be busy, and the input large: what is shown is not how long one waits.
    let client = builder.deadline(Duration::from_secs(20)).connect().await?;
    Ok(client)
}

/// Stores everything; fails if anything could not be.
async fn store(client: &Client, corpus: &Corpus) -> Result<()> {
    let progress = Progress::start("store", corpus.len());
    for batch in corpus.entries().chunks(BATCH) {
        let items = batch.iter().map(|entry| (&entry.key, entry));
        let stored = client.set_many(items).await;
        if let Some((key, error)) = stored.failed().next() {
            return Err(error.clone()).with_context(|| format!("cannot store {key}"));
        }
        progress.done(batch.len());
    }
    progress.finish(corpus.bytes());
    Ok(())
}

/// Reads everything and compares every byte.
async fn compare(what: &'static str, client: &Client, corpus: &Corpus) -> Result<Tally> {
    let progress = Progress::start(what, corpus.len());
    let mut tally = Tally::default();
    for batch in corpus.entries().chunks(BATCH) {
        let found = client.get_many(batch.iter().map(|entry| &entry.key)).await;
        for (entry, result) in batch.iter().zip(found.into_results()) {
            let owner = client.owner(&entry.key)?;
            tally.count(&owner, entry, result)?;
        }
        progress.done(batch.len());
    }
    progress.finish(tally.bytes());
    tally.print();
    Ok(tally)
}

/// Kills one server: its keys are lost, the others' are not.
async fn kill(cluster: &mut Cluster, client: &Client, corpus: &Corpus) -> Result<()> {
    let victim = cluster.kill(VICTIM).await?;
    println!("killed {victim}");
    let after = compare("read without it", client, corpus).await?;
    after.print_lost(&victim);
    ensure!(
        after.lost_only_at(&victim),
        "a key of a living server was lost"
    );
    ensure!(
        after.failed() == 0,
        "the ejected server's keys must go to the others"
    );
    Ok(())
}

/// Starts the server again: the client finds it by itself, and it is filled as it was.
async fn bring_back(cluster: &mut Cluster, client: &Client, corpus: &Corpus) -> Result<()> {
    let victim = cluster.restart(VICTIM).await?;
    let (started, entry) = (Instant::now(), first_of(client, corpus, &victim)?);
    // While it is ejected another server takes the key; once it is back, it has never heard of it.
    client.set(&entry.key, entry).await?;
    while client.get::<mc_client::Raw>(&entry.key).await?.is_some() {
        ensure!(started.elapsed() < 10 * DEAD, "{victim} was not taken back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    println!(
        "restarted {victim}: in use again after {:.1?}, and empty",
        started.elapsed()
    );
    store(client, corpus).await?;
    let whole = compare("read back", client, corpus).await?;
    ensure!(whole.is_whole(), "some entries did not come back");
    Ok(())
}

/// The first entry whose key a server owns.
fn first_of<'c>(client: &Client, corpus: &'c Corpus, server: &str) -> Result<&'c Entry> {
    let owned = |entry: &&Entry| {
        client
            .owner(&entry.key)
            .is_ok_and(|owner| *owner == *server)
    };
    corpus
        .entries()
        .iter()
        .find(owned)
        .with_context(|| format!("no key belongs to {server}"))
}
