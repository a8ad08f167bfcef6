//! The 24 bytes in front of every packet.

use bytes::{Buf, BufMut};

use super::BadFrame;

/// How long a header is.
pub(super) const LEN: usize = 24;

/// The first byte of what a client sends.
pub(super) const REQUEST: u8 = 0x80;

/// The first byte of what a server sends.
pub(super) const RESPONSE: u8 = 0x81;

/// A header as it stands on the wire, numbers in network order.
///
/// ```text
/// magic opcode key-length(2) extras-length data-type status(2)
/// body-length(4) opaque(4) cas(8)
/// ```
///
/// The body is extras, key and value in this order, and `body_len` counts all
/// three. In requests the place of the status is reserved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) opcode: u8,
    pub(super) key_len: u16,
    pub(super) extras_len: u8,
    pub(super) datatype: u8,
    pub(super) status: u16,
    pub(super) body_len: u32,
    pub(super) opaque: u32,
    pub(super) cas: u64,
}

impl Header {
    /// Reads the header at the start of the input; `None` if it has not
    /// arrived.
    ///
    /// # Errors
    /// [`BadFrame::Magic`] as soon as the first byte is there.
    pub(super) fn read(input: &[u8], magic: u8) -> Result<Option<Self>, BadFrame> {
        match input.first() {
            Some(&found) if found != magic => {
                return Err(BadFrame::Magic {
                    found,
                    expected: magic,
                });
            }
            _ => {}
        }
        let Some(mut fields) = input.get(1..LEN) else {
            return Ok(None);
        };
        Ok(Some(Self {
            opcode: fields.get_u8(),
            key_len: fields.get_u16(),
            extras_len: fields.get_u8(),
            datatype: fields.get_u8(),
            status: fields.get_u16(),
            body_len: fields.get_u32(),
            opaque: fields.get_u32(),
            cas: fields.get_u64(),
        }))
    }

    /// The length of the value: what the body has beyond extras and key.
    ///
    /// # Errors
    /// [`BadFrame::Lengths`] if it has not even those, and
    /// [`BadFrame::DataType`] if it is something else than bytes.
    pub(super) fn value_len(&self) -> Result<usize, BadFrame> {
        if self.datatype != 0 {
            return Err(BadFrame::DataType {
                found: self.datatype,
            });
        }
        let front = u32::from(self.extras_len).saturating_add(u32::from(self.key_len));
        match self.body_len.checked_sub(front) {
            Some(len) => Ok(usize::try_from(len).unwrap_or(usize::MAX)),
            None => Err(BadFrame::Lengths {
                body: self.body_len,
                extras: self.extras_len,
                key: self.key_len,
            }),
        }
    }

    /// How long the packet is, header and body.
    pub(super) fn packet_len(&self) -> usize {
        let body = usize::try_from(self.body_len).unwrap_or(usize::MAX);
        body.saturating_add(LEN)
    }

    /// The bytes of the header.
    #[inline]
    pub(super) fn to_bytes(self, magic: u8) -> [u8; LEN] {
        let mut bytes = [0; LEN];
        let mut out = &mut bytes[..];
        out.put_u8(magic);
        out.put_u8(self.opcode);
        out.put_u16(self.key_len);
        out.put_u8(self.extras_len);
        out.put_u8(self.datatype);
        out.put_u16(self.status);
        out.put_u32(self.body_len);
        out.put_u32(self.opaque);
        out.put_u64(self.cas);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_back() {
        let header = Header {
            opcode: 0x01,
            key_len: 0x0203,
            extras_len: 0x04,
            datatype: 0x05,
            status: 0x0607,
            body_len: 0x0809_0a0b,
            opaque: 0x0c0d_0e0f,
            cas: 0x1011_1213_1415_1617,
        };
        let bytes = header.to_bytes(REQUEST);
        assert_eq!(bytes[0], REQUEST);
        assert!(bytes[1..].iter().copied().eq(1..=23));
        assert_eq!(Header::read(&bytes, REQUEST), Ok(Some(header)));
        for end in 0..LEN {
            assert_eq!(Header::read(&bytes[..end], REQUEST), Ok(None));
        }
        let expected = RESPONSE;
        let error = BadFrame::Magic {
            found: REQUEST,
            expected,
        };
        assert_eq!(Header::read(&bytes[..1], RESPONSE), Err(error));
    }
}
