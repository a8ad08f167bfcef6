//! Servers as the vectors record them, and by which rules ours may refuse what the reference takes.

use std::net::Ipv6Addr;

use mc_behaviors::{InvalidServer, InvalidServerKind, Replay, ServerSpec, Transport};
use serde::Deserialize;

use super::Verdict;
use super::deviations;

/// A client's server: `[host, port, type]`.
pub(super) type Placed = (String, u16, String);

/// How ours differs from the servers that a client has in the end.
pub(super) fn wrong_servers(replay: &Replay, expected: &[Placed]) -> Option<String> {
    let kind = |transport| match transport {
        Transport::Tcp => "TCP",
        Transport::Udp => "UDP",
        Transport::Unix => "SOCKET",
    };
    let ours = replay.servers().iter().map(|one| &one.name);
    let ours = ours.map(|name| (name.host.as_str(), name.port, kind(name.transport)));
    let theirs = expected.iter();
    let theirs = theirs.map(|(host, port, kind)| (host.as_str(), *port, kind.as_str()));
    (!ours.eq(theirs)).then(|| format!("{:?}, but {expected:?}", replay.servers()))
}

/// What pylibmc makes of a spec: `[type, address, port, weight]`.
#[derive(Debug, Deserialize)]
pub(super) struct Translated(u32, String, i64, i64);

impl Translated {
    /// Ours is the same server; port and weight 0 mean something, and ours says what.
    pub(super) fn verdict(&self, ours: &ServerSpec) -> Verdict {
        let Self(transport, address, port, weight) = self;
        let alike = |port, weight| {
            (ours.name.transport.number(), ours.name.host.as_str())
                == (*transport, address.as_str())
                && (i64::from(ours.name.port), i64::from(ours.weight)) == (port, weight)
        };
        let meant = match (transport, port) {
            (1 | 2, 0) => i64::from(mc_dist::DEFAULT_PORT),
            _ => *port,
        };
        if alike(*port, *weight) {
            Verdict::Holds
        } else if alike(meant, (*weight).max(1)) {
            Verdict::Deviates(&deviations::ZERO_READS_AS_ITS_MEANING)
        } else {
            Verdict::Fails(format!("{ours:?}, but {self:?}"))
        }
    }
}

/// Ours refuses a server that the reference takes. The rules look at what is written, not at our word for it.
pub(super) fn refusal(error: &InvalidServer) -> Verdict {
    let host = host_of(error.spec());
    let is_no_host = host.chars().any(is_foreign) || is_bad_v6(host) || goes_on(error.spec());
    let deviation = match error.kind() {
        InvalidServerKind::Port { text, .. } | InvalidServerKind::Weight { text, .. } => {
            match text.parse::<i128>() {
                _ if !text.bytes().all(|byte| byte.is_ascii_digit()) || text.is_empty() => {
                    &deviations::SERVER_NUMBER_SYNTAX
                }
                Ok(0..=65535) => return Verdict::Fails(error.to_string()),
                _ => &deviations::SERVER_NUMBER_CUT,
            }
        }
        InvalidServerKind::Scheme(_) => &deviations::SERVER_NUMBER_SYNTAX,
        InvalidServerKind::EmptyHost if host.is_empty() => &deviations::EMPTY_HOST,
        InvalidServerKind::NoBrackets if error.spec().parse::<Ipv6Addr>().is_ok() => {
            &deviations::NO_BRACKETS
        }
        InvalidServerKind::LongHost(length) if host.len() == *length => &deviations::NO_HOST,
        _ if is_no_host => &deviations::NO_HOST,
        _ => return Verdict::Fails(error.to_string()),
    };
    Verdict::Deviates(deviation)
}

/// The same of a host that is given by itself, not in a spec.
pub(super) fn refusal_of_host(host: &str, error: &InvalidServer) -> Verdict {
    match host.chars().any(is_foreign) || is_bad_v6(host) {
        true => Verdict::Deviates(&deviations::NO_HOST),
        false => refusal(error),
    }
}

/// What stands in brackets, or before the first colon.
fn host_of(spec: &str) -> &str {
    let spec = spec.strip_prefix("udp:").unwrap_or(spec);
    let inner = spec
        .strip_prefix('[')
        .and_then(|inner| inner.rsplit_once(']'));
    match inner {
        Some((host, _)) => host,
        None => spec.split(':').next().unwrap_or_default(),
    }
}

/// Something other than a port stands after the bracket.
fn goes_on(spec: &str) -> bool {
    let after = spec.rsplit_once(']').map(|(_, after)| after);
    after.is_some_and(|after| !after.is_empty() && !after.starts_with(':'))
}

/// No part of a host's name or address.
fn is_foreign(c: char) -> bool {
    c.is_whitespace() || c.is_control() || ",;/?#@[]".contains(c)
}

fn is_bad_v6(host: &str) -> bool {
    host.contains(':') && host.parse::<Ipv6Addr>().is_err()
}
