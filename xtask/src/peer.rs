//! memcached at the other end of a connection of `mc-proto`'s, spoken to in turn.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::{Buf, BytesMut};
use mc_proto::{Connection, Limits, Protocol, Received, Reply, Request};
use mc_testkit::Memcached;

/// A memcached of one's own, and a connection in each protocol once it is needed.
pub(crate) struct Peers {
    server: Memcached,
    open: Vec<Peer>,
}

/// One connection.
pub(crate) struct Peer {
    stream: TcpStream,
    connection: Connection<usize>,
    input: BytesMut,
}

/// A server that says nothing for so long says nothing at all.
const PATIENCE: Duration = Duration::from_secs(10);

impl Peers {
    /// Starts memcached.
    pub(crate) fn start() -> Result<Self> {
        Ok(Self {
            server: Memcached::start()?,
            open: Vec::new(),
        })
    }

    /// The reply to one request.
    pub(crate) fn ask(&mut self, protocol: Protocol, request: &Request<'_>) -> Result<Reply> {
        let at = match self
            .open
            .iter()
            .position(|peer| peer.connection.protocol() == protocol)
        {
            Some(at) => at,
            None => {
                self.open.push(Peer::connect(&self.server, protocol)?);
                self.open.len() - 1
            }
        };
        let asked = self.open[at].ask(std::slice::from_ref(request));
        let reply = asked.and_then(|mut replies| replies.pop().context("no reply"));
        if reply.as_ref().map_or(true, |_| !self.open[at].is_clean()) {
            self.open.remove(at);
        }
        reply
    }
}

impl Peer {
    /// Connects to a server.
    pub(crate) fn connect(server: &Memcached, protocol: Protocol) -> Result<Self> {
        let stream =
            TcpStream::connect(server.address().to_string()).context("cannot reach memcached")?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        let limits = Limits {
            max_value_len: 8 << 20,
            ..Limits::default()
        };
        Ok(Self {
            stream,
            connection: Connection::new(protocol, limits),
            input: BytesMut::new(),
        })
    }

    /// Sends a request that wants no reply, together with the next ones that do.
    pub(crate) fn tell(&mut self, request: &Request<'_>) -> Result<()> {
        Ok(self.connection.push_noreply(request)?)
    }

    /// Sends all requests at once, and returns their replies in order, up to one that ends the connection.
    pub(crate) fn ask(&mut self, requests: &[Request<'_>]) -> Result<Vec<Reply>> {
        for (tag, request) in requests.iter().enumerate() {
            self.connection
                .push(request, tag)
                .map_err(|(error, _)| error)?;
        }
        let mut out = self.connection.take_outgoing();
        self.stream.write_all(&out.copy_to_bytes(out.remaining()))?;
        let mut replies = Vec::new();
        while replies.len() < requests.len() {
            match self.connection.receive(&mut self.input)? {
                Some(Received::Answer(answer)) => {
                    replies.push(answer.reply);
                    if answer.disposition == mc_proto::Disposition::Drop {
                        break;
                    }
                }
                Some(_) => {}
                None => self.fill()?,
            }
        }
        Ok(replies)
    }

    /// Whether another request may follow.
    pub(crate) fn is_clean(&self) -> bool {
        self.connection.is_clean()
    }

    fn fill(&mut self) -> Result<()> {
        let mut piece = [0; 16 << 10];
        match self.stream.read(&mut piece).context("no reply in time")? {
            0 => bail!("memcached hung up"),
            len => self.input.extend_from_slice(&piece[..len]),
        }
        Ok(())
    }
}
