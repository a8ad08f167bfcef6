//! The least that it can cost: raw sockets, requests encoded beforehand, replies only counted.

pub(super) mod blocking;
pub(super) mod tokio;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use anyhow::{Context, Result, ensure};

use super::job::Job;
use super::stream::{Stream, connect};
use super::{ours, wire};

/// As much as replies are read by.
const ROOM: usize = 256 << 10;

/// What is asked of a server at a time.
struct Asked {
    /// In pieces, of which one is under way while the next is written.
    pieces: Vec<Vec<u8>>,
    /// The length of the reply to any piece.
    reply: usize,
}

/// What is asked of each server, time after time.
fn asked(job: &Job) -> Result<Vec<Vec<Asked>>> {
    let servers = job.servers.iter().zip(batches(job)?);
    let asked = servers.map(|(server, batches)| asked_of(job, server, &batches));
    asked.collect()
}

/// What is asked in this turn.
fn in_turn(asked: &[Asked], turn: usize) -> &Asked {
    &asked[turn % asked.len()]
}

/// For each server, the keys that are asked of it at a time: those that our client asks it for.
fn batches(job: &Job) -> Result<Vec<Vec<Vec<String>>>> {
    let batches = wire::batches(&job.shape);
    if job.servers.len() == 1 {
        return Ok(vec![batches]);
    }
    let client = ours::blocking::client(job)?;
    let mut parts = vec![vec![Vec::new(); batches.len()]; job.servers.len()];
    for (turn, keys) in batches.into_iter().enumerate() {
        for key in keys {
            let owner = client.owner(&key)?;
            let at = job.servers.iter().position(|it| **it == *owner);
            parts[at.context("a server has another name")?][turn].push(key);
        }
    }
    Ok(parts)
}

fn asked_of(job: &Job, server: &str, batches: &[Vec<String>]) -> Result<Vec<Asked>> {
    let mut stream = connect(server, job.authority.as_deref())?;
    let protocol = job.cell.protocol;
    // As many keys have as long a reply.
    let mut replies = BTreeMap::new();
    let asked = batches.iter().map(|keys| {
        ensure!(!keys.is_empty(), "a server has no key of a batch");
        let pieces = wire::requests(&job.shape, protocol, keys);
        let reply = match replies.entry(keys.len()) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(unknown) => {
                let version = wire::version(protocol);
                *unknown.insert(reply_len(&mut *stream, &pieces[0], &version)?)
            }
        };
        Ok(Asked { pieces, reply })
    });
    asked.collect()
}

/// The length of the reply to a request: of what comes before the reply to the version, asked for behind it.
fn reply_len(stream: &mut dyn Stream, request: &[u8], version: &[u8]) -> Result<usize> {
    let mut input = vec![0; ROOM];
    stream.write_all(version)?;
    let length = stream.read(&mut input)?;
    let end = input[..length].to_vec();
    ensure!(!end.is_empty(), "the server says nothing");
    // In a write of its own, and so in a TLS record of its own: memcached overlooks what follows a value in the same one.
    stream.write_all(request)?;
    stream.write_all(version)?;
    let mut reply = Vec::new();
    while !reply.ends_with(&end) {
        let bytes = stream.read(&mut input)?;
        ensure!(bytes > 0, "the server closed the connection");
        reply.extend_from_slice(&input[..bytes]);
    }
    Ok(reply.len() - end.len())
}
