//! Requests as a server reads them.

use memchr::memchr;
use thiserror::Error;

use super::{admin, arithmetic, delete, get, server, stats, store, stream, touch};
use crate::line::{self, CRLF, split_word, trim_end};
use crate::{Exptime, Key, Limits, Refusal, RefusalKind, Request, Verb, meta};

/// What a request line says, or the server's answer to a wrong one.
pub(super) type Parsed<'a> = Result<Request<'a>, Refusal>;

/// A request that has arrived as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming<'a> {
    /// What is asked. It borrows the input.
    pub request: Request<'a>,
    /// Whether the client wants no reply, not even a refusal.
    pub noreply: bool,
    /// How many bytes of the input it takes.
    pub len: usize,
}

/// Bytes that are no request, with what a server does about them.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{refusal}")]
pub struct BadRequest {
    /// The reply.
    pub refusal: Refusal,
    /// Whether the client wants no reply, not even this.
    pub noreply: bool,
    /// How many bytes to skip, from the start of the input on, before the
    /// next request; they may not all have arrived. `None` if nobody can know
    /// where the next request starts: reply, and close the connection.
    pub skip: Option<usize>,
}

/// Reads the request at the start of the input.
///
/// `None` means that it has not arrived as a whole: call again with the same
/// input and more. Lines may end without a carriage return, and words may
/// have many spaces between them, as in memcached.
///
/// Where memcached 1.6.18 would take a value for commands, because something
/// in front of it was wrong, the value is skipped, or the connection lost.
///
/// ```
/// use mc_proto::{Key, Limits, Request, text};
///
/// let limits = Limits::default();
/// let incoming = text::decode_request(b"get a\r\nget b\r\n", &limits)?.unwrap();
/// assert_eq!(incoming.request, Request::Get { key: Key::new(b"a").unwrap(), cas: false });
/// assert_eq!(incoming.len, 7);
///
/// let bad = text::decode_request(b"get\r\n", &limits).unwrap_err();
/// assert_eq!(bad.to_string(), "ERROR");
/// assert_eq!(bad.skip, Some(5));
/// # Ok::<(), text::BadRequest>(())
/// ```
///
/// # Errors
/// [`BadRequest`], with the answer to give and the place to go on at.
pub fn decode_request<'a>(
    input: &'a [u8],
    limits: &Limits,
) -> Result<Option<Incoming<'a>>, BadRequest> {
    let Some((line, body)) = line_len(input, limits)?.and_then(|len| input.split_at_checked(len))
    else {
        return Ok(None);
    };
    let (words, noreply) = Words::of(line);
    let taken = |more: usize| line.len().saturating_add(more);
    match read(words, body, limits) {
        Ok(None) => Ok(None),
        Ok(Some((request, more))) => {
            let len = taken(more);
            Ok(Some(Incoming {
                request,
                noreply,
                len,
            }))
        }
        Err(Fault { refusal, skip }) => {
            let skip = skip.map(taken);
            Err(BadRequest {
                refusal,
                noreply,
                skip,
            })
        }
    }
}

/// The length of the first line with its end, if that has arrived.
fn line_len(input: &[u8], limits: &Limits) -> Result<Option<usize>, BadRequest> {
    let max = get::max_line_len(input, limits).unwrap_or(limits.max_line_len);
    let window = input.get(..max.saturating_add(CRLF.len())).unwrap_or(input);
    match memchr(b'\n', window) {
        Some(end) => Ok(Some(end.saturating_add(1))),
        None if window.len() == input.len() => Ok(None),
        None => {
            let refusal = Refusal::new(RefusalKind::Client, "line too long");
            Err(BadRequest {
                refusal,
                noreply: false,
                skip: None,
            })
        }
    }
}

/// What is wrong with a request, and how much to skip after its line.
pub(crate) struct Fault {
    pub(super) refusal: Refusal,
    pub(super) skip: Option<usize>,
}

impl Fault {
    /// Nobody can know where the next request starts.
    pub(crate) fn lost(refusal: Refusal) -> Self {
        Self {
            refusal,
            skip: None,
        }
    }
}

/// A fault that ends with its line.
impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self {
            refusal,
            skip: Some(0),
        }
    }
}

/// A request and how much of what follows its line it takes.
pub(crate) type Found<'a> = Result<Option<(Request<'a>, usize)>, Fault>;

fn read<'a>(mut words: Words<'a>, body: &'a [u8], limits: &Limits) -> Found<'a> {
    let request = match words.next().unwrap_or_default() {
        b"get" => get::decode(words, false, limits),
        b"gets" => get::decode(words, true, limits),
        b"gat" => get::decode_gat(words, false, limits),
        b"gats" => get::decode_gat(words, true, limits),
        b"set" => return store::decode(Verb::Set, words, body, limits),
        b"add" => return store::decode(Verb::Add, words, body, limits),
        b"replace" => return store::decode(Verb::Replace, words, body, limits),
        b"append" => return store::decode(Verb::Append, words, body, limits),
        b"prepend" => return store::decode(Verb::Prepend, words, body, limits),
        b"cas" => return store::decode(Verb::Cas(0), words, body, limits),
        b"delete" => delete::decode(words),
        b"incr" => arithmetic::decode(words, |key, delta| Request::Incr {
            key,
            delta,
            initial: None,
        }),
        b"decr" => arithmetic::decode(words, |key, delta| Request::Decr {
            key,
            delta,
            initial: None,
        }),
        b"touch" => touch::decode(words),
        b"stats" => stats::decode(words),
        b"version" => Ok(Request::Version),
        b"flush_all" => server::decode_flush_all(words),
        b"verbosity" => server::decode_verbosity(words),
        b"cache_memlimit" => admin::decode_cache_memlimit(words),
        b"slabs" => admin::decode_slabs(words),
        b"lru" => admin::decode_lru(words),
        b"lru_crawler" => admin::decode_crawler(words),
        b"watch" => stream::decode_watch(words),
        b"shutdown" => server::decode_shutdown(words),
        b"quit" => Ok(Request::Quit),
        code => return meta::decode(code, words, body, limits),
    };
    Ok(Some((request?, 0)))
}

/// Commands that do not know `noreply`.
const ANSWERS: [&[u8]; 15] = [
    b"get",
    b"gets",
    b"gat",
    b"gats",
    b"stats",
    b"version",
    b"watch",
    b"shutdown",
    b"quit",
    b"mg",
    b"ms",
    b"md",
    b"ma",
    b"mn",
    b"me",
];

/// The words of a line that are left.
#[derive(Clone)]
pub(crate) struct Words<'a>(&'a [u8]);

impl<'a> Words<'a> {
    /// The words of a line, and whether `noreply` stood behind those of a
    /// command that knows it.
    fn of(line: &'a [u8]) -> (Self, bool) {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = trim_end(line.strip_suffix(b"\r").unwrap_or(line));
        let mut words = Self(line);
        let verb = words.next().unwrap_or_default();
        let answers = ANSWERS.contains(&verb);
        // A delete needs a key, which may be called so; other commands need more than that.
        let is_key =
            verb == b"delete" && words.next() == Some(b"noreply") && words.next().is_none();
        match line.strip_suffix(b" noreply") {
            Some(quiet) if !answers && !is_key => (Self(quiet), true),
            _ => (Self(line), false),
        }
    }

    /// The next word, if there is one.
    pub(crate) fn next(&mut self) -> Option<&'a [u8]> {
        while let Some(rest) = self.0.strip_prefix(b" ") {
            self.0 = rest;
        }
        let (word, rest) = split_word(self.0);
        self.0 = rest.unwrap_or_default();
        Some(word).filter(|word| !word.is_empty())
    }

    /// The next word, which has to be there.
    pub(crate) fn word(&mut self) -> Result<&'a [u8], Refusal> {
        self.next()
            .ok_or(RefusalKind::UnknownCommand)
            .map_err(Refusal::from)
    }

    /// The next word as a key.
    pub(super) fn key(&mut self) -> Result<Key<'a>, Refusal> {
        Key::new(self.word()?).map_err(|_| RefusalKind::Client.into())
    }

    /// The next word as an end time.
    pub(super) fn exptime(&mut self) -> Result<Exptime, Refusal> {
        let bad = || Refusal::new(RefusalKind::Client, "invalid exptime argument");
        touch::decode_exptime(self.word()?).ok_or_else(bad)
    }

    /// The next word as a number of 32 bits.
    pub(super) fn number(&mut self) -> Result<u32, Refusal> {
        let number = line::number(self.word()?).and_then(|number| u32::try_from(number).ok());
        number.ok_or_else(|| RefusalKind::Client.into())
    }

    /// The next word as a number of 32 bits, or -1 for none.
    pub(super) fn number_or_minus_one(&mut self) -> Result<Option<u32>, Refusal> {
        let mut words = self.clone();
        if words.next() == Some(b"-1") {
            *self = words;
            return Ok(None);
        }
        self.number().map(Some)
    }

    /// There must be no word left.
    pub(super) fn end(&mut self) -> Result<(), Refusal> {
        match self.next() {
            None => Ok(()),
            Some(_) => Err(RefusalKind::UnknownCommand.into()),
        }
    }
}
