//! The same in a task of a current-thread runtime: what the runtime itself costs.

use anyhow::{Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::super::job::{Job, Sample};
use super::super::ours;
use super::{Asked, ROOM, asked, in_turn};

/// One server's part in it.
struct Peer {
    stream: TcpStream,
    /// What is asked for at a time, taken in turns.
    asked: Vec<Asked>,
}

pub(in super::super) fn run(job: &Job) -> Result<Sample> {
    let (asked, job) = (asked(job)?, job.clone());
    ours::tokio::in_task(job.cell.side, async move { measure(&job, asked).await })
}

async fn measure(job: &Job, asked: Vec<Vec<Asked>>) -> Result<Sample> {
    let mut peers = Vec::new();
    for (server, asked) in job.servers.iter().zip(asked) {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        peers.push(Peer { stream, asked });
    }
    let (mut input, mut clock, mut turn) = (vec![0; ROOM], job.clock(), 0);
    while clock.goes_on()? {
        for piece in 0..in_turn(&peers[0].asked, turn).pieces.len() {
            for peer in &mut peers {
                peer.write(turn, piece).await?;
            }
            if piece > 0 {
                skip(&mut peers, turn, &mut input).await?;
            }
        }
        skip(&mut peers, turn, &mut input).await?;
        clock.done(job.shape.batch);
        turn += 1;
    }
    Ok(clock.stop())
}

async fn skip(peers: &mut [Peer], turn: usize, input: &mut [u8]) -> Result<()> {
    for peer in peers {
        peer.skip(turn, input).await?;
    }
    Ok(())
}

impl Peer {
    async fn write(&mut self, turn: usize, piece: usize) -> Result<()> {
        let Asked { pieces, .. } = in_turn(&self.asked, turn);
        Ok(self.stream.write_all(&pieces[piece]).await?)
    }

    async fn skip(&mut self, turn: usize, input: &mut [u8]) -> Result<()> {
        let mut left = in_turn(&self.asked, turn).reply;
        while left > 0 {
            // No more than that: behind it may be the reply to the next piece.
            let room = left.min(input.len());
            let bytes = self.stream.read(&mut input[..room]).await?;
            ensure!(bytes > 0, "the server closed the connection");
            left -= bytes;
        }
        Ok(())
    }
}
