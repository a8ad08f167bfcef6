//! One server's rows, from the request to the last of them, without its socket.

use std::sync::Arc;

use bytes::BytesMut;
use mc_proto::{Connection, Limits, Outgoing, Protocol, Received, Reply};

use crate::command::{self, Streamed};
use crate::error::{Error, Outcome, Stage};
use crate::lost::Lost;

/// A connection on which one server sends rows of type `R`, and nothing else.
///
/// Write what [`begin`](Self::begin) gives, append what comes to [`input`](Self::input), and ask for the
/// [`next`](Self::next) until it is the end.
pub(crate) struct Tail<R> {
    server: Arc<str>,
    command: &'static str,
    row: fn(&Arc<str>, &[u8]) -> Result<R, Error>,
    connection: Connection<()>,
    /// What was received and not yet read.
    pub(crate) input: BytesMut,
}

/// What comes next of a server's rows.
#[derive(Debug)]
pub(crate) enum Next<R> {
    /// Nothing, before more is received.
    More,
    /// The server has accepted the request.
    Begun,
    Row(R),
    /// There are no more.
    Over,
}

impl<R> Tail<R> {
    /// Begins on a fresh connection; what is given back must be written first.
    pub(crate) fn begin<C: Streamed<Row = R>>(
        command: &C,
        server: &Arc<str>,
        protocol: Protocol,
        limits: Limits,
    ) -> Result<(Self, Outgoing), Error> {
        let mut connection = Connection::new(protocol, limits);
        let request = command.request();
        if let Err((error, ())) = connection.push(&request, ()) {
            let error = Error::unsendable(&error).at(server);
            return Err(error.dropped());
        }
        let outgoing = connection.take_outgoing();
        let tail = Self {
            server: Arc::clone(server),
            command: request.name(),
            row: C::row,
            connection,
            input: BytesMut::new(),
        };
        Ok((tail, outgoing))
    }

    /// What comes next.
    ///
    /// # Errors
    /// The server refuses, or its bytes are no rows. It is the last that comes.
    pub(crate) fn next(&mut self) -> Result<Next<R>, Error> {
        match self.connection.receive(&mut self.input) {
            Ok(None) => Ok(Next::More),
            Ok(Some(Received::Begun { .. })) => Ok(Next::Begun),
            Ok(Some(Received::Row { row, .. })) => match (self.row)(&self.server, &row) {
                Ok(row) => Ok(Next::Row(row)),
                Err(error) => Err(self.over(error)),
            },
            Ok(Some(Received::Answer(answer))) => match answer.reply {
                Reply::Ok => Ok(Next::Over),
                other => Err(self.over(command::failed(self.command, &other))),
            },
            Err(error) => Err(self.lost(Lost::Protocol(error))),
        }
    }

    /// What it means that the connection is lost.
    pub(crate) fn lost(&self, lost: Lost) -> Error {
        self.over(lost.into_error(true))
    }

    /// What it means that the server says nothing.
    pub(crate) fn silent(&self) -> Error {
        self.over(Error::timeout(Stage::Reply, Outcome::MaybeApplied))
    }

    /// The error that ends the rows; they have a connection to themselves.
    fn over(&self, error: Error) -> Error {
        error.at(&self.server).dropped()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Buf;

    use super::*;
    use crate::command::{Metadump, Watch};
    use crate::error::ErrorKind;

    /// What comes of these bytes, item by item: keys or lines, and how it ends.
    fn check<C: Streamed>(command: &C, received: &[u8], show: fn(C::Row) -> String) -> Vec<String> {
        let limits = Limits::default();
        let server = "cache1".into();
        let (mut tail, _) = Tail::begin(command, &server, Protocol::Text, limits).unwrap();
        let mut shown = Vec::new();
        // Byte by byte, as it may come.
        for byte in received {
            tail.input.extend_from_slice(&[*byte]);
            match tail.next() {
                Ok(Next::More) => {}
                Ok(Next::Begun) => shown.push("begun".into()),
                Ok(Next::Row(row)) => shown.push(show(row)),
                Ok(Next::Over) => shown.push("over".into()),
                Err(error) => {
                    shown.push(error.to_string());
                    break;
                }
            }
        }
        shown
    }

    #[test]
    fn a_dump_is_rows_and_an_end() {
        let key = |item: crate::command::DumpedItem| String::from_utf8(item.key).unwrap();
        let dump = Metadump::default();
        let shown = check(&dump, b"key=a exp=-1\nkey=b exp=-1\nEND\r\n", key);
        assert_eq!(shown, ["a", "b", "over"]);
        let shown = check(&dump, b"BUSY currently processing crawler request\r\n", key);
        let busy = "cache1: the server refused: BUSY currently processing crawler request";
        assert_eq!(shown, [busy]);
    }

    #[test]
    fn a_watch_begins_and_has_no_end() {
        let line = |entry: crate::command::LogEntry| entry.line().to_owned();
        let shown = check(&Watch::new([]), b"OK\r\nts=1 gid=1\nts=2 gid=2\n", line);
        assert_eq!(shown, ["begun", "ts=1 gid=1", "ts=2 gid=2"]);
    }

    #[test]
    fn the_request_is_written_and_binary_cannot() {
        let begin = |protocol| {
            let limits = Limits::default();
            Tail::begin(&Metadump::default(), &"cache1".into(), protocol, limits)
        };
        let (_, outgoing) = begin(Protocol::Meta).unwrap();
        assert_eq!(outgoing.chunk(), b"lru_crawler metadump all\r\n");
        let error = begin(Protocol::Binary).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert_eq!(error.server(), Some("cache1"));
    }
}
