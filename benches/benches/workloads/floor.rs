//! The least that it can cost: blocking sockets, requests encoded beforehand, replies only counted.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use anyhow::{Context, Result, ensure};

use super::job::{Job, Sample};
use super::stream::{Stream, connect};
use super::{ours, wire};

/// As much as replies are read by.
const ROOM: usize = 256 << 10;

/// One server's part in it.
struct Peer {
    stream: Box<dyn Stream>,
    /// What is asked for at a time, taken in turns.
    asked: Vec<Asked>,
}

/// What is asked for at a time.
struct Asked {
    /// In pieces, of which one is under way while the next is written.
    pieces: Vec<Vec<u8>>,
    /// The length of the reply to any piece.
    reply: usize,
}

pub(super) fn run(job: &Job) -> Result<Sample> {
    let peers = job.servers.iter().zip(batches(job)?);
    let peers = peers.map(|(server, batches)| Peer::new(job, server, &batches));
    let mut peers = peers.collect::<Result<Vec<_>>>()?;
    let (mut input, mut clock, mut turn) = (vec![0; ROOM], job.clock(), 0);
    while clock.goes_on()? {
        for piece in 0..in_turn(&peers[0].asked, turn).pieces.len() {
            for peer in &mut peers {
                peer.write(turn, piece)?;
            }
            if piece > 0 {
                skip(&mut peers, turn, &mut input)?;
            }
        }
        skip(&mut peers, turn, &mut input)?;
        clock.done(job.shape.batch);
        turn += 1;
    }
    Ok(clock.stop())
}

fn skip(peers: &mut [Peer], turn: usize, input: &mut [u8]) -> Result<()> {
    peers.iter_mut().try_for_each(|peer| peer.skip(turn, input))
}

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

impl Peer {
    fn new(job: &Job, server: &str, batches: &[Vec<String>]) -> Result<Self> {
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
        let asked = asked.collect::<Result<_>>()?;
        Ok(Self { stream, asked })
    }

    fn write(&mut self, turn: usize, piece: usize) -> Result<()> {
        let Asked { pieces, .. } = in_turn(&self.asked, turn);
        Ok(self.stream.write_all(&pieces[piece])?)
    }

    fn skip(&mut self, turn: usize, input: &mut [u8]) -> Result<()> {
        let mut left = in_turn(&self.asked, turn).reply;
        while left > 0 {
            // No more than that: behind it may be the reply to the next piece.
            let room = left.min(input.len());
            let bytes = self.stream.read(&mut input[..room])?;
            ensure!(bytes > 0, "the server closed the connection");
            left -= bytes;
        }
        Ok(())
    }
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
