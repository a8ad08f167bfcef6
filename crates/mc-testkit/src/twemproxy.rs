//! A real twemproxy (its program is called nutcracker) for one test, gone with the value.
//!
//! It reads its settings from a file and can choose no port, so free ones are chosen for it:
//! one for clients and one for its statistics, without which it does not start. What has taken
//! one of them before twemproxy does is no trouble: then others are chosen.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::address::Listen;
use crate::process::{Process, Program, until_free};
use crate::temp_dir::TempDir;
use crate::{Address, Error};

/// How long twemproxy may take to tell its statistics.
const ANSWER_LIMIT: Duration = Duration::from_secs(1);

/// A running twemproxy of one's own, on a free port of 127.0.0.1.
///
/// It is killed and reaped when the value is dropped. It knows the commands of classic text,
/// many-key gets among them, and `version`; it hangs up on any other: meta, `stats`, `gat`.
///
/// ```
/// use std::io::{Read, Write};
/// use std::net::TcpStream;
/// use mc_testkit::{Memcached, Twemproxy};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let servers = [Memcached::start()?, Memcached::start()?];
/// let proxy = Twemproxy::start(servers.iter().map(Memcached::address))?;
/// let mut stream = TcpStream::connect(proxy.address().to_string())?;
/// stream.write_all(b"set a 0 0 1\r\nx\r\nget a b\r\nquit\r\n")?;
/// let mut answers = String::new();
/// stream.read_to_string(&mut answers)?;
/// assert_eq!(answers, "STORED\r\nVALUE a 0 1\r\nx\r\nEND\r\n");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Twemproxy {
    address: Address,
    /// Before `_dir`, so that it ends before its files do.
    process: Process,
    _dir: TempDir,
}

/// The servers and settings of a [`Twemproxy`].
///
/// Unless set otherwise keys are placed by `fnv1a_64` and `ketama`, as twemproxy does by default,
/// and a server that fails is not left out (`auto_eject_hosts: false`).
///
/// ```
/// use mc_testkit::{Memcached, Twemproxy};
///
/// # fn main() -> Result<(), mc_testkit::Error> {
/// let (big, small) = (Memcached::start()?, Memcached::start()?);
/// let proxy = Twemproxy::builder()
///     .server(big.address(), 3)
///     .server(small.address(), 1)
///     .setting("hash", "md5")
///     .setting("timeout", "400")
///     .start()?;
/// println!("clients of {} need not know the servers", proxy.address());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "it starts with `start`"]
pub struct TwemproxyBuilder {
    servers: Vec<String>,
    settings: Vec<(String, String)>,
}

impl Twemproxy {
    /// Starts it in front of these servers, each of weight 1.
    ///
    /// # Errors
    /// [`Error::NotInstalled`] if there is no `nutcracker`; [`Error::Exited`] with the end of its log.
    pub fn start<'a>(servers: impl IntoIterator<Item = &'a Address>) -> Result<Self, Error> {
        let each = |builder: TwemproxyBuilder, server| builder.server(server, 1);
        servers.into_iter().fold(Self::builder(), each).start()
    }

    /// Weights and settings first: see [`TwemproxyBuilder`].
    pub fn builder() -> TwemproxyBuilder {
        TwemproxyBuilder {
            servers: Vec::new(),
            settings: Vec::new(),
        }
        .setting("hash", "fnv1a_64")
        .setting("distribution", "ketama")
        .setting("auto_eject_hosts", "false")
    }

    /// Where it accepts clients.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The number of the process.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }
}

impl TwemproxyBuilder {
    /// One more server, and its weight. Its keys are placed by its address.
    pub fn server(mut self, address: &Address, weight: u32) -> Self {
        self.servers.push(format!("{address}:{weight}"));
        self
    }

    /// One setting of twemproxy's `nutcracker.yml`, such as `hash_tag` and `"{}"`; the last of a name counts.
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.retain(|(known, _)| known != name);
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts it and waits until it accepts connections, at most ten seconds.
    ///
    /// # Errors
    /// As [`Twemproxy::start`], [`Error::Refused`] without a server, [`Error::NotListening`] or [`Error::Io`].
    pub fn start(self) -> Result<Twemproxy, Error> {
        if self.servers.is_empty() {
            return Err(Error::Refused(
                "twemproxy needs at least one server".to_owned(),
            ));
        }
        let dir = TempDir::new().map_err(Error::io("make a directory for twemproxy"))?;
        let (process, address) = until_free(|deadline| self.start_once(dir.path(), deadline))?;
        Ok(Twemproxy {
            address: Address::Tcp(address),
            process,
            _dir: dir,
        })
    }

    fn start_once(&self, dir: &Path, deadline: Instant) -> Result<(Process, SocketAddr), Error> {
        let free = || Listen::V4.free().map_err(Error::io("find a free port"));
        let (clients, statistics) = (free()?, free()?);
        let (settings, log) = (dir.join("nutcracker.yml"), dir.join("log"));
        let written = fs::write(&settings, self.settings(dir, clients));
        written.map_err(Error::io("write twemproxy's settings"))?;

        let mut program = Program::new("nutcracker".as_ref(), "nutcracker");
        let command = program.command();
        command.arg("-c").arg(settings).arg("-o").arg(&log);
        command.args(["-a", &statistics.ip().to_string()]);
        command.args(["-s", &statistics.port().to_string()]);
        program.serve(&log, deadline, || {
            let serves = serves(dir, clients, statistics);
            serves.is_ok_and(|serves| serves).then_some(clients)
        })
    }

    /// `nutcracker.yml`. The pool has the directory's name, which no other has.
    fn settings(&self, dir: &Path, clients: SocketAddr) -> String {
        let mut text = format!("{}:\n  listen: {clients}\n", pool(dir));
        for (name, value) in &self.settings {
            let _ = writeln!(text, "  {name}: {value}");
        }
        text.push_str("  servers:\n");
        for server in &self.servers {
            let _ = writeln!(text, "  - {server}");
        }
        text
    }
}

fn pool(dir: &Path) -> String {
    dir.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// Whether it is our twemproxy that accepts clients there.
///
/// Something else may have taken the port. But the statistics of our pool count the connection
/// that was made, beside the one that listens.
fn serves(dir: &Path, clients: SocketAddr, statistics: SocketAddr) -> io::Result<bool> {
    let connect = |to| Address::Tcp(to).connect(ANSWER_LIMIT);
    let _client = connect(clients)?;
    let mut told = String::new();
    connect(statistics)?.read_to_string(&mut told)?;
    let is_ours = told.contains(&format!("\"{}\":", pool(dir)));
    Ok(is_ours && connections(&told) > Some(1))
}

/// The number behind `"total_connections":` in the statistics.
fn connections(told: &str) -> Option<u32> {
    let (_, number) = told.split_once("\"total_connections\":")?;
    number.split([',', '}']).next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// Whether it is taken for ours, if something listens for clients and the statistics are these.
    fn check(statistics: &str, expected: bool) {
        let listen = || TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let (clients, teller) = (listen(), listen());
        let at = |listener: &TcpListener| listener.local_addr().unwrap();
        let found = thread::scope(|scope| {
            let told = scope.spawn(|| teller.accept().unwrap().0.write_all(statistics.as_bytes()));
            let found = serves(Path::new("/tmp/mc-1-2"), at(&clients), at(&teller));
            told.join().unwrap().unwrap();
            found.unwrap()
        });
        assert_eq!(found, expected, "{statistics}");
    }

    #[test]
    fn a_stranger_is_not_taken_for_it() {
        check(r#"{"total_connections":2, "mc-1-2": {}}"#, true);
        check(r#"{"total_connections":1, "mc-1-2": {}}"#, false);
        check(r#"{"total_connections":2, "mc-1-23": {}}"#, false);
        check("END\r\n", false);
    }
}
