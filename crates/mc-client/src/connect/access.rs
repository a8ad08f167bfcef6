//! Who a client says that it is, and how openly.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

pub(crate) use mc_proto::sasl::Plaintext;
pub use mc_proto::sasl::{Credentials, Mechanism};

use crate::error::{Error, ErrorKind};

/// How a client is let in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Access {
    pub(crate) credentials: Option<Source>,
    /// Whether a password may go over an open TCP connection.
    pub(crate) plaintext: Plaintext,
    /// The only mechanism of SASL, instead of the best that the server offers.
    pub(crate) mechanism: Option<Mechanism>,
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<crate::tls::Tls>,
}

impl Access {
    /// Whether nobody on the way can read what is said.
    pub(super) fn is_secured(&self) -> bool {
        #[cfg(feature = "tls")]
        return self.tls.is_some();
        #[cfg(not(feature = "tls"))]
        false
    }
}

/// Why a function that was to give credentials has none.
pub type NoCredentials = Box<dyn StdError + Send + Sync>;

/// Gives the credentials for a server, which it is told by name.
#[derive(Clone)]
pub(crate) struct Source(Arc<Give>);

type Give = dyn Fn(&str) -> Result<Credentials, NoCredentials> + Send + Sync;

impl Source {
    pub(crate) fn new(
        source: impl Fn(&str) -> Result<Credentials, NoCredentials> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(source))
    }

    /// The same for every server, for ever.
    pub(crate) fn fixed(credentials: Credentials) -> Self {
        Self::new(move |_| Ok(credentials.clone()))
    }

    /// The credentials for a connection to `server` that is being made now.
    pub(super) fn get(&self, server: &Arc<str>) -> Result<Credentials, Error> {
        (self.0)(server).map_err(|cause| {
            let message = format!("there are no credentials: {cause}");
            let error = Error::caller(ErrorKind::Auth, message).at(server);
            error.because(Cause(cause))
        })
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Source(…)")
    }
}

/// What the caller's function said, as an error of a type.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct Cause(NoCredentials);
