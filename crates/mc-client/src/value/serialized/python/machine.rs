//! The pickle machine: a stack, a memo, and the objects that both point to.
//!
//! Objects are made once and named by number, as in Python, where the memo and any number of containers may hold the
//! same one. A tree is made of them at the end, within a budget: a few bytes that say "the same twice" thirty times
//! over would fill the memory, and a list that holds itself would never end.

use std::collections::HashMap;

use super::Python;
use crate::value::Integer;

/// The newest protocol, of Python 3.8 to 3.14.
pub(super) const NEWEST: u8 = 5;
/// How deep a tree may be.
const DEEPEST: usize = 64;
/// What it may take, with its strings and bytes.
const MOST: usize = 64 << 20;

/// The number of an object.
pub(super) type Id = usize;

/// An object; strings lie in the pickle, where they can.
#[derive(Debug)]
pub(super) enum Object<'p> {
    None,
    Bool(bool),
    Int(Integer),
    Float(f64),
    Str(&'p str),
    /// One that had to be unescaped.
    OwnStr(String),
    Bytes(&'p [u8]),
    OwnBytes(Vec<u8>),
    List(Vec<Id>),
    Tuple(Vec<Id>),
    Set(Vec<Id>),
    FrozenSet(Vec<Id>),
    /// Keys and values by turns.
    Dict(Vec<Id>),
    /// A class or function, by module and name.
    Global(&'p str, &'p str),
}

impl Object<'_> {
    /// What it takes beside itself. That a container is filled is paid for where its items are pushed.
    fn own_len(&self) -> usize {
        match self {
            Self::OwnStr(text) => text.len(),
            Self::OwnBytes(bytes) => bytes.len(),
            Self::List(ids)
            | Self::Tuple(ids)
            | Self::Set(ids)
            | Self::FrozenSet(ids)
            | Self::Dict(ids) => size_of_val(&ids[..]),
            _ => 0,
        }
    }
}

/// Why a pickle is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    #[error("it ends too early")]
    Ends,
    #[error("opcode 0x{0:02x} at byte {1} is not one of plain data")]
    Opcode(u8, usize),
    #[error("its protocol is {0}, and up to {NEWEST} are known")]
    Protocol(u8),
    #[error("the operand at byte {0} is none of its opcode")]
    Operand(usize),
    #[error("an integer has over 128 bits")]
    Wide,
    #[error("its stack or memo lacks what it asks for")]
    Missing,
    #[error("it puts something where its kind does not fit")]
    Kind,
    #[error("it makes a {0}, which is not plain data")]
    Class(String),
    #[error("it is more than {DEEPEST} levels deep, or holds itself")]
    Deep,
    #[error("it takes more than {} MiB", MOST >> 20)]
    Large,
}

impl Fault {
    /// The class or function as Python names it; the pickle may have any text for it.
    pub(super) fn class(module: &str, name: &str) -> Self {
        Self::Class(format!("{}.{}", module.escape_debug(), name.escape_debug()))
    }
}

#[derive(Debug)]
pub(super) struct Machine<'p> {
    budget: Budget,
    objects: Vec<Object<'p>>,
    stack: Vec<Id>,
    /// How high the stack was at each mark.
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
}

/// The bytes that may still be taken.
#[derive(Debug)]
struct Budget(usize);

impl Budget {
    fn take(&mut self, bytes: usize) -> Result<(), Fault> {
        self.0 = self.0.checked_sub(bytes).ok_or(Fault::Large)?;
        Ok(())
    }
}

impl<'p> Machine<'p> {
    pub(super) fn new() -> Self {
        Self {
            budget: Budget(MOST),
            objects: Vec::new(),
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
        }
    }

    pub(super) fn push(&mut self, object: Object<'p>) -> Result<(), Fault> {
        self.budget
            .take(size_of::<Object<'_>>() + object.own_len())?;
        self.push_id(self.objects.len())?;
        self.objects.push(object);
        Ok(())
    }

    fn push_id(&mut self, id: Id) -> Result<(), Fault> {
        self.budget.take(size_of::<Id>())?;
        self.stack.push(id);
        Ok(())
    }

    pub(super) fn pop(&mut self) -> Result<Id, Fault> {
        let floor = self.marks.last().copied().unwrap_or_default();
        if self.stack.len() <= floor {
            return Err(Fault::Missing);
        }
        self.stack.pop().ok_or(Fault::Missing)
    }

    pub(super) fn pop_some(&mut self, count: usize) -> Result<Vec<Id>, Fault> {
        let mut ids = (0..count)
            .map(|_| self.pop())
            .collect::<Result<Vec<_>, _>>()?;
        ids.reverse();
        Ok(ids)
    }

    pub(super) fn mark(&mut self) -> Result<(), Fault> {
        self.budget.take(size_of::<usize>())?;
        self.marks.push(self.stack.len());
        Ok(())
    }

    /// What was pushed since the last mark.
    pub(super) fn pop_mark(&mut self) -> Result<Vec<Id>, Fault> {
        let floor = self.marks.pop().ok_or(Fault::Missing)?;
        Ok(self.stack.split_off(floor))
    }

    /// The last object once more.
    pub(super) fn dup(&mut self) -> Result<(), Fault> {
        let last = self.pop()?;
        self.push_id(last)?;
        self.push_id(last)
    }

    /// The last object, or the mark, if it is the last thing.
    pub(super) fn pop_or_unmark(&mut self) -> Result<(), Fault> {
        if self.marks.last() == Some(&self.stack.len()) {
            self.marks.pop();
            return Ok(());
        }
        self.pop().map(drop)
    }

    pub(super) fn object(&self, id: Id) -> Result<&Object<'p>, Fault> {
        self.objects.get(id).ok_or(Fault::Missing)
    }

    /// The container that is last on the stack, to be filled.
    pub(super) fn top(&mut self) -> Result<&mut Object<'p>, Fault> {
        let id = *self.stack.last().ok_or(Fault::Missing)?;
        self.objects.get_mut(id).ok_or(Fault::Missing)
    }

    pub(super) fn put(&mut self, memo: u32) -> Result<(), Fault> {
        let id = *self.stack.last().ok_or(Fault::Missing)?;
        self.budget.take(size_of::<(u32, Id)>())?;
        self.memo.insert(memo, id);
        Ok(())
    }

    pub(super) fn memoize(&mut self) -> Result<(), Fault> {
        let next = u32::try_from(self.memo.len()).map_err(|_| Fault::Large)?;
        self.put(next)
    }

    pub(super) fn get(&mut self, memo: u32) -> Result<(), Fault> {
        let id = *self.memo.get(&memo).ok_or(Fault::Missing)?;
        self.push_id(id)
    }

    /// The tree of the object that is left.
    pub(super) fn finish(mut self) -> Result<Python, Fault> {
        let root = self.pop()?;
        let mut tree = Tree {
            objects: &self.objects,
            budget: Budget(MOST),
        };
        tree.grow(root, DEEPEST)
    }
}

/// A tree in the making.
struct Tree<'m, 'p> {
    objects: &'m [Object<'p>],
    budget: Budget,
}

impl Tree<'_, '_> {
    fn grow(&mut self, id: Id, levels: usize) -> Result<Python, Fault> {
        let below = levels.checked_sub(1).ok_or(Fault::Deep)?;
        self.budget.take(size_of::<Python>())?;
        Ok(match self.objects.get(id).ok_or(Fault::Missing)? {
            Object::None => Python::None,
            Object::Bool(truth) => Python::Bool(*truth),
            Object::Int(number) => Python::Int(*number),
            Object::Float(number) => Python::Float(*number),
            Object::Str(text) => Python::Str(self.text(text)?),
            Object::OwnStr(text) => Python::Str(self.text(text)?),
            Object::Bytes(bytes) => Python::Bytes(self.bytes(bytes)?),
            Object::OwnBytes(bytes) => Python::Bytes(self.bytes(bytes)?),
            Object::List(items) => Python::List(self.all(items, below)?),
            Object::Tuple(items) => Python::Tuple(self.all(items, below)?),
            Object::Set(items) => Python::Set(self.all(items, below)?),
            Object::FrozenSet(items) => Python::FrozenSet(self.all(items, below)?),
            Object::Dict(items) => Python::Dict(self.pairs(items, below)?),
            Object::Global(module, name) => return Err(Fault::class(module, name)),
        })
    }

    fn all(&mut self, items: &[Id], levels: usize) -> Result<Vec<Python>, Fault> {
        items.iter().map(|id| self.grow(*id, levels)).collect()
    }

    fn pairs(&mut self, items: &[Id], levels: usize) -> Result<Vec<(Python, Python)>, Fault> {
        let (pairs, []) = items.as_chunks() else {
            return Err(Fault::Kind);
        };
        let pair =
            |[key, value]: &[Id; 2]| Ok((self.grow(*key, levels)?, self.grow(*value, levels)?));
        pairs.iter().map(pair).collect()
    }

    fn text(&mut self, text: &str) -> Result<String, Fault> {
        self.budget.take(text.len())?;
        Ok(text.to_owned())
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Fault> {
        self.budget.take(bytes.len())?;
        Ok(bytes.to_vec())
    }
}
