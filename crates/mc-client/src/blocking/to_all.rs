//! A call to every server, all at once.

use std::sync::Arc;
use std::time::Instant;

use super::client::Client;
use super::part::{Nothing, One, Part};
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
        let deadline = snapshot.deadline(Instant::now(), within);
        let ask = |(index, node)| {
            let request = command.request()?;
            cluster.admit(&snapshot, index)?;
            let request = move |_| Ok(request.clone());
            Ok(Part::new(cluster, node, One::new(request, None)))
        };
        let nodes = snapshot.nodes.iter().map(|node| &**node);
        let mut asked: Vec<Result<_, Error>> = nodes.enumerate().map(ask).collect();
        let mut parts: Vec<_> = asked.iter_mut().flatten().collect();
        serve(&mut parts, deadline);
        let results = snapshot.nodes.iter().zip(asked).map(|(node, asked)| {
            let reply = asked.and_then(|part| part.requests.into_answer());
            let result = reply.and_then(|reply| {
                let reply = reply.expect("the answers of all servers are awaited");
                command.result(reply)
            });
            let result = result.map_err(|error| error.at(&node.name));
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
        let deadline = snapshot.deadline(Instant::now(), self.deadline);
        let part = |node| Part::new(cluster, node, Nothing);
        let nodes = snapshot.nodes.iter().map(|node| &**node);
        let mut parts: Vec<_> = nodes.map(part).collect();
        flush(&mut parts.iter_mut().collect::<Vec<_>>(), deadline);
        let results = snapshot.nodes.iter().map(|node| {
            let result = node.link.buffer.result();
            let result = result.map_err(|error| error.at(&node.name));
            (Arc::clone(&node.name), result)
        });
        PerServer::new(results.collect())
    }
}
