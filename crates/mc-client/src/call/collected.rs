//! Answers that nobody awaits one by one.

use mc_proto::Reply;

use crate::error::{Connection, Error};

/// What became of requests whose answers are collected: the first failure, until somebody asks.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    failed: Option<Error>,
}

impl Collected {
    /// Takes an answer, or why there is none.
    pub(crate) fn take(&mut self, answer: Result<Reply, Error>) {
        let error = match answer {
            Ok(Reply::Refused(refusal)) => {
                Error::refused(&refusal).with_connection(Connection::Kept)
            }
            Ok(Reply::NotStored) => Error::not_stored("set").with_connection(Connection::Kept),
            Ok(_) => return,
            Err(error) => error,
        };
        self.failed.get_or_insert(error);
    }

    /// The first failure since the last time.
    pub(crate) fn result(&mut self) -> Result<(), Error> {
        self.failed.take().map_or(Ok(()), Err)
    }
}
