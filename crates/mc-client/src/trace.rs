//! Spans of calls and events of servers, for the feature `tracing`. Without it there is nothing here to pay for.
//!
//! Keys and values are in none of them: they may tell who somebody is.

use mc_proto::Request;

use crate::error::Error;

/// The span of one call, named after OpenTelemetry's words for databases.
#[derive(Debug, Default)]
pub(crate) struct Call {
    #[cfg(feature = "tracing")]
    span: Option<tracing::Span>,
}

#[cfg(feature = "tracing")]
mod on {
    use tracing::field::{Empty, display};

    use super::{Call, Error, Request};

    impl Call {
        /// A call about so many keys begins.
        pub(crate) fn begins(keys: usize) -> Self {
            let span = tracing::debug_span!(
                target: "mc_client",
                "memcached",
                db.system.name = "memcached",
                db.operation.name = Empty,
                server.address = Empty,
                error = Empty,
                keys,
            );
            Self { span: Some(span) }
        }

        /// It sends this request; of a batch, the command that it is of.
        pub(crate) fn sends(&self, request: &Request<'_>) {
            let command = match request {
                Request::Batch(each) => each.first().map_or("batch", Request::name),
                request => request.name(),
            };
            self.record("db.operation.name", command);
        }

        /// It got its answer from this server.
        pub(crate) fn answered_by(&self, server: &str) {
            self.record("server.address", server);
        }

        /// It failed.
        pub(crate) fn failed(&self, error: &Error) {
            if let Some(span) = &self.span {
                span.record("error", display(error));
            }
        }

        fn record(&self, field: &'static str, value: &str) {
            if let Some(span) = &self.span {
                span.record(field, value);
            }
        }
    }

    /// A connection was made.
    pub(crate) fn connected(server: &str) {
        tracing::debug!(target: "mc_client", server, "connected");
    }

    /// No connection could be made.
    pub(crate) fn unreachable(server: &str, error: &Error) {
        tracing::warn!(target: "mc_client", server, %error, "not connected");
    }

    /// A connection is gone, and so many requests with it.
    pub(crate) fn lost(server: &str, requests: usize, error: &Error) {
        tracing::debug!(target: "mc_client", server, requests, %error, "connection lost");
    }

    /// Other servers stand in for this one from now on, or no longer.
    pub(crate) fn ejected(server: &str, ejected: bool) {
        match ejected {
            true => tracing::warn!(target: "mc_client", server, "ejected"),
            false => tracing::info!(target: "mc_client", server, "back in use"),
        }
    }
}

#[cfg(not(feature = "tracing"))]
mod on {
    use super::{Call, Error, Request};

    impl Call {
        pub(crate) fn begins(_keys: usize) -> Self {
            Self {}
        }

        pub(crate) fn sends(&self, _request: &Request<'_>) {}

        pub(crate) fn answered_by(&self, _server: &str) {}

        pub(crate) fn failed(&self, _error: &Error) {}
    }

    pub(crate) fn connected(_server: &str) {}

    pub(crate) fn unreachable(_server: &str, _error: &Error) {}

    pub(crate) fn lost(_server: &str, _requests: usize, _error: &Error) {}

    pub(crate) fn ejected(_server: &str, _ejected: bool) {}
}

pub(crate) use on::{connected, ejected, lost, unreachable};
