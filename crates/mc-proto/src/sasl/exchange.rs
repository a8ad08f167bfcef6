//! One authentication, step by step.

use zeroize::Zeroizing;

use super::{AuthError, Credentials, Mechanism, Plaintext};
use crate::{Excerpt, Reply, Request, SaslStep, Secret};

/// One authentication, from the list of mechanisms to the server's yes.
///
/// Push what [`request`](Self::request) says, hand the reply to
/// [`received`](Self::received), and so on until it says
/// [`Progress::Done`]. There are at most three steps: what the server may ask
/// for is known beforehand, and anything more is an error.
///
/// ```
/// use mc_proto::sasl::{Credentials, Exchange, Plaintext, Progress};
/// use mc_proto::{Reply, Request, SaslStep, Secret};
///
/// let credentials = Credentials::new(b"app", b"sesame")?;
/// let mut exchange = Exchange::new(credentials, Plaintext::Allowed);
/// assert_eq!(exchange.request(), Some(Request::Sasl(SaslStep::List)));
///
/// let offered = Reply::Mechanisms("LOGIN PLAIN".into());
/// assert_eq!(exchange.received(&offered)?, Progress::More);
/// let start = SaslStep::Start { mechanism: b"PLAIN", data: Secret::new(b"\0app\0sesame") };
/// assert_eq!(exchange.request(), Some(Request::Sasl(start)));
///
/// assert_eq!(exchange.received(&Reply::Ok)?, Progress::Done);
/// assert_eq!(exchange.request(), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Exchange {
    credentials: Credentials,
    plaintext: Plaintext,
    state: State,
}

/// What a reply has brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// There is another step to ask for.
    More,
    /// The server knows us.
    Done,
}

/// What is to be asked, or is being asked.
enum State {
    List,
    Start(Mechanism, Zeroizing<Vec<u8>>),
    Continue(Mechanism, Zeroizing<Vec<u8>>),
    /// Nothing: it has come to its end, good or bad.
    Over,
}

impl Exchange {
    /// Begins by asking which mechanisms the server knows, and takes the best.
    #[must_use]
    pub fn new(credentials: Credentials, plaintext: Plaintext) -> Self {
        Self {
            credentials,
            plaintext,
            state: State::List,
        }
    }

    /// Begins with a mechanism at once, whatever the server may list.
    ///
    /// # Errors
    /// [`AuthError::PlaintextRefused`] for PLAIN where that is refused.
    pub fn with_mechanism(
        mechanism: Mechanism,
        credentials: Credentials,
        plaintext: Plaintext,
    ) -> Result<Self, AuthError> {
        if !mechanism.is_allowed(plaintext) {
            return Err(AuthError::PlaintextRefused);
        }
        let state = State::Start(mechanism, mechanism.first(&credentials));
        Ok(Self {
            credentials,
            plaintext,
            state,
        })
    }

    /// What to ask of the server now; `None` if the exchange is over.
    #[must_use]
    pub fn request(&self) -> Option<Request<'_>> {
        Some(Request::Sasl(match &self.state {
            State::List => SaslStep::List,
            State::Start(mechanism, data) => SaslStep::Start {
                mechanism: mechanism.name().as_bytes(),
                data: Secret::new(data),
            },
            State::Continue(mechanism, data) => SaslStep::Continue {
                mechanism: mechanism.name().as_bytes(),
                data: Secret::new(data),
            },
            State::Over => return None,
        }))
    }

    /// The reply to what was asked.
    ///
    /// # Errors
    /// [`AuthError`]. The exchange is over, and the connection of no use.
    pub fn received(&mut self, reply: &Reply) -> Result<Progress, AuthError> {
        let state = std::mem::replace(&mut self.state, State::Over);
        let next = match (state, reply) {
            (State::Over, _) => return Err(AuthError::Unexpected),
            (_, Reply::Refused(refusal)) => return Err(AuthError::Declined(refusal.clone())),
            (State::List, Reply::Mechanisms(offered)) => self.start(offered)?,
            (State::Start(mechanism, _), Reply::Challenge(challenge)) => {
                self.answer(mechanism, challenge)?
            }
            (State::Continue(mechanism, _), Reply::Challenge(_)) => {
                return Err(AuthError::TooManySteps { mechanism });
            }
            // CRAM-MD5 proves nothing before its challenge.
            (State::Start(Mechanism::Plain, _) | State::Continue(..), Reply::Ok) => {
                return Ok(Progress::Done);
            }
            _ => return Err(AuthError::Unexpected),
        };
        self.state = next;
        Ok(Progress::More)
    }

    fn start(&self, offered: &[u8]) -> Result<State, AuthError> {
        match Mechanism::best(offered, self.plaintext) {
            Some(mechanism) => Ok(State::Start(mechanism, mechanism.first(&self.credentials))),
            None if Mechanism::Plain.is_offered(offered) => Err(AuthError::PlaintextRefused),
            None => Err(AuthError::NoMechanism {
                offered: Excerpt::new(offered),
            }),
        }
    }

    fn answer(&self, mechanism: Mechanism, challenge: &[u8]) -> Result<State, AuthError> {
        let answer = mechanism.second(&self.credentials, challenge);
        let answer = answer.ok_or(AuthError::TooManySteps { mechanism })?;
        if challenge.is_empty() {
            return Err(AuthError::EmptyChallenge);
        }
        Ok(State::Continue(mechanism, answer))
    }
}

/// What is being said stays unsaid here.
impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::List => f.write_str("List"),
            Self::Start(mechanism, _) => write!(f, "Start({mechanism})"),
            Self::Continue(mechanism, _) => write!(f, "Continue({mechanism})"),
            Self::Over => f.write_str("Over"),
        }
    }
}
