//! Through the blocking client.

use mc_client::blocking::Client;

macro_rules! go {
    ($call:expr) => {
        $call.call()
    };
}

#[path = "batches.rs"]
#[expect(clippy::duplicate_mod, reason = "one list for both clients")]
mod batches;
#[path = "cas.rs"]
#[expect(clippy::duplicate_mod, reason = "one list for both clients")]
mod cas;
#[path = "failover.rs"]
#[expect(clippy::duplicate_mod, reason = "one list for both clients")]
mod failover;
#[path = "matrix.rs"]
#[expect(clippy::duplicate_mod, reason = "one list for both clients")]
mod matrix;
#[path = "replicas.rs"]
#[expect(clippy::duplicate_mod, reason = "one list for both clients")]
mod replicas;
#[path = "unawaited.rs"]
#[expect(clippy::duplicate_mod, reason = "one list for both clients")]
mod unawaited;

use crate::blocking::builder;
