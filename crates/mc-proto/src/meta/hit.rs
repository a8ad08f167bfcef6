//! What most gets of ours are answered with, read at once.
//!
//! ```text
//! VA <bytes> f<flags> [c<cas>] O<opaque>\r\n<data>\r\n
//! ```

use bytes::BytesMut;

use crate::connection::Expected;
use crate::kind::Kind;
use crate::line::{self, CRLF};
use crate::{Item, Limits, value};

/// Takes the item off the input that answers a get, if it is there as a whole and is as it should be: flags in the
/// order in which they were asked for, and the mark that is due. `None`, and nothing taken, for all else.
#[inline]
pub(super) fn take(input: &mut BytesMut, expected: &Expected<'_>, limits: &Limits) -> Option<Item> {
    let (Kind::Get { cas: has_cas } | Kind::Gat { cas: has_cas }) = expected.kind else {
        return None;
    };
    let (len, rest) = line::leading_number(input.strip_prefix(b"VA ")?)?;
    let (flags, rest) = line::leading_number(rest.strip_prefix(b" f")?)?;
    let (cas, rest) = match has_cas {
        true => {
            let (cas, rest) = line::leading_number(rest.strip_prefix(b" c")?)?;
            (Some(cas), rest)
        }
        false => (None, rest),
    };
    let (opaque, rest) = line::leading_number(rest.strip_prefix(b" O")?)?;
    if opaque != u64::from(expected.opaque) {
        return None;
    }
    let line_len = input.len().saturating_sub(rest.len());
    let len = usize::try_from(len).ok()?;
    if line_len > limits.max_line_len || len > limits.value_len() {
        return None;
    }
    let (_, end) = rest.strip_prefix(CRLF)?.split_at_checked(len)?;
    if !end.starts_with(CRLF) {
        return None;
    }
    let flags = u32::try_from(flags).ok()?;
    let front = line_len.saturating_add(CRLF.len());
    let value = value::take_framed(input, front, len, CRLF.len());
    Some(Item { flags, cas, value })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::{Connection, Key, Protocol, Received, Request};

    use super::*;

    type Result = std::result::Result<Option<Received<()>>, crate::ProtocolError>;

    /// What comes of bytes that arrive in pieces of this length, and what is left of them.
    fn receive(bytes: &[u8], piece: usize, cas: bool) -> (Result, Vec<u8>) {
        let limits = Limits {
            max_value_len: 3,
            max_line_len: 14,
            ..Limits::default()
        };
        let mut connection = Connection::new(Protocol::Meta, limits);
        let key = Key::new(b"a").unwrap();
        connection.push(&Request::Get { key, cas }, ()).unwrap();
        let _ = connection.take_outgoing();
        let (mut input, mut received) = (BytesMut::new(), Ok(None));
        let mut pieces = bytes.chunks(piece);
        while received == Ok(None)
            && let Some(piece) = pieces.next()
        {
            input.extend_from_slice(piece);
            received = connection.receive(&mut input);
        }
        pieces.for_each(|piece| input.extend_from_slice(piece));
        (received, input.to_vec())
    }

    proptest! {
        /// What comes in pieces is read line by line.
        #[test]
        fn as_line_by_line(
            len in 0_usize..=4,
            flags in prop_oneof![4 => " f[0-9]", 1 => "( f[0-9]{0,2}| f4294967296){0,2}"],
            number in prop_oneof![" c[0-9]", "( c[0-9]{0,3})?"],
            mark in prop_oneof![4 => Just(" O0".to_owned()), 1 => "( O[0-9]?)?( W)?"],
            end in prop_oneof![4 => Just("\r\n".to_owned()), 1 => "(\n| )?"],
            spoilt in prop_oneof![4 => Just(None), 1 => "[a\r\n]{0,4}".prop_map(Some)],
            cas in any::<bool>(),
        ) {
            let value = spoilt.unwrap_or_else(|| "a".repeat(len));
            let line = format!("VA {len}{flags}{number}{mark}{end}{value}\r\nEN");
            let (whole, left) = receive(line.as_bytes(), line.len(), cas);
            let (by_line, left_by_line) = receive(line.as_bytes(), 1, cas);
            assert_eq!(whole, by_line);
            if whole.is_ok() {
                assert_eq!(left, left_by_line);
            }
        }
    }
}
