//! Why a connection could not be secured, in words.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::{AlertDescription, CertificateError};

use crate::error::{Error, ErrorKind, Outcome};

/// The error of a connection that could not be secured.
pub(crate) fn failed(server: &Arc<str>, error: io::Error) -> Error {
    let why = match cause(&error) {
        Some(cause) => explain(cause),
        None if error.kind() == io::ErrorKind::UnexpectedEof => HUNG_UP.to_owned(),
        None => error.to_string(),
    };
    unfit(server, &why).because(error)
}

/// The error of a server that did not take part within this time.
pub(crate) fn silent(server: &Arc<str>, waited: Duration) -> Error {
    unfit(
        server,
        &format!("the server did not answer within {waited:?}: perhaps it does not speak TLS"),
    )
}

/// An error that says why.
pub(super) fn unfit(server: &Arc<str>, why: &str) -> Error {
    let message = format!("cannot secure the connection: {why}");
    Error::new(ErrorKind::Tls, Outcome::NotSent, message).at(server)
}

const HUNG_UP: &str = "the server closed the connection: perhaps it does not speak TLS";

/// Whether the server, or its certificate, tells why a connection broke: it is not one that hangs up on what it does
/// not know.
pub(crate) fn is_told(error: &io::Error) -> bool {
    cause(error).is_some()
}

fn cause(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

fn explain(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(why) => {
            format!("the server's certificate is not accepted: {}", flaw(why))
        }
        rustls::Error::AlertReceived(alert) => refusal(*alert),
        rustls::Error::InvalidMessage(_) => "the server does not speak TLS".to_owned(),
        other => other.to_string(),
    }
}

fn flaw(why: &CertificateError) -> String {
    use CertificateError::*;
    match why {
        Expired | ExpiredContext { .. } => format!("it has expired ({why})"),
        NotValidYet | NotValidYetContext { .. } => format!("it is not valid yet ({why})"),
        NotValidForName | NotValidForNameContext { .. } => {
            format!("it is for another name ({why})")
        }
        UnknownIssuer => "it is signed by nobody who is trusted".to_owned(),
        other => other.to_string(),
    }
}

/// What a server says that breaks off.
fn refusal(alert: AlertDescription) -> String {
    use AlertDescription as Alert;
    match alert {
        Alert::CertificateRequired | Alert::NoCertificate => {
            "the server wants a certificate of the client".to_owned()
        }
        Alert::BadCertificate
        | Alert::UnsupportedCertificate
        | Alert::CertificateRevoked
        | Alert::CertificateExpired
        | Alert::CertificateUnknown
        | Alert::UnknownCA
        | Alert::AccessDenied
        | Alert::DecryptError => {
            format!("the server does not accept the client's certificate ({alert:?})")
        }
        other => format!("the server breaks off ({other:?})"),
    }
}
