//! `exists`: whether a key holds an item.

use mc_proto::{Key, Protocol, Reply, Request, meta};

use super::{Replicas, Single, Step, sealed};
use crate::error::Error;
use crate::value::Values;

/// Whether a key holds an item; it counts as a read of it and changes nothing.
///
/// ```text
/// meta           mg <key> k  →  HD k<key> | EN
/// text, binary   get <key>   →  the item, value included, or a miss
/// ```
/// Only meta can ask without moving the value. What libmemcached sends instead, an `add` that expires at once,
/// moves none either, but takes memory from other items if the key holds nothing.
#[derive(Debug, Clone, Copy)]
pub struct Exists<'k> {
    pub(crate) key: &'k [u8],
}

impl sealed::Sealed for Exists<'_> {}

impl Single for Exists<'_> {
    type Output = bool;

    const REPLICAS: Replicas = Replicas::Read;

    fn key(&self) -> &[u8] {
        self.key
    }

    fn request<'a>(&'a self, key: Key<'a>, protocol: Protocol) -> Result<Request<'a>, Error> {
        Ok(match protocol {
            Protocol::Meta => {
                let get = meta::Get {
                    echo_key: true,
                    ..meta::Get::new(key)
                };
                Request::Meta(get.into())
            }
            _ => Request::Get { key, cas: false },
        })
    }

    fn answered(&mut self, reply: Reply, _: &Values) -> Step<bool> {
        match reply {
            Reply::Meta(reply) if matches!(*reply, meta::Reply::Done(_)) => Step::done(true),
            Reply::Meta(reply) if *reply == meta::Reply::Miss => Step::done(false),
            Reply::Value(item) => Step::done(item.is_some()),
            other => Step::failed("exists", &other),
        }
    }
}
