//! Replies as a server writes them.

use bytes::{Buf, Bytes};

use super::{BadFrame, Command, Mode, Opcode, Request, Response, Status};
use crate::{Item, MAX_KEY_LEN, Outgoing, Refusal, Reply, ReplyError, text};

/// Writes the reply to a request as a server sends it: nothing, if the request
/// is quiet and the reply what its silence says.
///
/// The words are those of every protocol. An add whose key is taken is
/// [`Reply::NotStored`] to them all; here it becomes
/// [`Status::KeyExists`], which is what clients of this protocol wait for.
/// A [`Response`] of one's own says what they do not, such as the cas number
/// of what was stored.
///
/// ```
/// use bytes::Buf;
/// use mc_proto::binary::{Command, Request, encode_reply};
/// use mc_proto::{Key, Outgoing, Reply};
///
/// let mut out = Outgoing::default();
/// let command = Command::Delete { key: Key::new(b"a")? };
/// let quiet = Request { opaque: 7, cas: 0, quiet: true, command };
/// encode_reply(&quiet, &Reply::Deleted, &mut out)?;
/// assert!(!out.has_remaining());
/// encode_reply(&quiet, &Reply::NotFound, &mut out)?;
/// assert_eq!(&out.chunk()[24..], b"Not found");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ReplyError`] if the reply does not answer the request, or does not fit
/// into packets. Then nothing was written.
pub fn encode_reply(
    request: &Request<'_>,
    reply: &Reply,
    out: &mut Outgoing,
) -> Result<(), ReplyError> {
    let start = out.end();
    write(request, reply, out).inspect_err(|_| out.cut(start))
}

fn write(request: &Request<'_>, reply: &Reply, out: &mut Outgoing) -> Result<(), ReplyError> {
    let command = request.name();
    let kind = request.kind();
    let by_number = request.cas != 0 && kind.changes() && *reply == Reply::Exists;
    if !kind.accepts(reply) && !by_number {
        return Err(ReplyError::Mismatch { command });
    }
    if request.quiet && is_silence(reply) {
        return Ok(());
    }
    let opcode = request.opcode().ok_or(ReplyError::Mismatch { command })?;
    let response = |status| Response::of(opcode, request.opaque, status);
    let with_value = |status, value: &Bytes| Response {
        value: value.clone(),
        ..response(status)
    };
    match reply {
        Reply::Value(Some(item)) => of_item(request, item, response(Status::Success)).encode(out),
        Reply::Value(None) => of_miss(request, response(Status::KeyNotFound)).encode(out),
        Reply::NotStored => response(unmet(&request.command)).encode(out),
        Reply::Exists => response(Status::KeyExists).encode(out),
        Reply::NotFound => response(Status::KeyNotFound).encode(out),
        Reply::Number(number) => {
            let value = Bytes::copy_from_slice(&number.to_be_bytes());
            with_value(Status::Success, &value).encode(out)
        }
        Reply::Version(value) | Reply::Mechanisms(value) => {
            with_value(Status::Success, value).encode(out)
        }
        Reply::Challenge(value) => with_value(Status::AuthContinue, value).encode(out),
        Reply::Refused(Refusal { kind, message }) => {
            with_value(Status::from(*kind), message).encode(out)
        }
        Reply::Stats(rows) => put_rows(rows, &response(Status::Success), out),
        Reply::Prefixes(prefixes) => {
            let mut dump = Outgoing::default();
            text::encode_prefixes(prefixes, &mut dump)?;
            let dump = dump.copy_to_bytes(dump.remaining());
            let rows = [(Bytes::from_static(b"detailed"), dump)];
            put_rows(&rows, &response(Status::Success), out)
        }
        Reply::Ok if matches!(opcode, Opcode::SaslAuth | Opcode::SaslStep) => {
            let value = Bytes::from_static(b"Authenticated");
            with_value(Status::Success, &value).encode(out)
        }
        _ => response(Status::Success).encode(out),
    }
    .map_err(ReplyError::Frame)
}

/// Whether a quiet request need not be told.
fn is_silence(reply: &Reply) -> bool {
    matches!(
        reply,
        Reply::Value(None) | Reply::Stored | Reply::Deleted | Reply::Number(_) | Reply::Ok
    )
}

fn of_item(request: &Request<'_>, item: &Item, response: Response) -> Response {
    Response {
        cas: item.cas.unwrap_or_default(),
        flags: Some(item.flags),
        key: key_back(request),
        value: item.value.clone(),
        ..response
    }
}

/// A miss brings back the key, if that was asked for, and else has a message.
fn of_miss(request: &Request<'_>, response: Response) -> Response {
    let key = key_back(request);
    match key.is_empty() {
        true => response,
        false => Response {
            key,
            value: Bytes::new(),
            ..response
        },
    }
}

fn key_back(request: &Request<'_>) -> Bytes {
    match &request.command {
        Command::Get { key, with_key } | Command::Gat { key, with_key, .. } if *with_key => {
            key.to_vec().into()
        }
        _ => Bytes::new(),
    }
}

/// The word for a condition that was not met.
fn unmet(command: &Command<'_>) -> Status {
    match command {
        Command::Store { mode, .. } => match mode {
            Mode::Set => Status::NotStored,
            Mode::Add => Status::KeyExists,
            Mode::Replace => Status::KeyNotFound,
        },
        _ => Status::NotStored,
    }
}

/// Rows have names: one without would be the end.
fn put_rows(rows: &[(Bytes, Bytes)], end: &Response, out: &mut Outgoing) -> Result<(), BadFrame> {
    for (name, value) in rows {
        if name.is_empty() {
            return Err(BadFrame::Field {
                opcode: end.opcode,
                field: "a key",
                len: 0,
                min: 1,
                max: MAX_KEY_LEN,
            });
        }
        let row = Response {
            key: name.clone(),
            value: value.clone(),
            ..end.clone()
        };
        row.encode(out)?;
    }
    end.encode(out)
}
