//! How memcached is started, and how it tells where it listens.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::MemcachedBuilder;
use crate::process::{Process, until_free};
use crate::{Address, Error};

/// How long the kernel may take to connect to a server on this machine.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// Starts memcached in `dir` and waits until it accepts connections: at `at` if that is given.
///
/// Between a kill and a restart something else may have taken the port; that passes, so it is waited for.
pub(super) fn start(
    options: &MemcachedBuilder,
    dir: &Path,
    at: Option<&Address>,
) -> Result<(Process, Address), Error> {
    until_free(|deadline| {
        let free = options.free_address()?;
        start_once(options, dir, at.or(free.as_ref()), deadline)
    })
}

fn start_once(
    options: &MemcachedBuilder,
    dir: &Path,
    at: Option<&Address>,
    deadline: Instant,
) -> Result<(Process, Address), Error> {
    let note = dir.join("port");
    // The note of an earlier run would say too early that this one listens.
    remove(&note).map_err(Error::io("remove the old port file"))?;
    let mut program = options.program_in(dir, at);
    program.command().env("MEMCACHED_PORT_FILENAME", &note);
    program.serve(&dir.join("output"), deadline, || {
        listening(options, dir, &note)
    })
}

/// Where memcached accepts connections by now, if it does.
fn listening(options: &MemcachedBuilder, dir: &Path, note: &Path) -> Option<Address> {
    let address = match options.listen().loopback(0) {
        Some(mut loopback) => {
            loopback.set_port(port_in(&fs::read_to_string(note).ok()?)?);
            Address::Tcp(loopback)
        }
        None => Address::Unix(socket(dir)),
    };
    address.connect(CONNECT_LIMIT).is_ok().then_some(address)
}

/// The unix socket of a server.
pub(super) fn socket(dir: &Path) -> PathBuf {
    dir.join("socket")
}

/// The port in memcached's note, a line such as `TCP INET: 32801` or `TCP INET6: 32801`.
fn port_in(note: &str) -> Option<u16> {
    let tcp = note.lines().find(|line| line.starts_with("TCP "))?;
    tcp.rsplit(' ').next()?.parse().ok()
}

/// Removes a file that may not be there.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
