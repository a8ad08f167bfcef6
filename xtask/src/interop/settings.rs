//! How the clients of both sides are set when they exchange values.

use std::fmt;

use anyhow::Result;
use mc_client::value::Pymemcache;
use mc_client::{Client, Protocol, Pylibmc};
use serde::Serialize;

/// The settings, as Python takes them.
#[derive(Clone, Copy, Serialize)]
pub(super) struct Settings {
    pub(super) library: &'static str,
    binary: bool,
    /// Values of at least so many bytes are compressed; 0: none.
    min_compress_len: usize,
    compress_level: i32,
    /// What Python pickles in; -1 is its newest.
    pickle_protocol: i32,
}

const PYLIBMC: Settings = Settings {
    library: "pylibmc",
    binary: false,
    min_compress_len: 0,
    compress_level: -1,
    pickle_protocol: -1,
};

const PYMEMCACHE: Settings = Settings {
    library: "pymemcache",
    ..PYLIBMC
};

/// Each library over each protocol that it speaks, with and without compression, and in each version of its pickles.
pub(super) fn all() -> Vec<Settings> {
    let mut all = Vec::new();
    for (library, binary) in [(PYLIBMC, false), (PYLIBMC, true), (PYMEMCACHE, false)] {
        all.extend((-1..=5).map(|pickle_protocol| Settings {
            binary,
            pickle_protocol,
            ..library
        }));
        all.extend([1, 6, 9].map(|compress_level| Settings {
            binary,
            min_compress_len: 100,
            compress_level,
            ..library
        }));
    }
    all
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = if self.binary { "binary" } else { "text" };
        write!(
            f,
            "{} over {protocol}, pickle_protocol {}",
            self.library, self.pickle_protocol
        )?;
        match self.min_compress_len {
            0 => Ok(()),
            len => write!(f, ", min_compress_len {len}, level {}", self.compress_level),
        }
    }
}

impl Settings {
    /// Whether anything is to be compressed.
    pub(super) fn compress(&self) -> bool {
        self.min_compress_len > 0
    }

    /// Our client with these settings.
    pub(super) fn client(&self, server: &str) -> Result<Client> {
        let protocol = match self.binary {
            true => Protocol::Binary,
            false => Protocol::Text,
        };
        let builder = Client::builder().servers([server])?.protocol(protocol);
        let builder = if self.library == PYMEMCACHE.library {
            let mut codec = Pymemcache::default();
            codec.min_compress_len = self.min_compress_len;
            codec.compress_level = self.compress_level.try_into()?;
            builder.codec(codec)
        } else {
            let mut codec = Pylibmc::default();
            codec.min_compress_len = self.min_compress_len;
            codec.compress_level = self.compress_level.try_into()?;
            builder.codec(codec)
        };
        Ok(builder.build()?)
    }
}
