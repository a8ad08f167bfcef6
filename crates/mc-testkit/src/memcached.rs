//! A real memcached for one test: on a free port or a unix socket, gone with the value.
//!
//! memcached is asked for port −1, lets the system choose, and writes the port that it got
//! into the file that `MEMCACHED_PORT_FILENAME` names, once it listens.
//! So no port is guessed, no two tests race for one, and nothing sleeps in the hope that it is ready.

mod builder;
mod launch;
mod passwords;
#[cfg(feature = "tls")]
mod tls;

use std::io::{BufRead, BufReader};
use std::time::Duration;

pub use builder::MemcachedBuilder;

use crate::process::Process;
use crate::temp_dir::TempDir;
use crate::{Address, Error};

/// How long a server may take to answer `version`.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// A running memcached of one's own.
///
/// It is killed and reaped when the value is dropped, in a panicking test too.
/// (Not so a value in a `static`: those are never dropped.)
/// All calls block for some milliseconds at most, so async tests may use them as they are.
///
/// ```
/// use mc_testkit::Memcached;
///
/// # fn main() -> Result<(), mc_testkit::Error> {
/// let mut server = Memcached::start()?;
/// println!("memcached {} at {}", server.version()?, server.address());
///
/// let before = server.address().clone();
/// server.kill()?;
/// assert!(server.version().is_err());
/// server.restart()?; // empty, at the same address
/// assert_eq!(*server.address(), before);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Memcached {
    options: MemcachedBuilder,
    address: Address,
    /// `None` after `kill`. Before `dir`, so that it ends before its files do.
    process: Option<Process>,
    dir: TempDir,
}

impl Memcached {
    /// Starts memcached with its defaults on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// [`Error::NotInstalled`]; [`Error::Exited`] with its own words if it ends at once.
    pub fn start() -> Result<Self, Error> {
        Self::builder().start()
    }

    /// Options first: see [`MemcachedBuilder`].
    pub fn builder() -> MemcachedBuilder {
        MemcachedBuilder::default()
    }

    fn launch(options: MemcachedBuilder) -> Result<Self, Error> {
        let dir = TempDir::new().map_err(Error::io("make a directory for memcached"))?;
        options.prepare(dir.path())?;
        let (process, address) = launch::start(&options, dir.path(), None)?;
        Ok(Self {
            options,
            address,
            process: Some(process),
            dir,
        })
    }

    /// Where it listens; the same after a restart.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The number of the process, or `None` after [`kill`](Self::kill).
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Process::id)
    }

    /// Kills it (SIGKILL) and reaps it: connections are reset, and new ones refused, on return.
    ///
    /// # Errors
    /// [`Error::Io`] if the system refuses. Killing a server that is down already is no error.
    pub fn kill(&mut self) -> Result<(), Error> {
        self.process
            .take()
            .map_or(Ok(()), |mut process| process.kill())
            .map_err(Error::io("kill memcached"))
    }

    /// Starts it again, empty, at the same address and with the same options; kills it first if it runs.
    ///
    /// # Errors
    /// As [`start`](Self::start). A port that something else took meanwhile is waited for.
    pub fn restart(&mut self) -> Result<(), Error> {
        self.kill()?;
        let (process, _) = launch::start(&self.options, self.dir.path(), Some(&self.address))?;
        self.process = Some(process);
        Ok(())
    }

    /// Freezes it (SIGSTOP): the kernel still accepts connections and bytes, nothing is answered.
    ///
    /// On return it has stopped. Go on with [`cont`](Self::cont).
    ///
    /// # Errors
    /// [`Error::NotRunning`] after [`kill`](Self::kill).
    pub fn stop(&self) -> Result<(), Error> {
        self.running()?.stop().map_err(Error::io("stop memcached"))
    }

    /// Lets a stopped server go on (SIGCONT); it answers what came meanwhile.
    ///
    /// # Errors
    /// [`Error::NotRunning`] after [`kill`](Self::kill).
    pub fn cont(&self) -> Result<(), Error> {
        self.running()?
            .cont()
            .map_err(Error::io("continue memcached"))
    }

    /// What it answers to `version`, such as `1.6.18`.
    ///
    /// # Errors
    /// [`Error::NotRunning`], [`Error::Io`] after five seconds without an answer,
    /// [`Error::NotMemcached`] for any other line, [`Error::Refused`] if it wants TLS or a password.
    pub fn version(&self) -> Result<String, Error> {
        self.running()?;
        self.options.check_open()?;
        let answer = self.ask_version().map_err(Error::io("ask for `version`"))?;
        match answer.strip_prefix("VERSION ") {
            Some(version) => Ok(version.trim_end().to_owned()),
            None => Err(Error::NotMemcached { answer }),
        }
    }

    fn ask_version(&self) -> std::io::Result<String> {
        let mut stream = self.address.connect(ANSWER_LIMIT)?;
        stream.write_all(b"version\r\n")?;
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer)?;
        Ok(answer)
    }

    fn running(&self) -> Result<&Process, Error> {
        self.process.as_ref().ok_or(Error::NotRunning)
    }
}

#[cfg(test)]
mod tests;
