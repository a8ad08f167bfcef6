//! Compression: which values are compressed, in which frame, and how large one may become again.
//!
//! One rule for every codec: a value of at least so many bytes is compressed if that makes it shorter.

#[cfg(not(feature = "zlib"))]
#[path = "absent.rs"]
mod deflate;
#[cfg(feature = "zlib")]
mod deflate;

use bytes::Bytes;
use mc_proto::Payload;

use crate::error::{Error, ErrorKind, Outcome};

/// What stands around the deflated bytes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Frame {
    /// RFC 1950: two bytes in front, a checksum behind.
    Zlib,
    /// RFC 1952: as files have it.
    Gzip,
}

/// How gzip begins; zlib never does.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// How hard a codec tries to make a value small: 0 (not at all), 1 (fastest) to 9 (smallest).
///
/// The default is zlib's own, 6, which is also what −1 means.
///
/// ```
/// use mc_client::value::CompressLevel;
///
/// assert_eq!(CompressLevel::try_from(-1)?, CompressLevel::default());
/// let error = CompressLevel::try_from(10).unwrap_err();
/// assert_eq!(error.to_string(), "compress_level is 10, allowed are 0 to 9, and -1 for the default");
/// # Ok::<(), mc_client::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CompressLevel(u8);

impl Default for CompressLevel {
    fn default() -> Self {
        Self(6)
    }
}

impl TryFrom<i32> for CompressLevel {
    type Error = Error;

    fn try_from(level: i32) -> Result<Self, Error> {
        match u8::try_from(level) {
            Ok(level @ 0..=9) => Ok(Self(level)),
            _ if level == -1 => Ok(Self::default()),
            _ => Err(Error::config(format!(
                "compress_level is {level}, allowed are 0 to 9, and -1 for the default"
            ))),
        }
    }
}

/// `len`, where this build can compress; else 0, which is never.
pub(super) const fn if_able(len: usize) -> usize {
    if cfg!(feature = "zlib") { len } else { 0 }
}

impl Frame {
    /// The shorter form of `data`, if it has at least `min_len` bytes, that is not 0, and there is one.
    #[inline]
    pub(super) fn shorten(
        self,
        data: &Payload<'_>,
        min_len: usize,
        CompressLevel(level): CompressLevel,
    ) -> Result<Option<Bytes>, Error> {
        let data = data.as_slice();
        if min_len == 0 || level == 0 || data.len() < min_len {
            return Ok(None);
        }
        let short = deflate::deflate(self, data, level)?;
        Ok((short.len() < data.len()).then(|| short.into()))
    }

    /// What `data` was before it was compressed in either frame. Bytes behind the frame are ignored, as pylibmc does.
    ///
    /// Memory follows what comes out, never a length that is only announced.
    pub(super) fn inflate(data: &[u8], max_len: usize) -> Result<Bytes, Error> {
        let frame = if data.starts_with(&GZIP) {
            Self::Gzip
        } else {
            Self::Zlib
        };
        let whole = deflate::inflate(frame, data, max_len.saturating_add(1))?;
        if whole.len() > max_len {
            let message = format!("the value is over {max_len} bytes when it is inflated");
            return Err(Error::new(
                ErrorKind::ValueTooLarge,
                Outcome::Rejected,
                message,
            ));
        }
        Ok(whole.into())
    }
}

#[cfg(all(test, feature = "zlib"))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FRAMES: [Frame; 2] = [Frame::Zlib, Frame::Gzip];

    fn shorten(frame: Frame, data: &[u8], min_len: usize, level: i32) -> Option<Bytes> {
        let level = CompressLevel::try_from(level).unwrap();
        let short = frame.shorten(&Payload::Borrowed(data), min_len, level);
        short.unwrap()
    }

    #[test]
    fn only_what_is_long_enough_is_compressed() {
        for frame in FRAMES {
            let compressed = |len, min_len, level| {
                let data = vec![b'a'; len];
                shorten(frame, &data, min_len, level).is_some()
            };
            assert!(compressed(100, 100, -1));
            assert!(compressed(100, 1, 9));
            assert!(!compressed(99, 100, -1));
            assert!(!compressed(100, 0, -1));
            assert!(!compressed(100, 1, 0));
            // Nothing to be won.
            assert!(!compressed(8, 1, 9));
            assert!(!compressed(0, 1, 9));
        }
    }

    /// As Python's `zlib.compress(b"a" * 300)` and `gzip.compress(b"text", mtime=0)` have it.
    #[test]
    fn pythons_frames_are_read() {
        let zlib = b"\x78\x9c\x4b\x4c\x1c\x05\xc4\x02\x00\xd8\xa8\x71\xad";
        assert_eq!(Frame::inflate(zlib, 300).unwrap()[..], [b'a'; 300]);
        let gzip =
            b"\x1f\x8b\x08\0\0\0\0\0\x02\x03\x2b\x49\xad\x28\x01\0\xc7\xa7\x8b\x3b\x04\0\0\0";
        assert_eq!(Frame::inflate(gzip, 300).unwrap(), "text");
    }

    #[test]
    fn says_what_is_wrong() {
        let check = |data: &[u8], max_len, kind, message: &str| {
            let error = Frame::inflate(data, max_len).unwrap_err();
            assert_eq!((error.kind(), error.to_string().as_str()), (kind, message));
        };
        let damaged = "the value is marked as compressed, but cannot be inflated";
        for data in [&b""[..], b"text", b"\x78\x9c\x33\x05\x00\x00\x36", &GZIP] {
            check(data, 9, ErrorKind::WrongType, damaged);
        }
        for frame in FRAMES {
            let bomb = shorten(frame, &[0; 1000], 1, 9).unwrap();
            let too_large = "the value is over 999 bytes when it is inflated";
            check(&bomb, 999, ErrorKind::ValueTooLarge, too_large);
            assert_eq!(Frame::inflate(&bomb, 1000).unwrap().len(), 1000);
            // What stands behind the frame is nobody's.
            let trailed = [&bomb[..], b"junk"].concat();
            assert!(Frame::inflate(&trailed, 1000).is_ok());
        }
    }

    proptest! {
        #[test]
        fn what_is_shortened_comes_back(
            data in prop::collection::vec(0_u8..4, 0..2000),
            level in -1..10,
        ) {
            for frame in FRAMES {
                if let Some(short) = shorten(frame, &data, 1, level) {
                    prop_assert!(short.len() < data.len());
                    prop_assert_eq!(&Frame::inflate(&short, data.len()).unwrap()[..], &data[..]);
                }
            }
        }

        #[test]
        fn any_bytes_are_inflated_or_refused(data: Vec<u8>, max_len in 0_usize..100) {
            for start in [&b""[..], b"\x78\x9c", &GZIP] {
                if let Ok(whole) = Frame::inflate(&[start, &data].concat(), max_len) {
                    prop_assert!(whole.len() <= max_len);
                }
            }
        }
    }
}
