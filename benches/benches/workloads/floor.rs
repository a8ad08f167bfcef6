//! The least that it can cost: blocking sockets, requests encoded beforehand, replies only counted.

use anyhow::{Context, Result, ensure};

use super::job::{Job, Sample};
use super::stream::{Stream, connect};
use super::{ours, wire};

/// As much as replies are read by.
const ROOM: usize = 256 << 10;

/// One server's part in it.
struct Peer {
    stream: Box<dyn Stream>,
    /// What is asked for at a time, taken in turns; in pieces, of which one is under way while the next is written.
    requests: Vec<Vec<Vec<u8>>>,
    /// The length of the reply to any piece.
    reply: usize,
    /// How many keys are asked for at a time.
    keys: usize,
}

pub(super) fn run(job: &Job) -> Result<Sample> {
    let peers = job.servers.iter().zip(batches(job)?);
    let peers = peers.map(|(server, batches)| Peer::new(job, server, &batches));
    let mut peers = peers.collect::<Result<Vec<_>>>()?;
    let (mut input, mut clock, mut turn) = (vec![0; ROOM], job.clock(), 0);
    let keys = peers.iter().map(|peer| peer.keys).sum();
    while clock.goes_on()? {
        for piece in 0..peers[0].requests[0].len() {
            for peer in &mut peers {
                peer.write(turn, piece)?;
            }
            if piece > 0 {
                skip(&mut peers, &mut input)?;
            }
        }
        skip(&mut peers, &mut input)?;
        clock.done(keys);
        turn += 1;
    }
    Ok(clock.stop())
}

fn skip(peers: &mut [Peer], input: &mut [u8]) -> Result<()> {
    peers.iter_mut().try_for_each(|peer| peer.skip(input))
}

/// For each server, the keys that are asked of it at a time.
fn batches(job: &Job) -> Result<Vec<Vec<Vec<String>>>> {
    let batches = wire::batches(&job.shape);
    if job.servers.len() == 1 {
        return Ok(vec![batches]);
    }
    // The same keys every time, so that each server's reply has one length.
    let client = ours::blocking::client(job)?;
    let mut parts = vec![Vec::new(); job.servers.len()];
    for key in &batches[0] {
        let owner = client.owner(key)?;
        let at = job.servers.iter().position(|it| **it == *owner);
        parts[at.context("a server has another name")?].push(key.clone());
    }
    Ok(parts.into_iter().map(|keys| vec![keys]).collect())
}

impl Peer {
    fn new(job: &Job, server: &str, batches: &[Vec<String>]) -> Result<Self> {
        let mut stream = connect(server, job.authority.as_deref())?;
        let protocol = job.cell.protocol;
        let requests = batches.iter();
        let requests: Vec<_> = requests
            .map(|keys| wire::requests(&job.shape, protocol, keys))
            .collect();
        Ok(Self {
            reply: reply_len(&mut *stream, &requests[0][0], &wire::version(protocol))?,
            stream,
            requests,
            keys: batches[0].len(),
        })
    }

    fn write(&mut self, turn: usize, piece: usize) -> Result<()> {
        let request = &self.requests[turn % self.requests.len()][piece];
        Ok(self.stream.write_all(request)?)
    }

    fn skip(&mut self, input: &mut [u8]) -> Result<()> {
        let mut left = self.reply;
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
