//! A server that now and then does not answer as it should: a real memcached behind a relay that changes its answers.
//!
//! Requests are passed on one by one, each with a fence behind it, whose answer is where the request's own ends.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use anyhow::Result;
use mc_proto::{Limits, binary, text};
use mc_testkit::Memcached;

use crate::load::listener::Listener;

/// What is wrong with some answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lie {
    /// It is the last answer once more.
    Repeated,
    /// It comes after so long.
    Late(Duration),
    /// The connection ends within it.
    Cut,
    /// The value is longer than it says.
    Short,
    /// The value is shorter than it says: it says 1 GiB.
    Huge,
}

/// One answer with a value of so many is a lie.
const EVERY: u64 = 12;

/// The announced length of a value that is much shorter.
const HUGE: u32 = 1 << 30;

/// How many bytes of a value are not announced.
const UNANNOUNCED: u32 = 5;

/// No value of a load is shorter, and no number is as long.
const SHORTEST: u32 = 16;

pub(super) struct Liar {
    listener: Listener,
    told: Arc<Told>,
    _server: Memcached,
}

/// What the threads of all connections share.
struct Told {
    lie: Lie,
    /// Answers, so far, that could have been lies.
    values: AtomicU64,
}

impl Liar {
    pub(super) fn start(lie: Lie) -> Result<Self> {
        let server = Memcached::start()?;
        let values = AtomicU64::new(0);
        let told = Arc::new(Told { lie, values });
        let listener = Listener::start({
            let (told, address) = (Arc::clone(&told), server.address().to_string());
            // A connection that ends in whatever way is over.
            move |client| drop(told.serve(client, &address))
        })?;
        Ok(Self {
            listener,
            told,
            _server: server,
        })
    }

    pub(super) fn address(&self) -> String {
        self.listener.address()
    }

    /// How many answers were not as they should be.
    pub(super) fn lies(&self) -> u64 {
        self.told.values.load(Relaxed) / EVERY
    }
}

impl Told {
    fn serve(&self, mut client: TcpStream, server: &str) -> io::Result<()> {
        let mut server = TcpStream::connect(server)?;
        server.set_nodelay(true)?;
        client.set_nodelay(true)?;
        let (mut input, mut last) = (Vec::new(), Vec::new());
        loop {
            while let Some(len) = request_len(&input) {
                let request: Vec<_> = input.drain(..len).collect();
                let answer = answer(&mut server, &request)?;
                self.tell(&mut client, &answer, &last)?;
                if announced(&answer).is_some() {
                    last = answer;
                }
            }
            let mut chunk = [0; 4 << 10];
            match client.read(&mut chunk)? {
                0 => return Ok(()),
                len => input.extend_from_slice(&chunk[..len]),
            }
        }
    }

    fn tell(&self, client: &mut TcpStream, answer: &[u8], last: &[u8]) -> io::Result<()> {
        let Some(number) = self.number(answer, last) else {
            return client.write_all(answer);
        };
        match self.lie {
            Lie::Repeated => client.write_all(last),
            Lie::Late(after) => {
                thread::sleep(after);
                client.write_all(answer)
            }
            Lie::Cut => {
                let at = number * 31 % answer.len() as u64;
                client.write_all(&answer[..at as usize])?;
                Err(io::ErrorKind::ConnectionAborted.into())
            }
            Lie::Short => client.write_all(&announcing(answer, |len| len - UNANNOUNCED)),
            Lie::Huge => client.write_all(&announcing(answer, |_| HUGE)),
        }
    }

    /// The number of the lie that this answer is to be; `None` for the truth.
    fn number(&self, answer: &[u8], last: &[u8]) -> Option<u64> {
        // A get of many keys is a classic one in the meta protocol, too, and only its keys tell whose the answer is.
        let tells = announced(answer).is_some()
            && (self.lie != Lie::Repeated || !(last.is_empty() || answer.starts_with(b"VALUE ")));
        let values = tells.then(|| self.values.fetch_add(1, Relaxed) + 1)?;
        values.is_multiple_of(EVERY).then_some(values / EVERY)
    }
}

/// How long the first request is, if all of it is there.
fn request_len(input: &[u8]) -> Option<usize> {
    let limits = Limits::default();
    match input.first()? {
        0x80 => binary::decode_request(input, &limits)
            .ok()?
            .map(|it| it.len),
        _ => text::decode_request(input, &limits).ok()?.map(|it| it.len),
    }
}

/// What the server answers to a request, without what it answers to the fence.
fn answer(server: &mut TcpStream, request: &[u8]) -> io::Result<Vec<u8>> {
    let is_packet = request.first() == Some(&0x80);
    let (fence, end): (&[u8], &[u8]) = match is_packet {
        true => (&fence(0x80), &fence(0x81)),
        false => (b"verbosity 0\r\n", b"OK\r\n"),
    };
    server.write_all(&[request, fence].concat())?;
    let mut answer = Vec::new();
    while !answer.ends_with(end) {
        let mut chunk = [0; 16 << 10];
        match server.read(&mut chunk)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            len => answer.extend_from_slice(&chunk[..len]),
        }
    }
    answer.truncate(answer.len() - end.len());
    Ok(answer)
}

/// A `noop` of a number that no client has come to, or its answer.
fn fence(magic: u8) -> [u8; 24] {
    let mut packet = [0; 24];
    (packet[0], packet[1]) = (magic, 0x0a);
    packet[12..16].fill(0xff);
    packet
}

/// Where an answer, in whichever protocol, says how long its first value is, and what; `None` if that has no value,
/// or not one of a load's, which are longer than a number.
fn announced(answer: &[u8]) -> Option<(Range<usize>, u32)> {
    let is_packet = answer.starts_with(&[0x81]);
    let (place, len) = match is_packet {
        true => (8..12, u32::from_be_bytes(*answer.get(8..)?.first_chunk()?)),
        false => {
            let line = answer.split(|byte| *byte == b'\r').next()?;
            let nth = match line.starts_with(b"VALUE ") {
                true => 3,
                false => usize::from(line.starts_with(b"VA ")),
            };
            let words = line.split(|byte| *byte == b' ').collect::<Vec<_>>();
            let word = *words.get(nth).filter(|_| nth > 0)?;
            let start = words[..nth].iter().map(|word| word.len() + 1).sum();
            let len = std::str::from_utf8(word).ok()?.parse().ok()?;
            (start..start + word.len(), len)
        }
    };
    let is_hit = !is_packet || answer.get(6..8) == Some(&[0, 0]);
    (is_hit && len >= SHORTEST).then_some((place, len))
}

/// An answer whose first value is announced with another length.
fn announcing(answer: &[u8], len: impl Fn(u32) -> u32) -> Vec<u8> {
    let Some((place, was)) = announced(answer) else {
        return answer.to_vec();
    };
    let len = match place.start {
        8 => len(was).to_be_bytes().to_vec(),
        _ => len(was).to_string().into_bytes(),
    };
    [&answer[..place.start], &len, &answer[place.end..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A packet that answers a get, with four bytes of flags in front of the value.
    fn packet(status: u8, value: &[u8]) -> Vec<u8> {
        let mut packet = fence(0x81).to_vec();
        (packet[1], packet[4], packet[7]) = (0x00, 4, status);
        packet[8..12].copy_from_slice(&(4 + value.len() as u32).to_be_bytes());
        [&packet, &[0; 4][..], value].concat()
    }

    #[test]
    fn the_length_of_a_value_is_found_and_changed() {
        let value = b"twenty bytes of value";
        let text = b"VALUE k 0 21\r\ntwenty bytes of value\r\nEND\r\n";
        let meta = b"VA 21 c7 O8\r\ntwenty bytes of value\r\n";
        assert_eq!(announced(text), Some((10..12, 21)));
        assert_eq!(announced(meta), Some((3..5, 21)));
        assert_eq!(announced(&packet(0, value)), Some((8..12, 25)));

        let longer = announcing(meta, |len| len + 100);
        assert!(longer.starts_with(b"VA 121 c7 O8\r\ntwenty"));
        let longer = announcing(&packet(0, value), |len| len + 100);
        assert_eq!(announced(&longer), Some((8..12, 125)));
    }

    #[test]
    fn what_is_no_value_of_a_load_is_let_be() {
        let miss = packet(1, b"Not found, and so on.");
        let others: [&[u8]; 6] = [
            b"END\r\n",
            b"HD O1\r\n",
            b"STORED\r\n",
            b"VA 1 O1\r\n7\r\n",
            b"",
            &miss,
        ];
        for answer in others {
            assert_eq!(announced(answer), None, "{answer:?}");
            assert_eq!(announcing(answer, |len| len + 1), answer);
        }
    }
}
