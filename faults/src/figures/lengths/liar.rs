//! A server that answers one request as it should, and the next with a promise that it does not keep.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::thread;

use anyhow::Result;
use mc_client::Protocol;

/// What the second answer begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lie {
    /// The value of the only key.
    Value(u64),
    /// The value of the second of two keys.
    Row(u64),
    /// A line of statistics, or a packet of them, that is so long.
    Stat(u64),
    /// A line that goes on for as many bytes, and does not end.
    Line(usize),
}

/// Serves one connection after the other, for as long as the process lives.
///
/// # Errors
/// There is no port.
pub(super) fn start(protocol: Protocol, lie: Lie) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            // A client that hangs up has seen through it.
            let _ended = serve(stream, protocol, lie);
        }
    });
    Ok(address)
}

fn serve(mut stream: TcpStream, protocol: Protocol, lie: Lie) -> io::Result<()> {
    // On the stack, so that what is held is the client's.
    let mut request = [0; 1024];
    let len = stream.read(&mut request)?;
    stream.write_all(&truth(protocol, &request[..len]))?;
    let len = stream.read(&mut request)?;
    stream.write_all(&begun(protocol, lie, &request[..len]))?;
    if let Lie::Line(bytes) = lie {
        for _ in 0..bytes / request.len() {
            stream.write_all(&[b'x'; 1024])?;
        }
    }
    // Nothing more is said, and the connection is held until the client has had enough.
    while stream.read(&mut request)? > 0 {}
    Ok(())
}

/// A miss.
fn truth(protocol: Protocol, request: &[u8]) -> Vec<u8> {
    match protocol {
        Protocol::Binary => packet(request, 0, 1, 0),
        Protocol::Meta => format!("EN{}\r\n", mark(request)).into_bytes(),
        _ => b"END\r\n".to_vec(),
    }
}

/// The start of the second answer.
fn begun(protocol: Protocol, lie: Lie, request: &[u8]) -> Vec<u8> {
    match (protocol, lie) {
        (Protocol::Binary, Lie::Value(len) | Lie::Row(len)) => packet(request, 4, 0, len),
        (Protocol::Binary, Lie::Stat(len)) => packet(request, 0, 0, len),
        (Protocol::Binary, Lie::Line(_)) => packet(request, 4, 0, u64::MAX),
        (Protocol::Meta, Lie::Value(len)) => {
            format!("VA {len} f0{}\r\n", mark(request)).into_bytes()
        }
        (_, Lie::Value(len)) => format!("VALUE k 0 {len}\r\n").into_bytes(),
        (_, Lie::Row(len)) => format!("VALUE k 0 1\r\nx\r\nVALUE l 0 {len}\r\n").into_bytes(),
        (_, Lie::Stat(_)) => b"STAT pid 1\r\nSTAT ".to_vec(),
        (_, Lie::Line(_)) => b"VALUE ".to_vec(),
    }
}

/// Meta's mark, which the answer repeats.
fn mark(request: &[u8]) -> String {
    let text = String::from_utf8_lossy(request);
    let mark = text
        .split_ascii_whitespace()
        .find(|word| word.starts_with('O'));
    mark.map(|mark| format!(" {mark}")).unwrap_or_default()
}

/// The head of a packet that answers this request; a body has room for 32 bits only.
fn packet(request: &[u8], extras: u8, status: u8, announced: u64) -> Vec<u8> {
    let announced = u32::try_from(announced).unwrap_or(u32::MAX);
    let mut packet = vec![0; 24];
    packet[..2].copy_from_slice(&[0x81, request[1]]);
    packet[4] = extras;
    packet[7] = status;
    packet[8..12].copy_from_slice(&announced.to_be_bytes());
    packet[12..16].copy_from_slice(&request[12..16]);
    packet
}

/// The same in datagrams: the first of so many, and no other.
///
/// # Errors
/// There is no port.
pub(super) fn start_udp(total: u16, announced: u64) -> Result<SocketAddr> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let address = socket.local_addr()?;
    thread::spawn(move || {
        let answers = [
            (1, "END\r\n".to_owned()),
            (total, format!("VALUE k 0 {announced}\r\n")),
        ];
        let mut request = [0; 1024];
        for (total, text) in answers {
            let Ok((_, client)) = socket.recv_from(&mut request) else {
                return;
            };
            let [high, low] = u16::to_be_bytes(total);
            let header = [request[0], request[1], 0, 0, high, low, 0, 0];
            let _gone = socket.send_to(&[&header[..], text.as_bytes()].concat(), client);
        }
    });
    Ok(address)
}
