//! `values_compressed.jsonl`: which values pylibmc compresses.

use anyhow::{Context, Result, bail};
use mc_client::value::{Codec, Compress, CompressLevel, Encoded, Pylibmc, Value};
use serde::Deserialize;

use super::super::{Report, Vectors, Verdict, deviations, unhex};
use super::{MOST, unread};

#[derive(Deserialize)]
struct Row {
    source: String,
    kwargs: Settings,
    method: Option<String>,
    flags: Option<u32>,
    /// `None` if it is long.
    stored_hex: Option<String>,
    /// What was stored, before it was compressed.
    serialized_hex: Option<Serialized>,
    error: Option<(String, String)>,
}

/// Bytes, or how many there are and the first of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Serialized {
    Whole(String),
    Long { len: usize, head: String },
}

impl Serialized {
    /// Bytes that begin so, of that length.
    fn bytes(&self) -> Result<Vec<u8>> {
        Ok(match self {
            Self::Whole(hex) => unhex(hex)?,
            Self::Long { len, head } => {
                let mut bytes = unhex(head)?;
                bytes.resize(*len, b'a');
                bytes
            }
        })
    }

    fn is(&self, bytes: &[u8]) -> Result<bool> {
        Ok(match self {
            Self::Whole(hex) => bytes == unhex(hex)?,
            Self::Long { len, head } => bytes.len() == *len && bytes.starts_with(&unhex(head)?),
        })
    }
}

#[derive(Deserialize)]
struct Settings {
    #[serde(default)]
    min_compress_len: i64,
    #[serde(default = "zlibs_own")]
    compress_level: i32,
}

const fn zlibs_own() -> i32 {
    -1
}

/// Set when a value is compressed.
const ZLIB: u32 = 8;

/// Each value with each setting is a row, and each method that stores.
pub(in super::super) fn check(vectors: &Vectors, report: &mut Report) -> Result<()> {
    for row in vectors.rows::<Row>("values_compressed.jsonl")? {
        let name = row.method.as_deref().unwrap_or(&row.source);
        report.count(name, verdict(&row));
    }
    Ok(())
}

fn verdict(row: &Row) -> Result<Verdict> {
    let level = CompressLevel::try_from(row.kwargs.compress_level);
    if let Some((_, message)) = &row.error {
        return Ok(refused(row, level, message));
    }
    // pylibmc takes any number below 1 for "never".
    let min_len = usize::try_from(row.kwargs.min_compress_len).unwrap_or_default();
    let mut codec = Pylibmc::default();
    codec.compress_level = level?;
    let flags = row.flags.context("no flags")?;
    let stored = row.stored_hex.as_deref().map(unhex).transpose()?;
    let theirs = match (row.method.as_deref(), stored, &row.serialized_hex) {
        (Some("append" | "prepend"), Some(stored), _) => return Ok(appended(&codec, stored)),
        (_, Some(stored), _) => codec.decode(flags, stored.into(), MOST),
        (_, None, Some(long)) => codec.decode(flags & !ZLIB, long.bytes()?.into(), MOST),
        (_, None, None) => bail!("nothing stored"),
    };
    let theirs = match theirs {
        Ok(value) => value,
        Err(error) => {
            return Ok(unread(&error.to_string()));
        }
    };
    let ours = codec.encode(theirs.clone(), Compress::over(min_len))?;
    compare(&codec, row, &ours, theirs)
}

/// The same flags, the same value, and the bytes that pylibmc had before it compressed them.
fn compare(
    codec: &Pylibmc,
    row: &Row,
    ours: &Encoded<'_>,
    theirs: Value<'static>,
) -> Result<Verdict> {
    if Some(ours.flags) != row.flags {
        return Ok(Verdict::Fails(format!(
            "is stored with flags {}",
            ours.flags
        )));
    }
    let data = ours.data.as_slice().to_vec();
    let mut same = codec.decode(ours.flags, data.into(), MOST)? == theirs;
    if let Some(serialized) = &row.serialized_hex {
        let plain = codec.encode(theirs, Compress::NEVER)?;
        same &= serialized.is(plain.data.as_slice())?;
    }
    Ok(if same {
        Verdict::Holds
    } else {
        Verdict::Fails("comes back as another value".to_owned())
    })
}

fn refused(row: &Row, level: Result<CompressLevel, mc_client::Error>, message: &str) -> Verdict {
    match (row.method.as_deref(), level) {
        (Some("cas"), Ok(_)) => Verdict::Deviates(&deviations::CAS_COMPRESSES),
        (None, Err(_)) if message.starts_with("compress_level") => Verdict::Holds,
        _ => Verdict::Fails(format!("was refused: {message}")),
    }
}

/// What pylibmc compresses here, and cannot read afterwards: the flags stay those of the value before.
fn appended(codec: &Pylibmc, stored: Vec<u8>) -> Verdict {
    match codec.decode(ZLIB, stored.into(), MOST) {
        Ok(_) => Verdict::Deviates(&deviations::APPENDED_UNCOMPRESSED),
        Err(error) => Verdict::Fails(error.to_string()),
    }
}
