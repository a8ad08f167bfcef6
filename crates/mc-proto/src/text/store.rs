//! The six storage commands, which have one form.
//!
//! ```text
//! <verb> <key> <flags> <exptime> <bytes> [<cas>]\r\n<data>\r\n
//!     →  STORED\r\n | NOT_STORED\r\n | EXISTS\r\n | NOT_FOUND\r\n
//! ```

use super::body::Body;
use super::incoming::{Fault, Found, Words};
use super::touch::{decode_exptime, put_exptime_word};
use crate::line::{self, CRLF, Ending};
use crate::{
    Exptime, Key, Limits, Outgoing, Payload, Refusal, RefusalKind, Request, SendError, Verb,
};

/// A storage command but for its key and its value.
#[derive(Clone, Copy)]
pub(super) struct Terms {
    pub(super) verb: Verb,
    pub(super) flags: u32,
    pub(super) exptime: Exptime,
}

/// Writes one. (A call of its own, and an end that is not known before, would cost a row of a batch a sixth more.)
#[inline(always)]
pub(super) fn encode(
    terms: Terms,
    key: &Key<'_>,
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
    if terms.verb == Verb::Set {
        // Most are.
        line.extend_from_slice(b"set ");
    } else {
        line.extend_from_slice(terms.verb.name().as_bytes());
        line.push(b' ');
    }
    key.append_to(line);
    if terms.flags == 0 && terms.exptime == Exptime::NEVER {
        // Most have neither.
        line.extend_from_slice(b" 0 0");
    } else {
        line::put_number_word(line, u64::from(terms.flags));
        put_exptime_word(terms.exptime, line);
    }
    line::put_number_word(line, len as u64);
    if let Verb::Cas(unique) = terms.verb {
        line::put_number_word(line, unique);
    }
    match ending {
        Ending::Plain => line.extend_from_slice(CRLF),
        Ending::Noreply => line.extend_from_slice(ending.as_bytes()),
    }
    out.put_value(value, CRLF);
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
    let head = fields.head(verb);
    let (key, terms) = head.map_err(|refusal| body.refused(refusal))?;
    let Some(value) = body.value()? else {
        return Ok(None);
    };
    let request = Request::Store {
        verb: terms.verb,
        key,
        flags: terms.flags,
        exptime: terms.exptime,
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

    fn head(&self, verb: Verb) -> Result<(Key<'a>, Terms), Refusal> {
        let number = |word| line::number(word).ok_or(RefusalKind::Client);
        let unique = self.unique.map(number).transpose()?;
        let key = Key::new(self.key).map_err(|_| RefusalKind::Client)?;
        let terms = Terms {
            verb: unique.map_or(verb, Verb::Cas),
            flags: u32::try_from(number(self.flags)?).map_err(|_| RefusalKind::Client)?,
            exptime: decode_exptime(self.exptime).ok_or(RefusalKind::Client)?,
        };
        Ok((key, terms))
    }
}
