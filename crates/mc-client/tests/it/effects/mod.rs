//! What behaviors do, seen on the wire or in results: the same tests through both clients.
//!
//! Who includes a list says what a `Client` is, and by `go!(call)` how a call is sent.

mod asynchronous;
#[cfg(feature = "blocking")]
mod blocking;
