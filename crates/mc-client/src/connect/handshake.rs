//! What is said on a fresh connection before anybody's request: who we are, and which protocol to speak.
//!
//! ```text
//! text, meta   version, mn  →  CLIENT_ERROR unauthenticated   →  name and password (memcached's -Y)
//! binary       SASL's list of mechanisms  →  CRAM-MD5 or PLAIN
//! auto         mg of a key that nobody has, with a mark  →  the mark comes back: meta; anything else: text
//! ```
//!
//! A password is sent only to a server that asks for one: without `-Y`, memcached would store it as an item.
//! A server that knows no SASL, or asks for nothing, is taken as it is, as libmemcached takes it,
//! so that clients can have their credentials before the servers do.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use mc_proto::sasl::{AuthError, Credentials, Exchange, Mechanism, Plaintext, Progress};
use mc_proto::{
    Connection, Excerpt, Key, Limits, Outgoing, Protocol, ProtocolError, Received, Refusal,
    RefusalKind, Reply, Request, SaslStep, Secret, meta,
};

use crate::error::{Error, ErrorKind, Outcome};
#[cfg(feature = "tls")]
use crate::tls::is_told;

/// The first exchanges of one connection, without its socket.
///
/// Write what [`next`](Self::next) says, hand what comes to [`received`](Self::received) until that is an answer,
/// and so on until there is nothing to say. Then callers may speak [`protocol`](Self::protocol).
/// If the connection is lost meanwhile, ask [`lost`](Self::lost) what that means.
pub(crate) struct Handshake {
    server: Arc<str>,
    protocol: Protocol,
    /// Whether the server may turn out not to know `protocol`, which then is text.
    guessed: bool,
    /// Those that the server has not asked for yet.
    credentials: Option<Credentials>,
    plaintext: Plaintext,
    mechanism: Option<Mechanism>,
    step: Step,
    exchange: Connection<()>,
}

/// How a handshake begins.
pub(super) struct Opening {
    pub(super) protocol: Protocol,
    pub(super) guessed: bool,
    /// Whether something is asked even if nobody has to be authenticated.
    pub(super) asks: bool,
    pub(super) credentials: Option<Credentials>,
    pub(super) plaintext: Plaintext,
    pub(super) mechanism: Option<Mechanism>,
}

/// What is being asked.
enum Step {
    /// Something harmless: the answer tells what the server knows and wants.
    Ask,
    /// To believe a name and a password.
    Auth(Credentials),
    Sasl(Exchange),
    /// Nothing.
    Over,
}

/// How a connection was lost before it was ready.
#[derive(Debug)]
pub(crate) enum Unready {
    /// The server closed it.
    HungUp,
    Broke(io::Error),
    /// The server did not answer within this time.
    Silent(Duration),
    /// It is there, and cannot be used.
    Refused(Error),
}

impl From<io::Error> for Unready {
    fn from(error: io::Error) -> Self {
        Self::Broke(error)
    }
}

impl From<Error> for Unready {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

/// Why a server that was asked in meta is to be spoken to in text, on another connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fallback {
    /// It hung up, and so is there.
    HungUp,
    /// It said nothing: whether it is there must be asked in text.
    Silent,
}

impl Handshake {
    pub(super) fn new(server: &Arc<str>, opening: Opening) -> Self {
        let Opening {
            protocol,
            guessed,
            asks,
            mut credentials,
            plaintext,
            mechanism,
        } = opening;
        let step = match credentials.take() {
            Some(own) if protocol == Protocol::Binary => Step::Sasl(Exchange::new(own, plaintext)),
            own => {
                let asks = asks || guessed || own.is_some();
                credentials = own;
                if asks { Step::Ask } else { Step::Over }
            }
        };
        Self {
            server: Arc::clone(server),
            protocol,
            guessed,
            credentials,
            plaintext,
            mechanism,
            step,
            exchange: Connection::new(protocol, Limits::default()),
        }
    }

    /// What to write now, all of it, before anything is read; `None` if the connection is ready.
    pub(crate) fn next(&mut self) -> Result<Option<Outgoing>, Error> {
        let request = match &self.step {
            Step::Ask if self.protocol == Protocol::Text => Request::Version,
            Step::Ask if self.guessed => Request::Meta(probe().into()),
            Step::Ask => Request::Noop,
            Step::Auth(credentials) => Request::Auth {
                user: credentials.user(),
                password: Secret::new(credentials.expose_password()),
            },
            Step::Sasl(exchange) => match exchange.request() {
                Some(request) => request,
                None => return Ok(None),
            },
            Step::Over => return Ok(None),
        };
        let mut exchange = Connection::new(self.protocol, Limits::default());
        if let Err((error, ())) = exchange.push(&request, ()) {
            return Err(self.auth(error.to_string()));
        }
        let outgoing = exchange.take_outgoing();
        self.exchange = exchange;
        Ok(Some(outgoing))
    }

    /// Takes what has come; `false` if more of the answer is to come.
    pub(crate) fn received(&mut self, input: &mut BytesMut) -> Result<bool, Error> {
        if self.is_guessing() && input[..] == *UNMARKED_MISS {
            input.clear();
            (self.protocol, self.step) = (Protocol::Text, Step::Over);
            return Ok(true);
        }
        let received = self.exchange.receive(input);
        let received = received.map_err(|error| self.garbled(error))?;
        let Some(reply) = received.and_then(Received::answer).map(|it| it.reply) else {
            return Ok(false);
        };
        if !input.is_empty() {
            let found = Excerpt::new(input);
            return Err(self.garbled(ProtocolError::Unsolicited { found }));
        }
        self.step = match std::mem::replace(&mut self.step, Step::Over) {
            Step::Ask => self.asked(&reply)?,
            Step::Auth(_) => self.introduced(&reply)?,
            Step::Sasl(exchange) => self.sasl(exchange, &reply)?,
            Step::Over => Step::Over,
        };
        Ok(true)
    }

    /// What the callers speak, once the connection is ready.
    pub(crate) fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// How long to wait for all answers, if there are `remaining` for the whole connection: a server that has
    /// nothing to say to meta must leave time for a second try.
    pub(crate) fn patience(&self, remaining: Duration) -> Duration {
        if self.guessed {
            remaining / 2
        } else {
            remaining
        }
    }

    /// What it means that the connection was lost before it was ready: whether to try again, in text.
    pub(crate) fn lost(&self, lost: Unready) -> Result<Fallback, Error> {
        let is_guessing = self.is_guessing();
        match lost {
            Unready::Broke(cause) if is_told(&cause) => {
                Err(self.unreachable(Unready::Broke(cause)))
            }
            Unready::HungUp | Unready::Broke(_) if is_guessing => Ok(Fallback::HungUp),
            Unready::Silent(_) if is_guessing => Ok(Fallback::Silent),
            lost => Err(self.unreachable(lost)),
        }
    }

    /// Whether it is being asked whether the server knows meta.
    fn is_guessing(&self) -> bool {
        self.guessed && matches!(self.step, Step::Ask)
    }

    fn asked(&mut self, reply: &Reply) -> Result<Step, Error> {
        let Reply::Refused(refusal) = reply else {
            return Ok(Step::Over);
        };
        match (refusal.kind, self.protocol) {
            (RefusalKind::Unauthenticated, _) => self.introduce(refusal),
            (_, Protocol::Meta) if self.guessed => {
                self.protocol = Protocol::Text;
                Ok(Step::Over)
            }
            (_, Protocol::Text) => Ok(Step::Over),
            (_, protocol) => {
                let message =
                    format!("the server does not speak the {protocol} protocol: {refusal}");
                Err(self.error(ErrorKind::Refused, message))
            }
        }
    }

    /// The server asks who we are.
    fn introduce(&mut self, refusal: &Refusal) -> Result<Step, Error> {
        match self.credentials.take() {
            Some(_) if self.plaintext == Plaintext::Refused => Err(self.auth(OPEN)),
            Some(credentials) => Ok(Step::Auth(credentials)),
            None => Err(self.auth(format_args!(
                "the server asks for a name and a password ({refusal}), and the client has none"
            ))),
        }
    }

    fn introduced(&self, reply: &Reply) -> Result<Step, Error> {
        match reply {
            Reply::Refused(refusal) => Err(self.auth(AuthError::Declined(refusal.clone()))),
            _ if self.guessed => Ok(Step::Ask),
            _ => Ok(Step::Over),
        }
    }

    fn sasl(&self, mut exchange: Exchange, reply: &Reply) -> Result<Step, Error> {
        let first = exchange.request() == Some(Request::Sasl(SaslStep::List));
        let narrowed = self.narrowed(reply)?;
        match exchange.received(narrowed.as_ref().unwrap_or(reply)) {
            Ok(Progress::More) => Ok(Step::Sasl(exchange)),
            Ok(Progress::Done) => Ok(Step::Over),
            Err(AuthError::Declined(refusal))
                if first && refusal.kind == RefusalKind::UnknownCommand =>
            {
                Ok(Step::Over)
            }
            Err(error) => Err(self.auth(error)),
        }
    }

    /// The server's list of mechanisms, with none but the one that the user wants.
    fn narrowed(&self, reply: &Reply) -> Result<Option<Reply>, Error> {
        let (Some(wanted), Reply::Mechanisms(offered)) = (self.mechanism, reply) else {
            return Ok(None);
        };
        let mut names = offered.split(|&byte| byte == b' ');
        if names.any(|name| name == wanted.name().as_bytes()) {
            return Ok(Some(Reply::Mechanisms(wanted.name().into())));
        }
        let offered = Excerpt::new(offered);
        Err(self.auth(format_args!(
            "the server offers '{offered}', and only {wanted} is wanted"
        )))
    }
}

/// Asks whether the server speaks meta as we do: whether a mark comes back with a miss. `mn` would not tell, which
/// memcached has known since 1.6.6.
fn probe() -> meta::Get<'static> {
    meta::Get {
        opaque: Some(meta::Opaque::from(0)),
        ..meta::Get::new(Key::new(b"mc-handshake").expect("it is a key"))
    }
}

/// What memcached 1.6.6 to 1.6.17 answers to that; before 1.6.10 it stores in other words, too.
const UNMARKED_MISS: &[u8] = b"EN\r\n";

/// Whether the connection broke for a reason that its other end, or TLS, has told.
#[cfg(not(feature = "tls"))]
fn is_told(_: &io::Error) -> bool {
    false
}

/// Why a password is not sent in the text protocol.
const OPEN: &str = "the text protocol would send the password in the clear; \
                    that needs TLS, a unix socket or an explicit permission";

impl Handshake {
    fn error(&self, kind: ErrorKind, message: String) -> Error {
        Error::new(kind, Outcome::NotSent, message).at(&self.server)
    }

    fn auth(&self, why: impl std::fmt::Display) -> Error {
        self.error(ErrorKind::Auth, format!("cannot authenticate: {why}"))
    }

    fn garbled(&self, error: ProtocolError) -> Error {
        let kind = match error {
            ProtocolError::TooManyConnections => ErrorKind::TooManyConnections,
            _ => ErrorKind::Protocol,
        };
        self.error(kind, error.to_string()).because(error)
    }

    fn unreachable(&self, lost: Unready) -> Error {
        let error = |message| self.error(ErrorKind::Connect, message);
        match lost {
            Unready::Refused(error) => error,
            Unready::HungUp => {
                error("the server closed the connection before it was ready".to_owned())
            }
            #[cfg(feature = "tls")]
            Unready::Broke(cause) if is_told(&cause) => crate::tls::failed(&self.server, cause),
            Unready::Broke(cause) => {
                error(format!("the connection broke before it was ready: {cause}")).because(cause)
            }
            Unready::Silent(waited) => {
                let hint = match self.protocol {
                    Protocol::Binary => "",
                    _ => " (one that wants SASL, -S, says nothing to the text protocol)",
                };
                error(format!("the server did not answer within {waited:?}{hint}"))
            }
        }
    }
}

#[cfg(test)]
mod tests;
