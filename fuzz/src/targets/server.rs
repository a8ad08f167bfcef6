//! A server's side: bytes that claim to be requests.

use std::fmt::Debug;

use bytes::Buf;
use mc_proto::binary::{self, Command};
use mc_proto::{Outgoing, Request, SendError, meta, text};

use super::LIMITS;

/// The requests of the text protocol, one after the other.
pub fn text_request(data: &[u8]) {
    read_all::<Text>(data);
}

/// Those of the meta protocol, which come over the same connection.
pub fn meta_request(data: &[u8]) {
    read_all::<Meta>(data);
}

/// Those of the binary protocol.
pub fn binary_request(data: &[u8]) {
    read_all::<Binary>(data);
}

/// What a server's decoder makes of bytes.
#[derive(Debug, PartialEq)]
enum Read<R> {
    /// A request, and how many bytes it takes.
    Request(R, usize),
    /// It has not arrived as a whole.
    Partial,
    /// How many bytes to skip, if anybody knows.
    Bad(Option<usize>),
}

/// A protocol as a server reads it and a client writes it.
trait Dialect {
    type Request<'a>: Debug + PartialEq;

    fn read(input: &[u8]) -> Read<Self::Request<'_>>;

    fn write(request: &Self::Request<'_>, out: &mut Outgoing) -> Result<(), SendError>;

    /// Whether there is a form of it that is better than the one that was read.
    fn has_better_form(_request: &Self::Request<'_>) -> bool {
        false
    }
}

struct Text;

impl Dialect for Text {
    type Request<'a> = Request<'a>;

    fn read(input: &[u8]) -> Read<Request<'_>> {
        match text::decode_request(input, &LIMITS) {
            Ok(Some(incoming)) => Read::Request(incoming.request, incoming.len),
            Ok(None) => Read::Partial,
            Err(bad) => Read::Bad(bad.skip),
        }
    }

    fn write(request: &Request<'_>, out: &mut Outgoing) -> Result<(), SendError> {
        text::encode_request(request, &LIMITS, out)
    }
}

struct Meta;

impl Dialect for Meta {
    type Request<'a> = Request<'a>;

    fn read(input: &[u8]) -> Read<Request<'_>> {
        Text::read(input)
    }

    fn write(request: &Request<'_>, out: &mut Outgoing) -> Result<(), SendError> {
        match request {
            Request::Meta(_) => meta::encode_request(request, &LIMITS, 0, out),
            classic => Text::write(classic, out),
        }
    }
}

struct Binary;

impl Dialect for Binary {
    type Request<'a> = binary::Request<'a>;

    fn read(input: &[u8]) -> Read<binary::Request<'_>> {
        match binary::decode_request(input, &LIMITS) {
            Ok(Some(incoming)) => Read::Request(incoming.request, incoming.len),
            Ok(None) => Read::Partial,
            Err(bad) => Read::Bad(bad.skip),
        }
    }

    fn write(request: &binary::Request<'_>, out: &mut Outgoing) -> Result<(), SendError> {
        request.encode(&LIMITS, out)
    }

    /// What is to end at once is written with an end long ago: for a number that may be created, -1 means another thing.
    fn has_better_form(request: &binary::Request<'_>) -> bool {
        let end = match &request.command {
            Command::Increment { initial, .. } | Command::Decrement { initial, .. } => {
                initial.map(|initial| initial.exptime)
            }
            Command::Store { exptime, .. }
            | Command::Gat { exptime, .. }
            | Command::Touch { exptime, .. } => Some(*exptime),
            _ => None,
        };
        end.is_some_and(|end| end.seconds() < 0)
    }
}

/// Reads to the end, as a server does. Each request, written again, reads the same.
fn read_all<D: Dialect>(mut rest: &[u8]) {
    while !rest.is_empty() {
        let taken = match D::read(rest) {
            Read::Request(request, len) => {
                assert!(
                    (1..=rest.len()).contains(&len),
                    "{len} bytes taken of {}",
                    rest.len()
                );
                let half = D::read(&rest[..len - 1]);
                assert!(
                    matches!(half, Read::Partial),
                    "half a request is read as {half:?}"
                );
                write_again::<D>(&request, rest);
                len
            }
            Read::Partial | Read::Bad(None) => return,
            Read::Bad(Some(skip)) => skip,
        };
        assert!(taken > 0, "no end");
        rest = rest.get(taken..).unwrap_or_default();
    }
}

fn write_again<D: Dialect>(request: &D::Request<'_>, read_from: &[u8]) {
    let mut out = Outgoing::default();
    if D::has_better_form(request) {
        return;
    }
    if D::write(request, &mut out).is_err() {
        assert_eq!(out.remaining(), 0, "a refused request left bytes");
        return;
    }
    let bytes = out.copy_to_bytes(out.remaining());
    // Both are read here, so that they live equally long and can be compared.
    match (D::read(read_from), D::read(&bytes)) {
        (Read::Request(request, _), Read::Request(again, len)) => {
            assert_eq!((again, len), (request, bytes.len()));
        }
        (_, again) => panic!("'{}' is read as {again:?}", bytes.escape_ascii()),
    }
}
