//! A connection without sockets: bytes that the client's side has given, bytes that wait for it, and its end.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use bytes::{Buf, BytesMut};
use shuttle::rand::{Rng, thread_rng};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::chance;
use crate::tokio::stream::Stream;

/// What the socket takes before the server has to read.
const ROOM: usize = 40;

/// Both ends of a connection. Its lock is never held across a step of the model.
#[derive(Clone, Default)]
pub(super) struct Wire(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// All that the socket ever took.
    taken: Vec<u8>,
    to_server: BytesMut,
    to_client: BytesMut,
    ended: Option<End>,
    client_has_gone: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
    server: Option<Waker>,
}

/// How a server ends a connection.
#[derive(Clone, Copy)]
pub(super) enum End {
    /// What is said after it goes nowhere.
    Closed,
    Reset,
}

impl Wire {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// All that the client's socket took.
    pub(super) fn taken(&self) -> Vec<u8> {
        self.state().taken.clone()
    }

    /// Completes when there is something to read: `true`; or when the client has hung up: `false`.
    pub(super) fn poll_wanted(&self, cx: &mut Context<'_>) -> Poll<bool> {
        let mut state = self.state();
        if state.client_has_gone || !state.to_server.is_empty() {
            return Poll::Ready(!state.client_has_gone);
        }
        state.server = Some(cx.waker().clone());
        Poll::Pending
    }

    /// The server reads some of what there is.
    pub(super) fn read(&self, input: &mut BytesMut) {
        let mut state = self.state();
        let some = some_of(state.to_server.len());
        input.extend_from_slice(&state.to_server.split_to(some));
        let writer = state.writer.take();
        drop(state);
        wake(writer);
    }

    /// The server says something.
    pub(super) fn say(&self, bytes: &[u8]) {
        let mut state = self.state();
        state.to_client.extend_from_slice(bytes);
        let reader = state.reader.take();
        drop(state);
        wake(reader);
    }

    /// The server hangs up.
    pub(super) fn end(&self, end: End) {
        let mut state = self.state();
        state.ended = Some(end);
        let (reader, writer) = (state.reader.take(), state.writer.take());
        drop(state);
        wake(reader);
        wake(writer);
    }
}

/// The client's end.
pub(super) struct Socket(pub(super) Wire);

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut state = self.0.state();
        let there = state.to_client.len().min(buffer.remaining());
        match state.ended {
            _ if there > 0 => {
                buffer.put_slice(&state.to_client.split_to(some_of(there)));
                Poll::Ready(Ok(()))
            }
            Some(End::Closed) => Poll::Ready(Ok(())),
            Some(End::Reset) => Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
            None => {
                state.reader = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut state = self.0.state();
        let room = ROOM - state.to_server.len();
        match state.ended {
            Some(End::Reset) => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
            Some(End::Closed) => {
                state.taken.extend_from_slice(bytes);
                Poll::Ready(Ok(bytes.len()))
            }
            None if room == 0 => {
                state.writer = Some(cx.waker().clone());
                Poll::Pending
            }
            None => {
                let some = &bytes[..some_of(bytes.len().min(room))];
                state.taken.extend_from_slice(some);
                state.to_server.extend_from_slice(some);
                let server = state.server.take();
                drop(state);
                wake(server);
                Poll::Ready(Ok(some.len()))
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl Stream for Socket {
    fn is_quiet(&self) -> io::Result<bool> {
        let state = self.0.state();
        Ok(!state.to_client.has_remaining() && state.ended.is_none())
    }

    fn reset(&self) -> Option<io::Error> {
        None
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.client_has_gone = true;
        let server = state.server.take();
        drop(state);
        wake(server);
    }
}

/// All of so many bytes, or a part of them.
fn some_of(bytes: usize) -> usize {
    match bytes > 1 && chance(0.4) {
        true => thread_rng().gen_range(1..bytes),
        false => bytes,
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}
