//! libmemcached's configuration strings, parsed, printed, and applied in their order.
//!
//! ```text
//! --SERVER=cache1:11212/?2 --SERVER=10.0.0.2 --DISTRIBUTION=CONSISTENT,MD5 --NAMESPACE="app:" --RETRY-TIMEOUT=30
//! ```
//!
//! Options stand one space apart and their names may be in either case. The grammar is narrow, and kept so:
//!
//! * `--SERVER=` takes a name or address of three characters or more that begins and ends with a letter or digit
//!   and is no word of the language (`end`, `random`, `md5` …), then perhaps `:port` and `/?weight`, five digits at most.
//!   It takes no IPv6 address. `--SOCKET="/path"` takes a unix socket, perhaps with `/?weight`.
//! * Text stands in double quotes, and means what it says: a backslash keeps a quote inside and stays there.
//!   Without quotes it follows the rule of a server's name.
//! * Numbers are in libmemcached's units: `--SND-TIMEOUT` and `--RCV-TIMEOUT` are microseconds.
//! * `RESET` forgets all before it; `END` ends the string, whatever follows.
//!
//! # Source
//!
//! libmemcached 1.1.4, `src/libmemcached/csl/`. On purpose different: numbers out of range are errors (there they are
//! cut), so are quotes out of place (there `L"a"` is the text `"a`), comments, and files to be read
//! (`INCLUDE`, `--CONFIGURE-FILE=`), for this crate reads none.

mod error;
mod lexer;
mod parser;
mod print;
#[cfg(test)]
mod tests;

use std::str::FromStr;

use mc_dist::Distribution;
use mc_hash::Algorithm;

pub use error::{InvalidConfig, InvalidConfigKind};

use crate::{Behavior, Error, Namespace, Replay, ServerSpec};

/// A configuration string: its options in the order in which they are applied.
///
/// Parsed with [`str::parse`], printed by [`Display`](std::fmt::Display) so that it parses back to an equal value.
///
/// ```
/// use mc_behaviors::ConfigString;
///
/// let config: ConfigString = "--server=cache1:11212/?2 --BINARY-PROTOCOL --NAMESPACE=app".parse()?;
/// assert_eq!(config.to_string(), r#"--SERVER=cache1:11212/?2 --BINARY-PROTOCOL --NAMESPACE="app""#);
///
/// let replay = config.replay()?;
/// assert!(replay.behaviors().binary);
/// assert_eq!(replay.servers(), ["cache1:11212:2".parse()?]);
///
/// let error = "--SERVER=cache1 --RETRY-TIMEOUT=soon".parse::<ConfigString>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "configuration string, byte 32: \"soon\" is not expected here: allowed is a number",
/// );
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigString {
    options: Vec<ConfigOption>,
}

/// One option of a [`ConfigString`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ConfigOption {
    /// `--SERVER=host:port/?weight`, over TCP, or `--SOCKET="path"/?weight`.
    Server(ServerSpec),
    /// `--NAMESPACE="…"`, once.
    Namespace(Namespace),
    /// `--DISTRIBUTION=CONSISTENT`, `MODULA` or `RANDOM`, perhaps with the hash that is read back as `ketama_hash`.
    Distribution(Distribution, Option<Algorithm>),
    /// `--HASH=`, once.
    Hash(Algorithm),
    /// A behavior that an option without a value switches on: `--BINARY-PROTOCOL`.
    On(Behavior),
    /// A behavior and its number: `--RETRY-TIMEOUT=30`.
    Number(Behavior, u32),
    /// `--POOL-MIN=`: how many clients a pool makes at first.
    PoolMin(u32),
    /// `--POOL-MAX=`: how many clients a pool makes at most.
    PoolMax(u32),
    /// An option that libmemcached takes and that does nothing: `--FETCH-VERSION`, `--USER-DATA`, `DEBUG`.
    Inert(&'static str),
}

impl FromStr for ConfigString {
    type Err = InvalidConfig;

    fn from_str(text: &str) -> Result<Self, InvalidConfig> {
        let options = parser::parse(text)?;
        Ok(Self { options })
    }
}

impl ConfigString {
    /// The options, in the order in which they are applied.
    pub fn options(&self) -> &[ConfigOption] {
        &self.options
    }

    /// Applies the options one after another to a new client: the order matters, see [`Replay`].
    ///
    /// ```
    /// use mc_behaviors::ConfigString;
    ///
    /// let config: ConfigString = "--BINARY-PROTOCOL --VERIFY-KEY".parse()?;
    /// assert_eq!(
    ///     config.replay().unwrap_err().to_string(),
    ///     "behavior VERIFY_KEY: 1 is refused: allowed are changes while the protocol is text, not binary",
    /// );
    /// # Ok::<_, mc_behaviors::InvalidConfig>(())
    /// ```
    ///
    /// # Errors
    /// [`Error`] if a behavior is refused after what came before it.
    pub fn replay(&self) -> Result<Replay, Error> {
        let mut replay = Replay::default();
        for option in &self.options {
            option.apply(&mut replay)?;
        }
        Ok(replay)
    }
}

impl ConfigOption {
    fn apply(&self, replay: &mut Replay) -> Result<(), Error> {
        let mut set = |behavior: Behavior, number: u32| {
            let name = behavior
                .c_name()
                .expect("an option's behavior has a C name");
            replay.set_c(name, number)
        };
        match self {
            Self::Server(server) => replay.add_server(server.clone()),
            Self::Namespace(namespace) => replay.set_namespace(namespace.as_bytes())?,
            Self::Distribution(distribution, hash) => {
                let number = distribution.number().expect("one of libmemcached's");
                set(Behavior::Distribution, number)?;
                if let Some(hash) = hash {
                    set(Behavior::KetamaHash, hash.number())?;
                }
            }
            Self::Hash(hash) => set(Behavior::Hash, hash.number())?,
            Self::On(behavior) => set(*behavior, 1)?,
            Self::Number(behavior, number) => set(*behavior, *number)?,
            Self::PoolMin(_) | Self::PoolMax(_) | Self::Inert(_) => {}
        }
        Ok(())
    }
}

/// Options without a value, and what they switch on.
const SWITCHES: [(&str, Behavior); 12] = [
    ("--BINARY-PROTOCOL", Behavior::BinaryProtocol),
    ("--BUFFER-REQUESTS", Behavior::BufferRequests),
    ("--HASH-WITH-NAMESPACE", Behavior::HashWithPrefixKey),
    ("--NOREPLY", Behavior::Noreply),
    ("--RANDOMIZE-REPLICA-READ", Behavior::RandomizeReplicaRead),
    ("--SORT-HOSTS", Behavior::SortHosts),
    ("--SUPPORT-CAS", Behavior::Cas),
    ("--TCP-KEEPALIVE", Behavior::TcpKeepalive),
    ("--TCP-KEEPIDLE", Behavior::TcpKeepidle),
    ("--TCP-NODELAY", Behavior::TcpNodelay),
    ("--USE-UDP", Behavior::UseUdp),
    ("--VERIFY-KEY", Behavior::VerifyKeys),
];

/// Options with a number, and what they set.
const NUMBERS: [(&str, Behavior); 12] = [
    ("--CONNECT-TIMEOUT=", Behavior::ConnectTimeout),
    ("--IO-BYTES-WATERMARK=", Behavior::IoBytesWatermark),
    ("--IO-KEY-PREFETCH=", Behavior::IoKeyPrefetch),
    ("--IO-MSG-WATERMARK=", Behavior::IoMsgWatermark),
    ("--NUMBER-OF-REPLICAS=", Behavior::NumReplicas),
    ("--POLL-TIMEOUT=", Behavior::PollTimeout),
    ("--RCV-TIMEOUT=", Behavior::ReceiveTimeout),
    ("--REMOVE-FAILED-SERVERS=", Behavior::RemoveFailed),
    ("--RETRY-TIMEOUT=", Behavior::RetryTimeout),
    ("--SND-TIMEOUT=", Behavior::SendTimeout),
    ("--SOCKET-RECV-SIZE=", Behavior::SocketRecvSize),
    ("--SOCKET-SEND-SIZE=", Behavior::SocketSendSize),
];

/// Options that do nothing.
const INERT: [&str; 3] = ["--FETCH-VERSION", "--USER-DATA", "DEBUG"];

/// The other options, each with a rule of its own.
const OTHERS: [&str; 8] = [
    "--SERVER=",
    "--SOCKET=",
    "--NAMESPACE=",
    "--DISTRIBUTION=",
    "--HASH=",
    "--POOL-MIN=",
    "--POOL-MAX=",
    "--CONFIGURE-FILE=",
];

/// The distributions of `--DISTRIBUTION=`.
const DISTRIBUTIONS: [(&str, Distribution); 3] = [
    ("CONSISTENT", Distribution::Consistent),
    ("MODULA", Distribution::Modula),
    ("RANDOM", Distribution::Random),
];

/// The hashes of `--HASH=` and `--DISTRIBUTION=…,`; libmemcached's builds know the word `HSIEH` but not the hash.
const HASHES: [(&str, Algorithm); 8] = [
    ("MD5", Algorithm::Md5),
    ("CRC", Algorithm::Crc),
    ("FNV1_64", Algorithm::Fnv164),
    ("FNV1A_64", Algorithm::Fnv1a64),
    ("FNV1_32", Algorithm::Fnv132),
    ("FNV1A_32", Algorithm::Fnv1a32),
    ("MURMUR", Algorithm::Murmur),
    ("JENKINS", Algorithm::Jenkins),
];

/// Words of the language that are neither a hash nor a distribution nor inert.
const WORDS: [&str; 8] = [
    "INCLUDE",
    "RESET",
    "SERVERS",
    "END",
    "CSL_ERROR",
    "TRUE",
    "FALSE",
    "HSIEH",
];

/// What stands for a value in a table of names.
fn named<T: Copy>(table: &'static [(&'static str, T)], name: &str) -> Option<T> {
    let row = table.iter().find(|(known, _)| *known == name);
    row.map(|(_, value)| *value)
}
