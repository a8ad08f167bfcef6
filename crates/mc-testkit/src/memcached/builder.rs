//! With which options memcached is started.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs;
use std::path::Path;
use std::time::Duration;

use mc_proto::sasl::Credentials;

use super::{Memcached, launch, passwords};
use crate::address::Listen;
use crate::process::Program;
use crate::{Address, Error};

/// What [`tls`](MemcachedBuilder::tls) demands.
pub(super) const TLS: &str = "TLS";

/// memcached's own limit for a chunk: half a page.
const LARGEST_CHUNK_LOG2: u32 = 19;

/// The options of a [`Memcached`]; what is not set is memcached's default.
///
/// ```
/// use mc_testkit::Memcached;
///
/// # fn main() -> Result<(), mc_testkit::Error> {
/// let small = Memcached::builder().memory(8).max_item_size(4096).unix().start()?;
/// assert_eq!(small.address().port(), 0);
///
/// let refused = Memcached::builder().max_item_size(3).start().unwrap_err();
/// assert!(refused.to_string().contains("Item max size cannot be less than 1024"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "it starts with `start`"]
pub struct MemcachedBuilder {
    program: OsString,
    listen: Listen,
    udp: bool,
    arguments: Vec<Argument>,
    environment: Vec<(OsString, OsString)>,
    files: Vec<File>,
    pub(super) sasl: Vec<Credentials>,
    /// Without what a client gets no answer.
    guards: Vec<&'static str>,
    /// The first thing that cannot be, told by `start`.
    refused: Option<String>,
}

/// One argument of the command line.
#[derive(Debug, Clone)]
enum Argument {
    Word(OsString),
    /// The path of a file in the server's directory, after something like `ssl_key=`.
    Path(&'static str, &'static str),
}

/// A file in the server's directory. It may hold a secret, so it is not shown.
#[derive(Clone)]
struct File {
    name: &'static str,
    text: String,
}

impl Default for MemcachedBuilder {
    fn default() -> Self {
        Self {
            program: "memcached".into(),
            listen: Listen::default(),
            udp: false,
            arguments: Vec::new(),
            environment: Vec::new(),
            files: Vec::new(),
            sasl: Vec::new(),
            guards: Vec::new(),
            refused: None,
        }
    }
}

impl MemcachedBuilder {
    /// Another build of memcached: a name on `PATH` or a path. Default: `memcached`.
    pub fn program(mut self, program: impl Into<OsString>) -> Self {
        self.program = program.into();
        self
    }

    /// Listens on a free port of `::1`, not of 127.0.0.1.
    pub fn ipv6(mut self) -> Self {
        self.listen = Listen::V6;
        self
    }

    /// Listens on a unix socket in a fresh directory, not on a port.
    pub fn unix(mut self) -> Self {
        self.listen = Listen::Unix;
        self
    }

    /// Answers datagrams too (`-U`), at the same address and port number as TCP.
    ///
    /// memcached has no UDP beside a unix socket, [`sasl`](Self::sasl) or [`auth_file`](Self::auth_file):
    /// `start` says so. Beside TLS, datagrams stay in the clear.
    ///
    /// ```
    /// use std::net::UdpSocket;
    /// use mc_testkit::Memcached;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let server = Memcached::builder().udp().start()?;
    /// let socket = UdpSocket::bind("127.0.0.1:0")?;
    /// socket.connect(server.address().to_string())?;
    /// // Request 7, datagram 0 of 1.
    /// socket.send(b"\0\x07\0\0\0\x01\0\0get nothing\r\n")?;
    /// let mut answer = [0; 64];
    /// let len = socket.recv(&mut answer)?;
    /// assert_eq!(&answer[..len], b"\0\x07\0\0\0\x01\0\0END\r\n");
    /// # Ok(())
    /// # }
    /// ```
    pub fn udp(mut self) -> Self {
        self.udp = true;
        self
    }

    /// Memory for items in MiB (`-m`). Default: 64.
    pub fn memory(self, mib: u32) -> Self {
        self.option("-m", mib)
    }

    /// The largest item in bytes, key and header included (`-I`): a multiple of 1 KiB, up to 1 GiB.
    ///
    /// Default: 1 MiB. Items are kept in chunks that have to divide this size and a page of 1 MiB,
    /// so `slab_chunk_max` is set to the largest power of two that does.
    pub fn max_item_size(self, bytes: u32) -> Self {
        let chunk = 1_u32 << bytes.trailing_zeros().min(LARGEST_CHUNK_LOG2);
        self.option("-I", bytes)
            .extended(format!("slab_chunk_max={chunk}"))
    }

    /// Refuses to store when memory is full, in place of evicting (`-M`): `SERVER_ERROR out of memory`.
    ///
    /// ```
    /// # use std::io::{Read, Write};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let server = mc_testkit::Memcached::builder().no_evictions().start()?;
    /// # let mut stream = std::net::TcpStream::connect(server.address().to_string())?;
    /// # stream.write_all(b"stats settings\r\nquit\r\n")?;
    /// # let mut settings = String::new();
    /// # stream.read_to_string(&mut settings)?;
    /// assert!(settings.contains("STAT evictions off\r\n"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn no_evictions(self) -> Self {
        self.arg("-M")
    }

    /// How many threads serve (`-t`). Default: 4.
    pub fn threads(self, threads: u32) -> Self {
        self.option("-t", threads)
    }

    /// How many connections there may be at once (`-c`), memcached's own files counted. Default: 1024.
    ///
    /// Its own are some 25 with four threads; it does not start with fewer.
    /// One connection more is told `ERROR Too many open connections` and closed.
    ///
    /// ```
    /// # use std::io::{Read, Write};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let server = mc_testkit::Memcached::builder().max_connections(99).start()?;
    /// # let mut stream = std::net::TcpStream::connect(server.address().to_string())?;
    /// # stream.write_all(b"stats settings\r\nquit\r\n")?;
    /// # let mut settings = String::new();
    /// # stream.read_to_string(&mut settings)?;
    /// assert!(settings.contains("STAT maxconns 99\r\n"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn max_connections(self, connections: u32) -> Self {
        self.option("-c", connections)
    }

    /// Closes connections that say nothing for so long (`-o idle_timeout`). Default: never.
    ///
    /// In whole seconds, rounded up; memcached is two or three seconds late.
    ///
    /// ```
    /// # use std::io::{Read, Write};
    /// # use std::time::Duration;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let idle = Duration::from_secs(60);
    /// let server = mc_testkit::Memcached::builder().idle_timeout(idle).start()?;
    /// # let mut stream = std::net::TcpStream::connect(server.address().to_string())?;
    /// # stream.write_all(b"stats settings\r\nquit\r\n")?;
    /// # let mut settings = String::new();
    /// # stream.read_to_string(&mut settings)?;
    /// assert!(settings.contains("STAT idle_timeout 60\r\n"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn idle_timeout(self, idle: Duration) -> Self {
        let seconds = idle.as_secs() + u64::from(idle.subsec_nanos() > 0);
        self.extended(format!("idle_timeout={seconds}"))
    }

    /// One more argument as memcached's command line has it, such as `-A`, or `-b` and then `100`.
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(Argument::Word(argument.into()));
        self
    }

    /// One more variable of the environment.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Starts it and waits until it accepts connections, at most ten seconds.
    ///
    /// # Errors
    /// [`Error::NotInstalled`], [`Error::Exited`], [`Error::NotListening`], [`Error::Io`], or
    /// [`Error::Refused`] for options that cannot be or do not go together.
    pub fn start(self) -> Result<Memcached, Error> {
        Memcached::launch(self)
    }

    fn option(self, name: &str, value: u32) -> Self {
        self.arg(name).arg(value.to_string())
    }

    /// One of the options that memcached has behind `-o`.
    fn extended(self, option: String) -> Self {
        self.arg("-o").arg(option)
    }

    /// One more file in the server's directory, and the argument that tells its path.
    pub(super) fn file(mut self, before: &'static str, name: &'static str, text: String) -> Self {
        self.arguments.push(Argument::Path(before, name));
        self.files.push(File { name, text });
        self
    }

    /// What was written so far to a file of that name.
    pub(super) fn written(&mut self, name: &str) -> Option<&mut String> {
        let mut files = self.files.iter_mut();
        let file = files.find(|file| file.name == name)?;
        Some(&mut file.text)
    }

    /// From now on a client gets no answer without this.
    pub(super) fn guard(mut self, guard: &'static str) -> Self {
        if !self.guards.contains(&guard) {
            self.guards.push(guard);
        }
        self
    }

    pub(super) fn refuse(mut self, why: String) -> Self {
        self.refused.get_or_insert(why);
        self
    }

    /// Fails if not everybody may ask anything.
    pub(super) fn check_open(&self) -> Result<(), Error> {
        if self.guards.is_empty() {
            return Ok(());
        }
        let guards = self.guards.join(" and ");
        Err(Error::Refused(format!(
            "memcached answers nothing without {guards}"
        )))
    }

    pub(super) fn listen(&self) -> Listen {
        self.listen
    }

    /// An address that TCP and UDP can share. TCP alone gets its port from the system.
    pub(super) fn free_address(&self) -> Result<Option<Address>, Error> {
        let free = self.udp.then(|| self.listen.free());
        let free = free.transpose().map_err(Error::io("find a free port"))?;
        Ok(free.map(Address::Tcp))
    }

    /// Writes what memcached reads when it starts.
    pub(super) fn prepare(&self, dir: &Path) -> Result<(), Error> {
        if let Some(why) = self.refused.clone().or_else(|| self.contradiction()) {
            return Err(Error::Refused(why));
        }
        for file in &self.files {
            let written = fs::write(dir.join(file.name), &file.text);
            written.map_err(Error::io("write a file for memcached"))?;
        }
        passwords::prepare(&self.sasl, dir)
    }

    /// What memcached would pass over in silence.
    fn contradiction(&self) -> Option<String> {
        let only_tcp = match self.listen {
            Listen::Unix if self.guards.contains(&TLS) => TLS,
            Listen::Unix if self.udp => "UDP",
            _ => return None,
        };
        Some(format!("memcached has no {only_tcp} on a unix socket"))
    }

    /// The command line that listens at `at`, or wherever the system finds room.
    pub(super) fn program_in(&self, dir: &Path, at: Option<&Address>) -> Program {
        let mut program = Program::new(&self.program, "memcached");
        let command = program.command();
        if rustix::process::geteuid().is_root() {
            // memcached refuses to run as root unless it is told a user. It is told root again,
            // as only root may enter the directory of the socket.
            command.args(["-u", "root"]);
        }
        match self.listen {
            Listen::V4 => command.args(["-l", "127.0.0.1"]),
            Listen::V6 => command.args(["-l", "[::1]"]),
            Listen::Unix => command.arg("-s").arg(launch::socket(dir)),
        };
        if self.listen != Listen::Unix {
            // −1: any free port; 0 would mean no port at all.
            let port = at.map_or_else(|| "-1".to_owned(), |at| at.port().to_string());
            command.args(["-p", &port]);
            if self.udp {
                command.args(["-U", &port]);
            }
        }
        if !self.sasl.is_empty() {
            command.arg("-S").env(passwords::CONF_PATH, dir);
        }
        command.args(self.arguments.iter().map(|argument| argument.words(dir)));
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        program
    }
}

impl Argument {
    fn words(&self, dir: &Path) -> OsString {
        match self {
            Self::Word(word) => word.clone(),
            Self::Path(before, name) => [OsStr::new(before), dir.join(name).as_ref()]
                .into_iter()
                .collect(),
        }
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
