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

#[test]
fn the_feature_is_named() {
    let check = |error: Error, message: &str| {
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert_eq!(error.to_string(), message);
    };
    check(
        deflate(Frame::Zlib, b"", 6).unwrap_err(),
        "values are compressed only with the feature zlib of mc-client",
    );
    check(
        inflate(Frame::Gzip, b"", 9).unwrap_err(),
        "a compressed value is read only with the feature zlib of mc-client",
    );
}
