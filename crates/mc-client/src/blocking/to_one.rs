//! A call about one key.

use super::client::Client;
use super::link::Link;
use super::part::Part;
use super::requests::One;
use super::serve::{serve, serve_one};
use crate::call::{Begun, Journey};
use crate::cluster::{Route, Snapshot};
use crate::command::{Call, Single};
use crate::error::Error;

/// The blocking shell, for a command to one server.
#[derive(Debug, Clone, Copy)]
pub struct ToOne<'c>(pub(super) &'c Client);

impl<C: Single + Sync> Call<ToOne<'_>, C> {
    /// Sends the command and waits for its answer, until the deadline at most.
    ///
    /// # Errors
    /// See [`ErrorKind`](crate::ErrorKind).
    pub fn call(self) -> Result<C::Output, Error> {
        let Self {
            shell: ToOne(client),
            command,
            deadline: within,
        } = self;
        let mut journey = Journey::new(command, within);
        loop {
            match ask(client, &client.cluster().snapshot(), &mut journey) {
                Ok(Some(output)) => return Ok(output),
                Ok(None) => {}
                Err(error) => journey.failed(error)?,
            }
        }
    }
}

/// Routes the key, sends the request with its copies, and takes the answer.
#[inline]
fn ask<C: Single + Sync>(
    client: &Client,
    snapshot: &Snapshot<Link>,
    journey: &mut Journey<C>,
) -> Result<Option<C::Output>, Error> {
    let cluster = client.cluster();
    let Begun { since, deadline } = journey.begin(cluster, snapshot)?;
    let mut room = journey.room().map(std::mem::take);
    let key = journey.key(snapshot)?;
    let Route { server, copies } = cluster.route(snapshot, key, journey.turn())?;
    let (unawaited, assumed) = journey.unawaited(snapshot).unzip();
    let part = |server: usize| {
        let request = |protocol| journey.request(key, protocol);
        let one = One::new(request, unawaited);
        Part::new(cluster, snapshot, server, one, since)
    };
    let answer = if copies.is_empty() {
        let mut part = part(server);
        part.requests.room = room;
        serve_one(&mut part, deadline);
        room = part.requests.room.take();
        part.requests.into_answer()
    } else {
        let mut parts: Vec<_> = [server].into_iter().chain(copies).map(part).collect();
        serve(&mut parts.iter_mut().collect::<Vec<_>>(), deadline);
        parts.swap_remove(0).requests.into_answer()
    };
    if let (Some(lent), Some(room)) = (journey.room(), room) {
        *lent = room;
    }
    match answer? {
        Some(reply) => journey.answered(reply, &snapshot.nodes[server].name, cluster),
        None => Ok(assumed),
    }
}
