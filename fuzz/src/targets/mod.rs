//! Every target, and the bounds that all of them set.

mod asked;
mod client;
mod connection;
mod sasl;
mod server;
mod settings;
mod udp;
mod value;

pub use client::{binary_reply, binary_response, meta_reply, text_reply};
pub use connection::connection;
use mc_proto::Limits;
pub use sasl::sasl;
pub use server::{binary_request, meta_request, text_request};
pub use settings::{config_string, server_list, server_spec};
pub use udp::{udp_reply, udp_request};
pub use value::{pickle, value};

use crate::Target;

/// Every target.
pub const TARGETS: &[Target] = &[
    target("text_request", text_request),
    target("text_reply", text_reply),
    target("meta_request", meta_request),
    target("meta_reply", meta_reply),
    target("binary_request", binary_request),
    target("binary_reply", binary_reply),
    target("binary_response", binary_response),
    target("connection", connection),
    target("udp_request", udp_request),
    target("udp_reply", udp_reply),
    target("sasl", sasl),
    target("server_spec", server_spec),
    target("server_list", server_list),
    target("config_string", config_string),
    Target {
        name: "value",
        run: value,
        cap: INFLATED,
    },
    Target {
        name: "pickle",
        run: pickle,
        cap: UNPICKLED,
    },
];

const fn target(name: &'static str, run: fn(&[u8])) -> Target {
    Target {
        name,
        run,
        cap: CAP,
    }
}

/// What a target may hold beside its input: a full set of [`LIMITS`], and a buffer or two that have grown by doubling.
const CAP: usize = 32 << 10;

/// What `value` may hold: zlib's window, and a few copies of the longest value.
const INFLATED: usize = 512 << 10;

/// What `pickle` may hold: its budget for objects and that for the tree, in which a few bytes may say much.
const UNPICKLED: usize = 160 << 20;

/// Small bounds, so that inputs of some kilobytes reach them, and that what goes past them shows.
const LIMITS: Limits = Limits {
    max_value_len: 2048,
    max_line_len: 512,
    max_keys: 32,
    max_batch: 32,
    max_rows: 32,
};
