//! Through the async client.

use mc_client::Client;

macro_rules! go {
    ($call:expr) => {
        $call.await
    };
}

#[path = "batches.rs"]
mod batches;
#[path = "cas.rs"]
mod cas;
#[path = "failover.rs"]
mod failover;
#[path = "matrix.rs"]
mod matrix;
#[path = "replicas.rs"]
mod replicas;
#[path = "unawaited.rs"]
mod unawaited;

use crate::builder;
