//! The ways of placing keys, with libmemcached's numbers and pylibmc's names.

use std::fmt;
use std::str::FromStr;

/// How a key's hash becomes a server.
///
/// The first seven are libmemcached's, with its numbers; [`Jump`](Self::Jump) and
/// [`Rendezvous`](Self::Rendezvous) are ours and have none.
/// Names are pylibmc's, parsed and printed exactly.
///
/// ```
/// use mc_dist::Distribution;
///
/// let ketama: Distribution = "consistent ketama".parse()?;
/// assert_eq!(ketama, Distribution::Ketama);
/// assert_eq!(ketama.number(), Some(2));
/// assert_eq!(Distribution::try_from(5)?.to_string(), "consistent weighted");
///
/// let refused = "consistent max".parse::<Distribution>().unwrap_err();
/// assert!(refused.to_string().starts_with("distribution \"consistent max\" places no keys"));
/// # Ok::<_, mc_dist::UnknownDistribution>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Distribution {
    /// `hash % servers`. Weights do not count, and a server more or less moves nearly every key.
    #[default]
    Modula,
    /// A continuum; in libmemcached the same as [`Ketama`](Self::Ketama).
    Consistent,
    /// A continuum of 100 points per server.
    Ketama,
    /// A new server at every look-up, whatever the key.
    Random,
    /// A continuum whose points are named as the Java client spymemcached names them.
    KetamaSpy,
    /// A continuum whose points follow the servers' weights: 160 per server on average, by md5.
    Weighted,
    /// A fixed map of buckets to servers, or without one the low bits of the hash.
    VirtualBucket,
    /// Jump consistent hashing (Lamping and Veach): even, no memory; servers come and go at the
    /// list's end.
    Jump,
    /// Highest random weight (Thaler and Ravishankar), with weights: any server may go and only
    /// its keys move; a look-up asks every server.
    Rendezvous,
}

/// `pylibmc.distributions`: names and libmemcached's numbers, in the order of the numbers.
///
/// The last, `consistent max`, only ends libmemcached's list; it is no [`Distribution`].
pub const DISTRIBUTIONS: [(&str, u32); 8] = [
    ("modula", 0),
    ("consistent", 1),
    ("consistent ketama", 2),
    ("random", 3),
    ("consistent ketama spy", 4),
    ("consistent weighted", 5),
    ("virtual bucket", 6),
    ("consistent max", 7),
];

/// `pylibmc.distributions_rvs`: [`DISTRIBUTIONS`] read from number to name.
///
/// ```
/// assert_eq!(mc_dist::DISTRIBUTIONS_RVS[4], (4, "consistent ketama spy"));
/// ```
pub const DISTRIBUTIONS_RVS: [(u32, &str); 8] = {
    let mut reversed = [(0, ""); 8];
    let mut at = 0;
    while at < reversed.len() {
        reversed[at] = (DISTRIBUTIONS[at].1, DISTRIBUTIONS[at].0);
        at += 1;
    }
    reversed
};

impl Distribution {
    /// Every distribution, libmemcached's first, in the order of their numbers.
    pub const ALL: [Self; 9] = [
        Self::Modula,
        Self::Consistent,
        Self::Ketama,
        Self::Random,
        Self::KetamaSpy,
        Self::Weighted,
        Self::VirtualBucket,
        Self::Jump,
        Self::Rendezvous,
    ];

    /// pylibmc's name, such as `consistent ketama`; ours are `jump` and `rendezvous`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jump => "jump",
            Self::Rendezvous => "rendezvous",
            libmemcached => DISTRIBUTIONS[libmemcached as usize].0,
        }
    }

    /// libmemcached's number, 0 to 6; none for [`Jump`](Self::Jump) and
    /// [`Rendezvous`](Self::Rendezvous).
    pub const fn number(self) -> Option<u32> {
        match self {
            Self::Jump | Self::Rendezvous => None,
            libmemcached => Some(libmemcached as u32),
        }
    }

    /// Whether keys are placed on a continuum (a ring of points).
    pub const fn is_continuum(self) -> bool {
        matches!(
            self,
            Self::Consistent | Self::Ketama | Self::KetamaSpy | Self::Weighted
        )
    }
}

impl fmt::Display for Distribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Distribution {
    type Err = UnknownDistribution;

    fn from_str(name: &str) -> Result<Self, UnknownDistribution> {
        let found = Self::ALL.into_iter().find(|known| known.name() == name);
        found.ok_or_else(|| UnknownDistribution(format!("{name:?}")))
    }
}

impl TryFrom<u32> for Distribution {
    type Error = UnknownDistribution;

    fn try_from(number: u32) -> Result<Self, UnknownDistribution> {
        let mut all = Self::ALL.into_iter();
        let found = all.find(|known| known.number() == Some(number));
        found.ok_or_else(|| UnknownDistribution(number.to_string()))
    }
}

/// A name or number that is no [`Distribution`]; its text lists those that are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownDistribution(String);

impl fmt::Display for UnknownDistribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(given) = self;
        let why = match given.as_str() {
            "\"consistent max\"" | "7" => "places no keys, it only ends libmemcached's list",
            _ => "is unknown",
        };
        write!(f, "distribution {given} {why}: allowed are")?;
        for (at, known) in Distribution::ALL.into_iter().enumerate() {
            write!(f, "{} {known}", if at == 0 { "" } else { "," })?;
            if let Some(number) = known.number() {
                write!(f, " ({number})")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for UnknownDistribution {}
