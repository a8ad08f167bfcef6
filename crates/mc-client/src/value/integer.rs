//! Integers of any Rust type, and their decimal digits.

use std::fmt;

use crate::error::Error;

/// An integer that any of Rust's types can hold, from −2¹²⁷ to 2¹²⁸ − 1.
///
/// ```
/// use mc_client::value::Integer;
///
/// let number = Integer::from(300_u64);
/// assert_eq!(i16::try_from(number)?, 300);
/// assert_eq!(u8::try_from(number).unwrap_err().to_string(), "the integer 300 is not within u8");
/// # Ok::<(), mc_client::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Integer {
    negative: bool,
    magnitude: u128,
}

impl Integer {
    /// Reads digits as Python's `int()` does: with spaces around them, a sign in front, single underscores
    /// between them. As in pylibmc, a NUL ends the text.
    ///
    /// `None` if they are no number, or one that no Rust type can hold.
    ///
    /// # Source
    /// pylibmc `_pylibmcmodule.c`, `_PylibMC_parse_memcached_value`, and CPython `PyLong_FromString`.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
        let text = trim(text);
        let (negative, digits) = match text.split_first()? {
            (b'-', digits) => (true, digits),
            (b'+', digits) => (false, digits),
            _ => (false, text),
        };
        let mut magnitude = 0_u128;
        for group in digits.split(|byte| *byte == b'_') {
            magnitude = group.iter().try_fold(magnitude, append)?;
            group.first()?;
        }
        Self::new(negative, magnitude)
    }

    /// `None` below −2¹²⁷.
    pub(super) fn new(negative: bool, magnitude: u128) -> Option<Self> {
        let negative = negative && magnitude != 0;
        (!negative || magnitude <= i128::MIN.unsigned_abs()).then_some(Self {
            negative,
            magnitude,
        })
    }

    /// Whether it is below zero, and how far from it.
    pub(super) fn parts(self) -> (bool, u128) {
        (self.negative, self.magnitude)
    }

    /// The nearest float.
    pub(super) fn to_f64(self) -> f64 {
        let magnitude = self.magnitude as f64;
        if self.negative { -magnitude } else { magnitude }
    }

    /// The nearest float of 32 bits.
    pub(super) fn to_f32(self) -> f32 {
        let magnitude = self.magnitude as f32;
        if self.negative { -magnitude } else { magnitude }
    }

    pub(super) fn is_zero(self) -> bool {
        self.magnitude == 0
    }
}

/// The number with one digit more.
fn append(number: u128, digit: &u8) -> Option<u128> {
    let digit = digit.is_ascii_digit().then(|| digit - b'0')?;
    number.checked_mul(10)?.checked_add(digit.into())
}

/// Without C's white space around it, among it the spaces that `decr` pads a stored number with.
fn trim(mut text: &[u8]) -> &[u8] {
    let is_space = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'\x0b';
    while let [first, rest @ ..] = text
        && is_space(first)
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && is_space(last)
    {
        text = rest;
    }
    text
}

impl fmt::Display for Integer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match 0_i128.checked_sub_unsigned(self.magnitude) {
            Some(number) if self.negative => number.fmt(f),
            _ => self.magnitude.fmt(f),
        }
    }
}

macro_rules! unsigned {
    ($($type:ty)*) => {$(
        impl From<$type> for Integer {
            fn from(number: $type) -> Self {
                Self { negative: false, magnitude: number as u128 }
            }
        }
    )*};
}

macro_rules! signed {
    ($($type:ty)*) => {$(
        impl From<$type> for Integer {
            fn from(number: $type) -> Self {
                Self { negative: number < 0, magnitude: number.unsigned_abs() as u128 }
            }
        }
    )*};
}

macro_rules! back {
    ($($type:ty)*) => {$(
        impl TryFrom<Integer> for $type {
            type Error = Error;

            fn try_from(number: Integer) -> Result<Self, Error> {
                let held = if number.negative {
                    0_i128
                        .checked_sub_unsigned(number.magnitude)
                        .and_then(|number| number.try_into().ok())
                } else {
                    number.magnitude.try_into().ok()
                };
                held.ok_or_else(|| {
                    let within = stringify!($type);
                    Error::wrong_type(format!("the integer {number} is not within {within}"))
                })
            }
        }
    )*};
}

unsigned!(u8 u16 u32 u64 u128 usize);
signed!(i8 i16 i32 i64 i128 isize);
back!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        let got = Integer::parse(text.as_bytes()).map(|number| number.to_string());
        assert_eq!(got.as_deref(), expected, "{text:?}");
    }

    #[test]
    fn reads_what_python_reads() {
        check("5", Some("5"));
        check("-5", Some("-5"));
        check("+7", Some("7"));
        check("-0", Some("0"));
        check("007", Some("7"));
        check("1_0", Some("10"));
        check(" \t\n\r\x0b\x0c5 ", Some("5"));
        check("5\x006", Some("5"));
        check("", None);
        check(" ", None);
        check("-", None);
        check("- 5", None);
        check("+-5", None);
        check("_5", None);
        check("5_", None);
        check("1__0", None);
        check("0x10", None);
        check("12abc", None);
        check("5.5", None);
        check("\u{661}", None);
        check("\x005", None);
    }

    #[test]
    fn holds_every_rust_integer_and_no_more() {
        for text in [i128::MIN.to_string(), u128::MAX.to_string()] {
            check(&text, Some(&text));
        }
        check("340282366920938463463374607431768211456", None);
        check("-170141183460469231731687303715884105729", None);
        assert_eq!(i128::try_from(Integer::from(i128::MIN)).unwrap(), i128::MIN);
        assert_eq!(u128::try_from(Integer::from(u128::MAX)).unwrap(), u128::MAX);
        assert_eq!(i8::try_from(Integer::from(-128)).unwrap(), -128);
    }

    #[test]
    fn names_the_type_that_is_too_small() {
        let error = u8::try_from(Integer::from(-1)).unwrap_err();
        assert_eq!(error.to_string(), "the integer -1 is not within u8");
        let error = i128::try_from(Integer::from(u128::MAX)).unwrap_err();
        assert!(error.to_string().ends_with("is not within i128"));
    }
}
