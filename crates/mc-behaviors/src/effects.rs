//! What setting a behavior does: its own field, and the others that the reference changes with it.
//!
//! This is the one place for side effects: [`Behaviors`] alone and [`Replay`](crate::Replay) both come here.

use mc_dist::{Compat, Distribution};
use mc_hash::Algorithm;

use crate::input::Input;
use crate::{Behavior, Behaviors, Error};

/// Sets one behavior. After an error nothing has changed.
pub(crate) fn apply(b: &mut Behaviors, input: &Input<'_>) -> Result<(), Error> {
    match input.behavior {
        Behavior::NoBlock => b.no_block = input.flag()?,
        Behavior::TcpNodelay => b.tcp_nodelay = input.flag()?,
        Behavior::TcpKeepalive => b.tcp_keepalive = input.flag()?,
        Behavior::Hash => b.hash = input.hash()?,
        Behavior::KetamaHash => b.ketama_hash = input.hash()?,
        Behavior::Ketama => ketama(b, input.flag()?),
        Behavior::KetamaWeighted => ketama_weighted(b, input.flag()?),
        Behavior::Distribution => distribution(b, input.distribution()?),
        Behavior::Cas => b.cas = input.flag()?,
        Behavior::BufferRequests => b.buffer_requests = buffer_requests(b, input)?,
        Behavior::VerifyKeys => b.verify_keys = verify_keys(b, input)?,
        Behavior::ConnectTimeout => b.connect_timeout = input.time()?,
        Behavior::SendTimeout => b.send_timeout = input.time()?,
        Behavior::ReceiveTimeout => b.receive_timeout = input.time()?,
        Behavior::NumReplicas => b.num_replicas = input.count()?,
        Behavior::AutoEject => b.auto_eject = input.flag()?,
        Behavior::RetryTimeout => b.retry_timeout = input.time()?,
        Behavior::RemoveFailed => remove_failed(b, input)?,
        Behavior::FailureLimit => b.failure_limit = input.count_from_one()?,
        Behavior::IoMsgWatermark => b.io_msg_watermark = input.count()?,
        Behavior::IoBytesWatermark => b.io_bytes_watermark = input.count()?,
        Behavior::IoKeyPrefetch => b.io_key_prefetch = input.count()?,
        Behavior::HashWithPrefixKey => b.hash_with_namespace = input.flag()?,
        Behavior::Noreply => b.noreply = noreply(b, input)?,
        Behavior::SortHosts => b.sort_hosts = input.flag()?,
        Behavior::PollTimeout => b.poll_timeout = input.time()?,
        Behavior::SocketSendSize => b.socket_send_size = input.count()?,
        Behavior::SocketRecvSize => b.socket_recv_size = input.count()?,
        Behavior::DeadTimeout => b.dead_timeout = input.time()?,
        Behavior::PickleProtocol => b.pickle_protocol = input.count()?,
        Behavior::Namespace => b.namespace = Some(input.namespace(b.binary)?),
        Behavior::BinaryProtocol => binary(b, input.flag()?),
        Behavior::UseUdp => udp(b, input.flag()?),
        Behavior::RandomizeReplicaRead => b.randomize_replica_read = input.flag()?,
        Behavior::TcpKeepidle => b.tcp_keepidle = input.time()?,
        Behavior::ServerTimeoutLimit => b.server_timeout_limit = input.count()?,
        Behavior::CacheLookups | Behavior::UserData | Behavior::Cork | Behavior::LoadFromFile => {
            return Err(input.read_only());
        }
    }
    Ok(())
}

/// Another distribution; what becomes of the weights is libmemcached's `memcached_behavior_set_distribution`.
pub(crate) fn distribution(b: &mut Behaviors, distribution: Distribution) {
    b.distribution = distribution;
    match distribution {
        Distribution::Consistent | Distribution::Ketama => b.ketama_weighted = false,
        Distribution::Weighted => b.ketama_weighted = true,
        _ => {}
    }
}

fn ketama(b: &mut Behaviors, on: bool) {
    match on {
        true => distribution(b, Distribution::Ketama),
        false => distribution(b, Distribution::Modula),
    }
}

/// Off is not modula but ketama without weights: so it is in libmemcached.
fn ketama_weighted(b: &mut Behaviors, on: bool) {
    if !on {
        return ketama(b, true);
    }
    b.hash = Algorithm::Md5;
    b.ketama_hash = Algorithm::Md5;
    distribution(b, Distribution::Weighted);
}

fn buffer_requests(b: &Behaviors, input: &Input<'_>) -> Result<bool, Error> {
    let on = input.flag()?;
    match b.udp {
        true => Err(input.conflict("changes while USE_UDP is off")),
        false => Ok(on),
    }
}

fn verify_keys(b: &Behaviors, input: &Input<'_>) -> Result<bool, Error> {
    let on = input.flag()?;
    match b.binary {
        true => Err(input.conflict("changes while the protocol is text, not binary")),
        false => Ok(on),
    }
}

fn noreply(b: &Behaviors, input: &Input<'_>) -> Result<bool, Error> {
    let on = input.flag()?;
    match b.udp && !on {
        true => Err(input.conflict("on, or any value while USE_UDP is off")),
        false => Ok(on),
    }
}

/// The flag of `auto_eject`; in libmemcached 1.0 a count, which is the failure limit too.
fn remove_failed(b: &mut Behaviors, input: &Input<'_>) -> Result<(), Error> {
    if input.compat == Compat::V1_0 {
        b.failure_limit = input.count_from_one()?;
        b.auto_eject = true;
    } else {
        b.auto_eject = input.flag()?;
    }
    Ok(())
}

fn binary(b: &mut Behaviors, on: bool) {
    b.binary = on;
    b.verify_keys &= !on;
}

/// Off also switches answers on, whoever had switched them off: so it is in libmemcached.
fn udp(b: &mut Behaviors, on: bool) {
    b.udp = on;
    b.noreply = on;
    b.buffer_requests &= !on;
}
