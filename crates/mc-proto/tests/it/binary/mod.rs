//! The binary protocol, with a real memcached and as a server.

mod opcodes;
mod requests;
mod sasl;
mod server;
