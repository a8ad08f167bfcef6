//! The table of behaviors: both names, shape, unit, default, meaning.
//!
//! Two views read it. By name, pylibmc's: `set("send_timeout", 500)`, with names for hashes and distributions.
//! And libmemcached's C API: `set_c("SND_TIMEOUT", 500_000)`, where everything is a number.
//! **Their units differ for two behaviors only**: a bare number for `send_timeout` or `receive_timeout` is
//! milliseconds by name, and microseconds in C and in configuration strings.

use std::fmt;
use std::time::Duration;

use mc_dist::Compat;

/// A behavior: one setting of libmemcached or pylibmc.
///
/// In the order in which pylibmc applies a whole dict of them, then those that pylibmc has no name for.
///
/// ```
/// use mc_behaviors::{Behavior, Shape, Unit};
///
/// let behavior = Behavior::by_name("receive_timeout").unwrap();
/// assert_eq!(behavior, Behavior::ReceiveTimeout);
/// assert_eq!(behavior.c_name(), Some("RCV_TIMEOUT"));
/// let Shape::Time { unit, c_unit, .. } = behavior.shape() else { panic!("{behavior} is a time") };
/// assert_eq!((unit, c_unit), (Unit::Milliseconds, Unit::Microseconds));
///
/// assert_eq!(Behavior::by_name("use_udp"), None);
/// assert_eq!(Behavior::by_c_name("USE_UDP"), Some(Behavior::UseUdp));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "each one's meaning is `Behavior::summary`, in the table below"
)]
pub enum Behavior {
    NoBlock,
    TcpNodelay,
    TcpKeepalive,
    Hash,
    KetamaHash,
    Ketama,
    KetamaWeighted,
    Distribution,
    Cas,
    BufferRequests,
    VerifyKeys,
    ConnectTimeout,
    SendTimeout,
    ReceiveTimeout,
    NumReplicas,
    AutoEject,
    RetryTimeout,
    RemoveFailed,
    FailureLimit,
    IoMsgWatermark,
    IoBytesWatermark,
    IoKeyPrefetch,
    HashWithPrefixKey,
    Noreply,
    SortHosts,
    PollTimeout,
    SocketSendSize,
    SocketRecvSize,
    DeadTimeout,
    PickleProtocol,
    Namespace,
    BinaryProtocol,
    UseUdp,
    RandomizeReplicaRead,
    TcpKeepidle,
    ServerTimeoutLimit,
    CacheLookups,
    UserData,
    Cork,
    LoadFromFile,
}

/// What a behavior holds, and which numbers may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shape {
    /// On or off: a boolean, or a number, of which every one but 0 is on.
    Flag,
    /// A whole number within bounds.
    Count {
        /// The smallest number allowed.
        least: i64,
        /// The largest one.
        most: i64,
    },
    /// A span of time: a number of units within bounds, or by name a [`Duration`](std::time::Duration) within them.
    Time {
        /// What a bare number counts by name.
        unit: Unit,
        /// What a number counts in C and in configuration strings.
        c_unit: Unit,
        /// The smallest number allowed.
        least: u32,
        /// The largest one.
        most: u32,
    },
    /// A hash: `hash` by its name, `ketama_hash` also by its number, in C both by number.
    Hash,
    /// A distribution, by its name, in C by its number.
    Distribution,
    /// Bytes, see [`Namespace`](crate::Namespace).
    Namespace,
    /// A constant of the reference, which can be read in C and never set.
    Fixed(u64),
}

/// What a number of time counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// 10⁻⁶ s.
    Microseconds,
    /// 10⁻³ s.
    Milliseconds,
    /// 1 s.
    Seconds,
}

impl Unit {
    /// A span of `number` of it.
    pub(crate) const fn times(self, number: u32) -> Duration {
        match self {
            Self::Microseconds => Duration::from_micros(number as u64),
            Self::Milliseconds => Duration::from_millis(number as u64),
            Self::Seconds => Duration::from_secs(number as u64),
        }
    }

    /// How many of it a span has: `Err` of the whole ones if there is a rest.
    pub(crate) fn count(self, time: Duration) -> Result<u128, u128> {
        let unit = self.times(1).as_nanos();
        let count = time.as_nanos() / unit;
        match time.as_nanos() % unit {
            0 => Ok(count),
            _ => Err(count),
        }
    }
}

/// The name in the plural.
impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Microseconds => "microseconds",
            Self::Milliseconds => "milliseconds",
            Self::Seconds => "seconds",
        })
    }
}

impl Behavior {
    /// Every behavior, in the order of pylibmc's application of a dict, then those with a C name only.
    pub fn all() -> impl Iterator<Item = Self> + Clone {
        TABLE.iter().map(|row| row.behavior)
    }

    /// The behavior that pylibmc calls `name`, the callback `namespace` among them.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::all().find(|one| one.name() == Some(name))
    }

    /// The behavior that libmemcached calls `MEMCACHED_BEHAVIOR_` and this.
    pub fn by_c_name(name: &str) -> Option<Self> {
        Self::all().find(|one| one.c_name() == Some(name))
    }

    fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }

    /// pylibmc's name, if it has one.
    pub fn name(self) -> Option<&'static str> {
        self.row().name
    }

    /// libmemcached's name without `MEMCACHED_BEHAVIOR_`; none for `pickle_protocol` and `namespace`.
    pub fn c_name(self) -> Option<&'static str> {
        self.row().c_name
    }

    /// What it holds under libmemcached 1.1; [`Compat::V1_0`] is narrower, see [`shape_in`](Self::shape_in).
    pub fn shape(self) -> Shape {
        self.row().shape
    }

    /// What it holds in the version of libmemcached that is followed.
    ///
    /// Under [`Compat::V1_0`] a `retry_timeout` of 0 is refused, and `remove_failed` is a count from 1 that is also
    /// the failure limit.
    pub fn shape_in(self, compat: Compat) -> Shape {
        match (self, compat) {
            (Self::RemoveFailed, Compat::V1_0) => Self::FailureLimit.shape(),
            (Self::RetryTimeout, Compat::V1_0) => seconds(1, MAX_TIME),
            _ => self.shape(),
        }
    }

    /// What it does, in a line.
    pub fn summary(self) -> &'static str {
        self.row().summary
    }
}

/// pylibmc's name, or libmemcached's where pylibmc has none.
impl fmt::Display for Behavior {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            self.name()
                .or_else(|| self.c_name())
                .expect("a row has a name"),
        )
    }
}

/// One behavior.
struct Row {
    behavior: Behavior,
    name: Option<&'static str>,
    c_name: Option<&'static str>,
    shape: Shape,
    summary: &'static str,
}

/// The reference keeps times in a C `int`.
const MAX_TIME: u32 = i32::MAX as u32;

/// Counts in a `uint32_t`.
const COUNT: Shape = Shape::Count {
    least: 0,
    most: u32::MAX as i64,
};

/// Sizes in an `int`, of which the kernel takes the positive ones.
const SIZE: Shape = Shape::Count {
    least: 0,
    most: i32::MAX as i64,
};

const fn milliseconds(c_unit: Unit) -> Shape {
    Shape::Time {
        unit: Unit::Milliseconds,
        c_unit,
        least: 0,
        most: MAX_TIME,
    }
}

const fn seconds(least: u32, most: u32) -> Shape {
    Shape::Time {
        unit: Unit::Seconds,
        c_unit: Unit::Seconds,
        least,
        most,
    }
}

/// A behavior that both views know.
const fn row(
    behavior: Behavior,
    name: &'static str,
    c_name: &'static str,
    shape: Shape,
    summary: &'static str,
) -> Row {
    Row {
        behavior,
        name: Some(name),
        c_name: Some(c_name),
        shape,
        summary,
    }
}

/// A behavior of pylibmc alone.
const fn named(behavior: Behavior, name: &'static str, shape: Shape, summary: &'static str) -> Row {
    Row {
        behavior,
        name: Some(name),
        c_name: None,
        shape,
        summary,
    }
}

/// A behavior of libmemcached alone.
const fn in_c(behavior: Behavior, name: &'static str, shape: Shape, summary: &'static str) -> Row {
    Row {
        behavior,
        name: None,
        c_name: Some(name),
        shape,
        summary,
    }
}

use Behavior as B;
use Shape::{Distribution, Fixed, Flag, Hash, Namespace};
use Unit::{Microseconds, Milliseconds};

/// Every behavior, in the order of [`Behavior`]'s variants.
#[rustfmt::skip]
static TABLE: [Row; 40] = [
    row(B::NoBlock, "no_block", "NO_BLOCK", Flag, "sockets that do not block, as ours never do; closing one drops what is not sent yet"),
    row(B::TcpNodelay, "tcp_nodelay", "TCP_NODELAY", Flag, "send small packets at once (TCP_NODELAY)"),
    row(B::TcpKeepalive, "tcp_keepalive", "TCP_KEEPALIVE", Flag, "probe idle connections (SO_KEEPALIVE)"),
    row(B::Hash, "hash", "HASH", Hash, "the hash of the keys; a ring keeps the hash that it was built with"),
    row(B::KetamaHash, "ketama_hash", "KETAMA_HASH", Hash, "stored and read back; used nowhere, as in the reference"),
    row(B::Ketama, "ketama", "KETAMA", Flag, "on: the distribution `consistent ketama`; off: `modula`"),
    row(B::KetamaWeighted, "ketama_weighted", "KETAMA_WEIGHTED", Flag, "on: `consistent weighted` and md5 for both hashes; off: as `ketama` on"),
    row(B::Distribution, "distribution", "DISTRIBUTION", Distribution, "how keys are spread over servers"),
    row(B::Cas, "cas", "SUPPORT_CAS", Flag, "fetch the cas token with every value"),
    row(B::BufferRequests, "buffer_requests", "BUFFER_REQUESTS", Flag, "hold back sets and deletes and send many at once; not over UDP"),
    row(B::VerifyKeys, "verify_keys", "VERIFY_KEY", Flag, "only printable ASCII in keys; text protocol only"),
    row(B::ConnectTimeout, "connect_timeout", "CONNECT_TIMEOUT", milliseconds(Milliseconds), "bounds a connect"),
    row(B::SendTimeout, "send_timeout", "SND_TIMEOUT", milliseconds(Microseconds), "bounds a write; 0 is no bound of its own"),
    row(B::ReceiveTimeout, "receive_timeout", "RCV_TIMEOUT", milliseconds(Microseconds), "bounds a read; 0 is no bound of its own"),
    row(B::NumReplicas, "num_replicas", "NUMBER_OF_REPLICAS", COUNT, "further servers that hold each key"),
    row(B::AutoEject, "auto_eject", "AUTO_EJECT_HOSTS", Flag, "give a failing server's keys to the others"),
    row(B::RetryTimeout, "retry_timeout", "RETRY_TIMEOUT", seconds(0, MAX_TIME), "how long a server is left alone after a failure"),
    row(B::RemoveFailed, "remove_failed", "REMOVE_FAILED_SERVERS", Flag, "another name of `auto_eject`"),
    row(B::FailureLimit, "failure_limit", "SERVER_FAILURE_LIMIT", Shape::Count { least: 1, most: u32::MAX as i64 }, "failures in a row until a server is ejected"),
    row(B::IoMsgWatermark, "_io_msg_watermark", "IO_MSG_WATERMARK", COUNT, "messages in flight before answers are read"),
    row(B::IoBytesWatermark, "_io_bytes_watermark", "IO_BYTES_WATERMARK", COUNT, "bytes in flight before answers are read"),
    row(B::IoKeyPrefetch, "_io_key_prefetch", "IO_KEY_PREFETCH", COUNT, "keys asked for before answers are read; 0 is no limit"),
    row(B::HashWithPrefixKey, "_hash_with_prefix_key", "HASH_WITH_PREFIX_KEY", Flag, "hash the namespace in front of the key"),
    row(B::Noreply, "_noreply", "NOREPLY", Flag, "ask for no answers: errors are never seen; cannot be off over UDP"),
    row(B::SortHosts, "_sort_hosts", "SORT_HOSTS", Flag, "sort the servers by host and port, so that their order does not matter"),
    row(B::PollTimeout, "_poll_timeout", "POLL_TIMEOUT", milliseconds(Milliseconds), "bounds one wait for the socket: what bounds a read in the reference"),
    row(B::SocketSendSize, "_socket_send_size", "SOCKET_SEND_SIZE", SIZE, "the kernel's send buffer in bytes; 0 leaves it alone"),
    row(B::SocketRecvSize, "_socket_recv_size", "SOCKET_RECV_SIZE", SIZE, "the kernel's receive buffer in bytes; 0 leaves it alone"),
    row(B::DeadTimeout, "dead_timeout", "DEAD_TIMEOUT", seconds(0, MAX_TIME), "how long an ejected server is left alone"),
    named(B::PickleProtocol, "pickle_protocol", Shape::Count { least: i32::MIN as i64, most: i32::MAX as i64 }, "kept and read back only: our pickles are of protocol 2; negative is the newest"),
    named(B::Namespace, "namespace", Namespace, "bytes in front of every key on the wire"),
    in_c(B::BinaryProtocol, "BINARY_PROTOCOL", Flag, "the binary protocol; on clears `verify_keys`"),
    in_c(B::UseUdp, "USE_UDP", Flag, "datagrams; on sets `_noreply` and clears `buffer_requests`, off clears `_noreply`"),
    in_c(B::RandomizeReplicaRead, "RANDOMIZE_REPLICA_READ", Flag, "read from any replica, not from the key's owner first"),
    in_c(B::TcpKeepidle, "TCP_KEEPIDLE", seconds(0, u32::MAX), "idle time before the first keep-alive probe; 0 leaves it alone"),
    in_c(B::ServerTimeoutLimit, "SERVER_TIMEOUT_LIMIT", COUNT, "failed connections in a row until a server is left alone; 0 is 1"),
    in_c(B::CacheLookups, "CACHE_LOOKUPS", Fixed(1), "deprecated in libmemcached"),
    in_c(B::UserData, "USER_DATA", Fixed(0), "deprecated in libmemcached"),
    in_c(B::Cork, "CORK", Fixed(1), "deprecated in libmemcached"),
    in_c(B::LoadFromFile, "LOAD_FROM_FILE", Fixed(0), "only in a configuration string"),
];
