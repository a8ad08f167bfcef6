//! The same lies, told to both clients over sockets.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use mc_client::{Client, Error, ErrorKind, Protocol, blocking};
use tokio::runtime::{Builder, Runtime};

use super::liar::{self, Lie};
use super::{ANNOUNCED, FIGURE, MOST};
use crate::HELD;
use crate::figure::Run;

/// How long a call waits for what is not sent.
const DEADLINE: Duration = Duration::from_millis(200);
/// How long it waits for what is sent.
const PATIENCE: Duration = Duration::from_secs(5);
/// What a busy machine may add.
const MARGIN: Duration = Duration::from_secs(1);
/// What is sent of a line without an end: more than any client should hold.
const ENDLESS: usize = 8 << 20;

/// A line for each client and way of talking.
pub(super) fn run(run: &mut Run) -> Result<()> {
    let announced = run.scale(&ANNOUNCED[..], &[1 << 20, u64::MAX]);
    let lies = announced
        .iter()
        .flat_map(|&len| [Lie::Value(len), Lie::Row(len), Lie::Stat(len)]);
    let lies: Vec<_> = lies.chain([Lie::Line(ENDLESS)]).collect();
    for shell in [Asker::new_async, Asker::new_blocking] {
        for protocol in [Protocol::Text, Protocol::Meta, Protocol::Binary] {
            let told = lies.iter().map(|&lie| {
                let server = liar::start(protocol, lie)?.to_string();
                shell(server, protocol)?.told(lie, || HELD.current_usage())
            });
            let told: Result<Vec<_>> = told.collect();
            line(run, &protocol.to_string(), &told?);
        }
        let told = [2, u16::MAX].map(|total| {
            let server = format!("udp:{}", liar::start_udp(total, u64::from(total))?);
            // Each call has room for one datagram, the longest that there can be, whatever is announced.
            shell(server, Protocol::Text)?.told(Lie::Value(total.into()), || HELD.peak_usage())
        });
        let told: Result<Vec<_>> = told.into_iter().collect();
        line(run, "datagrams", &told?);
    }
    Ok(())
}

fn line(run: &mut Run, way: &str, told: &[Told]) {
    let most = told.iter().map(|it| it.held).max().unwrap_or_default();
    let slowest = told.iter().map(|it| it.took).max().unwrap_or_default();
    let shell = told.first().map_or("", |it| it.shell);
    let got = format!(
        "{most} bytes in {} lies, the slowest found out after {} ms",
        told.len(),
        slowest.as_millis()
    );
    let holds = most <= MOST && slowest <= DEADLINE + MARGIN;
    run.line(
        &format!("the {shell} client, {way}"),
        FIGURE.target,
        got,
        holds,
    );
}

/// What a lie did to a client.
struct Told {
    shell: &'static str,
    /// Bytes at most, beyond those that were held before.
    held: usize,
    took: Duration,
}

/// A client of one server.
enum Asker {
    Async(Runtime, Client),
    Blocking(Box<blocking::Client>),
}

impl Asker {
    fn new_async(server: String, protocol: Protocol) -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let client = Client::builder().servers([server])?.protocol(protocol);
        Ok(Self::Async(runtime, client.build()?))
    }

    fn new_blocking(server: String, protocol: Protocol) -> Result<Self> {
        let client = blocking::Client::builder()
            .servers([server])?
            .protocol(protocol);
        Ok(Self::Blocking(Box::new(client.build()?)))
    }

    /// Asks for what is answered as it should be, after which `rest` is held, and then for the lie.
    ///
    /// # Errors
    /// The lie was believed, or the client said something else than that it is one, or that nothing more came.
    fn told(&self, lie: Lie, rest: fn() -> usize) -> Result<Told> {
        HELD.reset_peak_usage();
        self.ask(Lie::Value(0), PATIENCE)?;
        let rest = rest();
        HELD.reset_peak_usage();
        let begun = Instant::now();
        let end = self.ask(lie, DEADLINE);
        let took = begun.elapsed();
        let held = HELD.peak_usage().saturating_sub(rest);
        let error = end.err().map(|error| error.kind());
        let is_found_out = matches!(error, Some(ErrorKind::Protocol | ErrorKind::Timeout(_)));
        ensure!(is_found_out, "{lie:?} ended in {error:?}");
        let shell = match self {
            Self::Async(..) => "async",
            Self::Blocking(_) => "blocking",
        };
        Ok(Told { shell, held, took })
    }

    fn ask(&self, lie: Lie, within: Duration) -> Result<(), Error> {
        match self {
            Self::Async(runtime, client) => runtime.block_on(ask(client, lie, within)),
            Self::Blocking(client) => ask_blocking(client, lie, within),
        }
    }
}

/// Asks for what this lie is the answer to.
async fn ask(client: &Client, lie: Lie, within: Duration) -> Result<(), Error> {
    match lie {
        Lie::Value(_) | Lie::Line(_) => client.get::<Vec<u8>>("k").deadline(within).await.map(drop),
        Lie::Row(_) => {
            let found = client
                .get_many::<_, Vec<u8>>(["k", "l"])
                .deadline(within)
                .await;
            found.all().map(drop)
        }
        Lie::Stat(_) => client.stats().deadline(within).await.all().map(drop),
    }
}

fn ask_blocking(client: &blocking::Client, lie: Lie, within: Duration) -> Result<(), Error> {
    match lie {
        Lie::Value(_) | Lie::Line(_) => {
            client.get::<Vec<u8>>("k").deadline(within).call().map(drop)
        }
        Lie::Row(_) => {
            let found = client
                .get_many::<_, Vec<u8>>(["k", "l"])
                .deadline(within)
                .call();
            found.all().map(drop)
        }
        Lie::Stat(_) => client.stats().deadline(within).call().all().map(drop),
    }
}
