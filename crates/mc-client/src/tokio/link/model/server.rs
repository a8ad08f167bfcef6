//! The server's side: answers what it is asked, each key with its own name, unless the plan says otherwise.

use std::future::poll_fn;
use std::io;
use std::time::Instant;

use bytes::{Buf, Bytes, BytesMut};
use mc_proto::{Item, Key, Limits, Outgoing, Reply, Request, binary, text};

use super::wire::{End, Socket, Wire};
use super::{Plan, World, chance, pause};
use crate::connect::Endpoint;
use crate::tokio::stream;

/// The flags of pylibmc's text.
const TEXT: u32 = 16;
/// What no server of any protocol says.
const NONSENSE: &[u8] = b"\0nonsense, and more than the header of a packet\r\n";

/// Opens a connection to a server of this run.
pub(in crate::tokio) async fn dial(_: &Endpoint, _: Instant) -> io::Result<stream::Socket> {
    let world = World::of_this_run();
    pause().await;
    if chance(world.plan.refuses) {
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    let wire = Wire::default();
    let server = shuttle::future::spawn(serve(wire.clone(), world.plan));
    world.servers.lock().unwrap().push(server);
    world.wires.lock().unwrap().push(wire.clone());
    Ok(Box::new(Socket(wire)))
}

async fn serve(wire: Wire, plan: Plan) {
    let (mut input, mut last) = (BytesMut::new(), Vec::new());
    while poll_fn(|cx| wire.poll_wanted(cx)).await {
        pause().await;
        wire.read(&mut input);
        while let Some(answer) = answer(&mut input) {
            if chance(plan.ends) {
                let heard = [0, answer.len() / 2, answer.len()];
                wire.say(&answer[..heard[usize::from(chance(0.5)) + usize::from(chance(0.3))]]);
                pause().await;
                let end = if chance(0.5) { End::Closed } else { End::Reset };
                return wire.end(end);
            }
            if chance(plan.lies) {
                let lie = if chance(0.5) { NONSENSE } else { &last };
                wire.say(lie);
                pause().await;
            }
            let (first, rest) = answer.split_at(answer.len() / 2);
            wire.say(first);
            pause().await;
            wire.say(rest);
            last = answer;
        }
    }
}

/// The answer to the request at the start of the input, which is taken off it.
fn answer(input: &mut BytesMut) -> Option<Vec<u8>> {
    let (mut out, limits) = (Outgoing::default(), Limits::default());
    let len = if input.first() == Some(&0x80) {
        let asked = binary::decode_request(input, &limits).unwrap()?;
        let reply = reply(&asked.request.general().unwrap());
        binary::encode_reply(&asked.request, &reply, &mut out).unwrap();
        asked.len
    } else {
        let asked = text::decode_request(input, &limits).unwrap()?;
        let reply = match &asked.request {
            Request::Meta(meta) => {
                let reply = reply(&meta.general().unwrap());
                meta.answer(&reply)
                    .map_or(reply, |reply| Reply::Meta(reply.into()))
            }
            request => reply(request),
        };
        text::encode_reply(&asked.request, &reply, &mut out).unwrap();
        asked.len
    };
    input.advance(len);
    Some(out.copy_to_bytes(out.remaining()).to_vec())
}

fn reply(request: &Request<'_>) -> Reply {
    match request {
        Request::Get { key, .. } => Reply::Value(Some(item(key))),
        // Gets that waited together.
        Request::GetMany { keys, .. } => {
            Reply::Values(keys.iter().map(|key| Some(item(key))).collect())
        }
        Request::Store { .. } => Reply::Stored,
        Request::Version => Reply::Version(Bytes::from_static(b"1.6.18")),
        Request::Noop => Reply::Ok,
        other => panic!("the callers do not ask for {}", other.name()),
    }
}

fn item(key: &Key<'_>) -> Item {
    Item {
        flags: TEXT,
        cas: None,
        value: key.to_vec().into(),
    }
}
