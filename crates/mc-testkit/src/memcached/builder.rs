//! With which options memcached is started.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;

use super::Memcached;
use crate::address::Listen;
use crate::{Address, Error};

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
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
}

impl Default for MemcachedBuilder {
    fn default() -> Self {
        Self {
            program: "memcached".into(),
            listen: Listen::default(),
            arguments: Vec::new(),
            environment: Vec::new(),
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
            .arg("-o")
            .arg(format!("slab_chunk_max={chunk}"))
    }

    /// How many threads serve (`-t`). Default: 4.
    pub fn threads(self, threads: u32) -> Self {
        self.option("-t", threads)
    }

    /// One more argument as memcached's command line has it, such as `-M`, or `-c` and then `100`.
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// One more variable of the environment, such as `SASL_CONF_PATH`: the directory of the
    /// `memcached.conf` that SASL reads.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    fn option(self, name: &str, value: u32) -> Self {
        self.arg(name).arg(value.to_string())
    }

    /// Starts it and waits until it accepts connections, at most ten seconds.
    ///
    /// # Errors
    /// [`Error::NotInstalled`], [`Error::Exited`], [`Error::NotListening`] or [`Error::Io`].
    pub fn start(self) -> Result<Memcached, Error> {
        Memcached::launch(self)
    }

    pub(super) fn program_name(&self) -> &OsStr {
        &self.program
    }

    pub(super) fn listen(&self) -> Listen {
        self.listen
    }

    /// The command line that listens at `at`, or wherever the system finds room.
    pub(super) fn command(&self, socket: &Path, at: Option<&Address>) -> Command {
        let mut command = Command::new(&self.program);
        if rustix::process::geteuid().is_root() {
            // memcached refuses to run as root unless it is told a user. It is told root again,
            // as only root may enter the directory of the socket.
            command.args(["-u", "root"]);
        }
        match self.listen {
            Listen::V4 => command.args(["-l", "127.0.0.1"]),
            Listen::V6 => command.args(["-l", "[::1]"]),
            Listen::Unix => command.arg("-s").arg(socket),
        };
        if self.listen != Listen::Unix {
            // −1: any free port; 0 would mean no port at all.
            let port = at.map_or_else(|| "-1".to_owned(), |at| at.port().to_string());
            command.args(["-p", &port]);
        }
        command.args(&self.arguments);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }
}
