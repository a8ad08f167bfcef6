//! `values_decode.jsonl`: what pylibmc reads from any flags and bytes.

use anyhow::Result;
use mc_client::value::Python;
use serde::Deserialize;

use super::super::{Report, Vectors, Verdict, deviations, repr, unhex};
use super::{read, unread};

#[derive(Deserialize)]
struct Row {
    flags: u32,
    data_hex: String,
    r#type: Option<String>,
    value: Option<Shown>,
    #[serde(default)]
    process_aborted: bool,
}

/// A value's `repr`, or how long it is.
#[derive(Deserialize)]
#[serde(untagged)]
enum Shown {
    Whole(String),
    Long { repr_len: usize },
}

/// Each pair of flags and bytes is a row.
pub(in super::super) fn check(vectors: &Vectors, report: &mut Report) -> Result<()> {
    for row in vectors.rows::<Row>("values_decode.jsonl")? {
        let name = format!(
            "flags {}, \"{}\"",
            row.flags,
            unhex(&row.data_hex)?.escape_ascii()
        );
        report.count(name, verdict(&row));
    }
    Ok(())
}

fn verdict(row: &Row) -> Result<Verdict> {
    let ours = read(row.flags, &unhex(&row.data_hex)?);
    if row.process_aborted {
        return Ok(Verdict::Deviates(&deviations::EMPTY_COMPRESSED));
    }
    Ok(match (&row.value, ours) {
        (Some(shown), Ok(value)) => compare(row, shown, &value),
        (Some(_), Err(error)) => unread(&error.to_string()),
        (None, Ok(value)) => {
            Verdict::Fails(format!("is read as {}, but was an error", repr::of(&value)))
        }
        (None, Err(_)) => Verdict::Holds,
    })
}

fn compare(row: &Row, shown: &Shown, value: &Python) -> Verdict {
    let same = match shown {
        Shown::Whole(text) => repr::is(value, row.flags, text),
        Shown::Long { repr_len } => repr::of(value).chars().count() == *repr_len,
    };
    let kind = match repr::type_of(value) {
        // pylibmc's bools are integers, and a bytearray holds bytes.
        "bool" if row.flags & 1 == 0 => "int",
        "bytes" if row.r#type.as_deref() == Some("bytearray") => "bytearray",
        kind => kind,
    };
    if same && row.r#type.as_deref() == Some(kind) {
        Verdict::Holds
    } else {
        Verdict::Fails(format!("is read as the {kind} {}", repr::of(value)))
    }
}
