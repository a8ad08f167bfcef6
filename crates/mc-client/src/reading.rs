//! How much room a shell makes for what a server sends: memory follows the bytes received, not those announced.

/// The room for a read when no more is known to come.
pub(crate) const ROOM: usize = 16 << 10;
/// The room for the first read behind a large value: all but the beginning of the next gets room of its own.
pub(crate) const FRONT: usize = 512;
/// The room at most ahead of a value's bytes, until as much again has come: with what a call has beside it, a server
/// that only announces costs less than 64 KiB.
const AHEAD: usize = 56 << 10;

/// The room to make for the next read when `wanted` more bytes of a value are known to come and `held` bytes have; or,
/// on the same connection, as many before.
pub(crate) fn room(wanted: usize, held: usize) -> usize {
    wanted.clamp(ROOM, AHEAD.max(held))
}
