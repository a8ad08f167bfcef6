//! Requests of every protocol, as the packets of this one.

use super::request::put_quiet_set;
use super::sent::is_quiet_in_batch;
use super::{Command, Mode, Request};
use crate::kind::Kind;
use crate::sasl::{Credentials, Mechanism};
use crate::{Batch, Exptime, Key, Limits, Outgoing, Protocol, SaslStep, Secret, SendError, Verb};

/// Writes a request as a client sends it.
///
/// A get is a `GET`, for the opaque of its reply proves which item it is; the
/// key would only come back to be compared. A get of many is a `GETQ` for each
/// key, which stays silent on a miss, and a `NOOP` behind them, whose answer
/// is the end of theirs. A batch is fenced in the same way; its writes are
/// quiet, but for those with an answer of their own.
///
/// `opaque` names the request. A list has one more for each of its entries,
/// and the fence has the one behind those.
///
/// An append or a prepend carries neither flags nor an end, and a get always
/// reads the cas number. An end that has passed travels as a time in 1970.
///
/// ```
/// use bytes::Buf;
/// use mc_proto::{Key, Limits, Outgoing, Request, binary};
///
/// let mut out = Outgoing::default();
/// let get = Request::Get { key: Key::new(b"a")?, cas: false };
/// binary::encode_request(&get, &Limits::default(), 7, &mut out)?;
/// assert_eq!(out.chunk(), b"\x80\x00\0\x01\0\0\0\0\0\0\0\x01\0\0\0\x07\0\0\0\0\0\0\0\0a");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`SendError`] for one over the limits, or one that the protocol cannot
/// carry. Then nothing was written.
pub fn encode_request(
    request: &crate::Request<'_>,
    limits: &Limits,
    opaque: u32,
    out: &mut Outgoing,
) -> Result<(), SendError> {
    let start = out.end();
    write(request, limits, opaque, out).inspect_err(|_| out.cut(start))
}

/// Writes a request that asks for no reply, by its quiet opcode.
///
/// A failure is answered all the same, with its `opaque`; so is a touch, which
/// has no quiet form. Verbosity cannot be sent so: memcached needs more bytes
/// behind it before it goes on.
///
/// ```
/// use bytes::Buf;
/// use mc_proto::{Key, Limits, Outgoing, Request, binary};
///
/// let mut out = Outgoing::default();
/// let delete = Request::Delete { key: Key::new(b"a")? };
/// binary::encode_noreply(&delete, &Limits::default(), 7, &mut out)?;
/// assert_eq!(out.chunk()[1], binary::Opcode::DeleteQ.byte());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`SendError`] for one that is sent for its reply, and for what
/// [`encode_request`] refuses. Then nothing was written.
pub fn encode_noreply(
    request: &crate::Request<'_>,
    limits: &Limits,
    opaque: u32,
    out: &mut Outgoing,
) -> Result<(), SendError> {
    Kind::of(request).check_noreply(request.name())?;
    if matches!(request, crate::Request::Verbosity { .. }) {
        return Err(unsupported("verbosity without a reply"));
    }
    let packet = packet(request, opaque, false)?;
    let quiet = packet.command.opcode().quiet().is_some();
    Request { quiet, ..packet }.encode(limits, out)
}

fn write(
    request: &crate::Request<'_>,
    limits: &Limits,
    opaque: u32,
    out: &mut Outgoing,
) -> Result<(), SendError> {
    match request {
        crate::Request::GetMany { keys, .. } => write_gets(keys, get, limits, opaque, out),
        crate::Request::GatMany { keys, exptime, .. } => {
            let gat = |key| gat(key, *exptime);
            write_gets(keys, gat, limits, opaque, out)
        }
        crate::Request::Batch(requests) => write_batch(requests, limits, opaque, out),
        crate::Request::Auth { user, password } => write_auth(user, *password, limits, opaque, out),
        crate::Request::Verbosity { .. } => {
            // memcached 1.6 does not know it, and waits for as many bytes
            // again before it says so: the fence brings them.
            packet(request, opaque, false)?.encode(limits, out)?;
            write_fence(limits, opaque, out)
        }
        crate::Request::Quit => packet(request, opaque, true)?.encode(limits, out),
        _ => packet(request, opaque, false)?.encode(limits, out),
    }
}

fn write_gets<'a>(
    keys: &[Key<'a>],
    command: impl Fn(Key<'a>) -> Command<'a>,
    limits: &Limits,
    mut opaque: u32,
    out: &mut Outgoing,
) -> Result<(), SendError> {
    let (len, max) = (keys.len(), limits.max_keys);
    match len {
        0 => return Err(SendError::NoKeys),
        _ if len > max => return Err(SendError::TooManyKeys { len, max }),
        _ => {}
    }
    for key in keys {
        let get = Request {
            opaque,
            cas: 0,
            quiet: true,
            command: command(*key),
        };
        get.put(limits, out)?;
        opaque = opaque.wrapping_add(1);
    }
    write_fence(limits, opaque, out)
}

fn write_batch(
    requests: &Batch<'_>,
    limits: &Limits,
    mut opaque: u32,
    out: &mut Outgoing,
) -> Result<(), SendError> {
    requests.check(limits)?;
    for request in requests.iter() {
        write_part(request, limits, opaque, out)?;
        opaque = opaque.wrapping_add(1);
    }
    write_fence(limits, opaque, out)
}

/// Writes a request of a batch.
#[inline(always)]
fn write_part(
    request: &crate::Request<'_>,
    limits: &Limits,
    opaque: u32,
    out: &mut Outgoing,
) -> Result<(), SendError> {
    match request {
        // Most are.
        crate::Request::Store {
            verb: Verb::Set,
            key,
            flags,
            exptime,
            value,
        } => put_quiet_set(key, *flags, *exptime, value, opaque, limits, out),
        request => {
            let quiet = is_quiet_in_batch(Kind::of(request));
            packet(request, opaque, quiet)?.encode(limits, out)
        }
    }
}

fn write_fence(limits: &Limits, opaque: u32, out: &mut Outgoing) -> Result<(), SendError> {
    packet(&crate::Request::Noop, opaque, false)?.encode(limits, out)
}

fn write_auth(
    user: &[u8],
    password: Secret<'_>,
    limits: &Limits,
    opaque: u32,
    out: &mut Outgoing,
) -> Result<(), SendError> {
    let credentials = Credentials::new(user, password.expose());
    let credentials = credentials.map_err(|invalid| SendError::BadCredentials {
        field: invalid.what(),
    })?;
    let data = Mechanism::Plain.first(&credentials);
    let step = SaslStep::Start {
        mechanism: Mechanism::Plain.name().as_bytes(),
        data: Secret::new(&data),
    };
    packet(&crate::Request::Sasl(step), opaque, false)?.encode(limits, out)
}

/// The one packet that a request is.
fn packet<'a>(
    request: &'a crate::Request<'_>,
    opaque: u32,
    quiet: bool,
) -> Result<Request<'a>, SendError> {
    let cas = match request {
        crate::Request::Store { verb, .. } => cas_of(*verb)?,
        _ => 0,
    };
    Ok(Request {
        opaque,
        cas,
        quiet,
        command: command(request)?,
    })
}

/// The cas number for a verb. It cannot be 0, which stands for none here: the
/// item would be written whatever its number is.
fn cas_of(verb: Verb) -> Result<u64, SendError> {
    match verb {
        Verb::Cas(0) => Err(unsupported("cas with the number 0")),
        Verb::Cas(cas) => Ok(cas),
        _ => Ok(0),
    }
}

fn command<'a>(request: &'a crate::Request<'_>) -> Result<Command<'a>, SendError> {
    Ok(match *request {
        crate::Request::Get { key, .. } => get(key),
        crate::Request::Gat { key, exptime, .. } => gat(key, exptime),
        crate::Request::Store {
            verb,
            key,
            flags,
            exptime,
            ref value,
        } => {
            let value = value.lend();
            let mode = match verb {
                Verb::Append => return Ok(Command::Append { key, value }),
                Verb::Prepend => return Ok(Command::Prepend { key, value }),
                Verb::Set => Mode::Set,
                Verb::Add => Mode::Add,
                Verb::Replace | Verb::Cas(_) => Mode::Replace,
            };
            Command::Store {
                mode,
                key,
                flags,
                exptime,
                value,
            }
        }
        crate::Request::Delete { key } => Command::Delete { key },
        crate::Request::Incr {
            key,
            delta,
            initial,
        } => Command::Increment {
            key,
            delta,
            initial,
        },
        crate::Request::Decr {
            key,
            delta,
            initial,
        } => Command::Decrement {
            key,
            delta,
            initial,
        },
        crate::Request::Touch { key, exptime } => Command::Touch { key, exptime },
        crate::Request::Noop => Command::Noop,
        crate::Request::Stats { topic } => Command::Stat { topic },
        crate::Request::Version => Command::Version,
        crate::Request::FlushAll { delay } => Command::Flush { delay },
        crate::Request::Verbosity { level } => Command::Verbosity { level },
        crate::Request::Sasl(step) => Command::Sasl(step),
        crate::Request::Quit => Command::Quit,
        _ => return Err(unsupported(request.name())),
    })
}

/// A get whose reply does not bring the key back.
fn get(key: Key<'_>) -> Command<'_> {
    let with_key = false;
    Command::Get { key, with_key }
}

/// A gat whose reply does not bring the key back.
fn gat(key: Key<'_>, exptime: Exptime) -> Command<'_> {
    let with_key = false;
    Command::Gat {
        key,
        exptime,
        with_key,
    }
}

fn unsupported(command: &'static str) -> SendError {
    let protocol = Protocol::Binary;
    SendError::Unsupported { command, protocol }
}
