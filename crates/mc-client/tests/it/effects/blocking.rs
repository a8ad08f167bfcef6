//! Through the blocking client.

use mc_client::blocking::Client;

macro_rules! go {
    ($call:expr) => {
        $call.call()
    };
}

#[path = "replicas.rs"]
mod replicas;
#[path = "unawaited.rs"]
mod unawaited;

use crate::blocking::builder;
