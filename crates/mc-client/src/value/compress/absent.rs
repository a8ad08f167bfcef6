//! A build without the feature `zlib`: both directions are errors that name it.

use super::Frame;
use crate::error::{Error, ErrorKind, Outcome};

pub(super) fn deflate(_: Frame, _: &[u8], _: u8) -> Result<Vec<u8>, Error> {
    Err(lacking("values are compressed", Outcome::NotSent))
}

pub(super) fn inflate(_: Frame, _: &[u8], _: usize) -> Result<Vec<u8>, Error> {
    Err(lacking("a compressed value is read", Outcome::Rejected))
}

fn lacking(what: &str, outcome: Outcome) -> Error {
    let message = format!("{what} only with the feature zlib of mc-client");
    Error::new(ErrorKind::Unsupported, outcome, message)
}
