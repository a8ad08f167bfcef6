//! One connection from its opening to its loss: bytes out, bytes in, deadlines.

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker, ready};
use std::time::{Duration, Instant};

use bytes::{Buf, BytesMut};
use mc_proto::Outgoing;
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::deadlines::{Deadlines, Next};
use super::link::Shared;
use super::stream::Socket;
use crate::lost::Lost;
use crate::reading;

/// How long a connection may say nothing until it is asked whether it has ended, before anything is written to it.
const TRUSTED: Duration = Duration::from_millis(1);

/// The most answers that are given before this steps back. Those who have theirs then ask again, and what they ask is on
/// its way to the server while the rest is read. With 64 callers, a shared line of gets is as long.
pub(super) const TOGETHER: usize = 32;

/// The future of one connection's whole life. Always polls reading and writing together, so that
/// a server which does not read until it has written cannot lock us up.
pub(super) struct Session<'s> {
    shared: &'s Shared,
    stream: Socket,
    input: BytesMut,
    /// The most that `input` has held at once: what the server has sent before, it may be believed to send again.
    most: usize,
    /// Whether `input` has grown for a large value.
    is_large: bool,
    /// Whether answers may be left in the input.
    unread: bool,
    /// Whether all that was written is answered.
    idle: bool,
    /// Whether what was last written was a single request, and none was under way: nobody else asks.
    was_alone: bool,
    outgoing: Outgoing,
    /// Bytes that the socket has taken.
    written: u64,
    /// Whether what is queued may be taken now: this has stepped back for other tasks since it last took some, or need
    /// not.
    may_take: bool,
    /// Whether this is polled again at once, whatever the socket does.
    again: bool,
    /// When the connection was last known to be there.
    heard: Instant,
    deadlines: &'s mut Deadlines,
    /// The wakers of one batch of answers; kept for its capacity.
    woken: Vec<Waker>,
    /// Whether all that was written has left, as far as the socket knows.
    flushed: bool,
    over: bool,
}

impl<'s> Session<'s> {
    pub(super) fn new(shared: &'s Shared, deadlines: &'s mut Deadlines, stream: Socket) -> Self {
        Self {
            shared,
            stream,
            input: BytesMut::new(),
            most: 0,
            is_large: false,
            unread: false,
            idle: true,
            was_alone: false,
            outgoing: Outgoing::default(),
            written: 0,
            may_take: false,
            again: false,
            heard: Instant::now(),
            deadlines,
            woken: Vec::new(),
            flushed: true,
            over: false,
        }
    }

    fn poll_life(&mut self, cx: &mut Context<'_>) -> Result<(), Lost> {
        self.again = false;
        if self.idle && !self.may_take && self.shared.has_queued() {
            if !self.was_alone {
                // There is nothing to read yet, and it is looked for before anything is written.
                self.step_back(cx);
                return Ok(());
            }
            // The last request was alone on the connection, so this one most likely is, too: it is not worth stepping back
            // for others. If there are some, they leave together while it is under way.
            self.may_take = true;
        }
        let others_ran = self.may_take;
        self.poll_read(cx, TOGETHER)?;
        if self.unread && !others_ran {
            // Who has an answer asks before anything is written.
            return Ok(());
        }
        if let Err(broken) = self.poll_write(cx) {
            let heard = self.poll_read(cx, usize::MAX).err();
            return Err(broken.unless_heard(heard, self.shared.has_answered()));
        }
        if self.again {
            return Ok(());
        }
        match self.deadlines.poll_expired(self.shared, cx)? {
            Next::Write => self.step_back(cx),
            Next::Stop if self.flushed && self.shared.is_over() => return Err(Lost::Stopped),
            Next::Stop | Next::Sleep => {}
        }
        Ok(())
    }

    /// Reads until the socket has no more, or steps back after so many answers.
    fn poll_read(&mut self, cx: &mut Context<'_>, together: usize) -> Result<(), Lost> {
        loop {
            if self.unread {
                let (input, woken) = (&mut self.input, &mut self.woken);
                let given = self.shared.received(input, self.heard, together, woken)?;
                (self.unread, self.idle) = (given.unread, given.none_awaited);
            }
            if self.unread {
                self.step_back(cx);
                return Ok(());
            }
            self.make_room();
            match pin!(self.stream.read_buf(&mut self.input)).poll(cx) {
                Poll::Pending => return Ok(()),
                Poll::Ready(Ok(0)) => {
                    let answered = self.shared.has_answered();
                    return Err(Lost::ended(answered, || self.stream.reset()));
                }
                Poll::Ready(Ok(bytes)) => {
                    self.shared.meter().read(bytes);
                    self.heard = Instant::now();
                    self.most = self.most.max(self.input.len());
                    self.unread = true;
                }
                Poll::Ready(Err(error)) => return Err(Lost::Io(error)),
            }
        }
    }

    fn make_room(&mut self) {
        let (held, free) = (self.input.len(), self.input.capacity() - self.input.len());
        if held == 0 && std::mem::take(&mut self.is_large) {
            // The next value may be as large as the last, and gets room of its own: little of it is received here.
            self.input = BytesMut::with_capacity(reading::FRONT);
            return;
        }
        // What is empty is made room in without moving a byte.
        let least = match held {
            0 if free == reading::FRONT => free,
            0 => reading::ROOM,
            _ => reading::ROOM / 4,
        };
        if free < least {
            let wanted = self.shared.wanted();
            if wanted == 0 || free <= wanted {
                // What does not fill its room is known to be all there is.
                let room = reading::room(wanted + 1, held.max(self.most));
                self.is_large |= room > reading::ROOM;
                self.input.reserve(room);
            }
        }
    }

    /// Writes everything gathered until the socket takes no more.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Result<(), Lost> {
        loop {
            if !self.outgoing.has_remaining() && !self.gather(cx)? {
                return self.flush(cx);
            }
            match self.poll_send(cx) {
                Poll::Pending => {
                    self.shared.stalled();
                    return Ok(());
                }
                Poll::Ready(Ok(0)) => return Err(Lost::Io(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(bytes)) => {
                    self.written += bytes as u64;
                    self.shared.wrote(bytes, &mut self.outgoing);
                }
                Poll::Ready(Err(error)) => return Err(Lost::Io(error)),
            }
        }
    }

    /// Writes what is gathered; a vector of pieces costs more to set up, here and in the system, than the one that there
    /// mostly is.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let chunk = self.outgoing.chunk();
        if chunk.len() < self.outgoing.remaining() {
            return pin!(self.stream.write_buf(&mut self.outgoing)).poll(cx);
        }
        let bytes = ready!(Pin::new(&mut self.stream).poll_write(cx, chunk))?;
        self.outgoing.advance(bytes);
        Poll::Ready(Ok(bytes))
    }

    /// Sees that what a layer above the socket has taken leaves as well; as long as it does not, the socket takes
    /// nothing.
    fn flush(&mut self, cx: &mut Context<'_>) -> Result<(), Lost> {
        let flushed = pin!(self.stream.flush()).poll(cx);
        let was_flushed = std::mem::replace(&mut self.flushed, flushed.is_ready());
        match flushed {
            Poll::Ready(Err(error)) => return Err(Lost::Io(error)),
            Poll::Ready(Ok(())) if was_flushed => {}
            Poll::Ready(Ok(())) => self.shared.flushed(),
            Poll::Pending => self.shared.stalled(),
        }
        Ok(())
    }

    /// Takes what is queued, once this has stepped back or need not; `false` if there is nothing to write now.
    fn gather(&mut self, cx: &Context<'_>) -> Result<bool, Lost> {
        if !self.may_take {
            return Ok(false);
        }
        if !self.is_there()? {
            // What is not sent on a connection that has ended can be sent on the next.
            self.step_back(cx);
            return Ok(false);
        }
        self.may_take = false;
        self.idle = false;
        self.was_alone = self.shared.gather(&mut self.outgoing);
        Ok(self.outgoing.has_remaining())
    }

    /// Lets other tasks have their turn before this is polled again: once before anything is written, so that the task
    /// that woke us runs again, and every other that can, and their requests leave in the same write.
    fn step_back(&mut self, cx: &Context<'_>) {
        (self.may_take, self.again) = (true, true);
        cx.waker().wake_by_ref();
    }

    /// Whether nothing has come that the runtime does not know of yet, such as the connection's end. On a busy
    /// connection that is not asked.
    fn is_there(&mut self) -> Result<bool, Lost> {
        let now = Instant::now();
        if now - self.heard < TRUSTED {
            return Ok(true);
        }
        let is_there = self.stream.is_quiet().map_err(Lost::Io)?;
        if is_there {
            self.heard = now;
        }
        Ok(is_there)
    }
}

impl Session<'_> {
    fn lost(&mut self, lost: Lost) {
        self.over = true;
        let unwritten = std::mem::take(&mut self.outgoing);
        self.shared.lost(lost, self.written, unwritten);
    }
}

/// The runtime may drop the driver at any `await`.
impl Drop for Session<'_> {
    fn drop(&mut self) {
        if !self.over {
            self.lost(Lost::Stopped);
        }
    }
}

impl Future for Session<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match self.poll_life(cx) {
            Ok(()) => Poll::Pending,
            Err(lost) => {
                self.lost(lost);
                Poll::Ready(())
            }
        }
    }
}
