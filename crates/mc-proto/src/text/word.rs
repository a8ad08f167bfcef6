//! Replies of one word, and refusals, which begin with one.

use bytes::Bytes;

use crate::kind::Kind;
use crate::line::{CRLF, split_word};
use crate::{Outgoing, Refusal, RefusalKind, Reply, ReplyError, Request};

/// Every reply that is one word, but for the words for "done".
static WORDS: [(&[u8], Reply); 6] = [
    (b"STORED", Reply::Stored),
    (b"NOT_STORED", Reply::NotStored),
    (b"EXISTS", Reply::Exists),
    (b"NOT_FOUND", Reply::NotFound),
    (b"DELETED", Reply::Deleted),
    (b"TOUCHED", Reply::Touched),
];

/// Reads a reply of one word to such a request.
pub(super) fn decode(line: &[u8], kind: Kind) -> Option<Reply> {
    if kind.is_done_by_ok() && done(kind) == Some(line) {
        return Some(Reply::Ok);
    }
    let (_, reply) = WORDS.iter().find(|(word, _)| *word == line)?;
    Some(reply.clone())
}

/// Writes a reply, if it is one of one word.
pub(super) fn encode(reply: &Reply, out: &mut Outgoing) {
    if let Some((word, _)) = WORDS.iter().find(|(_, known)| known == reply) {
        out.put(word);
        out.put(CRLF);
    }
}

/// Writes that a request was done, if the text protocol has a word for it.
pub(super) fn encode_done(request: &Request<'_>, out: &mut Outgoing) -> Option<()> {
    out.put(done(Kind::of(request))?);
    out.put(CRLF);
    Some(())
}

/// How a server says that such a request was done, or that a stream has ended.
pub(super) fn done(kind: Kind) -> Option<&'static [u8]> {
    match kind {
        Kind::StatsReset => Some(b"RESET"),
        Kind::Metadump => Some(b"END"),
        Kind::Mgdump => Some(b"EN"),
        Kind::Auth => Some(b"STORED"),
        Kind::Noop | Kind::SaslStart | Kind::SaslContinue => None,
        _ => Some(b"OK"),
    }
}

/// Reads `ERROR`, `CLIENT_ERROR …` or `SERVER_ERROR …`.
pub(crate) fn decode_refusal(line: &[u8]) -> Option<Refusal> {
    let (word, message) = split_word(line);
    let message = message.unwrap_or_default();
    let kind = RefusalKind::of(word, message)?;
    Some(Refusal {
        kind,
        message: Bytes::copy_from_slice(message),
    })
}

/// Writes a refusal.
pub(super) fn encode_refusal(refusal: &Refusal, out: &mut Outgoing) -> Result<(), ReplyError> {
    check_text("message", &refusal.message)?;
    out.put(refusal.kind.word().as_bytes());
    if !refusal.message.is_empty() {
        out.put(b" ");
        out.put(&refusal.message);
    }
    out.put(CRLF);
    Ok(())
}

/// Refuses a text that would end the line that it is written into.
pub(crate) fn check_text(field: &'static str, text: &[u8]) -> Result<(), ReplyError> {
    match text.iter().find(|byte| matches!(byte, b'\r' | b'\n')) {
        Some(&byte) => Err(ReplyError::Byte { field, byte }),
        None => Ok(()),
    }
}
