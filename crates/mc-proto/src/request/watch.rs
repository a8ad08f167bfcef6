//! What of the server's log can be watched.

/// A kind of entries in the server's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LogTopic {
    /// `fetchers`: items that were asked for.
    Fetchers,
    /// `mutations`: items that were stored or changed.
    Mutations,
    /// `evictions`: items that had to leave for others.
    Evictions,
    /// `connevents`: connections opened and closed.
    ConnEvents,
    /// `deletions`: items that were deleted; since 1.6.19.
    Deletions,
    /// `sysevents`: what the server does by itself.
    SysEvents,
    /// `rawcmds`: commands as they were sent.
    RawCommands,
    /// `proxyreqs`: requests through memcached's proxy.
    ProxyRequests,
    /// `proxyevents`: what memcached's proxy does by itself.
    ProxyEvents,
    /// `proxyuser`: what the scripts of memcached's proxy log.
    ProxyUser,
}

/// Some kinds of entries; none is the server's default, which is
/// [`LogTopic::Fetchers`].
///
/// ```
/// use mc_proto::{LogTopic, LogTopics};
///
/// let topics: LogTopics = [LogTopic::Evictions, LogTopic::Fetchers].into_iter().collect();
/// let names: Vec<_> = topics.iter().map(LogTopic::name).collect();
/// assert_eq!(names, ["fetchers", "evictions"]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct LogTopics(u16);

impl LogTopic {
    /// Every topic.
    pub const ALL: [Self; 10] = [
        Self::Fetchers,
        Self::Mutations,
        Self::Evictions,
        Self::ConnEvents,
        Self::Deletions,
        Self::SysEvents,
        Self::RawCommands,
        Self::ProxyRequests,
        Self::ProxyEvents,
        Self::ProxyUser,
    ];

    /// The word that the server knows it by.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fetchers => "fetchers",
            Self::Mutations => "mutations",
            Self::Evictions => "evictions",
            Self::ConnEvents => "connevents",
            Self::Deletions => "deletions",
            Self::SysEvents => "sysevents",
            Self::RawCommands => "rawcmds",
            Self::ProxyRequests => "proxyreqs",
            Self::ProxyEvents => "proxyevents",
            Self::ProxyUser => "proxyuser",
        }
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

impl LogTopics {
    /// The topics, in the order of [`LogTopic::ALL`].
    pub fn iter(self) -> impl Iterator<Item = LogTopic> {
        let topics = LogTopic::ALL.into_iter();
        topics.filter(move |topic| self.0 & topic.bit() != 0)
    }
}

impl FromIterator<LogTopic> for LogTopics {
    fn from_iter<I: IntoIterator<Item = LogTopic>>(topics: I) -> Self {
        let bits = topics.into_iter().map(LogTopic::bit);
        Self(bits.fold(0, |all, bit| all | bit))
    }
}
