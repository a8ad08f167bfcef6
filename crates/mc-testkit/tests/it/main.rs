//! The in-process server answers as memcached does: the same scripts to both, byte by byte.

mod differential;
mod peer;
mod scripts;
