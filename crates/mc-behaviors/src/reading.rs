//! What a behavior reads: one reading, rendered for either view.

use std::time::Duration;

use mc_dist::{Compat, Distribution};
use mc_hash::Algorithm;

use crate::{Behavior, Behaviors, Namespace, Shape, Unit, Value};

/// The value of one behavior, before a view renders it.
pub(crate) enum Reading<'a> {
    Flag(bool),
    Count(i64),
    Time(Duration),
    Hash(Algorithm),
    Distribution(Distribution),
    Namespace(Option<&'a Namespace>),
    Fixed(u64),
}

impl<'a> Reading<'a> {
    /// Reads `behavior` as the version of libmemcached that is followed reads it.
    pub(crate) fn of(b: &'a Behaviors, behavior: Behavior) -> Self {
        let old = b.compat == Compat::V1_0;
        let ring = b.distribution.is_continuum();
        match behavior {
            Behavior::NoBlock => Self::Flag(b.no_block),
            Behavior::TcpNodelay => Self::Flag(b.tcp_nodelay),
            Behavior::TcpKeepalive => Self::Flag(b.tcp_keepalive),
            Behavior::Hash => Self::Hash(b.hash),
            Behavior::KetamaHash if old => Self::Hash(b.hash),
            Behavior::KetamaHash => Self::Hash(b.ketama_hash),
            Behavior::Ketama => Self::Flag(ring),
            Behavior::KetamaWeighted => Self::Flag(ring && b.ketama_weighted),
            Behavior::Distribution => Self::Distribution(b.distribution),
            Behavior::Cas => Self::Flag(b.cas),
            Behavior::BufferRequests => Self::Flag(b.buffer_requests),
            Behavior::VerifyKeys => Self::Flag(b.verify_keys),
            Behavior::ConnectTimeout => Self::Time(b.connect_timeout),
            Behavior::SendTimeout => Self::Time(b.send_timeout),
            Behavior::ReceiveTimeout => Self::Time(b.receive_timeout),
            Behavior::NumReplicas => Self::Count(b.num_replicas.into()),
            Behavior::AutoEject => Self::Flag(b.auto_eject),
            Behavior::RetryTimeout => Self::Time(b.retry_timeout),
            Behavior::RemoveFailed if old => Self::Count(b.failure_limit.get().into()),
            Behavior::RemoveFailed => Self::Flag(b.auto_eject),
            Behavior::FailureLimit => Self::Count(b.failure_limit.get().into()),
            Behavior::IoMsgWatermark => Self::Count(b.io_msg_watermark.into()),
            Behavior::IoBytesWatermark => Self::Count(b.io_bytes_watermark.into()),
            Behavior::IoKeyPrefetch => Self::Count(b.io_key_prefetch.into()),
            Behavior::HashWithPrefixKey => Self::Flag(b.hash_with_namespace),
            Behavior::Noreply => Self::Flag(b.noreply),
            Behavior::SortHosts => Self::Flag(b.sort_hosts),
            Behavior::PollTimeout => Self::Time(b.poll_timeout),
            Behavior::SocketSendSize => Self::Count(b.socket_send_size.into()),
            Behavior::SocketRecvSize => Self::Count(b.socket_recv_size.into()),
            Behavior::DeadTimeout => Self::Time(b.dead_timeout),
            Behavior::PickleProtocol => Self::Count(b.pickle_protocol.into()),
            Behavior::Namespace => Self::Namespace(b.namespace.as_ref()),
            Behavior::BinaryProtocol => Self::Flag(b.binary),
            Behavior::UseUdp => Self::Flag(b.udp),
            Behavior::RandomizeReplicaRead => Self::Flag(b.randomize_replica_read),
            Behavior::TcpKeepidle => Self::Time(b.tcp_keepidle),
            Behavior::ServerTimeoutLimit => Self::Count(b.server_timeout_limit.into()),
            Behavior::CacheLookups
            | Behavior::UserData
            | Behavior::Cork
            | Behavior::LoadFromFile => match behavior.shape() {
                Shape::Fixed(number) => Self::Fixed(number),
                _ => Self::Fixed(0),
            },
        }
    }

    /// As pylibmc's users read it, times in `behavior`'s unit by name.
    pub(crate) fn value(&self, behavior: Behavior) -> Value {
        match *self {
            Self::Flag(on) => Value::Int(on.into()),
            Self::Count(count) => Value::Int(count.into()),
            Self::Fixed(number) => Value::Int(number.into()),
            Self::Hash(hash) if behavior == Behavior::Hash => Value::from(hash),
            Self::Hash(hash) => Value::Int(hash.number().into()),
            Self::Distribution(distribution) => Value::from(distribution),
            Self::Namespace(Some(namespace)) => Value::from(namespace.as_bytes()),
            Self::Namespace(None) => Value::None,
            Self::Time(time) => match units(behavior).0.count(time) {
                Ok(count) => Value::Int(i128::try_from(count).unwrap_or(i128::MAX)),
                Err(_) => Value::Duration(time),
            },
        }
    }

    /// As libmemcached's C API reads it, times in `behavior`'s unit in C; none if it has no number there.
    ///
    /// A time that is no whole number of units is rounded up, so that only zero reads 0.
    pub(crate) fn number(&self, behavior: Behavior) -> Option<u64> {
        match *self {
            Self::Flag(on) => Some(on.into()),
            Self::Count(count) => u64::try_from(count).ok(),
            Self::Fixed(number) => Some(number),
            Self::Hash(hash) => Some(hash.number().into()),
            Self::Distribution(distribution) => distribution.number().map(u64::from),
            Self::Namespace(_) => None,
            Self::Time(time) => {
                let count = units(behavior).1.count(time);
                let count = count.unwrap_or_else(|whole| whole + 1);
                Some(u64::try_from(count).unwrap_or(u64::MAX))
            }
        }
    }
}

/// The units of a time, by name and in C.
fn units(behavior: Behavior) -> (Unit, Unit) {
    match behavior.shape() {
        Shape::Time { unit, c_unit, .. } => (unit, c_unit),
        _ => (Unit::Seconds, Unit::Seconds),
    }
}
