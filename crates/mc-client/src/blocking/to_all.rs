//! A call to every server, all at once.

use std::sync::Arc;
use std::time::Instant;

use super::client::Client;
use super::part::Part;
use super::requests::{Nothing, One};
use super::serve::{flush, serve};
use crate::command::{Call, Every, FlushBuffers, PerServer};
use crate::error::Error;

/// The blocking shell, for a command to every server.
#[derive(Debug, Clone, Copy)]
pub struct ToAll<'c>(pub(super) &'c Client);

impl<C: Every + Sync> Call<ToAll<'_>, C> {
    /// Sends the command to every server and waits for their answers, until the deadline at most.
    ///
    /// A server without a connection that is ready is connected to in a thread of its own, if it is not the
    /// only one that is asked.
    pub fn call(self) -> PerServer<C::Output> {
        let Self {
            shell: ToAll(client),
            command,
            deadline: within,
        } = self;
        let (cluster, snapshot) = (client.cluster(), client.cluster().snapshot());
        let now = Instant::now();
        let deadline = snapshot.deadline(now, within);
        let ask = |server| {
            let request = command.request()?;
            cluster.admit(&snapshot, server)?;
            let request = move |_| Ok(request.clone());
            Ok(Part::new(
                cluster,
                &snapshot,
                server,
                One::new(request, None),
                now,
            ))
        };
        let servers = 0..snapshot.nodes.len();
        let mut asked: Vec<Result<_, Error>> = servers.map(ask).collect();
        let mut parts: Vec<_> = asked.iter_mut().flatten().collect();
        serve(&mut parts, deadline);
        let results = snapshot.nodes.iter().zip(asked).map(|(node, asked)| {
            let answer = asked.and_then(|part| part.requests.into_answer());
            let result = answer.and_then(|reply| {
                let reply = reply.expect("the answers of all servers are awaited");
                let result = command.result(reply);
                result.map_err(|error| snapshot.told(error, &node.name))
            });
            (Arc::clone(&node.name), result)
        });
        PerServer::new(results.collect())
    }
}

impl Call<ToAll<'_>, FlushBuffers> {
    /// Sends what is buffered and waits for the answers, until the deadline at most.
    pub fn call(self) -> PerServer<()> {
        let ToAll(client) = self.shell;
        let (cluster, snapshot) = (client.cluster(), client.cluster().snapshot());
        let now = Instant::now();
        let deadline = snapshot.deadline(now, self.deadline);
        let part = |server| Part::new(cluster, &snapshot, server, Nothing, now);
        let servers = 0..snapshot.nodes.len();
        let mut parts: Vec<_> = servers.map(part).collect();
        flush(&mut parts.iter_mut().collect::<Vec<_>>(), deadline);
        let results = snapshot.nodes.iter().map(|node| {
            let result = node.link.buffer.result();
            let result = result.map_err(|error| error.at(&node.name));
            (Arc::clone(&node.name), result)
        });
        PerServer::new(results.collect())
    }
}
