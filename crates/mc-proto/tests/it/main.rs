//! What the crate promises, tried through its public items alone.

mod apart;
mod binary;
mod chunks;
mod corpus;
mod fifo;
mod hostile;
mod joined;
mod memcached;
mod meta;
mod noreply;
mod packet;
mod roundtrip;
mod sasl;
mod server;
mod streams;
mod support;
mod text;
mod udp;
mod wire;
mod withdrawn;
