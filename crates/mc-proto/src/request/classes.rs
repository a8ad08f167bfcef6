//! Which slab classes a crawl goes through.

use thiserror::Error;

/// The items that the server's crawler looks at.
///
/// ```
/// use mc_proto::{ClassSet, Classes};
///
/// let small = ClassSet::new([3, 1, 2])?;
/// assert_eq!(small.iter().collect::<Vec<_>>(), [1, 2, 3]);
/// assert_ne!(Classes::Only(small), Classes::All);
/// assert!(ClassSet::new([64]).is_err());
/// # Ok::<(), mc_proto::InvalidClasses>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Classes {
    /// All, class by class.
    All,
    /// All, in the order of the hash table, so that an item that changes its
    /// class meanwhile is met all the same.
    Hash,
    /// Those of some classes.
    Only(ClassSet),
}

/// Some slab classes, at least one, each from 1 to 63.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClassSet(u64);

/// Numbers that are no set of slab classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidClasses {
    /// There is none.
    #[error("a set of slab classes is empty; at least one is needed")]
    Empty,
    /// A number that no slab class has.
    #[error(
        "there is no slab class {class}; classes from 1 to {} are allowed",
        ClassSet::MAX
    )]
    Unknown {
        /// The number.
        class: u8,
    },
}

impl ClassSet {
    /// The highest slab class; memcached's `MAX_NUMBER_OF_SLAB_CLASSES` is one
    /// more.
    pub const MAX: u8 = 63;

    /// The set of these classes, in whatever order.
    ///
    /// # Errors
    /// [`InvalidClasses`] for none, or one that is not from 1 to 63.
    pub fn new(classes: impl IntoIterator<Item = u8>) -> Result<Self, InvalidClasses> {
        let mut set = 0;
        for class in classes {
            match class {
                1..=Self::MAX => set |= 1_u64 << class,
                _ => return Err(InvalidClasses::Unknown { class }),
            }
        }
        match set {
            0 => Err(InvalidClasses::Empty),
            set => Ok(Self(set)),
        }
    }

    /// The classes, in rising order.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (1..=Self::MAX).filter(move |class| (self.0 >> class) & 1 == 1)
    }
}
