//! Where messages begin in a stream of bytes, which are passed on without waiting for the end of one.
//!
//! What a message is shows in its first byte: a packet of the binary protocol, a record of TLS, or
//! else lines of text, with a value behind a line that announces one. Rows belong to the message
//! that the line behind them ends: `VALUE …`, `VALUE …`, `END`.

/// So much of a line is kept. Lines that announce a value are shorter.
const LINE: usize = 512;

/// A header of the binary protocol; the length of its body is at 8.
const PACKET: usize = 24;

/// A header of TLS; the length of the record is at 3.
const RECORD: usize = 5;

/// Finds messages in one direction of one connection.
#[derive(Debug, Default)]
pub(super) struct Framing {
    /// Where the next byte is in the stream.
    at: u64,
    /// The number of the message that it belongs to, counted from 1.
    message: u64,
    /// Where it is in that message.
    offset: u64,
    state: State,
    /// The start of the line or header that is being read.
    head: Vec<u8>,
}

#[derive(Debug, Default, Clone, Copy)]
enum State {
    /// In front of a message.
    #[default]
    Start,
    Line,
    /// A header of so many bytes.
    Header(usize),
    /// So many bytes that say nothing; then the message goes on with another line, or ends.
    Body {
        left: u64,
        goes_on: bool,
    },
}

/// Bytes in a row that belong to one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Segment {
    /// Where it is in the stream.
    pub(super) at: u64,
    pub(super) len: usize,
    /// The number of its message, counted from 1.
    pub(super) message: u64,
    /// Where it is in its message.
    pub(super) offset: u64,
    /// Whether the message ends with it.
    pub(super) ends: bool,
}

impl Framing {
    /// As much of `bytes`, which are not empty, as belongs to one message.
    pub(super) fn next(&mut self, bytes: &[u8]) -> Segment {
        if let (State::Start, Some(first)) = (self.state, bytes.first()) {
            self.message += 1;
            self.offset = 0;
            self.state = match first {
                0x80 | 0x81 => State::Header(PACKET),
                0x14..=0x17 => State::Header(RECORD),
                _ => State::Line,
            };
        }
        let mut len = 0;
        while len < bytes.len() && !matches!(self.state, State::Start) {
            len += self.step(&bytes[len..]);
        }
        let segment = Segment {
            at: self.at,
            len,
            message: self.message,
            offset: self.offset,
            ends: matches!(self.state, State::Start),
        };
        self.at += len as u64;
        self.offset += len as u64;
        segment
    }

    /// Reads to the end of the line, header or body, and returns how much that was.
    fn step(&mut self, bytes: &[u8]) -> usize {
        match self.state {
            State::Start => 0,
            State::Line => self.line(bytes),
            State::Header(size) => self.header(bytes, size),
            State::Body { left, goes_on } => {
                let len = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
                self.state = body(left - len as u64, goes_on);
                len
            }
        }
    }

    fn line(&mut self, bytes: &[u8]) -> usize {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let len = end.map_or(bytes.len(), |end| end + 1);
        let room = LINE - self.head.len();
        self.head.extend_from_slice(&bytes[..len.min(room)]);
        if end.is_some() {
            self.state = behind(&self.head);
            self.head.clear();
        }
        len
    }

    fn header(&mut self, bytes: &[u8], size: usize) -> usize {
        let len = bytes.len().min(size - self.head.len());
        self.head.extend_from_slice(&bytes[..len]);
        if self.head.len() == size {
            let length = match size {
                PACKET => &self.head[8..12],
                _ => &self.head[3..5],
            };
            let left = length
                .iter()
                .fold(0, |sum, byte| sum << 8 | u64::from(*byte));
            self.state = body(left, false);
            self.head.clear();
        }
        len
    }
}

impl Segment {
    /// What is left of it behind so many bytes.
    pub(super) fn behind(self, len: usize) -> Self {
        Self {
            at: self.at + len as u64,
            len: self.len - len,
            offset: self.offset + len as u64,
            ..self
        }
    }

    /// How many messages have begun before its first byte.
    pub(super) fn messages_before(&self) -> u64 {
        self.message - u64::from(self.offset == 0)
    }
}

fn body(left: u64, goes_on: bool) -> State {
    match (left, goes_on) {
        (0, true) => State::Line,
        (0, false) => State::Start,
        _ => State::Body { left, goes_on },
    }
}

/// What comes behind a line of text.
fn behind(line: &[u8]) -> State {
    let mut words = line.trim_ascii_end().split(|byte| *byte == b' ');
    let verb = words.next().unwrap_or_default();
    let length = match verb {
        b"set" | b"add" | b"replace" | b"append" | b"prepend" | b"cas" => words.nth(3),
        b"VALUE" => words.nth(2),
        b"ms" => words.nth(1),
        b"VA" => words.next(),
        _ => None,
    };
    let length = length.and_then(|word| std::str::from_utf8(word).ok()?.parse::<u32>().ok());
    let is_row =
        matches!(verb, b"VALUE" | b"STAT" | b"ITEM" | b"PREFIX") || verb.starts_with(b"key=");
    // The value has its own line end.
    body(length.map_or(0, |length| u64::from(length) + 2), is_row)
}

#[cfg(test)]
mod tests;
