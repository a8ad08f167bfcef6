//! The task that owns one server's socket: connects when asked, and again after each loss.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use tokio::time::timeout;

use super::connect::Socket;
use super::deadlines::Deadlines;
use super::link::Shared;
use super::session::Session;
use crate::error::{Error, ErrorKind, Outcome};

/// Serves one link until it is dropped.
///
/// The future is whole before it is polled: a runtime may drop it without ever doing so.
pub(super) fn drive(shared: Arc<Shared>) -> impl Future<Output = ()> {
    let ending = Ending(shared);
    async move { serve(&ending.0).await }
}

async fn serve(shared: &Shared) {
    let mut deadlines = Deadlines::new();
    while poll_fn(|cx| shared.poll_wanted(cx)).await {
        match connect(shared, &mut deadlines).await {
            Ok(Socket::Tcp(stream)) => Session::new(shared, &mut deadlines, stream).await,
            #[cfg(unix)]
            Ok(Socket::Unix(stream)) => Session::new(shared, &mut deadlines, stream).await,
            Err(error) => shared.unreachable(&error),
        }
    }
}

/// Connects within the connect timeout; requests whose own deadline passes meanwhile are given up.
async fn connect(shared: &Shared, deadlines: &mut Deadlines) -> Result<Socket, Error> {
    let mut connecting = pin!(timeout(shared.connect_timeout, shared.endpoint.connect()));
    poll_fn(|cx| {
        if let Poll::Ready(connected) = connecting.as_mut().poll(cx) {
            let connected = connected.unwrap_or_else(|_| Err(too_slow(shared)));
            return Poll::Ready(connected.map_err(|cause| failure(shared, cause)));
        }
        match deadlines.poll_expired(shared, cx) {
            Ok(()) => Poll::Pending,
            Err(_) => unreachable!("nothing is sent before there is a connection"),
        }
    })
    .await
}

fn too_slow(shared: &Shared) -> io::Error {
    let message = format!(
        "no connection within the connect timeout of {:?}",
        shared.connect_timeout
    );
    io::Error::new(io::ErrorKind::TimedOut, message)
}

fn failure(shared: &Shared, cause: io::Error) -> Error {
    let message = format!("cannot connect: {cause}");
    Error::new(ErrorKind::Connect, Outcome::NotSent, message)
        .because(cause)
        .at(&shared.name)
}

/// Leaves nobody waiting, however the driver ends: when its work is done, or when its runtime drops it.
struct Ending(Arc<Shared>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.driver_ended();
    }
}
