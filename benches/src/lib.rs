#![doc = include_str!("../README.md")]

pub mod callgrind;
pub mod load;
pub mod proto;
pub mod ratio;
pub mod strace;
