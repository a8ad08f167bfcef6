//! A name and a password, for a server that was started with `-Y`.
//!
//! ```text
//! set <any key> 0 0 <bytes>\r\n<user> <password>\r\n
//!     →  STORED\r\n | CLIENT_ERROR authentication failure\r\n
//! ```

use super::incoming::{BadRequest, Incoming, decode_request};
use crate::line::{CRLF, split_word};
use crate::{Limits, Outgoing, Payload, Refusal, RefusalKind, Request, Secret, SendError, Verb};

pub(super) fn encode(
    user: &[u8],
    password: Secret<'_>,
    out: &mut Outgoing,
) -> Result<(), SendError> {
    let password = password.expose();
    check("user", user)?;
    check("password", password)?;
    let len = user.len().saturating_add(password.len()).saturating_add(1);
    out.put(b"set auth 0 0 ");
    out.put_number(len as u64);
    out.put(CRLF);
    out.put(user);
    out.put(b" ");
    out.put(password);
    out.put(CRLF);
    Ok(())
}

/// Both are words of a line.
fn check(field: &'static str, bytes: &[u8]) -> Result<(), SendError> {
    let wrong = |&byte: &u8| byte <= b' ' || byte == 0x7f;
    match bytes.is_empty() || bytes.iter().any(wrong) {
        true => Err(SendError::BadCredentials { field }),
        false => Ok(()),
    }
}

/// Reads the first request of a client that has to give its password.
///
/// It is a `set` of a name and a password with a space between them; key,
/// flags and end time mean nothing. A server that asks for passwords calls
/// this in place of [`decode_request`] until one is right.
///
/// ```
/// use mc_proto::{Limits, Request, Secret, text};
///
/// let limits = Limits::default();
/// let incoming = text::decode_auth(b"set x 0 0 10\r\nmc sesame1\r\n", &limits)?.unwrap();
/// let password = Secret::new(b"sesame1");
/// assert_eq!(incoming.request, Request::Auth { user: b"mc", password });
///
/// let bad = text::decode_auth(b"get x\r\n", &limits).unwrap_err();
/// assert_eq!(bad.to_string(), "CLIENT_ERROR unauthenticated");
/// # Ok::<(), text::BadRequest>(())
/// ```
///
/// # Errors
/// [`BadRequest`] for anything else, with the answer to give.
pub fn decode_auth<'a>(
    input: &'a [u8],
    limits: &Limits,
) -> Result<Option<Incoming<'a>>, BadRequest> {
    let refuse = |skip, refusal: Refusal| BadRequest {
        refusal,
        noreply: false,
        skip,
    };
    let unauthenticated = |skip| refuse(skip, RefusalKind::Unauthenticated.into());
    let decoded = decode_request(input, limits).map_err(|bad| unauthenticated(bad.skip))?;
    let Some(Incoming { request, len, .. }) = decoded else {
        return Ok(None);
    };
    let Request::Store {
        verb: Verb::Set,
        value: Payload::Borrowed(token),
        ..
    } = request
    else {
        return Err(unauthenticated(Some(len)));
    };
    let (user, Some(password)) = split_word(token) else {
        let message = "bad authentication token format";
        return Err(refuse(
            Some(len),
            Refusal::new(RefusalKind::Client, message),
        ));
    };
    let password = Secret::new(password);
    Ok(Some(Incoming {
        request: Request::Auth { user, password },
        noreply: false,
        len,
    }))
}
