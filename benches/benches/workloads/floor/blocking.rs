//! On blocking sockets: what all else is compared with.

use anyhow::{Result, ensure};

use super::super::job::{Job, Sample};
use super::super::stream::{Stream, connect};
use super::{Asked, ROOM, asked, in_turn};

/// One server's part in it.
struct Peer {
    stream: Box<dyn Stream>,
    /// What is asked for at a time, taken in turns.
    asked: Vec<Asked>,
}

pub(in super::super) fn run(job: &Job) -> Result<Sample> {
    let peers = job.servers.iter().zip(asked(job)?);
    let peers = peers.map(|(server, asked)| {
        let stream = connect(server, job.authority.as_deref())?;
        Ok(Peer { stream, asked })
    });
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

impl Peer {
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
