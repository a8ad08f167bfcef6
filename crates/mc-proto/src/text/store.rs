//! The six storage commands, which have one form.
//!
//! ```text
//! <verb> <key> <flags> <exptime> <bytes> [<cas>]\r\n<data>\r\n
//!     →  STORED\r\n | NOT_STORED\r\n | EXISTS\r\n | NOT_FOUND\r\n
//! ```

use super::body::Body;
use super::incoming::{Fault, Found, Words};
use super::touch::{decode_exptime, encode_exptime};
use crate::line::{self, CRLF, Ending};
use crate::{
    Exptime, Key, Limits, Outgoing, Payload, Refusal, RefusalKind, Request, SendError, Verb,
};

/// A storage command but for its value.
pub(super) struct Head<'a> {
    pub(super) verb: Verb,
    pub(super) key: Key<'a>,
    pub(super) flags: u32,
    pub(super) exptime: Exptime,
}

pub(super) fn encode(
    head: &Head<'_>,
    value: &Payload<'_>,
    ending: Ending,
    limits: &Limits,
    out: &mut Outgoing,
) -> Result<(), SendError> {
    let (len, max) = (value.as_slice().len(), limits.value_len());
    if len > max {
        return Err(SendError::ValueTooLarge { len, max });
    }
    let line = out.line();
    line.extend_from_slice(head.verb.name().as_bytes());
    line.push(b' ');
    head.key.append_to(line);
    line.push(b' ');
    line::put_number(line, u64::from(head.flags));
    line.push(b' ');
    encode_exptime(head.exptime, line);
    line.push(b' ');
    line::put_number(line, len as u64);
    if let Verb::Cas(unique) = head.verb {
        line.push(b' ');
        line::put_number(line, unique);
    }
    line.extend_from_slice(ending.as_bytes());
    out.put_payload(value);
    out.put(CRLF);
    Ok(())
}

/// Reads a storage command whose first word has been read; `body` is what
/// follows the line.
pub(super) fn decode<'a>(
    verb: Verb,
    words: Words<'a>,
    body: &'a [u8],
    limits: &Limits,
) -> Found<'a> {
    let fields = Fields::split(verb, words).map_err(Fault::lost)?;
    let body = Body::announced(fields.len, body, limits)?;
    let head = fields.head(verb).map_err(|refusal| body.refused(refusal))?;
    let Some(value) = body.value()? else {
        return Ok(None);
    };
    let request = Request::Store {
        verb: head.verb,
        key: head.key,
        flags: head.flags,
        exptime: head.exptime,
        value: value.into(),
    };
    Ok(Some((request, body.taken())))
}

/// The words of a storage command behind the verb.
struct Fields<'a> {
    key: &'a [u8],
    flags: &'a [u8],
    exptime: &'a [u8],
    len: &'a [u8],
    unique: Option<&'a [u8]>,
}

impl<'a> Fields<'a> {
    fn split(verb: Verb, mut words: Words<'a>) -> Result<Self, Refusal> {
        let fields = Self {
            key: words.word()?,
            flags: words.word()?,
            exptime: words.word()?,
            len: words.word()?,
            unique: matches!(verb, Verb::Cas(_))
                .then(|| words.word())
                .transpose()?,
        };
        words.end()?;
        Ok(fields)
    }

    fn head(&self, verb: Verb) -> Result<Head<'a>, Refusal> {
        let number = |word| line::number(word).ok_or(RefusalKind::Client);
        let unique = self.unique.map(number).transpose()?;
        Ok(Head {
            verb: unique.map_or(verb, Verb::Cas),
            key: Key::new(self.key).map_err(|_| RefusalKind::Client)?,
            flags: u32::try_from(number(self.flags)?).map_err(|_| RefusalKind::Client)?,
            exptime: decode_exptime(self.exptime).ok_or(RefusalKind::Client)?,
        })
    }
}
