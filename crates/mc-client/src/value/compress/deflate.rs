//! The two directions, by flate2.

use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::bufread::{GzDecoder, ZlibDecoder};
use flate2::write::{GzEncoder, ZlibEncoder};

use super::Frame;
use crate::error::Error;

pub(super) fn deflate(frame: Frame, data: &[u8], level: u8) -> Result<Vec<u8>, Error> {
    let level = Compression::new(level.into());
    let deflated = match frame {
        Frame::Zlib => {
            let mut encoder = ZlibEncoder::new(Vec::new(), level);
            encoder.write_all(data).and_then(|()| encoder.finish())
        }
        Frame::Gzip => {
            let mut encoder = GzEncoder::new(Vec::new(), level);
            encoder.write_all(data).and_then(|()| encoder.finish())
        }
    };
    deflated.map_err(|cause| Error::unstorable("the value cannot be compressed").because(cause))
}

/// The first `most` bytes that come out; they are all if they are fewer.
pub(super) fn inflate(frame: Frame, data: &[u8], most: usize) -> Result<Vec<u8>, Error> {
    let inflated = match frame {
        Frame::Zlib => read(ZlibDecoder::new(data), most),
        Frame::Gzip => read(GzDecoder::new(data), most),
    };
    inflated.map_err(|cause| {
        Error::wrong_type("the value is marked as compressed, but cannot be inflated")
            .because(cause)
    })
}

fn read(from: impl Read, most: usize) -> io::Result<Vec<u8>> {
    let mut whole = Vec::new();
    let most = u64::try_from(most).unwrap_or(u64::MAX);
    from.take(most).read_to_end(&mut whole)?;
    Ok(whole)
}
