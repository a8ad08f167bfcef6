//! What most gets are answered with, read at once.

use bytes::{Buf, Bytes, BytesMut};

use super::header::{self, Header, RESPONSE};
use super::sent::sent;
use super::{Opcode, Status};
use crate::connection::Expected;
use crate::kind::Kind;
use crate::{Item, Limits, value};

/// A packet with an item that is there as a whole.
pub(super) struct Hit<'i> {
    pub(super) opaque: u32,
    pub(super) cas: u64,
    pub(super) flags: u32,
    pub(super) value: &'i [u8],
    /// The value and all behind it.
    pub(super) body: &'i [u8],
}

impl<'i> Hit<'i> {
    /// The hit at the start of the input, if it is as it should be, and what stands behind it.
    #[inline]
    pub(super) fn split(
        input: &'i [u8],
        opcode: Opcode,
        limits: &Limits,
    ) -> Option<(Self, &'i [u8])> {
        let header = Header::read(input, RESPONSE).ok()??;
        let due = Header {
            opcode: opcode.byte(),
            key_len: 0,
            extras_len: 4,
            datatype: 0,
            status: Status::Success.code(),
            ..header
        };
        if header != due {
            return None;
        }
        let (flags, body) = input.get(header::LEN..)?.split_first_chunk()?;
        let len = header.value_len().ok()?;
        if len > limits.value_len() {
            return None;
        }
        let (value, rest) = body.split_at_checked(len)?;
        let hit = Self {
            opaque: header.opaque,
            cas: header.cas,
            flags: u32::from_be_bytes(*flags),
            value,
            body,
        };
        Some((hit, rest))
    }
}

/// Takes the item off the input that answers a get of one key, if it is there as a whole, is small and is as it should
/// be. `None`, and nothing taken, for all else.
#[inline]
pub(super) fn take(input: &mut BytesMut, expected: &Expected<'_>, limits: &Limits) -> Option<Item> {
    let (Kind::Get { cas } | Kind::Gat { cas }) = expected.kind else {
        return None;
    };
    let (hit, behind) = Hit::split(input, sent(expected.kind)?, limits)?;
    if hit.opaque != expected.opaque || !value::is_small(hit.value) {
        return None;
    }
    let item = Item {
        flags: hit.flags,
        cas: cas.then_some(hit.cas),
        value: Bytes::copy_from_slice(hit.value),
    };
    let taken = input.len().saturating_sub(behind.len());
    input.advance(taken);
    Some(item)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::binary::Response;
    use crate::{
        Connection, Item, Key, Outgoing, Protocol, ProtocolError, Received, Reply, Request,
    };

    use super::*;

    type Result = std::result::Result<Option<Reply>, ProtocolError>;

    fn small() -> Limits {
        Limits {
            max_value_len: 3,
            max_line_len: 14,
            ..Limits::default()
        }
    }

    /// What comes of these bytes.
    fn receive(request: &Request<'_>, bytes: &[u8]) -> Result {
        receive_in(bytes.len(), small(), request, bytes)
    }

    /// What comes of them in pieces of this length.
    fn receive_in(piece: usize, limits: Limits, request: &Request<'_>, bytes: &[u8]) -> Result {
        let mut connection = Connection::new(Protocol::Binary, limits);
        connection.push(request, ()).unwrap();
        let _ = connection.take_outgoing();
        let mut input = BytesMut::new();
        for piece in bytes.chunks(piece) {
            input.extend_from_slice(piece);
            let received = connection.receive(&mut input)?;
            if let Some(answer) = received.and_then(Received::answer) {
                return Ok(Some(answer.reply));
            }
        }
        Ok(None)
    }

    fn packet(response: &Response) -> Vec<u8> {
        let mut out = Outgoing::default();
        response.encode(&mut out).unwrap();
        out.chunk().to_vec()
    }

    proptest! {
        /// What comes in pieces is read packet by packet.
        #[test]
        fn as_packet_by_packet(
            value in prop_oneof!["[a-z]{0,4}", Just(String::new())],
            (flags, number) in any::<(u32, u64)>(),
            cas in any::<bool>(),
            spoilt in prop::option::of((prop_oneof![Just(0), 2_usize..28], 0_u8..8)),
        ) {
            let key = Key::new(b"a").unwrap();
            let item = |opcode| Response {
                cas: number,
                flags: Some(flags),
                value: value.clone().into(),
                ..Response::of(opcode, 0, Status::Success)
            };
            let end = packet(&Response::of(Opcode::Noop, 1, Status::Success));
            let of = |opcode| {
                let mut bytes = [packet(&item(opcode)), end.clone()].concat();
                if let Some((at, bit)) = spoilt {
                    bytes[at] ^= 1 << bit;
                }
                bytes
            };
            let get = Request::Get { key, cas };
            let one = receive_in(1, small(), &get, &of(Opcode::Get));
            assert_eq!(receive(&get, &of(Opcode::Get)), one);
            let many = receive(&Request::GetMany { keys: [key][..].into(), cas }, &of(Opcode::GetQ));
            match (one, many) {
                (Ok(Some(Reply::Value(one))), Ok(Some(Reply::Values(many)))) => assert_eq!(many, [one]),
                (Ok(Some(Reply::Refused(one))), Ok(Some(Reply::Refused(many)))) => assert_eq!(one, many),
                (Err(_), Err(_)) => {}
                // The end behind it was taken for a part of it, or was not.
                (one, many) => {
                    assert!(spoilt.is_some_and(|(at, _)| (2..12).contains(&at)), "{one:?} {many:?}");
                }
            }
        }
    }

    /// The answer to a get of three: mostly hits, among them errors and what nobody asked for.
    fn answers() -> impl Strategy<Value = Vec<u8>> {
        let status = prop_oneof![
            8 => Just(Status::Success),
            1 => Just(Status::KeyNotFound),
            1 => Just(Status::OutOfMemory),
            1 => Just(Status::Busy),
        ];
        let opcode = prop_oneof![20 => Just(Opcode::GetQ), 1 => Just(Opcode::Get)];
        let len = prop_oneof![2 => Just(0_usize), 4 => 1..40_usize, 1 => 4090..4100_usize];
        let one = (status, opcode, 0_u32..4, len, 0..2_u64);
        let one = one.prop_map(|(status, opcode, opaque, len, cas)| {
            let other = Response::of(opcode, opaque, status);
            packet(&match status {
                Status::Success => Response {
                    cas,
                    flags: Some(opaque),
                    value: vec![b'v'; len].into(),
                    ..other
                },
                _ => other,
            })
        });
        let end = packet(&Response::of(Opcode::Noop, 3, Status::Success));
        prop::collection::vec(one, 0..5).prop_map(move |all| [all.concat(), end.clone()].concat())
    }

    proptest! {
        /// A hit that is not there as a whole is read in parts.
        #[test]
        fn as_in_pieces(bytes in answers(), piece in 1_usize..200, cas in any::<bool>()) {
            let keys = [b"a", b"b", b"c"].map(|key| Key::new(key).unwrap());
            let request = Request::GetMany { keys: keys[..].into(), cas };
            let whole = receive_in(bytes.len(), Limits::default(), &request, &bytes);
            assert_eq!(receive_in(1, Limits::default(), &request, &bytes), whole);
            assert_eq!(receive_in(piece, Limits::default(), &request, &bytes), whole);
        }
    }

    #[test]
    fn hits_in_any_order_and_each_once() {
        let keys = [b"a", b"b"].map(|key| Key::new(key).unwrap());
        let request = Request::GetMany {
            keys: keys[..].into(),
            cas: true,
        };
        let hit = |opaque, value: &'static str| {
            packet(&Response {
                cas: 7,
                flags: Some(5),
                value: value.into(),
                ..Response::of(Opcode::GetQ, opaque, Status::Success)
            })
        };
        let end = packet(&Response::of(Opcode::Noop, 2, Status::Success));
        let reply = receive(&request, &[hit(1, "b"), hit(0, "a"), end.clone()].concat());
        let item = |value: &'static str| {
            Some(Item {
                flags: 5,
                cas: Some(7),
                value: value.into(),
            })
        };
        assert_eq!(reply, Ok(Some(Reply::Values(vec![item("a"), item("b")]))));
        let twice = receive(&request, &[hit(1, "b"), hit(1, "b"), end].concat());
        assert!(matches!(twice, Err(ProtocolError::WrongOpaque { .. })));
    }
}
