#![doc = include_str!("../README.md")]
#![no_std]

mod algorithm;
mod unknown;

mod crc;
mod fnv;
mod hsieh;
mod jenkins;
mod lanes;
mod md5;
mod murmur;
mod murmur3;
mod one_at_a_time;

mod bytes;

pub use algorithm::{Algorithm, HASHERS, HASHERS_RVS};
pub use crc::crc;
pub use fnv::{fnv1_32, fnv1_64, fnv1a_32, fnv1a_64};
pub use hsieh::hsieh;
pub use jenkins::jenkins;
pub use md5::{md5, md5_points, md5_points_each};
pub use murmur::murmur;
pub use murmur3::murmur3;
pub use one_at_a_time::one_at_a_time;
pub use unknown::UnknownAlgorithm;
