//! Accepting connections.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

use super::link;
use super::shared::{Live, Shared};
use super::socket::Listener;
use super::thread::Cuts;

/// The pause after a connection that could not be accepted.
const POLL: Duration = Duration::from_millis(2);

/// Serves connections, until there is nobody who could ask for their end.
pub(super) async fn serve(listener: Listener, shared: Arc<Shared>, mut cuts: Cuts) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            cut = cuts.recv() => {
                connections.shutdown().await;
                if cut.is_none() {
                    return;
                }
            }
            accepted = listener.accept(shared.buffers) => match accepted {
                Ok(client) => {
                    let live = Live::accepted(Arc::clone(&shared));
                    connections.spawn(link::serve(client, live));
                }
                // Out of descriptors, say: connections that end give some back.
                Err(_) => sleep(POLL).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}
