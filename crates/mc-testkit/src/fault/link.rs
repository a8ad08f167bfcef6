//! One connection through the proxy, from its acceptance to its end.

use std::io;

use super::pump::{Ending, Pump};
use super::rule::{Action, Direction, OnConnection};
use super::shared::{Live, Shared, sleep};
use super::socket::Socket;

/// Serves a connection. Dropped before its end, both ends see it reset.
pub(super) async fn serve(client: Socket, live: Live) {
    // How a connection ended is its ends' affair.
    let _ = open(&client, live.number, &live.shared).await;
}

async fn open(client: &Socket, number: u64, shared: &Shared) -> io::Result<()> {
    let mut rules = shared.rules();
    let set = rules.borrow_and_update().clone();
    for (index, active) in set.rules.iter().enumerate() {
        let Action::Connection(reaction) = &active.rule.action else {
            continue;
        };
        let mut rng = shared.source(&set, number, None, index);
        let is_here = active
            .rule
            .conditions
            .connection
            .is_none_or(|n| n == number);
        if !is_here || !active.acts(&mut rng, &shared.counters) {
            continue;
        }
        match reaction {
            OnConnection::Refuse => return Ok(()),
            OnConnection::Silence => {
                client.discard().await?;
                return client.linger();
            }
            OnConnection::Hold => shared.hold(&rules).await,
            OnConnection::Delay(time) => sleep(time.draw(&mut rng), &rules).await,
        }
    }
    let server = Socket::connect(&shared.server, shared.buffers).await?;
    relay(client, &server, number, shared).await
}

/// Passes bytes both ways until both are over, or one way ends the other.
async fn relay(client: &Socket, server: &Socket, number: u64, shared: &Shared) -> io::Result<()> {
    let mut requests = Pump::new(shared, number, Direction::Requests, client, server);
    let mut replies = Pump::new(shared, number, Direction::Replies, server, client);
    let ended = tokio::try_join!(
        async { closed(requests.run().await, client, server).await },
        async { closed(replies.run().await, server, client).await },
    );
    match ended {
        Ok(_) => {}
        Err(Ending::Fin) => {
            // What still comes is read, as a socket that is closed with bytes unread resets.
            let (one, other) = (client.finish(), server.finish());
            one.and(other)?;
            tokio::try_join!(client.discard(), server.discard())?;
        }
        Err(_) => return Ok(()),
    }
    client.linger()?;
    server.linger()
}

/// Tells the receiver that there is no more, if no more than that is to be done.
async fn closed(ending: Ending, from: &Socket, to: &Socket) -> Result<(), Ending> {
    match ending {
        Ending::Over => Ok(to.finish()?),
        Ending::HalfClose => {
            to.finish()?;
            Ok(from.discard().await?)
        }
        other => Err(other),
    }
}
