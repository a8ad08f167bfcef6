//! What the crate promises, tried through its public items alone.

mod chunks;
mod corpus;
mod fifo;
mod hostile;
mod memcached;
mod packet;
mod roundtrip;
mod sasl;
mod server;
mod streams;
mod support;
mod udp;
