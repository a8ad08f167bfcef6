//! What most gets of one key are answered with, read at once.
//!
//! ```text
//! VALUE <key> <flags> <bytes> [<cas>]\r\n<data>\r\nEND\r\n
//! ```

use bytes::{Buf, Bytes, BytesMut};

use super::items::Row;
use super::reply::END;
use crate::connection::Expected;
use crate::kind::Kind;
use crate::{Item, Limits, value};

/// Takes the item off the input that answers a get in a line of its own, if it is there as a whole, is small and is as
/// it should be. `None`, and nothing taken, for all else.
#[inline]
pub(super) fn take(input: &mut BytesMut, expected: &Expected<'_>, limits: &Limits) -> Option<Item> {
    let (Kind::Get { cas } | Kind::Gat { cas }) = expected.kind else {
        return None;
    };
    if expected.line > 1 {
        return None;
    }
    let (key, _) = expected.keys.split_first()?;
    let row = Row::split(input, key, cas, limits)?;
    let behind = row.behind.strip_prefix(END)?;
    if !value::is_small(row.value) {
        return None;
    }
    let item = row.item(Bytes::copy_from_slice(row.value));
    let taken = input.len().saturating_sub(behind.len());
    input.advance(taken);
    Some(item)
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
        let mut connection = Connection::new(Protocol::Text, limits);
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
            key in prop_oneof![4 => Just("a"), 1 => Just("b"), 1 => Just("")],
            flags in prop_oneof![4 => " [0-9]", 1 => "( [0-9]{0,2}| 4294967296){0,2}"],
            len in 0_usize..=4,
            number in prop_oneof!["( [0-9])?", "( [0-9]{0,3}){0,2}"],
            end in prop_oneof![4 => Just("\r\n".to_owned()), 1 => "(\n| )?"],
            spoilt in prop_oneof![4 => Just(None), 1 => "[a\r\n]{0,4}".prop_map(Some)],
            last in prop_oneof![4 => Just("\r\nEND\r\n"), 1 => Just("\r\nEND \r\n"), 1 => Just("\r\nERROR\r\n")],
            cas in any::<bool>(),
        ) {
            let value = spoilt.unwrap_or_else(|| "a".repeat(len));
            let reply = format!("VALUE {key}{flags} {len}{number}{end}{value}{last}EN");
            let (whole, left) = receive(reply.as_bytes(), reply.len(), cas);
            let (by_line, left_by_line) = receive(reply.as_bytes(), 1, cas);
            assert_eq!(whole, by_line);
            if whole.is_ok() {
                assert_eq!(left, left_by_line);
            }
        }
    }
}
