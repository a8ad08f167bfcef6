//! (being written)

mod health;
mod server;

pub use health::{Change, Health, HealthSettings, Use};
pub use server::{
    DEFAULT_PORT, IntoServerSpec, InvalidServer, InvalidServerKind, MAX_WEIGHT, ServerSpec,
    Transport, UnknownTransport, parse_server_list, server_specs,
};
