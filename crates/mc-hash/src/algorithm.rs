//! The algorithms by name and by number: one enum, and pylibmc's two tables.

use core::fmt;
use core::str::FromStr;

use crate::UnknownAlgorithm;

/// One of libhashkit's hash functions, chosen at run time.
///
/// The discriminants are libmemcached's numbers (`MEMCACHED_HASH_…`), the names are pylibmc's, with
/// `murmur3` added, which pylibmc cannot name. The default is [`Algorithm::Default`], as there.
///
/// ```
/// use mc_hash::Algorithm;
///
/// let hash: Algorithm = "fnv1a_32".parse()?;
/// assert_eq!(hash, Algorithm::Fnv1a32);
/// assert_eq!(hash.number(), 6);
/// assert_eq!(hash.hash(b"foobar"), mc_hash::fnv1a_32(b"foobar"));
///
/// let unknown = "sha1".parse::<Algorithm>().unwrap_err();
/// assert!(unknown.to_string().starts_with("unknown hash \"sha1\": use default, md5, crc"));
/// # Ok::<(), mc_hash::UnknownAlgorithm>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// `default`: [`one_at_a_time`](crate::one_at_a_time).
    #[default]
    Default = 0,
    /// `md5`: the first word of the digest, see [`md5`](crate::md5).
    Md5 = 1,
    /// `crc`: 15 bits of CRC-32, see [`crc`](crate::crc).
    Crc = 2,
    /// `fnv1_64`: the low half of 64-bit FNV-1, see [`fnv1_64`](crate::fnv1_64).
    Fnv164 = 3,
    /// `fnv1a_64`: the low half of 64-bit FNV-1a, see [`fnv1a_64`](crate::fnv1a_64).
    Fnv1a64 = 4,
    /// `fnv1_32`: 32-bit FNV-1, see [`fnv1_32`](crate::fnv1_32).
    Fnv132 = 5,
    /// `fnv1a_32`: 32-bit FNV-1a, see [`fnv1a_32`](crate::fnv1a_32).
    Fnv1a32 = 6,
    /// `hsieh`: SuperFastHash, see [`hsieh`](crate::hsieh); many builds of libmemcached refuse it.
    Hsieh = 7,
    /// `murmur`: MurmurHash2, see [`murmur`](crate::murmur).
    Murmur = 8,
    /// `jenkins`: lookup3, see [`jenkins`](crate::jenkins).
    Jenkins = 9,
    /// `murmur3`: MurmurHash3, see [`murmur3`](crate::murmur3); pylibmc has no name for it.
    Murmur3 = 10,
}

/// pylibmc's `hashers`: name and number of each algorithm that pylibmc can name.
///
/// In the order of the numbers, 0 to 9. [`Algorithm::Murmur3`] is not among them.
pub const HASHERS: [(&str, u32); 10] = {
    let mut hashers = [("", 0); 10];
    let mut at = 0;
    while at < hashers.len() {
        hashers[at] = (Algorithm::ALL[at].name(), Algorithm::ALL[at].number());
        at += 1;
    }
    hashers
};

/// pylibmc's `hashers_rvs`: [`HASHERS`] the other way round.
///
/// ```
/// assert_eq!(mc_hash::HASHERS_RVS[1], (1, "md5"));
/// ```
pub const HASHERS_RVS: [(u32, &str); 10] = {
    let mut reversed = [(0, ""); 10];
    let mut at = 0;
    while at < reversed.len() {
        reversed[at] = (HASHERS[at].1, HASHERS[at].0);
        at += 1;
    }
    reversed
};

impl Algorithm {
    /// Every algorithm, each at the index that is its number.
    pub const ALL: [Self; 11] = [
        Self::Default,
        Self::Md5,
        Self::Crc,
        Self::Fnv164,
        Self::Fnv1a64,
        Self::Fnv132,
        Self::Fnv1a32,
        Self::Hsieh,
        Self::Murmur,
        Self::Jenkins,
        Self::Murmur3,
    ];

    /// The name in pylibmc's `hashers`, or `murmur3`: what `Display` prints and `FromStr` reads.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Md5 => "md5",
            Self::Crc => "crc",
            Self::Fnv164 => "fnv1_64",
            Self::Fnv1a64 => "fnv1a_64",
            Self::Fnv132 => "fnv1_32",
            Self::Fnv1a32 => "fnv1a_32",
            Self::Hsieh => "hsieh",
            Self::Murmur => "murmur",
            Self::Jenkins => "jenkins",
            Self::Murmur3 => "murmur3",
        }
    }

    /// The number in libmemcached's `memcached_hash_t`, 0 to 10: what `TryFrom<u32>` reads.
    pub const fn number(self) -> u32 {
        self as u32
    }

    /// Hashes `key`, any bytes of any length, as the function of the same name does.
    pub fn hash(self, key: &[u8]) -> u32 {
        match self {
            Self::Default => crate::one_at_a_time(key),
            Self::Md5 => crate::md5(key),
            Self::Crc => crate::crc(key),
            Self::Fnv164 => crate::fnv1_64(key),
            Self::Fnv1a64 => crate::fnv1a_64(key),
            Self::Fnv132 => crate::fnv1_32(key),
            Self::Fnv1a32 => crate::fnv1a_32(key),
            Self::Hsieh => crate::hsieh(key),
            Self::Murmur => crate::murmur(key),
            Self::Jenkins => crate::jenkins(key),
            Self::Murmur3 => crate::murmur3(key),
        }
    }

    /// Hands over the [`hash`](Self::hash) of each key, in the order of the keys.
    ///
    /// For whoever has many keys at once: md5 of short ones is three times as fast so, as
    /// [`md5_points_each`](crate::md5_points_each) says. The other algorithms hash key by key.
    ///
    /// ```
    /// use mc_hash::Algorithm;
    ///
    /// let keys = ["user:1", "user:2", "user:3"];
    /// let mut hashes = Vec::new();
    /// Algorithm::Md5.hash_each(keys, |hash| hashes.push(hash));
    /// assert_eq!(hashes, keys.map(|key| mc_hash::md5(key.as_bytes())));
    /// ```
    pub fn hash_each<K: AsRef<[u8]>>(
        self,
        keys: impl IntoIterator<Item = K>,
        mut each: impl FnMut(u32),
    ) {
        match self {
            Self::Md5 => crate::md5_points_each(keys, |[first, ..]| each(first)),
            _ => keys
                .into_iter()
                .for_each(|key| each(self.hash(key.as_ref()))),
        }
    }
}

/// Prints [`Algorithm::name`].
impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Reads [`Algorithm::name`], exactly: no other case, no spaces.
impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        let named = Self::ALL.into_iter().find(|known| known.name() == name);
        named.ok_or_else(|| UnknownAlgorithm::name(name))
    }
}

/// Reads [`Algorithm::number`]: 0 to 10.
impl TryFrom<u32> for Algorithm {
    type Error = UnknownAlgorithm;

    fn try_from(number: u32) -> Result<Self, UnknownAlgorithm> {
        let numbered = Self::ALL.get(number as usize).copied();
        numbered.ok_or_else(|| UnknownAlgorithm::number(number))
    }
}
