//! Requests as a server reads them.

use bytes::Buf;
use thiserror::Error;

use super::header::{self, Header, REQUEST};
use super::request::{DO_NOT_CREATE, is_mechanism};
use super::shape::{Shape, VALUE};
use super::{BadFrame, Command, Mode, Opcode, Request, Status};
use crate::{Exptime, Initial, Key, Limits, Outgoing, Payload, SaslStep, Secret, StatsTopic};

/// A request that has arrived as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming<'a> {
    /// What is asked. It borrows the input.
    pub request: Request<'a>,
    /// How many bytes of the input it takes.
    pub len: usize,
}

/// Bytes that are no request, with what a server does about them.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{fault}")]
pub struct BadRequest {
    /// What is wrong.
    pub fault: BadFrame,
    /// How to tell the client, see [`encode`](Refused::encode). `None` if the
    /// bytes are another protocol's: there is nobody to tell.
    pub reply: Option<Refused>,
    /// How many bytes to skip, from the start of the input on, before the
    /// next request; they may not all have arrived. `None` if nobody can know
    /// where the next request starts: reply, and close the connection.
    pub skip: Option<usize>,
}

/// An answer to a request that could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The byte that should have been an opcode.
    pub opcode: u8,
    /// The number that the request had.
    pub opaque: u32,
    /// What to say.
    pub status: Status,
}

impl Refused {
    /// Writes it, with memcached's message.
    pub fn encode(&self, out: &mut Outgoing) {
        let message = self.status.message().as_bytes();
        let header = Header {
            opcode: self.opcode,
            status: self.status.code(),
            opaque: self.opaque,
            // No message is longer than a line.
            body_len: u32::try_from(message.len()).unwrap_or(u32::MAX),
            ..Header::default()
        };
        out.put(&header.to_bytes(header::RESPONSE));
        out.put(message);
    }
}

/// Reads the request at the start of the input.
///
/// `None` means that it has not arrived as a whole: call again with the same
/// input and more. A request that is wrong is skipped exactly, where memcached
/// 1.6.18 would take the start of the next one with it.
///
/// Keys may have any bytes: one that the text protocol could not carry is
/// [raw](Key::is_raw).
///
/// ```
/// use mc_proto::binary::{Command, decode_request};
/// use mc_proto::{Key, Limits};
///
/// let get = b"\x80\x00\0\x01\0\0\0\0\0\0\0\x01\0\0\0\x07\0\0\0\0\0\0\0\0a";
/// let incoming = decode_request(get, &Limits::default())?.unwrap();
/// let key = Key::new(b"a").unwrap();
/// assert_eq!(incoming.request.command, Command::Get { key, with_key: false });
/// assert_eq!((incoming.request.opaque, incoming.len), (7, 25));
///
/// let text = decode_request(b"get a\r\n", &Limits::default()).unwrap_err();
/// assert_eq!(text.to_string(), "a packet begins with 0x67; 0x80 is due");
/// # Ok::<(), mc_proto::binary::BadRequest>(())
/// ```
///
/// # Errors
/// [`BadRequest`], with the answer to give and the place to go on at.
pub fn decode_request<'a>(
    input: &'a [u8],
    limits: &Limits,
) -> Result<Option<Incoming<'a>>, BadRequest> {
    let header = match Header::read(input, REQUEST) {
        Ok(Some(header)) => header,
        Ok(None) => return Ok(None),
        Err(fault) => {
            return Err(BadRequest {
                fault,
                reply: None,
                skip: None,
            });
        }
    };
    let len = header.packet_len();
    let refused = |(fault, status)| {
        let reply = Refused {
            opcode: header.opcode,
            opaque: header.opaque,
            status,
        };
        let lost = matches!(fault, BadFrame::Lengths { .. });
        BadRequest {
            fault,
            reply: Some(reply),
            skip: (!lost).then_some(len),
        }
    };
    let front = Front::read(&header, limits).map_err(refused)?;
    let Some(body) = input.get(header::LEN..len) else {
        return Ok(None);
    };
    let request = front.request(&header, body).map_err(refused)?;
    Ok(Some(Incoming { request, len }))
}

/// What is wrong, and the status to answer it with.
type Wrong = (BadFrame, Status);

/// A header whose lengths fit its command.
struct Front {
    opcode: Opcode,
    extras: usize,
    key: usize,
}

impl Front {
    /// Looks at everything that the header says, before anything of the body
    /// is waited for.
    fn read(header: &Header, limits: &Limits) -> Result<Self, Wrong> {
        let found = header.opcode;
        let invalid = |fault| (fault, Status::InvalidArguments);
        let unknown = (BadFrame::UnknownOpcode { found }, Status::UnknownCommand);
        let value = header.value_len().map_err(invalid)?;
        let front = Self {
            opcode: Opcode::from_byte(found).ok_or(unknown)?,
            extras: usize::from(header.extras_len),
            key: usize::from(header.key_len),
        };
        let shape = Shape::of_request(front.opcode, limits);
        let checked = shape.check(front.extras, front.key, value);
        checked.map(|()| front).map_err(|fault| match fault {
            // The command has a value, and this is too much of it.
            BadFrame::Field {
                field: VALUE,
                max: 1..,
                ..
            } => (fault, Status::TooLarge),
            fault => invalid(fault),
        })
    }

    /// Reads the body.
    fn request<'a>(&self, header: &Header, body: &'a [u8]) -> Result<Request<'a>, Wrong> {
        let (extras, rest) = body.split_at_checked(self.extras).unwrap_or_default();
        let (name, value) = rest.split_at_checked(self.key).unwrap_or_default();
        let command = match self.opcode.loud() {
            Opcode::Stat => stat(name)?,
            Opcode::SaslAuth | Opcode::SaslStep => self.sasl(name, value)?,
            loud => match Key::new(name).or_else(|_| Key::raw(name)) {
                Ok(key) => keyed(loud, Fields(extras), key, value),
                // The shape has made sure that this command needs none.
                Err(_) => keyless(loud, Fields(extras)),
            },
        };
        Ok(Request {
            opaque: header.opaque,
            cas: header.cas,
            quiet: self.opcode.is_quiet(),
            command,
        })
    }

    fn sasl<'a>(&self, mechanism: &'a [u8], data: &'a [u8]) -> Result<Command<'a>, Wrong> {
        if !is_mechanism(mechanism) {
            return Err((BadFrame::BadMechanism, Status::InvalidArguments));
        }
        let data = Secret::new(data);
        Ok(Command::Sasl(match self.opcode {
            Opcode::SaslAuth => SaslStep::Start { mechanism, data },
            _ => SaslStep::Continue { mechanism, data },
        }))
    }
}

fn stat<'a>(name: &[u8]) -> Result<Command<'a>, Wrong> {
    let mut topics = StatsTopic::ALL.into_iter();
    let topic = topics.find(|topic| topic.name().as_bytes() == name);
    match topic {
        None if !name.is_empty() => Err((BadFrame::UnknownTopic, Status::KeyNotFound)),
        topic => Ok(Command::Stat { topic }),
    }
}

fn keyed<'a>(loud: Opcode, mut extras: Fields<'_>, key: Key<'a>, value: &'a [u8]) -> Command<'a> {
    let value = Payload::Borrowed(value);
    let with_key = loud.returns_key();
    match loud {
        Opcode::Gat | Opcode::GatK => Command::Gat {
            key,
            exptime: extras.end(),
            with_key,
        },
        Opcode::Touch => Command::Touch {
            key,
            exptime: extras.end(),
        },
        Opcode::Set | Opcode::Add | Opcode::Replace => Command::Store {
            mode: match loud {
                Opcode::Set => Mode::Set,
                Opcode::Add => Mode::Add,
                _ => Mode::Replace,
            },
            key,
            flags: extras.u32(),
            exptime: extras.end(),
            value,
        },
        Opcode::Append => Command::Append { key, value },
        Opcode::Prepend => Command::Prepend { key, value },
        Opcode::Delete => Command::Delete { key },
        Opcode::Increment => Command::Increment {
            key,
            delta: extras.u64(),
            initial: extras.initial(),
        },
        Opcode::Decrement => Command::Decrement {
            key,
            delta: extras.u64(),
            initial: extras.initial(),
        },
        _ => Command::Get { key, with_key },
    }
}

fn keyless<'a>(loud: Opcode, mut extras: Fields<'_>) -> Command<'a> {
    match loud {
        Opcode::Flush => Command::Flush {
            delay: (!extras.0.is_empty()).then(|| extras.u32()),
        },
        Opcode::Verbosity => Command::Verbosity {
            level: extras.u32(),
        },
        Opcode::Version => Command::Version,
        Opcode::Quit => Command::Quit,
        Opcode::SaslList => Command::Sasl(SaslStep::List),
        _ => Command::Noop,
    }
}

/// The fixed fields of a command, whose lengths have been compared.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn u32(&mut self) -> u32 {
        self.0.try_get_u32().unwrap_or_default()
    }

    fn u64(&mut self) -> u64 {
        self.0.try_get_u64().unwrap_or_default()
    }

    /// When an item ends. What is beyond 31 bits was negative to the client.
    fn end(&mut self) -> Exptime {
        Exptime::from_wire(self.u32().cast_signed())
    }

    fn initial(&mut self) -> Option<Initial> {
        let (value, end) = (self.u64(), self.u32());
        (end != DO_NOT_CREATE).then(|| Initial {
            value,
            exptime: Exptime::from_wire(end.cast_signed()),
        })
    }
}
