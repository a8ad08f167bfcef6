//! The numbers that `incr` and `decr` find and leave behind.

use bytes::Bytes;

/// Reads a value as memcached does: spaces, digits, and behind them nothing or a space.
///
/// What follows that space is not looked at; memcached itself leaves spaces where a number got shorter.
/// A value of spaces alone is no number here; memcached looks for one in the memory behind the value.
pub(super) fn read(value: &[u8]) -> Option<u64> {
    let digits = value.trim_ascii_start();
    let digits = digits.strip_prefix(b"+").unwrap_or(digits);
    let end = digits.iter().position(|byte| !byte.is_ascii_digit());
    let (digits, rest) = digits.split_at(end.unwrap_or(digits.len()));
    if rest.first().is_some_and(|byte| !byte.is_ascii_whitespace()) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Writes a number over a value of `len` bytes: a shorter one is filled up with spaces.
pub(super) fn write(number: u64, len: usize) -> Bytes {
    format!("{number:<len$}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_memcached_reads_them() {
        let rows: [(&[u8], Option<u64>); 14] = [
            (b"0", Some(0)),
            (b"007", Some(7)),
            (b"18446744073709551615", Some(u64::MAX)),
            (b"18446744073709551616", None),
            (b"9  ", Some(9)),
            (b"12 apples", Some(12)),
            (b" 5", Some(5)),
            (b"+5", Some(5)),
            (b"-5", None),
            (b"", None),
            (b" ", None),
            (b"+", None),
            (b"1x", None),
            (b"1_0", None),
        ];
        for (value, number) in rows {
            assert_eq!(
                read(value),
                number,
                "{:?}",
                value.escape_ascii().to_string()
            );
        }
    }

    #[test]
    fn shorter_numbers_are_filled_up() {
        assert_eq!(write(9, 2), "9 ");
        assert_eq!(write(100, 2), "100");
        assert_eq!(write(0, 0), "0");
    }
}
