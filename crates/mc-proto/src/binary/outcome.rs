//! What a status means as the answer to each request.

use bytes::{Bytes, BytesMut};

use super::response::{Head, Response};
use super::{Opcode, Status};
use crate::kind::{Kind, after_one};
use crate::{Disposition, Excerpt, Item, Protocol, ProtocolError, Refusal, RefusalKind, Reply};

/// Takes a whole packet off the input, as the reply to such a request; its
/// value with `take`.
pub(super) fn read(
    kind: Kind,
    command: &'static str,
    head: &Head,
    input: &mut BytesMut,
    take: impl FnOnce(&mut BytesMut, usize) -> Bytes,
) -> Result<Reply, ProtocolError> {
    let plain = match head.status {
        Status::Success => of_silence(kind),
        status => of_condition(kind, status),
    };
    let reply = match plain {
        // There is no need for what comes with a plain yes or no.
        Some(reply) => {
            head.skip(input);
            Some(reply)
        }
        None => of_response(kind, head.take(input, take)),
    };
    reply
        .filter(|reply| kind.accepts(reply))
        .ok_or_else(|| unexpected(command, head))
}

/// What silence means to a quiet request, once the fence behind it has been
/// answered.
pub(super) fn of_silence(kind: Kind) -> Option<Reply> {
    match kind {
        Kind::Delete => Some(Reply::Deleted),
        _ if kind.stores() => Some(Reply::Stored),
        _ => None,
    }
}

/// Whether the connection ends with this reply.
pub(super) fn ends(kind: Kind, reply: &Reply) -> bool {
    after_one(Protocol::Binary, kind, reply) == Disposition::Drop
}

/// Whether the connection ends with this status, whatever was asked.
pub(super) fn is_end(status: Status) -> bool {
    let reply = status.refusal().map(|kind| Reply::Refused(kind.into()));
    // No shape of request makes a difference here.
    reply.is_some_and(|reply| ends(Kind::Noop, &reply))
}

/// This packet is no reply to the command.
pub(super) fn unexpected(command: &'static str, head: &Head) -> ProtocolError {
    let found = head.status.to_string();
    ProtocolError::Unexpected {
        command,
        found: Excerpt::new(found.as_bytes()),
    }
}

/// The answer to a condition that was not met: the same word as in the text
/// protocol, whichever of the three statuses it is.
fn of_condition(kind: Kind, status: Status) -> Option<Reply> {
    match (status, kind) {
        (Status::KeyNotFound, Kind::Get { .. } | Kind::Gat { .. }) => Some(Reply::Value(None)),
        (Status::KeyNotFound, Kind::Cas | Kind::Delete | Kind::Incr | Kind::Decr | Kind::Touch) => {
            Some(Reply::NotFound)
        }
        (Status::KeyNotFound, Kind::Replace | Kind::Append | Kind::Prepend) => {
            Some(Reply::NotStored)
        }
        (Status::KeyExists, Kind::Cas) => Some(Reply::Exists),
        (Status::KeyExists, Kind::Add) => Some(Reply::NotStored),
        (Status::NotStored, _) if kind.stores() && kind != Kind::Cas => Some(Reply::NotStored),
        _ => None,
    }
}

/// Every other answer.
fn of_response(kind: Kind, response: Response) -> Option<Reply> {
    let kind_of_refusal = match response.status {
        Status::Success => return of_success(kind, response),
        Status::AuthContinue => return Some(Reply::Challenge(response.value)),
        // An incr whose item somebody else has made in between, a cas that
        // found no memory, and statistics that the server does not keep.
        Status::NotStored if matches!(kind, Kind::Cas | Kind::Incr | Kind::Decr) => {
            RefusalKind::Server
        }
        Status::KeyNotFound if response.opcode == Opcode::Stat => RefusalKind::Server,
        status => status.refusal()?,
    };
    Some(Reply::Refused(Refusal {
        kind: kind_of_refusal,
        message: response.value,
    }))
}

fn of_success(kind: Kind, response: Response) -> Option<Reply> {
    Some(match kind {
        Kind::Get { cas } | Kind::Gat { cas } => Reply::Value(Some(Item {
            flags: response.flags?,
            cas: cas.then_some(response.cas),
            value: response.value,
        })),
        Kind::Incr | Kind::Decr => Reply::Number(response.number()?),
        Kind::Touch => Reply::Touched,
        Kind::Version => Reply::Version(response.value),
        Kind::SaslList => Reply::Mechanisms(response.value),
        _ => Reply::Ok,
    })
}
