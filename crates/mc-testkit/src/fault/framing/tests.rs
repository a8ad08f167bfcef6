//! Messages are found wherever a read ends.

use super::*;

/// The lengths of the messages in a stream that comes `size` bytes at a time, and of what has not ended.
fn lengths(stream: &[u8], size: usize) -> Vec<u64> {
    let (mut framing, mut found, mut at) = (Framing::default(), Vec::new(), 0);
    for mut bytes in stream.chunks(size) {
        while !bytes.is_empty() {
            let segment = framing.next(bytes);
            assert_eq!(segment.at, at, "segments follow each other");
            at += segment.len as u64;
            if segment.offset == 0 {
                found.push(0);
            }
            *found.last_mut().unwrap() += segment.len as u64;
            assert_eq!(segment.message, found.len() as u64);
            bytes = &bytes[segment.len..];
        }
    }
    found
}

fn check(messages: &[&[u8]]) {
    let stream = messages.concat();
    let expected: Vec<_> = messages.iter().map(|it| it.len() as u64).collect();
    for size in 1..=stream.len() {
        assert_eq!(lengths(&stream, size), expected, "by {size}: {messages:?}");
    }
}

#[test]
fn requests_in_text() {
    check(&[
        b"get a b c\r\n",
        b"set a 0 0 7\r\nget b\r\n\r\n",
        b"cas a 0 0 2 77\r\n\r\n\r\n",
        b"add a 0 0 0 noreply\r\n\r\n",
        b"incr a 1\r\n",
        b"mg a v\r\n",
        b"ms a 5 T0\r\nmn\r\n1\r\n",
        b"mn\r\n",
        b"quit\n",
    ]);
}

#[test]
fn replies_in_text() {
    check(&[
        b"STORED\r\n",
        b"VALUE a 0 5\r\nEND\r\n\r\nVALUE b 0 0 99\r\n\r\nEND\r\n",
        b"END\r\n",
        b"STAT a 1\r\nSTAT b VALUE 0 99\r\nEND\r\n",
        b"VA 4 f0 O1\r\nEN\r\n\r\n",
        b"EN\r\n",
        b"HD O7\r\n",
        b"key=a exp=-1\r\nkey=b exp=-1\r\nEND\r\n",
        b"SERVER_ERROR out of memory\r\n",
        b"17\r\n",
    ]);
}

#[test]
fn packets_and_records() {
    let packet = |magic: u8, body: &[u8]| {
        let mut packet = vec![0; PACKET];
        packet[0] = magic;
        packet[11] = u8::try_from(body.len()).unwrap();
        packet.extend_from_slice(body);
        packet
    };
    check(&[
        &packet(0x80, b""),
        &packet(0x80, b"get a\r\n"),
        &packet(0x81, &[0x80; 30]),
    ]);
    check(&[
        b"\x16\x03\x01\0\x03get",
        b"\x17\x03\x03\0\0",
        b"\x15\x03\x03\0\x02\n\n",
    ]);
    // A client that finds out which protocol a server speaks may send both.
    check(&[
        &packet(0x80, b""),
        b"mn\r\n",
        &packet(0x81, b"x"),
        b"END\r\n",
    ]);
}

#[test]
fn what_is_no_message_is_lines() {
    check(&[
        b"VALUE\r\nVALUE a 0 x\r\nEND\r\n",
        b"set a\r\n",
        b"\r\n",
        b"set a 0 0 -1\r\n",
    ]);
    check(&[&[b'x'; 3 * LINE]]);
    check(&[&[&[b'x'; 3 * LINE][..], b"\n"].concat(), b"get a\r\n"]);
    check(&[b"VA 18446744073709551616\r\n", b"EN\r\n"]);
}
