//! Why nobody was authenticated.

use thiserror::Error;

use super::Mechanism;
use crate::{Excerpt, Refusal};

/// Why an exchange has failed. The connection is of no further use.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AuthError {
    /// The server lists no mechanism that is known here, or none at all.
    #[error("the server offers '{offered}'; CRAM-MD5 and PLAIN are known here")]
    NoMechanism {
        /// What it lists.
        offered: Excerpt,
    },
    /// Only PLAIN is left, and it would show the password on the way.
    #[error(
        "PLAIN would send the password in the clear; \
         that needs TLS, a unix socket or an explicit permission"
    )]
    PlaintextRefused,
    /// The server declined the name and the password, or the whole attempt.
    #[error("the server has declined: {0}")]
    Declined(Refusal),
    /// The server goes on asking where the mechanism is at its end.
    #[error("the server asks for another step, though {mechanism} is at its end")]
    TooManySteps {
        /// The mechanism.
        mechanism: Mechanism,
    },
    /// The challenge is empty: the answer to it would serve for ever.
    #[error("the server's challenge is empty")]
    EmptyChallenge,
    /// The reply is none to the step, or the exchange is over.
    #[error("the reply does not answer a step of SASL")]
    Unexpected,
}
