//! Authentication by SASL, as an exchange without a socket.
//!
//! ```text
//! list            →  "CRAM-MD5 PLAIN"
//! start PLAIN     →  ok
//! start CRAM-MD5  →  challenge,  continue CRAM-MD5  →  ok
//! ```
//!
//! An [`Exchange`] says what to ask next, and is told the reply. Only the
//! binary protocol carries it: the steps are [`Request::Sasl`], and the
//! replies [`Reply::Mechanisms`], [`Reply::Challenge`], [`Reply::Ok`] and
//! [`Reply::Refused`]. (The name and password of memcached's `-Y` are
//! [`Request::Auth`], which needs no exchange.)
//!
//! Nothing else may be sent until it is done, and a connection whose exchange
//! has failed must be closed: a server leaves it open and half deaf.
//!
//! # Mechanisms
//! CRAM-MD5 is preferred, as it does not show the password to the server or to
//! anybody on the way; then PLAIN, where that is allowed. There is no SCRAM:
//! of the crates that carry it `rsasl` draws its nonces from the thread's
//! random numbers, which a pure crate must not, and brings a second generation
//! of every digest; `scram-rs` brings three cryptographic libraries at once.
//!
//! # Source
//! RFC 4422 (SASL), RFC 4616 (PLAIN), RFC 2195 (CRAM-MD5), and memcached's
//! `doc/protocol-binary.txt` and wiki, "SASLAuthProtocol".
//!
//! [`Request::Auth`]: crate::Request::Auth
//! [`Request::Sasl`]: crate::Request::Sasl
//! [`Reply::Mechanisms`]: crate::Reply::Mechanisms
//! [`Reply::Challenge`]: crate::Reply::Challenge
//! [`Reply::Ok`]: crate::Reply::Ok
//! [`Reply::Refused`]: crate::Reply::Refused

mod credentials;
mod error;
mod exchange;
mod mechanism;

pub use credentials::{Credentials, InvalidCredentials, MAX_CREDENTIAL_LEN};
pub use error::AuthError;
pub use exchange::{Exchange, Progress};
pub use mechanism::{Mechanism, Plaintext};
