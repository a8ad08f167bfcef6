//! Our clients, as users have them but for what the cell asks.

pub(super) mod blocking;
pub(super) mod tokio;

use anyhow::Result;
use bytes::Bytes;
use mc_client::{Behaviors, Many, Protocol, Tls};

use super::cell;
use super::job::Job;

fn protocol(job: &Job) -> Protocol {
    match job.cell.protocol {
        cell::Protocol::Text => Protocol::Text,
        cell::Protocol::Meta => Protocol::Meta,
        cell::Protocol::Binary => Protocol::Binary,
    }
}

/// For servers that have an authority's certificates.
fn tls(job: &Job) -> Result<Option<Tls>> {
    let authority = job.authority.as_ref();
    Ok(authority.map(Tls::with_ca).transpose()?)
}

/// Several servers share the keys by weighted ketama.
fn behaviors(job: &Job) -> Result<Behaviors> {
    let mut behaviors = Behaviors::default();
    behaviors.set("tcp_nodelay", true)?;
    if job.servers.len() > 1 {
        behaviors.set("ketama_weighted", true)?;
    }
    Ok(behaviors)
}

/// That all keys were found.
fn hits<K>(job: &Job, many: Many<K, Option<Bytes>>) -> Result<()> {
    let values = many.into_results().into_iter();
    values.into_iter().try_for_each(|value| job.hit(value?))
}
