//! Requests as a server reads them.

use super::{Arithmetic, Debug, Delete, Get, Set};
use crate::text::{BadRequest, Found, Incoming, Words};
use crate::{Limits, Refusal, RefusalKind, Request, text};

/// Reads the request at the start of the input, be it meta or classic: both
/// come over one connection.
///
/// It is [`text::decode_request`], under a second name.
///
/// ```
/// use mc_proto::{Key, Limits, Request, meta};
///
/// let incoming = meta::decode_request(b"mg a v q\r\nmn\r\n", &Limits::default())?.unwrap();
/// let Request::Meta(request) = incoming.request else { panic!() };
/// let meta::Request::Get(get) = *request else { panic!() };
/// assert_eq!(get, meta::Get { value: true, quiet: true, ..meta::Get::new(Key::new(b"a").unwrap()) });
/// assert_eq!(incoming.len, 10);
///
/// let bad = meta::decode_request(b"mg a v v\r\n", &Limits::default()).unwrap_err();
/// assert_eq!(bad.to_string(), "CLIENT_ERROR duplicate flag");
/// # Ok::<(), mc_proto::text::BadRequest>(())
/// ```
///
/// # Errors
/// [`BadRequest`], with the answer to give and the place to go on at.
pub fn decode_request<'a>(
    input: &'a [u8],
    limits: &Limits,
) -> Result<Option<Incoming<'a>>, BadRequest> {
    text::decode_request(input, limits)
}

/// Reads what stands behind the two letters of a meta command; `body` is what
/// follows the line.
pub(crate) fn decode<'a>(
    code: &[u8],
    words: Words<'a>,
    body: &'a [u8],
    limits: &Limits,
) -> Found<'a> {
    let request = match code {
        b"mg" => Get::decode(words)?.into(),
        b"ms" => {
            let set = Set::decode(words, body, limits)?;
            return Ok(set.map(|(set, taken)| (Request::Meta(set.into()), taken)));
        }
        b"md" => Delete::decode(words)?.into(),
        b"ma" => Arithmetic::decode(words)?.into(),
        b"mn" => super::Request::Noop.into(),
        b"me" => Debug::decode(words)?.into(),
        _ => return Err(Refusal::from(RefusalKind::UnknownCommand).into()),
    };
    Ok(Some((Request::Meta(request), 0)))
}
