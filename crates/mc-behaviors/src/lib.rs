//! (being written)

mod server;

pub use server::{
    DEFAULT_PORT, IntoServerSpec, InvalidServer, InvalidServerKind, MAX_WEIGHT, ServerSpec,
    Transport, UnknownTransport, parse_server_list, server_specs,
};
