//! `hash.tsv` and `hash_hsieh.tsv`: the hash of every key by every algorithm.

use anyhow::{Context, Result, ensure};
use mc_hash::Algorithm;

use super::{Report, Vectors, Verdict, unhex};

/// `hash.tsv`: one column for each algorithm that Debian's libhashkit has.
pub(super) fn check(vectors: &Vectors, report: &mut Report) -> Result<()> {
    check_columns(&vectors.text("hash.tsv")?, report)
}

/// `hash_hsieh.tsv`: the one that it lacks.
pub(super) fn check_hsieh(vectors: &Vectors, report: &mut Report) -> Result<()> {
    check_columns(&vectors.text("hash_hsieh.tsv")?, report)
}

/// The header names the columns: `key_hex`, then algorithms.
fn check_columns(text: &str, report: &mut Report) -> Result<()> {
    let mut lines = text.lines();
    let header = lines.next().context("no header")?;
    let algorithms = header
        .strip_prefix("key_hex\t")
        .context("the first column is not key_hex")?
        .split('\t')
        .map(str::parse)
        .collect::<Result<Vec<Algorithm>, _>>()?;
    for line in lines {
        let mut cells = line.split('\t');
        let key = cells.next().unwrap_or_default();
        let hashes: Vec<_> = cells.collect();
        report.count(key, verdict(&algorithms, &unhex(key)?, &hashes));
    }
    Ok(())
}

/// Compares one row with what the enum answers; the enum calls the functions.
fn verdict(algorithms: &[Algorithm], key: &[u8], hashes: &[&str]) -> Result<Verdict> {
    ensure!(
        hashes.len() == algorithms.len(),
        "{} hashes for {} algorithms",
        hashes.len(),
        algorithms.len()
    );
    let mut wrong = Vec::new();
    for (algorithm, expected) in algorithms.iter().zip(hashes) {
        let ours = algorithm.hash(key);
        if ours != u32::from_str_radix(expected, 16).context("not a hash")? {
            wrong.push(format!("{algorithm} is {expected}, ours {ours:08x}"));
        }
    }
    Ok(match wrong.is_empty() {
        true => Verdict::Holds,
        false => Verdict::Fails(wrong.join(", ")),
    })
}
