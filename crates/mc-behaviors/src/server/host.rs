//! What may be a host: checked once, where a spec is made.

use core::net::Ipv6Addr;

use super::{InvalidServerKind, Transport};

/// Bytes of the longest host, or path: `NI_MAXHOST` less its NUL, libmemcached's own limit.
pub(super) const MAX_HOST: usize = 1024;

/// Checks that `host` is a name or an address that a resolver could know, or a path for a unix socket.
pub(super) fn check(transport: Transport, host: &str) -> Result<(), InvalidServerKind> {
    let is_path = transport == Transport::Unix;
    if is_path && (host.is_empty() || host.contains('\0')) {
        return Err(InvalidServerKind::Path);
    }
    if host.is_empty() {
        return Err(InvalidServerKind::EmptyHost);
    }
    if host.len() > MAX_HOST {
        return Err(InvalidServerKind::LongHost(host.len()));
    }
    if is_path {
        return Ok(());
    }
    if let Some(found) = host.chars().find(|&c| is_foreign(c)) {
        let host = host.to_owned();
        return Err(InvalidServerKind::HostCharacter { host, found });
    }
    match host.contains(':') && !is_v6(host) {
        true => Err(InvalidServerKind::HostColon(host.to_owned())),
        false => Ok(()),
    }
}

/// Characters that no host name or address has, and that mark a list, a URL or a slip of the hand.
fn is_foreign(c: char) -> bool {
    c.is_whitespace() || c.is_control() || ",;/?#@[]".contains(c)
}

/// An IPv6 address, perhaps with a zone (`fe80::1%eth0`).
pub(super) fn is_v6(host: &str) -> bool {
    let (address, zone) = host.split_once('%').unwrap_or((host, "-"));
    address.parse::<Ipv6Addr>().is_ok() && !zone.is_empty() && !zone.contains(':')
}
