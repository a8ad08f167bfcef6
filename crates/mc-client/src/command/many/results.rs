//! What comes of a many-key call.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash};

use crate::error::Error;

/// The results of a many-key call, one for each key, in the order of the keys.
///
/// A failed server is the error of its own keys and of no others; it is never a miss.
///
/// ```no_run
/// # async fn example(client: mc_client::Client) -> Result<(), mc_client::Error> {
/// let stored = client.set_many([("a", 1), ("b", 2)]).await;
/// for (key, error) in stored.failed() {
///     eprintln!("{key}: {error}");
/// }
/// let found = client.get_many::<_, u32>(["a", "b", "c"]).await;
/// println!("missing: {:?}", found.misses().collect::<Vec<_>>());
/// let found: std::collections::HashMap<_, u32> = found.into_map()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a key may have failed"]
pub struct Many<K, T> {
    keys: Vec<K>,
    results: Vec<Result<T, Error>>,
}

impl<K, T> Many<K, T> {
    pub(crate) fn new(keys: Vec<K>, results: Vec<Result<T, Error>>) -> Self {
        debug_assert_eq!(keys.len(), results.len(), "one result for each key");
        Self { keys, results }
    }

    /// Each key with its result.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &Result<T, Error>)> {
        self.keys.iter().zip(&self.results)
    }

    /// The keys that failed, each with its cause.
    pub fn failed(&self) -> impl Iterator<Item = (&K, &Error)> {
        self.iter()
            .filter_map(|(key, result)| Some((key, result.as_ref().err()?)))
    }

    /// Whether no key failed.
    pub fn is_ok(&self) -> bool {
        self.results.iter().all(Result::is_ok)
    }

    /// The result of every key, in their order, or the first error.
    pub fn all(self) -> Result<Vec<T>, Error> {
        self.results.into_iter().collect()
    }

    /// The results alone, in the order of the keys.
    pub fn into_results(self) -> Vec<Result<T, Error>> {
        self.results
    }
}

impl<K, T> Many<K, Option<T>> {
    /// The keys that were found, each with its value.
    pub fn hits(&self) -> impl Iterator<Item = (&K, &T)> {
        self.iter()
            .filter_map(|(key, result)| Some((key, result.as_ref().ok()?.as_ref()?)))
    }

    /// The keys that the servers do not hold.
    pub fn misses(&self) -> impl Iterator<Item = &K> {
        self.iter()
            .filter(|(_, result)| matches!(result, Ok(None)))
            .map(|(key, _)| key)
    }
}

impl<K> Many<K, bool> {
    /// The keys for which it was done: stored, deleted or touched.
    pub fn done(&self) -> impl Iterator<Item = &K> {
        self.that_are(true)
    }

    /// The keys for which it was not done, as their items were there, or were not.
    pub fn not_done(&self) -> impl Iterator<Item = &K> {
        self.that_are(false)
    }

    fn that_are(&self, done: bool) -> impl Iterator<Item = &K> {
        self.iter()
            .filter(move |(_, result)| matches!(result, Ok(it) if *it == done))
            .map(|(key, _)| key)
    }
}

impl<K: Eq + Hash, T> Many<K, Option<T>> {
    /// The keys that were found, as a map; the first error, if any key failed.
    pub fn into_map<S: BuildHasher + Default>(self) -> Result<HashMap<K, T, S>, Error> {
        let found = self.keys.into_iter().zip(self.results);
        found
            .filter_map(|(key, result)| Some(result.transpose()?.map(|value| (key, value))))
            .collect()
    }
}

impl<K, T> IntoIterator for Many<K, T> {
    type Item = (K, Result<T, Error>);
    type IntoIter = std::iter::Zip<std::vec::IntoIter<K>, std::vec::IntoIter<Result<T, Error>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.keys.into_iter().zip(self.results)
    }
}
