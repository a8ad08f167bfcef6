//! The two lists that a request may hold: keys and requests.

use std::ops::Deref;

use crate::{Key, Limits, Request, SendError};

/// The keys of one get, lent by a client or owned by who has read them.
///
/// It is a slice of keys, and made from one, from a vector, or by collecting.
/// (A `Cow` would tie the lifetimes of two requests that are compared.)
#[derive(Clone, Debug)]
pub enum Keys<'a> {
    /// Keys of the caller.
    Borrowed(&'a [Key<'a>]),
    /// Keys that were read off a line.
    Owned(Vec<Key<'a>>),
}

/// The requests of one batch, lent by a client or owned by who has read them.
///
/// It is a slice of requests, and made from one, from a vector, or by
/// collecting. What may be in it is checked when it is sent.
///
/// ```
/// use mc_proto::{Key, Request};
///
/// let deletes = ["a", "b"].map(|key| Key::new(key.as_bytes()).unwrap());
/// let batch = Request::Batch(deletes.into_iter().map(|key| Request::Delete { key }).collect());
/// assert_eq!(batch.name(), "batch");
/// ```
#[derive(Clone, Debug)]
pub enum Batch<'a> {
    /// Requests of the caller.
    Borrowed(&'a [Request<'a>]),
    /// Requests that somebody has gathered.
    Owned(Vec<Request<'a>>),
}

impl<'a> Deref for Keys<'a> {
    type Target = [Key<'a>];

    fn deref(&self) -> &[Key<'a>] {
        match self {
            Self::Borrowed(keys) => keys,
            Self::Owned(keys) => keys,
        }
    }
}

impl PartialEq for Keys<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Keys<'_> {}

impl<'a> From<&'a [Key<'a>]> for Keys<'a> {
    fn from(keys: &'a [Key<'a>]) -> Self {
        Self::Borrowed(keys)
    }
}

impl<'a> From<Vec<Key<'a>>> for Keys<'a> {
    fn from(keys: Vec<Key<'a>>) -> Self {
        Self::Owned(keys)
    }
}

impl<'a> FromIterator<Key<'a>> for Keys<'a> {
    fn from_iter<I: IntoIterator<Item = Key<'a>>>(keys: I) -> Self {
        Self::Owned(keys.into_iter().collect())
    }
}

impl<'a> Deref for Batch<'a> {
    type Target = [Request<'a>];

    fn deref(&self) -> &[Request<'a>] {
        match self {
            Self::Borrowed(requests) => requests,
            Self::Owned(requests) => requests,
        }
    }
}

impl PartialEq for Batch<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Batch<'_> {}

impl<'a> From<&'a [Request<'a>]> for Batch<'a> {
    fn from(requests: &'a [Request<'a>]) -> Self {
        Self::Borrowed(requests)
    }
}

impl<'a> From<Vec<Request<'a>>> for Batch<'a> {
    fn from(requests: Vec<Request<'a>>) -> Self {
        Self::Owned(requests)
    }
}

impl<'a> FromIterator<Request<'a>> for Batch<'a> {
    fn from_iter<I: IntoIterator<Item = Request<'a>>>(requests: I) -> Self {
        Self::Owned(requests.into_iter().collect())
    }
}

impl Batch<'_> {
    /// Whether it can be sent.
    pub(crate) fn check(&self, limits: &Limits) -> Result<(), SendError> {
        let (len, max) = (self.len(), limits.max_batch);
        if len == 0 {
            return Err(SendError::EmptyBatch);
        }
        if len > max {
            return Err(SendError::BatchTooLong { len, max });
        }
        match self.iter().find(|request| !request.changes()) {
            Some(request) => Err(SendError::NotInBatch {
                command: request.name(),
            }),
            None => Ok(()),
        }
    }
}
