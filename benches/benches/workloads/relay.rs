//! A relay that makes a server seem farther away.
//!
//! It holds back whatever it reads for a time, in each direction. That is not exact, as the system's timers and the
//! relay's own wake-ups come on top; they do for the floor as well. (mc-testkit's fault proxy counts in milliseconds.)

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use anyhow::Result;

/// What each direction adds to a round trip of 100 µs.
const ONE_WAY: Duration = Duration::from_micros(50);

/// As much as is read at once.
const ROOM: usize = 256 << 10;

/// Starts threads that relay every connection for as long as the process lasts; gives the address.
pub(super) fn start(server: String) -> Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?.to_string();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            // A connection that cannot be made is closed, and the cell says so.
            let _ = both_ways(client, &server);
        }
    });
    Ok(address)
}

fn both_ways(client: TcpStream, server: &str) -> Result<()> {
    let server = TcpStream::connect(server)?;
    for stream in [&client, &server] {
        stream.set_nodelay(true)?;
    }
    let (to, from) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || one_way(from, to));
    thread::spawn(move || one_way(server, client));
    Ok(())
}

/// Until either end closes.
fn one_way(mut from: TcpStream, mut to: TcpStream) {
    let mut bytes = vec![0; ROOM];
    while let Ok(length) = from.read(&mut bytes) {
        thread::sleep(ONE_WAY);
        if length == 0 || to.write_all(&bytes[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
