//! The task that owns one server's socket: connects when asked, and again after each loss.
//!
//! One connect at a time, and after a loss without a pause: mostly the server is there, and a pause would delay requests
//! for nothing. If it is not, the connect fails, and the server rests for a while that each client draws for itself: so
//! many clients that lost a server together do not come back together.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use mc_proto::Protocol;

use super::connect::establish;
use super::deadlines::{Deadlines, Next};
use super::link::Shared;
use super::session::Session;
use super::stream::Socket;
use crate::error::Error;

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
        let wary = shared.is_wary();
        match connect(shared, wary, &mut deadlines).await {
            Some(Ok((socket, protocol))) => {
                shared.connected(protocol, wary);
                Session::new(shared, &mut deadlines, socket).await;
            }
            Some(Err(error)) => shared.unreachable(&error),
            None => return,
        }
    }
}

/// Makes a connection ready; requests whose own deadline passes meanwhile are given up. `None` once nobody has any use
/// for it.
async fn connect(
    shared: &Shared,
    wary: bool,
    deadlines: &mut Deadlines,
) -> Option<Result<(Socket, Protocol), Error>> {
    let mut connecting = pin!(establish(&shared.endpoint, wary));
    poll_fn(|cx| {
        if let Poll::Ready(connected) = connecting.as_mut().poll(cx) {
            return Poll::Ready(Some(connected));
        }
        match deadlines.poll_expired(shared, cx) {
            Ok(Next::Stop) if shared.is_deserted() => Poll::Ready(None),
            Ok(_) => Poll::Pending,
            Err(_) => unreachable!("nothing is sent before there is a connection"),
        }
    })
    .await
}

/// Leaves nobody waiting, however the driver ends: when its work is done, or when its runtime drops it.
struct Ending(Arc<Shared>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.driver_ended();
    }
}
