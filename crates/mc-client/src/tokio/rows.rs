//! A call whose answer is rows: a connection to each server for itself, read as the rows are asked for.

use std::fmt;
use std::future::{IntoFuture, ready};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use futures_util::stream::{self, SelectAll, Stream, StreamExt, select_all};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::client::Client;
use super::connect;
use super::link::{Link, runtime};
use super::runtime::timeout;
use super::stream::Socket;
use super::to_many::Boxed;
use crate::call::{Next, Tail};
use crate::command::{Call, Streamed, asked};
use crate::error::{Error, Outcome, Stage};
use crate::lost::Lost;
use crate::reading;

/// The async shell, for a command whose answer is rows.
#[derive(Debug, Clone, Copy)]
pub struct ToRows<'c>(pub(super) &'c Client);

/// The rows of one server, or the error instead of them.
type OneServers<T> = Pin<Box<dyn Stream<Item = Result<T, Error>> + Send>>;

/// The rows of all servers that were asked, as they come.
///
/// It is a [`Stream`], and has a [`next`](Self::next) of its own, which is safe to drop. Each server has a connection
/// for it alone, from which no more is read than is asked for; dropping the rows closes them all. A server that fails
/// is one error among the rows, and its last; the others go on.
pub struct Rows<T> {
    servers: SelectAll<OneServers<T>>,
}

impl<T> Rows<T> {
    /// The next row, or the error that ends a server's; `None` when every server has ended.
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        self.servers.next().await
    }
}

impl<T> Stream for Rows<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.servers.poll_next_unpin(cx)
    }
}

impl<T> fmt::Debug for Rows<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").finish_non_exhaustive()
    }
}

impl<'c, C> IntoFuture for Call<ToRows<'c>, C>
where
    C: Streamed<Row: Send + 'static> + Send + Sync + 'c,
{
    type Output = Rows<C::Row>;
    type IntoFuture = Boxed<'c, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self {
            shell: ToRows(client),
            mut command,
            deadline: within,
        } = self;
        Box::pin(async move {
            let snapshot = Arc::clone(&client.cluster().snapshot());
            let now = Instant::now();
            let patience = snapshot.deadline(now, within) - now;
            let only = command.only().take();
            let names = snapshot.nodes.iter().map(|node| &*node.name);
            let servers = match asked(only.as_deref(), names) {
                Ok(asked) => {
                    let begin = |at: usize| begin(&command, &snapshot.nodes[at].link, patience);
                    join_all(asked.into_iter().map(begin)).await
                }
                Err(error) => vec![failed(error)],
            };
            Rows {
                servers: select_all(servers),
            }
        })
    }
}

/// Connects to a server and sends it the request.
async fn begin<C: Streamed<Row: Send + 'static>>(
    command: &C,
    link: &Link,
    patience: Duration,
) -> OneServers<C::Row> {
    if let Err(error) = runtime() {
        return failed(error);
    }
    match timeout(patience, Reading::begin(command, link, patience)).await {
        Ok(Ok(reading)) => Box::pin(stream::try_unfold(reading, Reading::next)),
        Ok(Err(error)) => failed(error),
        Err(_) => {
            let error = Error::timeout(Stage::Connect, Outcome::NotSent);
            failed(error.at(&link.endpoint().name))
        }
    }
}

fn failed<T: Send + 'static>(error: Error) -> OneServers<T> {
    Box::pin(stream::once(ready(Err(error))))
}

/// One server's rows, while they are read.
struct Reading<R> {
    socket: Socket,
    tail: Tail<R>,
    /// How long the server may say nothing, unless it may for ever.
    patience: Option<Duration>,
}

impl<R> Reading<R> {
    async fn begin<C>(command: &C, link: &Link, patience: Duration) -> Result<Self, Error>
    where
        C: Streamed<Row = R>,
    {
        let endpoint = link.endpoint();
        endpoint.check_connections(command.request().name())?;
        let (socket, protocol) = connect::establish(endpoint, false).await?;
        let (tail, mut outgoing) = Tail::begin(command, &endpoint.name, protocol, link.limits())?;
        let mut reading = Self {
            socket,
            tail,
            patience: (!C::WATCHES).then_some(patience),
        };
        let sent = async {
            reading.socket.write_all_buf(&mut outgoing).await?;
            reading.socket.flush().await
        };
        sent.await.map_err(|error| reading.lost(error))?;
        while C::WATCHES && !matches!(reading.tail.next()?, Next::Begun) {
            reading.receive().await?;
        }
        Ok(reading)
    }

    /// The next row, and what is left behind it.
    async fn next(mut self) -> Result<Option<(R, Self)>, Error> {
        loop {
            match self.tail.next()? {
                Next::Row(row) => return Ok(Some((row, self))),
                Next::Over => return Ok(None),
                Next::Begun => {}
                Next::More => match self.patience {
                    Some(patience) => timeout(patience, self.receive())
                        .await
                        .unwrap_or_else(|_| Err(self.tail.silent()))?,
                    None => self.receive().await?,
                },
            }
        }
    }

    async fn receive(&mut self) -> Result<(), Error> {
        self.tail.input.reserve(reading::ROOM);
        match self.socket.read_buf(&mut self.tail.input).await {
            Ok(0) => Err(self.tail.lost(Lost::Closed)),
            Ok(_) => Ok(()),
            Err(error) => Err(self.lost(error)),
        }
    }

    fn lost(&self, error: io::Error) -> Error {
        self.tail.lost(Lost::Io(error))
    }
}
