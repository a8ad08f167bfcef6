//! Packets of the binary protocol, put together by hand.

/// A header and its body, in the order of the wire.
#[derive(Clone, Debug, Default)]
pub(crate) struct Packet {
    pub(crate) magic: u8,
    pub(crate) opcode: u8,
    pub(crate) datatype: u8,
    pub(crate) status: u16,
    pub(crate) opaque: u32,
    pub(crate) cas: u64,
    pub(crate) extras: Vec<u8>,
    pub(crate) key: Vec<u8>,
    pub(crate) value: Vec<u8>,
}

/// What a client sends.
pub(crate) fn asks(opcode: u8) -> Packet {
    Packet {
        magic: 0x80,
        opcode,
        ..Packet::default()
    }
}

/// What a server answers.
pub(crate) fn answers(opcode: u8) -> Packet {
    Packet {
        magic: 0x81,
        opcode,
        ..Packet::default()
    }
}

impl Packet {
    pub(crate) fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    pub(crate) fn opaque(self, opaque: u32) -> Self {
        Self { opaque, ..self }
    }

    pub(crate) fn cas(self, cas: u64) -> Self {
        Self { cas, ..self }
    }

    /// Extras of one number of four bytes behind those that are there.
    pub(crate) fn u32(mut self, number: u32) -> Self {
        self.extras.extend(number.to_be_bytes());
        self
    }

    /// The same with eight bytes.
    pub(crate) fn u64(mut self, number: u64) -> Self {
        self.extras.extend(number.to_be_bytes());
        self
    }

    pub(crate) fn key(self, key: impl Into<Vec<u8>>) -> Self {
        let key = key.into();
        Self { key, ..self }
    }

    pub(crate) fn value(self, value: impl Into<Vec<u8>>) -> Self {
        let value = value.into();
        Self { value, ..self }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let body = self.extras.len() + self.key.len() + self.value.len();
        [
            &[self.magic, self.opcode][..],
            &u16::try_from(self.key.len()).unwrap().to_be_bytes(),
            &[u8::try_from(self.extras.len()).unwrap(), self.datatype],
            &self.status.to_be_bytes(),
            &u32::try_from(body).unwrap().to_be_bytes(),
            &self.opaque.to_be_bytes(),
            &self.cas.to_be_bytes(),
            &self.extras,
            &self.key,
            &self.value,
        ]
        .concat()
    }
}

/// Many, one behind the other.
pub(crate) fn bytes(packets: &[Packet]) -> Vec<u8> {
    packets.iter().flat_map(Packet::bytes).collect()
}
