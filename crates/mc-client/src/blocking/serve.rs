//! All servers' parts in a call, served together: everything is sent first, then whoever answers is read.

use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};

use super::part::Part;
use super::requests::Requests;
use super::stream;
use crate::lost::Lost;

/// How long one server is waited for before the others are looked at, too. Most have answered by then, so that to read
/// from each in turn is a system call less; and of what the others send meanwhile, the system keeps some for us.
const IN_ORDER: Duration = Duration::from_millis(50);

/// Serves the parts until each request has its answer or its error.
///
/// A server that has no idle connection is connected to, and served, by a thread of its own, unless it is the
/// only one: resolving and connecting block, and another server's answers must not wait for that.
pub(super) fn serve<R: Requests + Send>(parts: &mut [&mut Part<'_, R>], deadline: Instant) {
    if let [part] = parts {
        return serve_one(part, deadline);
    }
    parts.iter_mut().for_each(|part| part.resume());
    let all = parts.iter_mut().map(|part| &mut **part);
    let (mut connected, strangers): (Vec<_>, Vec<_>) = all.partition(|part| part.is_open());
    thread::scope(|scope| {
        for part in strangers {
            // What the system has no thread for is served below.
            let _ = thread::Builder::new().spawn_scoped(scope, || introduce(part, deadline));
        }
        exchange(&mut connected, deadline);
    });
    let waiting = parts.iter_mut().filter(|part| part.is_waiting());
    waiting.for_each(|part| introduce(part, deadline));
}

/// Serves the only part of a call.
#[inline]
pub(super) fn serve_one<R: Requests>(part: &mut Part<'_, R>, deadline: Instant) {
    part.resume();
    match part.is_open() {
        true => converse(part, deadline),
        false => introduce(part, deadline),
    }
}

/// Sends what is buffered at the parts' servers, and takes the answers.
pub(super) fn flush<R: Requests>(parts: &mut [&mut Part<'_, R>], deadline: Instant) {
    parts.iter_mut().for_each(|part| part.resume_buffer());
    exchange(parts, deadline);
}

/// Serves a part over a new connection.
fn introduce<R: Requests>(part: &mut Part<'_, R>, deadline: Instant) {
    if part.is_datagram() {
        return part.ask_each(deadline);
    }
    part.connect(deadline);
    converse(part, deadline);
}

/// Moves bytes until the one part has ended: by far the most calls, and most by one system call that sends, and one
/// that waits and reads.
fn converse<R: Requests>(part: &mut Part<'_, R>, deadline: Instant) {
    part.start(deadline);
    while part.is_open() {
        match part.has_unsent() {
            true => take_turns(&mut [part], deadline),
            false => part.await_more(deadline),
        }
    }
}

/// Moves bytes until every part has ended.
fn exchange<R: Requests>(parts: &mut [&mut Part<'_, R>], deadline: Instant) {
    parts.iter_mut().for_each(|part| part.start(deadline));
    let mut in_order = true;
    let in_order_until = deadline.min(Instant::now() + IN_ORDER);
    loop {
        let has_unsent = parts.iter().any(|part| part.has_unsent());
        let mut open = parts.iter_mut().filter(|part| part.is_open());
        match (open.next(), open.next()) {
            (None, _) => return,
            (Some(part), None) if !has_unsent => {
                part.now = Instant::now();
                part.await_more(deadline);
            }
            (Some(part), _) if in_order && !has_unsent => {
                let now = Instant::now();
                in_order = now < in_order_until && part.awaits(now, in_order_until);
            }
            _ => take_turns(parts, deadline),
        }
    }
}

/// Waits until some servers have sent something, or can take more, and serves those. What is there at the deadline is
/// taken; then all that have not ended are given up.
fn take_turns<R: Requests>(parts: &mut [&mut Part<'_, R>], deadline: Instant) {
    let is_last = Instant::now() >= deadline;
    let mut streams: Vec<_> = parts.iter().filter_map(|part| part.waited_for()).collect();
    let stalls = parts.iter().filter_map(|part| part.stalls()).min();
    let waited = stream::wait(&mut streams, stalls.map_or(deadline, |at| at.min(deadline)));
    let came: Vec<_> = streams.iter().map(PollFd::revents).collect();
    let open = parts.iter_mut().filter(|part| part.is_open());
    for (part, came) in open.zip(came) {
        match &waited {
            Err(broken) => part.lose(Lost::Io(broken.kind().into())),
            Ok(false) => part.check_stalled(),
            Ok(true) => {
                if came.contains(PollFlags::OUT) {
                    part.send();
                }
                if came.intersects(!PollFlags::OUT) {
                    part.receive();
                }
            }
        }
    }
    let now = Instant::now();
    for part in parts.iter_mut().filter(|part| part.is_open()) {
        part.now = now;
        if is_last {
            part.expire();
        }
    }
}
