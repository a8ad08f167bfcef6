//! Values that say what they are: an answer that is another key's, an older one's, or damaged shows by itself.

use anyhow::{Result, bail, ensure};

/// Makes the value that `writer` stores under `key` as its `seq`-th, `len` bytes long or as long as it takes.
///
/// ```text
/// key|writer|seq|padding|crc32 of all that, in hex
/// ```
pub(crate) fn stamp(key: &str, writer: u32, seq: u64, len: usize) -> Vec<u8> {
    let head = format!("{key}|{writer}|{seq}|");
    let padding = len.saturating_sub(head.len() + 9);
    let mut value = head.into_bytes();
    value.resize(value.len() + padding, b'.');
    value.push(b'|');
    let crc = crc32fast::hash(&value);
    value.extend_from_slice(format!("{crc:08x}").as_bytes());
    value
}

/// What a stamped value says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) writer: u32,
    pub(crate) seq: u64,
}

/// Reads a value that was got for `key`.
///
/// # Errors
/// What is wrong with it: it is damaged, or another key's.
pub(crate) fn read(key: &str, value: &[u8]) -> Result<Stamp> {
    let Some((body, crc)) = value.split_last_chunk::<8>() else {
        bail!("{} bytes are no stamped value", value.len());
    };
    let crc = std::str::from_utf8(crc)
        .ok()
        .and_then(|it| u32::from_str_radix(it, 16).ok());
    ensure!(
        crc == Some(crc32fast::hash(body)),
        "the value of {key} is damaged"
    );
    let mut words = std::str::from_utf8(body)?.split('|');
    let (owner, writer, seq) = (words.next(), words.next(), words.next());
    ensure!(
        owner == Some(key),
        "{key} was answered with the value of {owner:?}"
    );
    Ok(Stamp {
        writer: writer.unwrap_or_default().parse()?,
        seq: seq.unwrap_or_default().parse()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_reads_back_and_nothing_else_passes_for_it() {
        for len in [0, 100, 5_000] {
            let value = stamp("key", 3, 77, len);
            assert!(value.len() >= len);
            assert_eq!(read("key", &value).unwrap(), Stamp { writer: 3, seq: 77 });
            assert!(read("other", &value).is_err());
            assert!(read("key", &value[..value.len() - 1]).is_err());
            assert!(read("key", &value[1..]).is_err());
            let mut flipped = value.clone();
            flipped[value.len() / 2] ^= 1;
            assert!(read("key", &flipped).is_err());
        }
        assert!(read("key", b"").is_err());
    }
}
