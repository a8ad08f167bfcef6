//! The keys of a many-key call.

/// The keys of a call, as the caller named them and as they are asked for.
#[derive(Debug, Clone)]
pub struct Keys<K> {
    named: Vec<K>,
    /// Each with the prefix in front of it, if there is one.
    prefixed: Vec<Vec<u8>>,
}

impl<K: AsRef<[u8]>> Keys<K> {
    pub(crate) fn new(keys: impl IntoIterator<Item = K>) -> Self {
        Self {
            named: keys.into_iter().collect(),
            prefixed: Vec::new(),
        }
    }

    /// Another prefix than before.
    pub(super) fn set_prefix(&mut self, prefix: &[u8]) {
        let prefixed = |key: &K| [prefix, key.as_ref()].concat();
        self.prefixed = self.named.iter().map(prefixed).collect();
    }

    pub(crate) fn len(&self) -> usize {
        self.named.len()
    }

    /// The key at this position, prefix included.
    pub(crate) fn get(&self, at: usize) -> &[u8] {
        match self.prefixed.get(at) {
            Some(key) => key,
            None => self.named[at].as_ref(),
        }
    }

    /// The keys as the caller named them; none are left.
    pub(crate) fn take(&mut self) -> Vec<K> {
        self.prefixed.clear();
        std::mem::take(&mut self.named)
    }
}
