//! How a server is run: memory, slabs, LRU and crawler.

use std::fmt;

use super::Classes;
use crate::line;

/// A change of how the server is run.
///
/// Answered with [`Reply::Ok`](crate::Reply::Ok), or with a
/// [`Refusal`](crate::Refusal) of a kind of its own. Numbers outside of what a
/// server takes are the server's to refuse: the ranges differ by version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Admin {
    /// `cache_memlimit`: how much memory items may take.
    CacheMemlimit {
        /// In MiB, at least 8.
        megabytes: u32,
    },
    /// `slabs reassign`: moves a page from one slab class to another.
    SlabsReassign {
        /// The class that gives; `None` lets the server choose (`-1`).
        from: Option<u32>,
        /// The class that gets.
        to: u32,
    },
    /// `slabs automove`: whether the server moves pages by itself.
    SlabsAutomove(Automove),
    /// `lru tune`: how the segments of the LRU share the memory.
    LruTune {
        /// The share of HOT in percent.
        hot: u32,
        /// The share of WARM in percent; both together are at most 80.
        warm: u32,
        /// The greatest age in HOT, as a part of that in COLD.
        hot_age: Ratio,
        /// The greatest age in WARM, as a part of that in COLD.
        warm_age: Ratio,
    },
    /// `lru mode`: whether the LRU has segments.
    LruMode(LruMode),
    /// `lru temp_ttl`: items that end sooner stay out of the LRU.
    LruTempTtl {
        /// In seconds; `None` switches it off.
        seconds: Option<u32>,
    },
    /// `lru_crawler enable`: starts the crawler, which frees what has ended.
    CrawlerEnable,
    /// `lru_crawler disable`: stops it.
    CrawlerDisable,
    /// `lru_crawler sleep`: how long it rests after each item.
    CrawlerSleep {
        /// At most 1 000 000.
        microseconds: u32,
    },
    /// `lru_crawler tocrawl`: how many items of a class it looks at.
    CrawlerTocrawl {
        /// 0 is all.
        items: u32,
    },
    /// `lru_crawler crawl`: lets it begin now.
    Crawl(Classes),
}

/// How the server moves pages between slab classes by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Automove {
    /// `0`: not at all.
    Off,
    /// `1`: slowly, where the ages of items differ.
    On,
    /// `2`: with every eviction. Not for use in earnest.
    Aggressive,
    /// `ratio`: pages move if the oldest ages of two classes differ more.
    Ratio(Ratio),
    /// `freeratio`: how much of the memory is kept free; since 1.6.27.
    FreeRatio(Ratio),
    /// `window`: over how many seconds the ages are averaged; 3 to 1800.
    Window(u32),
}

/// Whether the LRU has segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LruMode {
    /// One list, as before memcached 1.5.
    Flat,
    /// HOT, WARM and COLD.
    Segmented,
}

/// A part or a multiple of something, in thousandths.
///
/// ```
/// use mc_proto::Ratio;
///
/// assert_eq!(Ratio::from_thousandths(200).to_string(), "0.2");
/// assert_eq!(Ratio::from_thousandths(2_000).to_string(), "2");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ratio(u32);

impl Admin {
    /// The word that the text protocol has for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CacheMemlimit { .. } => "cache_memlimit",
            Self::SlabsReassign { .. } => "slabs reassign",
            Self::SlabsAutomove(_) => "slabs automove",
            Self::LruTune { .. } => "lru tune",
            Self::LruMode(_) => "lru mode",
            Self::LruTempTtl { .. } => "lru temp_ttl",
            Self::CrawlerEnable => "lru_crawler enable",
            Self::CrawlerDisable => "lru_crawler disable",
            Self::CrawlerSleep { .. } => "lru_crawler sleep",
            Self::CrawlerTocrawl { .. } => "lru_crawler tocrawl",
            Self::Crawl(_) => "lru_crawler crawl",
        }
    }
}

impl LruMode {
    /// The word that the server knows it by.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flat => "flat",
            Self::Segmented => "segmented",
        }
    }
}

impl Ratio {
    /// So many thousandths.
    #[must_use]
    pub const fn from_thousandths(thousandths: u32) -> Self {
        Self(thousandths)
    }

    /// Reads what [`Display`](fmt::Display) writes, and zeros at its end.
    pub(crate) fn from_digits(digits: &[u8]) -> Option<Self> {
        let mut parts = digits.splitn(2, |&byte| byte == b'.');
        let whole = line::number(parts.next()?)?.checked_mul(1000)?;
        let part = match parts.next() {
            None => 0,
            Some(digits) => {
                let unit = match digits.len() {
                    1 => 100,
                    2 => 10,
                    3 => 1,
                    _ => return None,
                };
                line::number(digits)?.checked_mul(unit)?
            }
        };
        u32::try_from(whole.checked_add(part)?).ok().map(Self)
    }

    /// How many thousandths it is.
    #[must_use]
    pub const fn thousandths(self) -> u32 {
        self.0
    }
}

/// Decimal digits with at most three behind the point, as a server reads it.
impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 1000, self.0 % 1000);
        match rest {
            0 => write!(f, "{whole}"),
            _ => {
                let digits = format!("{rest:03}");
                write!(f, "{whole}.{}", digits.trim_end_matches('0'))
            }
        }
    }
}
