//! Commands whose answer is rows, as many as there are: each from a connection of its own.

use std::sync::Arc;

use mc_proto::Request;

use super::{Call, sealed};
use crate::error::{Error, ErrorKind};

/// A command that is answered with rows for as long as there are any, by every server or by one.
pub trait Streamed: sealed::Sealed {
    /// What the caller gets for each row.
    type Row;

    /// Whether the server says first that it has begun, and may then say nothing for ever.
    const WATCHES: bool;

    /// The request, the same for each server.
    fn request(&self) -> Request<'_>;

    /// Reads a row of a server's.
    fn row(server: &Arc<str>, row: &[u8]) -> Result<Self::Row, Error>;

    /// Which server is asked, if only one is.
    fn only(&mut self) -> &mut Option<String>;
}

impl<S, C: Streamed> Call<S, C> {
    /// Asks only this server, by the name that it was configured with. Without it, all are asked.
    pub fn server(mut self, name: impl Into<String>) -> Self {
        *self.command.only() = Some(name.into());
        self
    }
}

/// The positions of the servers that are asked.
pub(crate) fn asked<'n>(
    only: Option<&str>,
    names: impl Iterator<Item = &'n str> + Clone,
) -> Result<Vec<usize>, Error> {
    let asked = |name: &str| only.is_none_or(|only| only == name);
    let positions = names.clone().enumerate();
    let positions: Vec<_> = positions
        .filter_map(|(at, name)| asked(name).then_some(at))
        .collect();
    match only {
        Some(only) if positions.is_empty() => {
            let known: Vec<_> = names.collect();
            let message = format!(
                "the client has no server {only:?}, only {}",
                known.join(", ")
            );
            Err(Error::caller(ErrorKind::InvalidArgument, message))
        }
        _ => Ok(positions),
    }
}

/// The bytes of a word in which the server has written some as `%` and two hexadecimal digits.
pub(super) fn unescaped(word: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(word.len());
    let mut rest = word;
    while let Some((&first, behind)) = rest.split_first() {
        let escaped = match (first, behind) {
            (b'%', [high, low, ..]) => digit(*high).zip(digit(*low)),
            _ => None,
        };
        let (byte, taken) = match escaped {
            Some((high, low)) => (high * 16 + low, 3),
            None => (first, 1),
        };
        bytes.push(byte);
        rest = &rest[taken..];
    }
    bytes
}

fn digit(byte: u8) -> Option<u8> {
    let digit = char::from(byte).to_digit(16)?;
    u8::try_from(digit).ok()
}

/// What stands behind `<name>=` in a row.
pub(super) fn field<'r>(row: &'r str, name: &str) -> Option<&'r str> {
    row.split(' ')
        .find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_bytes_are_read_and_others_are_left() {
        assert_eq!(unescaped(b"a%20b%FF%0a"), b"a b\xff\n");
        assert_eq!(unescaped(b"%"), b"%");
        assert_eq!(unescaped(b"100%!z%4"), b"100%!z%4");
        assert_eq!(unescaped(b""), b"");
    }

    #[test]
    fn all_servers_are_asked_or_the_one_that_is_named() {
        let names = ["a", "b"].into_iter();
        assert_eq!(asked(None, names.clone()).unwrap(), [0, 1]);
        assert_eq!(asked(Some("b"), names.clone()).unwrap(), [1]);
        let error = asked(Some("c"), names).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the client has no server \"c\", only a, b"
        );
    }
}
