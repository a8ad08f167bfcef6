//! The working set: files cut in chunks, and a few facts about each file as text and integers.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use mc_client::{Error, IntoValue};

/// The longest chunk of a file: under a server's limit of 1 MB, its own bookkeeping included.
const CHUNK: usize = 512 << 10;
/// The most bytes taken: they are held in memory, to be compared. Files beyond are left out, and counted.
const MOST: usize = 512 << 20;

/// What is stored.
pub(super) struct Corpus {
    entries: Vec<Entry>,
    dir: PathBuf,
    files: usize,
    bytes: usize,
    left_out: usize,
}

/// One key and its value.
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) value: Value,
}

/// A value of one of the types that every client knows.
#[derive(Debug, PartialEq)]
pub(super) enum Value {
    Bytes(Vec<u8>),
    Text(String),
    Number(usize),
}

impl Value {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Text(text) => text.len(),
            Self::Number(_) => size_of::<usize>(),
        }
    }
}

impl<'a> IntoValue<'a> for &'a Entry {
    fn into_value(self) -> Result<mc_client::Value<'a>, Error> {
        match &self.value {
            Value::Bytes(bytes) => bytes.into_value(),
            Value::Text(text) => text.into_value(),
            Value::Number(number) => number.into_value(),
        }
    }
}

/// Whether something at the workspace's root is a source: neither hidden nor built.
pub(super) fn is_source(name: &OsStr) -> bool {
    !name.as_encoded_bytes().starts_with(b".") && name != "target"
}

impl Corpus {
    /// Every file below `dir` whose top name is `wanted`. Links are not followed.
    pub(super) fn read(dir: &Path, wanted: impl Fn(&OsStr) -> bool) -> Result<Self> {
        let dir = dir
            .canonicalize()
            .with_context(|| format!("cannot open {}", dir.display()))?;
        let mut corpus = Self {
            entries: Vec::new(),
            dir,
            files: 0,
            bytes: 0,
            left_out: 0,
        };
        for path in list(&corpus.dir)? {
            if path.file_name().is_some_and(&wanted) {
                corpus.walk(&path)?;
            }
        }
        ensure!(
            corpus.files > 0,
            "there are no files below {}",
            corpus.dir.display()
        );
        Ok(corpus)
    }

    fn walk(&mut self, path: &Path) -> Result<()> {
        let kind = fs::symlink_metadata(path)
            .with_context(|| format!("cannot look at {}", path.display()))?;
        if kind.is_dir() {
            list(path)?.iter().try_for_each(|inner| self.walk(inner))
        } else if !kind.is_file() {
            Ok(())
        } else if self.bytes + kind.len() as usize > MOST {
            self.left_out += 1;
            Ok(())
        } else {
            self.take(path)
        }
    }

    /// Adds a file: its chunks, its name as text, its size as an integer.
    fn take(&mut self, path: &Path) -> Result<()> {
        let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let file = self.files;
        let name = path
            .strip_prefix(&self.dir)
            .unwrap_or(path)
            .to_string_lossy()
            .into_owned();
        self.put(format!("file:{file}:name"), Value::Text(name));
        self.put(format!("file:{file}:size"), Value::Number(bytes.len()));
        for (number, chunk) in bytes.chunks(CHUNK).enumerate() {
            self.put(format!("file:{file}:{number}"), chunk_value(chunk));
        }
        self.files += 1;
        Ok(())
    }

    fn put(&mut self, key: String, value: Value) {
        self.bytes += value.len();
        self.entries.push(Entry { key, value });
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

/// Text where it is, bytes where it is not.
fn chunk_value(chunk: &[u8]) -> Value {
    match str::from_utf8(chunk) {
        Ok(text) => Value::Text(text.to_owned()),
        Err(_) => Value::Bytes(chunk.to_vec()),
    }
}

/// What a directory holds, in one order on every machine.
fn list(dir: &Path) -> Result<BTreeSet<PathBuf>> {
    let entries = fs::read_dir(dir).with_context(|| format!("cannot list {}", dir.display()))?;
    entries.map(|entry| Ok(entry?.path())).collect()
}

impl fmt::Display for Corpus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            entries,
            dir,
            files,
            bytes,
            left_out,
        } = self;
        let mb = *bytes as f64 / 1e6;
        write!(
            f,
            "{files} files below {}, {mb:.1} MB in {} entries",
            dir.display(),
            entries.len()
        )?;
        if *left_out > 0 {
            write!(f, " ({left_out} files beyond {} MiB left out)", MOST >> 20)?;
        }
        Ok(())
    }
}
