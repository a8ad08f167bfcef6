//! A client with one connection that all callers share, one after the other, and checks that can be left out: each
//! is a mistake that clients in use have made.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Error, Result, bail, ensure};
use bytes::Bytes;
use mc_client::Outcome;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::timeout;

use crate::load::cache::{Asked, Cache, Failure, Told};

/// No value here is longer, in bytes.
const LONGEST: usize = 1 << 20;

/// What the client does, unless it is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    /// A connection is not used again after a call on it was dropped.
    Dropped,
    /// A connection is not used again after a call on it has timed out.
    TimedOut,
    /// An answer has the number of its request.
    Opaque,
    /// The end of the stream is an error.
    End,
    /// A value is followed by the end of a line.
    Terminator,
    /// A length is not over the limit.
    Length,
}

/// What the client speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Where only the order tells whose an answer is.
    Text,
    /// With a number in every request and its answer.
    Meta,
}

#[derive(Debug, Clone)]
pub(super) struct Naive {
    address: Arc<str>,
    dialect: Dialect,
    without: Option<Check>,
    stream: Arc<Mutex<Option<Stream>>>,
}

#[derive(Debug)]
struct Stream {
    socket: BufReader<TcpStream>,
    /// The number of the last request.
    opaque: u64,
}

/// The connection in a caller's hands, who may give it back.
struct Lent<'a> {
    place: MutexGuard<'a, Option<Stream>>,
    stream: Option<Stream>,
    comes_back: bool,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        *self.place = self.stream.take().filter(|_| self.comes_back);
    }
}

impl Cache for Naive {
    async fn ask(&self, asked: Asked<'_>, within: Duration) -> Result<Told, Failure> {
        let place = self.stream.lock().await;
        let mut lent = Lent {
            place,
            stream: None,
            comes_back: !self.checks(Check::Dropped),
        };
        let stream = match lent.place.take() {
            Some(stream) => stream,
            None => Stream::open(&self.address).await.map_err(failure)?,
        };
        let stream = lent.stream.insert(stream);
        match timeout(within, self.exchange(stream, asked)).await {
            Ok(Ok(told)) => {
                lent.comes_back = true;
                Ok(told)
            }
            Ok(Err(error)) => Err(failure(error)),
            Err(_) => {
                lent.comes_back |= !self.checks(Check::TimedOut);
                Err(Failure {
                    is_timeout: true,
                    ..failure(Error::msg("timed out"))
                })
            }
        }
    }
}

impl Naive {
    /// A client with all checks but one, or with all.
    pub(super) fn new(address: &str, dialect: Dialect, without: Option<Check>) -> Self {
        Self {
            address: address.into(),
            dialect,
            without,
            stream: Arc::default(),
        }
    }

    fn checks(&self, check: Check) -> bool {
        self.without != Some(check)
    }

    async fn exchange(&self, stream: &mut Stream, asked: Asked<'_>) -> Result<Told> {
        let Asked::GetMany(keys) = asked else {
            return self.one(stream, asked).await;
        };
        let mut values = Vec::new();
        for key in keys {
            match self.one(stream, Asked::Get(key)).await? {
                Told::Value(value) => values.push(value),
                other => return Ok(other),
            }
        }
        Ok(Told::Values(values))
    }

    async fn one(&self, stream: &mut Stream, asked: Asked<'_>) -> Result<Told> {
        stream.opaque += 1;
        let request = match self.dialect {
            Dialect::Text => text(asked),
            Dialect::Meta => meta(asked, stream.opaque),
        };
        stream.socket.write_all(&request).await?;
        let Some(line) = self.line(stream).await? else {
            return Ok(Told::Value(None));
        };
        let words: Vec<_> = line.split(' ').collect();
        let told = match *words {
            ["STORED" | "HD", ..] => Told::Stored(true),
            [
                "EXISTS" | "EX" | "NOT_STORED" | "NS" | "NOT_FOUND" | "NF",
                ..,
            ] => Told::Stored(false),
            ["END" | "EN", ..] => Told::Value(None),
            ["VALUE", _, _, len] => Told::Value(self.value(stream, len).await?),
            ["VALUE", _, _, len, unique] => Told::Item(self.item(stream, len, unique).await?),
            ["VA", len, unique, _] if unique.starts_with('c') => {
                Told::Item(self.item(stream, len, &unique[1..]).await?)
            }
            ["VA", len, ..] => self.value_or_number(stream, asked, len).await?,
            [number] => Told::Number(Some(number.parse()?)),
            _ => bail!("what is {line:?}?"),
        };
        let opaque = words.iter().find_map(|word| word.strip_prefix('O'));
        let is_its = opaque.is_none_or(|it| *it == stream.opaque.to_string());
        ensure!(is_its || !self.checks(Check::Opaque), "another's answer");
        Ok(shaped(asked, told))
    }

    /// A line without its end; `None` at the end of the stream.
    async fn line(&self, stream: &mut Stream) -> Result<Option<String>> {
        let mut line = Vec::new();
        stream.socket.read_until(b'\n', &mut line).await?;
        if !line.ends_with(b"\n") {
            ensure!(!self.checks(Check::End), io::ErrorKind::UnexpectedEof);
            return Ok(None);
        }
        Ok(Some(String::from_utf8(line)?.trim_end().to_owned()))
    }

    /// The value behind a line; `None` at the end of the stream.
    async fn value(&self, stream: &mut Stream, len: &str) -> Result<Option<Bytes>> {
        let len: usize = len.parse()?;
        ensure!(len <= LONGEST || !self.checks(Check::Length), "{len} bytes");
        let whole = len.checked_add(2).context("no such length")?;
        let mut value = Vec::with_capacity(whole);
        let socket = &mut stream.socket;
        socket.take(whole as u64).read_to_end(&mut value).await?;
        if value.len() < whole {
            ensure!(!self.checks(Check::End), io::ErrorKind::UnexpectedEof);
            return Ok(None);
        }
        let is_whole = value.ends_with(b"\r\n");
        ensure!(is_whole || !self.checks(Check::Terminator), "no line end");
        value.truncate(len);
        if self.dialect == Dialect::Text {
            self.line(stream).await?;
        }
        Ok(Some(value.into()))
    }

    async fn item(
        &self,
        stream: &mut Stream,
        len: &str,
        unique: &str,
    ) -> Result<Option<(Bytes, u64)>> {
        let (value, unique) = (self.value(stream, len).await?, unique.parse()?);
        Ok(value.map(|value| (value, unique)))
    }

    async fn value_or_number(
        &self,
        stream: &mut Stream,
        asked: Asked<'_>,
        len: &str,
    ) -> Result<Told> {
        let value = self.value(stream, len).await?;
        Ok(match (asked, value) {
            (Asked::Incr(_), Some(value)) => {
                Told::Number(std::str::from_utf8(&value)?.parse().ok())
            }
            (_, value) => Told::Value(value),
        })
    }
}

impl Stream {
    async fn open(address: &str) -> Result<Self> {
        let socket = TcpStream::connect(address).await?;
        socket.set_nodelay(true)?;
        Ok(Self {
            socket: BufReader::new(socket),
            opaque: 0,
        })
    }
}

/// A miss, and the end of a stream that is taken for one, in the shape that was asked for.
fn shaped(asked: Asked<'_>, told: Told) -> Told {
    match (asked, told) {
        (Asked::Gets(_), Told::Value(None)) => Told::Item(None),
        (Asked::Incr(_), Told::Value(None)) => Told::Number(None),
        (_, told) => told,
    }
}

fn text(asked: Asked<'_>) -> Vec<u8> {
    match asked {
        Asked::Get(key) => format!("get {key}\r\n").into_bytes(),
        Asked::Gets(key) => format!("gets {key}\r\n").into_bytes(),
        Asked::Incr(key) => format!("incr {key} 1\r\n").into_bytes(),
        Asked::Start(key) => format!("set {key} 0 0 1\r\n0\r\n").into_bytes(),
        Asked::Set(key, value) => body(format!("set {key} 0 0 {}", value.len()), value),
        Asked::Cas(key, value, unique) => {
            body(format!("cas {key} 0 0 {} {unique}", value.len()), value)
        }
        Asked::GetMany(_) => Vec::new(),
    }
}

fn meta(asked: Asked<'_>, opaque: u64) -> Vec<u8> {
    match asked {
        Asked::Get(key) => format!("mg {key} v O{opaque}\r\n").into_bytes(),
        Asked::Gets(key) => format!("mg {key} v c O{opaque}\r\n").into_bytes(),
        Asked::Incr(key) => format!("ma {key} v O{opaque}\r\n").into_bytes(),
        Asked::Start(key) => format!("ms {key} 1 O{opaque}\r\n0\r\n").into_bytes(),
        Asked::Set(key, value) => body(format!("ms {key} {} O{opaque}", value.len()), value),
        Asked::Cas(key, value, unique) => {
            let head = format!("ms {key} {} C{unique} O{opaque}", value.len());
            body(head, value)
        }
        Asked::GetMany(_) => Vec::new(),
    }
}

fn body(head: String, value: &[u8]) -> Vec<u8> {
    [head.as_bytes(), b"\r\n", value, b"\r\n"].concat()
}

/// Whatever it was, it may have been done.
fn failure(error: impl Into<Error>) -> Failure {
    Failure {
        is_timeout: false,
        outcome: Outcome::MaybeApplied,
        words: error.into().to_string(),
    }
}
