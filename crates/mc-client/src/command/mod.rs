//! The commands as values: what each asks and what its answer means. No sockets here.
//!
//! A shell (async or blocking) turns a method call into a [`Call`]: the command with its options.
//! Sending it means to route its key, encode its [`Request`], and to fold the [`Reply`].

mod arithmetic;
mod delete;
mod every;
mod exists;
mod expire;
mod flush_buffers;
mod get;
mod get_into;
mod many;
mod metadump;
mod stats;
mod store;
mod streamed;
mod touch;
mod watch;

pub use arithmetic::Arithmetic;
pub(crate) use arithmetic::Direction;
pub use delete::{Delete, DeleteIf, DeleteOutcome};
pub use every::{Administer, Every, FlushAll, PerServer, Verbosity, Version};
pub use exists::Exists;
pub use expire::Expire;
pub use flush_buffers::FlushBuffers;
pub use get::{Found, Gat, Get, Item};
pub use get_into::GetInto;
pub use many::{
    ArithmeticMany, DeleteMany, GatMany, GetMany, Keys, Many, ManyKeys, StoreMany, Together,
    TouchMany,
};
pub use metadump::{DumpedItem, Metadump};
pub use stats::{ServerStats, Stats, StatsOf};
pub use store::{CasOutcome, Store, Stored};
pub use streamed::Streamed;
pub(crate) use streamed::asked;
pub use touch::Touch;
pub use watch::{LogEntry, Watch};

pub use mc_proto::{Admin, Automove, ClassSet, Classes, InvalidClasses, LogTopic, LruMode, Ratio};

use std::time::Duration;

use mc_proto::{Key, Protocol, Reply, Request};

use crate::error::{Error, ErrorKind, Outcome};
use crate::value::Values;

/// A command with its options, waiting to be sent.
///
/// `S` is the shell that sends it, `C` the command.
/// In the async client a call is a future: `client.get("key").await`. In the blocking one it is sent by
/// `client.get("key").call()`.
#[derive(Debug, Clone)]
#[must_use = "a call does nothing until it is awaited, or `call` is called in the blocking client"]
pub struct Call<S, C> {
    pub(crate) shell: S,
    pub(crate) command: C,
    pub(crate) deadline: Option<Duration>,
}

impl<S, C> Call<S, C> {
    pub(crate) fn new(shell: S, command: C) -> Self {
        Self {
            shell,
            command,
            deadline: None,
        }
    }

    /// The same call of another command.
    fn with<D>(self, other: impl FnOnce(C) -> D) -> Call<S, D> {
        Call {
            shell: self.shell,
            command: other(self.command),
            deadline: self.deadline,
        }
    }

    /// The time that this call may take in all, from its first poll, or from `call`, to its answer, instead of the client's.
    pub fn deadline(mut self, within: Duration) -> Self {
        self.deadline = Some(within);
        self
    }
}

/// What a command has to do with the replicas of its keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Replicas {
    /// Nothing: it goes to the owner alone.
    #[default]
    None,
    /// It may be answered by one of them while the owner is down.
    Read,
    /// It goes to all of them.
    Write,
}

/// A command about one key, sent to the server that owns it.
pub trait Single: sealed::Sealed {
    /// What the caller gets.
    type Output;

    /// Which of the key's servers it concerns.
    const REPLICAS: Replicas = Replicas::None;
    /// Whether it may wait in the buffer of `buffer_requests`.
    const BUFFERED: bool = false;
    /// Whether it reads a cas unique or compares one, which the behavior `cas` must allow.
    const CAS: bool = false;

    /// The key, without namespace.
    fn key(&self) -> &[u8];

    /// Makes flags and bytes of the value to be stored, if there is one.
    fn encode(&mut self, _values: &Values) -> Result<(), Error> {
        Ok(())
    }

    /// The request to send now.
    fn request<'a>(&'a self, key: Key<'a>, protocol: Protocol) -> Result<Request<'a>, Error>;

    /// The empty vector that a large value may be received into, if the caller lends one.
    fn room(&mut self) -> Option<&mut Vec<u8>> {
        None
    }

    /// What the caller gets if no answer is awaited; `None` for a command that is nothing without its answer.
    fn unawaited(&self) -> Option<Self::Output> {
        None
    }

    /// Takes the answer to the last request.
    fn answered(&mut self, reply: Reply, values: &Values) -> Step<Self::Output>;
}

/// What follows an answer.
#[derive(Debug)]
pub enum Step<T> {
    /// The call is over.
    Done(Result<T, Error>),
    /// The command has another request to send.
    Again,
}

impl<T> Step<T> {
    fn done(output: T) -> Self {
        Self::Done(Ok(output))
    }

    /// The step after a reply that is no success: a refusal, or not an answer to `command` at all.
    fn failed(command: &str, reply: &Reply) -> Self {
        Self::Done(Err(failed(command, reply)))
    }
}

/// The error in a reply that is no success of `command`.
pub(crate) fn failed(command: &str, reply: &Reply) -> Error {
    match reply {
        Reply::Refused(refusal) => return Error::refused(refusal),
        Reply::Unplaced(refusal) => return Error::unplaced(refusal),
        _ => {}
    }
    let message = format!("the server answered {command} with another command's reply: {reply:?}");
    Error::new(ErrorKind::Protocol, Outcome::MaybeApplied, message)
}

mod sealed {
    /// Keeps the traits of this module ours, so that they may grow.
    #[expect(unnameable_types, reason = "that nobody can name it is what seals")]
    pub trait Sealed {}
}
