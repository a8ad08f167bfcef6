//! Bytes on their way out: small ones gathered, large ones passed on.

use std::collections::VecDeque;
use std::fmt;
use std::io::IoSlice;

use bytes::{Buf, Bytes};

use crate::{Key, Payload, line};

/// A shared value of at least this many bytes is queued without a copy.
///
/// A piece of its own costs a place in a vectored write and an atomic count;
/// below some 16 KiB a copy into the buffer that is written anyway is cheaper.
pub(crate) const SHARE_FROM: usize = 16 << 10;

/// Small bytes gather in buffers of so many; only a larger value by itself makes
/// a larger one. So nothing that is queued is moved for what is queued behind
/// it, and what was written is given back.
const PIECE: usize = 64 << 10;

/// More than the words of a line take, but for the keys of a get of many.
const LINE: usize = 1 << 10;

/// What is to be written to a socket, in order.
///
/// It is a [`Buf`]: write its chunks, best several at once with
/// [`chunks_vectored`](Buf::chunks_vectored), and
/// [`advance`](Buf::advance) by as much as was written. Small requests and
/// replies gather in buffers of some 64 KiB; a large shared value is a chunk of
/// its own.
///
/// ```
/// use bytes::Buf;
/// use mc_proto::{Limits, Outgoing, Request, text};
///
/// let mut out = Outgoing::default();
/// text::encode_request(&Request::Version, &Limits::default(), &mut out)?;
/// assert_eq!(out.chunk(), b"version\r\n");
/// out.advance(9);
/// assert!(!out.has_remaining());
/// # Ok::<(), mc_proto::SendError>(())
/// ```
#[derive(Default)]
pub struct Outgoing {
    /// Full buffers and large values, none of them empty.
    pieces: VecDeque<Bytes>,
    /// How many bytes those have together.
    pieces_len: usize,
    /// Whether the first of them is there only in part.
    begun: bool,
    /// What comes behind them.
    tail: Vec<u8>,
    /// How much of `tail` was consumed, which begins when no piece is left.
    read: usize,
    /// Empty buffers for the pieces to come: no more than there were pieces at
    /// once, and one less each time that all is written.
    room: Vec<Vec<u8>>,
    /// How many bytes of values were left out, while they are.
    left_out: Option<usize>,
}

impl Outgoing {
    /// Appends bytes by copying them.
    #[inline]
    pub(crate) fn put(&mut self, bytes: &[u8]) {
        self.tail(bytes.len()).extend_from_slice(bytes);
    }

    /// Where a line may be appended, word by word.
    #[inline]
    pub(crate) fn line(&mut self) -> &mut Vec<u8> {
        self.tail(LINE)
    }

    /// Appends a number in decimal digits.
    pub(crate) fn put_number(&mut self, number: u64) {
        line::put_number(self.tail(line::DIGITS), number);
    }

    /// Appends a value and what stands behind it: the value by reference if it is shared and large.
    #[inline(always)]
    pub(crate) fn put_value(&mut self, payload: &Payload<'_>, end: &[u8]) {
        let value = payload.as_slice();
        if value.len() >= SHARE_FROM || self.left_out.is_some() {
            self.put_large(payload);
            return self.put(end);
        }
        let tail = self.tail(value.len().saturating_add(end.len()));
        tail.extend_from_slice(value);
        tail.extend_from_slice(end);
    }

    #[inline(never)]
    fn put_large(&mut self, payload: &Payload<'_>) {
        if let Some(left_out) = &mut self.left_out {
            *left_out = left_out.saturating_add(payload.as_slice().len());
            return;
        }
        match payload {
            Payload::Shared(value) => self.put_piece(value.clone()),
            Payload::Borrowed(value) => self.put(value),
        }
    }

    /// Leaves out values from here on, or no longer.
    pub(crate) fn leave_out(&mut self, values: bool) {
        self.left_out = values.then_some(0);
    }

    /// How many bytes of values were left out since then.
    pub(crate) fn left_out(&self) -> usize {
        self.left_out.unwrap_or_default()
    }

    /// Appends a key in wire form.
    #[inline]
    pub(crate) fn put_key(&mut self, key: &Key<'_>) {
        key.append_to(self.tail(key.len()));
    }

    /// Appends a key behind a space.
    #[inline]
    pub(crate) fn put_key_word(&mut self, key: &Key<'_>) {
        let tail = self.line();
        tail.push(b' ');
        key.append_to(tail);
    }

    /// Where the next bytes will be put: how many there are before.
    pub(crate) fn end(&self) -> usize {
        self.remaining()
    }

    /// Takes out what was put since an end. Nothing may have been consumed
    /// since.
    pub(crate) fn cut(&mut self, end: usize) {
        let mut surplus = self.remaining().saturating_sub(end);
        let unread = self.tail.len().saturating_sub(self.read);
        let cut = surplus.min(unread);
        self.tail.truncate(self.tail.len().saturating_sub(cut));
        surplus = surplus.saturating_sub(cut);
        while surplus > 0
            && let Some(mut last) = self.pieces.pop_back()
        {
            let kept = last.len().saturating_sub(surplus);
            surplus = surplus.saturating_sub(last.len());
            self.pieces_len = self.pieces_len.saturating_sub(last.len());
            last.truncate(kept);
            self.put_piece(last);
        }
    }

    /// Moves the first `len` bytes to the end of another. Large pieces are
    /// passed on, but not what is left of one: it would keep the room of all.
    pub(crate) fn pass(&mut self, mut len: usize, to: &mut Self) {
        while len > 0 && self.has_remaining() {
            let whole = self
                .pieces
                .front()
                .filter(|piece| (SHARE_FROM..=len).contains(&piece.len()))
                .filter(|_| !self.begun);
            let moved = match whole {
                Some(piece) => {
                    to.put_piece(piece.clone());
                    piece.len()
                }
                None => {
                    let chunk = self.chunk();
                    let part = chunk.get(..len).unwrap_or(chunk);
                    to.put(part);
                    part.len()
                }
            };
            self.skip(moved, to);
            len = len.saturating_sub(moved);
        }
    }

    /// Empties it, and keeps its buffer if that is of an ordinary size: to
    /// make one smaller can cost as much as another, and the system's pages.
    pub(crate) fn reset(&mut self) {
        self.pieces.clear();
        self.pieces_len = 0;
        self.begun = false;
        self.read = 0;
        self.tail.clear();
        if self.tail.capacity() > PIECE {
            self.tail = Vec::new();
        }
    }

    /// Takes the buffers of another for the pieces to come; its bytes are
    /// forgotten.
    pub(crate) fn reuse(&mut self, mut other: Self) {
        other.skip(other.remaining(), self);
        self.take_room(&mut other);
        keep(&mut self.room, other.tail);
        if self.tail.capacity() == 0 {
            self.tail = self.room.pop().unwrap_or_default();
        }
    }

    /// Takes over the buffers for the pieces to come.
    pub(crate) fn take_room(&mut self, other: &mut Self) {
        self.room.append(&mut other.room);
    }

    /// Lets go of one of the buffers for the pieces to come.
    pub(crate) fn shed(&mut self) {
        self.room.pop();
    }

    /// Takes off bytes from the front, whose buffers another may have.
    pub(crate) fn skip(&mut self, count: usize, to: &mut Self) {
        self.consume(count, |empty| keep_unique(&mut to.room, empty));
    }

    /// Takes off bytes from the front, and does this with the pieces that are
    /// empty then.
    fn consume(&mut self, mut count: usize, mut emptied: impl FnMut(Bytes)) {
        while count > 0
            && let Some(front) = self.pieces.front_mut()
        {
            let step = count.min(front.len());
            front.advance(step);
            self.pieces_len = self.pieces_len.saturating_sub(step);
            count = count.saturating_sub(step);
            self.begun = !front.is_empty();
            if !self.begun {
                self.pieces.pop_front().into_iter().for_each(&mut emptied);
            }
        }
        self.read = self.read.saturating_add(count).min(self.tail.len());
    }

    /// Where so many bytes may be appended.
    #[inline]
    fn tail(&mut self, more: usize) -> &mut Vec<u8> {
        if self.tail.len().saturating_add(more) > PIECE {
            self.turn_over(more);
        }
        &mut self.tail
    }

    /// Begins another buffer, if there is something in this one.
    #[cold]
    fn turn_over(&mut self, more: usize) {
        if self.tail.is_empty() {
            return;
        }
        self.seal();
        match self.room.pop() {
            Some(room) if more <= PIECE => self.tail = room,
            _ => self.tail.reserve_exact(PIECE.max(more)),
        }
    }

    /// Makes a piece of the tail.
    fn seal(&mut self) {
        let mut piece = Bytes::from(std::mem::take(&mut self.tail));
        piece.advance(std::mem::take(&mut self.read));
        if !piece.is_empty() {
            self.pieces_len = self.pieces_len.saturating_add(piece.len());
            self.pieces.push_back(piece);
        }
    }

    fn put_piece(&mut self, piece: Bytes) {
        self.seal();
        if !piece.is_empty() {
            self.pieces_len = self.pieces_len.saturating_add(piece.len());
            self.pieces.push_back(piece);
        }
    }

    /// The chunks that are left, in order, none of them empty.
    fn chunks(&self) -> impl Iterator<Item = &[u8]> {
        let tail = self.tail.get(self.read..).filter(|tail| !tail.is_empty());
        self.pieces.iter().map(|piece| &**piece).chain(tail)
    }
}

/// Keeps the buffer of a piece that nobody else has for a piece to come.
fn keep_unique(room: &mut Vec<Vec<u8>>, empty: Bytes) {
    if empty.is_unique() {
        keep(room, empty.into());
    }
}

/// Keeps a buffer of the ordinary size.
fn keep(room: &mut Vec<Vec<u8>>, mut buffer: Vec<u8>) {
    if buffer.capacity() == PIECE {
        buffer.clear();
        room.push(buffer);
    }
}

/// How much is left. The bytes are not shown: a password may be among them.
impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing")
            .field("remaining", &self.remaining())
            .finish_non_exhaustive()
    }
}

impl Buf for Outgoing {
    fn remaining(&self) -> usize {
        let tail = self.tail.len().saturating_sub(self.read);
        tail.saturating_add(self.pieces_len)
    }

    fn chunk(&self) -> &[u8] {
        self.chunks().next().unwrap_or_default()
    }

    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let pairs = slices.iter_mut().zip(self.chunks());
        pairs
            .map(|(slice, chunk)| *slice = IoSlice::new(chunk))
            .count()
    }

    fn advance(&mut self, count: usize) {
        if self.pieces.is_empty() {
            self.consume(count, drop);
        } else {
            let mut room = std::mem::take(&mut self.room);
            self.consume(count, |empty| keep_unique(&mut room, empty));
            self.room = room;
        }
        if self.read == self.tail.len() && self.pieces.is_empty() {
            self.shed();
            self.reset();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// A request of a short text, and of a shared value if a length is given.
    type Part = (String, Option<usize>);

    fn parts() -> impl Strategy<Value = Vec<Part>> {
        let len = prop_oneof![0_usize..4, SHARE_FROM - 2..SHARE_FROM + 2, PIECE / 3..PIECE];
        prop::collection::vec(("[a-z]{0,5}", prop::option::of(len)), 0..8)
    }

    fn put(out: &mut Outgoing, naive: &mut Vec<u8>, (text, len): &Part) {
        out.put(text.as_bytes());
        naive.extend(text.as_bytes());
        if let Some(len) = *len {
            let value = vec![b'0' + (naive.len() % 10) as u8; len];
            naive.extend(&value);
            out.put_value(&Payload::Shared(value.into()), b"");
        }
    }

    proptest! {
        #[test]
        fn as_one_buffer(parts in parts(), removed in any::<prop::sample::Index>(), last in any::<prop::sample::Index>(), steps in prop::collection::vec(0_usize..20_000, 0..9)) {
            let (mut out, mut naive) = (Outgoing::default(), Vec::new());
            let mut ends = vec![0];
            for part in &parts {
                put(&mut out, &mut naive, part);
                ends.push(out.end());
                assert_eq!(out.end(), naive.len());
            }
            if !parts.is_empty() {
                let index = removed.index(parts.len());
                let (from, to) = (ends[index], ends[index + 1]);
                let (mut old, rest) = (std::mem::take(&mut out), naive.len() - to);
                old.pass(from, &mut out);
                old.advance(to - from);
                old.pass(rest, &mut out);
                assert!(!old.has_remaining());
                naive.drain(from..to);
                put(&mut out, &mut naive, &parts[index]);
                out.cut(ends[last.index(index + 1)]);
                naive.truncate(ends[last.index(index + 1)]);
            }
            let mut naive = &naive[..];
            for step in steps {
                assert_eq!(out.chunks().collect::<Vec<_>>().concat(), naive);
                assert_eq!(out.remaining(), naive.len());
                let step = step.min(naive.len());
                out.advance(step);
                naive = &naive[step..];
            }
            out.reset();
            assert_eq!((out.remaining(), out.chunk()), (0, &[][..]));
        }
    }

    #[test]
    fn a_large_shared_value_is_not_copied() {
        let value = Bytes::from(vec![b'v'; SHARE_FROM]);
        let mut out = Outgoing::default();
        out.put(b"a");
        out.put_value(&value.clone().into(), b"");
        out.put(b"b");
        out.put_value(&Payload::Borrowed(&value), b"");
        let chunks: Vec<_> = out.chunks().collect();
        assert_eq!(
            chunks.iter().map(|chunk| chunk.len()).collect::<Vec<_>>(),
            [1, SHARE_FROM, SHARE_FROM + 1]
        );
        assert_eq!(chunks[1].as_ptr(), value.as_ptr());
    }

    #[test]
    fn a_buffer_that_has_grown_is_not_kept() {
        let mut out = Outgoing::default();
        out.put(&vec![0; 2 * PIECE]);
        out.reset();
        assert!(out.tail.capacity() <= PIECE);
        out.put(b"again");
        let kept = out.tail.as_ptr();
        out.reset();
        out.put(b"again");
        assert_eq!(out.tail.as_ptr(), kept);
    }

    /// Else what is left of a piece would keep the room of all.
    #[test]
    fn only_whole_pieces_are_passed_on() {
        let mut out = Outgoing::default();
        for _ in 0..3 {
            out.put(&vec![b'x'; PIECE]);
        }
        let second = out.pieces[1].as_ptr();
        let mut passed = Outgoing::default();
        out.advance(PIECE / 2);
        let first = out.pieces[0].as_ptr();
        out.pass(PIECE / 2 + PIECE, &mut passed);
        assert_ne!(passed.pieces[0].as_ptr(), first);
        assert_eq!(passed.pieces[1].as_ptr(), second);
        assert_eq!(passed.remaining(), PIECE / 2 + PIECE);
    }

    /// Else a queue that is given up and filled again moves from one part of the
    /// heap to another, and takes twice its room.
    #[test]
    fn what_is_forgotten_makes_room_for_what_comes() {
        let pieces = |out: &Outgoing| {
            out.pieces
                .iter()
                .map(|it| it.as_ptr())
                .collect::<BTreeSet<_>>()
        };
        let fill = |out: &mut Outgoing| (0..9).for_each(|_| out.put(&vec![b'x'; PIECE]));
        let (mut old, mut new) = (Outgoing::default(), Outgoing::default());
        fill(&mut old);
        let mut before = pieces(&old);
        before.insert(old.tail.as_ptr());
        old.advance(PIECE / 2);
        new.reuse(old);
        fill(&mut new);
        assert!(pieces(&new).is_subset(&before));
        let mut passed = Outgoing::default();
        new.skip(PIECE * 5, &mut passed);
        assert_eq!(passed.room.len(), 5);
        new.pass(PIECE, &mut passed);
        passed.advance(PIECE);
        // Each time that all is written, one less is kept.
        for left in (0..=5).rev() {
            assert_eq!(passed.room.len(), left);
            passed.put(b"x");
            passed.advance(1);
        }
    }

    /// A buffer that doubles has up to half of its room to spare, and is there twice when it grows.
    #[test]
    fn what_is_queued_takes_hardly_more_room_than_its_bytes() {
        let mut out = Outgoing::default();
        for len in (0..10_000).map(|at| at % 2_000) {
            out.put(&vec![b'x'; len]);
            assert!(out.tail.capacity() <= PIECE);
        }
        let pieces = out.pieces.iter();
        assert!(pieces.clone().all(|piece| piece.len() >= PIECE - 2_000));
        assert!(pieces.len() > 100);
    }
}
