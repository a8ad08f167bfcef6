//! `values.jsonl`: what pylibmc stores for a Python value, and what it reads back.

mod compressed;
mod decode;

pub(super) use compressed::check as check_compressed;
pub(super) use decode::check as check_decode;

use anyhow::{Context, Result};
use mc_client::value::{Codec, Compress, Encoded, FromValue, IntoValue, Pylibmc, Python, Value};
use serde::Deserialize;

use super::{Report, Vectors, Verdict, deviations, repr, unhex};

/// Longer than any value of the vectors, inflated.
const MOST: usize = 1 << 26;

#[derive(Deserialize)]
struct Row {
    /// The value in Python's own words.
    python: String,
    r#type: Option<String>,
    /// The bytes of a `str` or `bytes`.
    input_hex: Option<String>,
    flags: Option<u32>,
    stored_hex: Option<String>,
    /// What pylibmc reads back, in Python's words.
    back: Option<String>,
    /// The exception's class and text.
    error: Option<(String, String)>,
}

/// Each Python value, pickled by each protocol, is a row.
pub(super) fn check(vectors: &Vectors, report: &mut Report) -> Result<()> {
    for row in vectors.rows::<Row>("values.jsonl")? {
        report.count(&row.python, verdict(&row));
    }
    Ok(())
}

fn verdict(row: &Row) -> Result<Verdict> {
    let (Some(flags), Some(stored)) = (row.flags, &row.stored_hex) else {
        return not_stored(row);
    };
    let stored = unhex(stored)?;
    let theirs = match read(flags, &stored) {
        Ok(value) => value,
        Err(error) => return Ok(unread(&error.to_string())),
    };
    if let Some(back) = &row.back
        && !repr::is(&theirs, flags, back)
    {
        let read = repr::of(&theirs);
        return Ok(Verdict::Fails(format!("is read as {read}, not {back}")));
    }
    let ours = Pylibmc::default().encode(given(row, &theirs)?, Compress::default())?;
    Ok(compare(&ours, flags, &stored, &theirs))
}

/// What Python could not store.
fn not_stored(row: &Row) -> Result<Verdict> {
    let (class, message) = row.error.as_ref().context("neither stored nor an error")?;
    if class == "PicklingError" {
        return Ok(Verdict::Deviates(&deviations::PLAIN_DATA));
    }
    let bytes = unhex(row.input_hex.as_deref().context("no input")?)?;
    Ok(match String::from_utf8(bytes) {
        Ok(_) => Verdict::Fails(format!("is text, but was refused: {class}, {message}")),
        Err(_) => Verdict::Holds,
    })
}

/// The value as a program of ours has it.
fn given(row: &Row, read: &Python) -> Result<Value<'static>> {
    let input = row.input_hex.as_deref().map(unhex).transpose()?;
    Ok(match (row.r#type.as_deref(), input) {
        (Some("str"), Some(text)) => String::from_utf8(text)?.into_value()?,
        (Some("bytes"), Some(bytes)) => bytes.into_value()?,
        (Some("bool"), _) => (row.python == "True").into_value()?,
        (Some("int"), _) => match row.python.parse::<i128>() {
            Ok(number) => number.into_value()?,
            Err(_) => row.python.parse::<u128>()?.into_value()?,
        },
        (Some("float"), _) => row.python.parse::<f64>()?.into_value()?,
        (Some("NoneType"), _) => None::<u8>.into_value()?,
        _ => read.into_value()?,
    })
}

/// Ours must be the same bytes, or a pickle of the same value: there are many for each.
fn compare(ours: &Encoded<'_>, flags: u32, stored: &[u8], theirs: &Python) -> Verdict {
    let data = ours.data.as_slice();
    if ours.flags != flags {
        return Verdict::Fails(format!("is stored with flags {}, not {flags}", ours.flags));
    }
    let same = match read(flags, data) {
        // A number that is none equals nothing.
        Ok(value) => data == stored || flags & 1 != 0 && repr::of(&value) == repr::of(theirs),
        Err(error) => return Verdict::Fails(format!("is not read back: {error}")),
    };
    if same {
        Verdict::Holds
    } else {
        Verdict::Fails(format!("is stored as \"{}\"", data.escape_ascii()))
    }
}

/// What is said of an error of ours where pylibmc reads a value.
fn unread(error: &str) -> Verdict {
    if error.contains("which is not plain data") {
        Verdict::Deviates(&deviations::PLAIN_DATA)
    } else if error.contains("128 bits") {
        Verdict::Deviates(&deviations::WIDE_INTEGER)
    } else {
        Verdict::Fails(format!("is not read: {error}"))
    }
}

fn read(flags: u32, data: &[u8]) -> Result<Python, mc_client::Error> {
    Python::decode(&Pylibmc::default(), flags, data.to_vec().into(), MOST)
}
