//! One value on its way in: read as what its behavior holds, in one of the two views.

use std::num::NonZeroU32;
use std::time::Duration;

use mc_dist::{Compat, Distribution};
use mc_hash::{Algorithm, HASHERS};

use crate::{Behavior, Error, ErrorKind, Namespace, Shape, Unit, Value};

/// Who is speaking: what a number means depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    /// A user of pylibmc.
    Named,
    /// libmemcached's C API: everything is a number.
    C,
}

/// A value given to a behavior.
pub(crate) struct Input<'a> {
    pub(crate) behavior: Behavior,
    pub(crate) value: &'a Value,
    pub(crate) view: View,
    pub(crate) compat: Compat,
}

impl Input<'_> {
    /// On or off; every number but 0 is on.
    pub(crate) fn flag(&self) -> Result<bool, Error> {
        self.integer().map(|number| number != 0)
    }

    /// A number within the behavior's bounds, in a type that holds them.
    pub(crate) fn count<N: TryFrom<i128>>(&self) -> Result<N, Error> {
        let number = self.integer()?;
        let (least, most) = match self.shape() {
            Shape::Count { least, most } => (least.into(), most.into()),
            _ => (i128::MIN, i128::MAX),
        };
        let within = (least..=most).contains(&number).then_some(number);
        let fits = within.and_then(|number| N::try_from(number).ok());
        fits.ok_or_else(|| self.refuse(ErrorKind::OutOfRange))
    }

    /// A number from 1, within the behavior's bounds.
    pub(crate) fn count_from_one(&self) -> Result<NonZeroU32, Error> {
        let count = NonZeroU32::new(self.count()?);
        count.ok_or_else(|| self.refuse(ErrorKind::OutOfRange))
    }

    /// A number of the view's unit, or a duration, within the behavior's bounds.
    pub(crate) fn time(&self) -> Result<Duration, Error> {
        let (unit, least, most) = self.time_bounds();
        let time = match *self.value {
            Value::Duration(time) => Some(time),
            _ => u32::try_from(self.integer()?)
                .ok()
                .map(|number| unit.times(number)),
        };
        let bounds = unit.times(least)..=unit.times(most);
        let within = time.filter(|time| bounds.contains(time));
        within.ok_or_else(|| self.refuse(ErrorKind::OutOfRange))
    }

    /// A hash: by name its name, for `ketama_hash` also its number; in C its number.
    pub(crate) fn hash(&self) -> Result<Algorithm, Error> {
        let algorithm = match (self.view, self.value) {
            (View::Named, Value::Str(name)) => self.hash_named(name)?,
            (View::Named, _) if self.behavior == Behavior::Hash => return Err(self.no_name()),
            _ => {
                let number = self.integer()?;
                let known = u32::try_from(number).ok();
                let known = known.and_then(|number| Algorithm::try_from(number).ok());
                known.ok_or_else(|| self.refuse(ErrorKind::OutOfRange))?
            }
        };
        match algorithm {
            Algorithm::Hsieh => Err(self.refuse(ErrorKind::Unsupported)),
            _ => Ok(algorithm),
        }
    }

    /// pylibmc's names only. In a `ketama_hash` any other string is merely no number.
    fn hash_named(&self, name: &str) -> Result<Algorithm, Error> {
        let known = HASHERS.iter().find(|(known, _)| *known == name);
        let known = known.and_then(|(_, number)| Algorithm::try_from(*number).ok());
        known.ok_or_else(|| match self.behavior {
            Behavior::Hash => self.refuse(ErrorKind::UnknownName),
            _ => self.refuse(ErrorKind::WrongType),
        })
    }

    /// A distribution: by name its name, in C its number.
    pub(crate) fn distribution(&self) -> Result<Distribution, Error> {
        match (self.view, self.value) {
            (View::Named, Value::Str(name)) if name == CONSISTENT_MAX => {
                Err(self.refuse(ErrorKind::Unsupported))
            }
            (View::Named, Value::Str(name)) => {
                let known = name.parse();
                known.map_err(|_| self.refuse(ErrorKind::UnknownName))
            }
            (View::Named, _) => Err(self.no_name()),
            (View::C, _) => {
                let known = u32::try_from(self.integer()?).ok();
                let known = known.and_then(|number| Distribution::try_from(number).ok());
                known.ok_or_else(|| self.refuse(ErrorKind::OutOfRange))
            }
        }
    }

    /// A namespace, as bytes or as text, for the binary protocol or for all.
    pub(crate) fn namespace(&self, binary: bool) -> Result<Namespace, Error> {
        let bytes = match self.value {
            Value::Bytes(bytes) => bytes,
            Value::Str(text) => text.as_bytes(),
            _ => return Err(self.refuse(ErrorKind::WrongType)),
        };
        match binary {
            true => Namespace::binary(bytes),
            false => Namespace::new(bytes),
        }
    }

    /// The refusal of a behavior that only reads.
    pub(crate) fn read_only(&self) -> Error {
        self.refuse(ErrorKind::ReadOnly)
    }

    /// The refusal of a value that another behavior forbids.
    pub(crate) fn conflict(&self, allowed: &str) -> Error {
        Error::new(ErrorKind::Conflict, self.name(), Some(self.value), allowed)
    }

    /// Something that is no name where only a name is taken. pylibmc looks numbers up and tells `None` apart.
    fn no_name(&self) -> Error {
        match self.value {
            Value::None | Value::List => self.refuse(ErrorKind::WrongType),
            _ => self.refuse(ErrorKind::UnknownName),
        }
    }

    fn integer(&self) -> Result<i128, Error> {
        match *self.value {
            Value::Int(number) => Ok(number),
            Value::Bool(truth) => Ok(truth.into()),
            _ => Err(self.refuse(ErrorKind::WrongType)),
        }
    }

    fn refuse(&self, kind: ErrorKind) -> Error {
        Error::new(kind, self.name(), Some(self.value), self.allowed())
    }

    fn name(&self) -> &'static str {
        let name = match self.view {
            View::Named => self.behavior.name(),
            View::C => self.behavior.c_name(),
        };
        name.expect("a view only knows what it has a name for")
    }

    fn shape(&self) -> Shape {
        self.behavior.shape_in(self.compat)
    }

    fn time_bounds(&self) -> (Unit, u32, u32) {
        match (self.shape(), self.view) {
            (
                Shape::Time {
                    unit, least, most, ..
                },
                View::Named,
            ) => (unit, least, most),
            (
                Shape::Time {
                    c_unit,
                    least,
                    most,
                    ..
                },
                View::C,
            ) => (c_unit, least, most),
            _ => (Unit::Seconds, 0, u32::MAX),
        }
    }

    /// What may be given, in words for an error.
    fn allowed(&self) -> String {
        match (self.shape(), self.view) {
            (Shape::Flag, View::Named) => "booleans and integers (0 is off)".to_owned(),
            (Shape::Flag, View::C) => "integers (0 is off)".to_owned(),
            (Shape::Count { least, most }, _) => format!("{least} to {most}"),
            (Shape::Time { .. }, _) => {
                let (unit, least, most) = self.time_bounds();
                format!("{least} to {most} {unit}")
            }
            (Shape::Hash, View::Named) if self.behavior == Behavior::Hash => hash_names(),
            (Shape::Hash, View::Named) => format!("{} and 0 to 10 without 7", hash_names()),
            (Shape::Hash, View::C) => "0 to 10 without 7".to_owned(),
            (Shape::Distribution, View::Named) => distribution_names(),
            (Shape::Distribution, View::C) => "0 to 6".to_owned(),
            (Shape::Namespace, _) => "bytes and strings".to_owned(),
            (Shape::Fixed(number), _) => format!("reads, which give {number}"),
        }
    }
}

/// A distribution that pylibmc names and libmemcached refuses.
const CONSISTENT_MAX: &str = "consistent max";

fn hash_names() -> String {
    let names = HASHERS.iter().map(|(name, _)| *name);
    let names = names.filter(|name| *name != Algorithm::Hsieh.name());
    names.collect::<Vec<_>>().join(", ")
}

fn distribution_names() -> String {
    let names = Distribution::ALL.iter().map(|one| one.name());
    names.collect::<Vec<_>>().join(", ")
}
