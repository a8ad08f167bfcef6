//! One spec: `host:port:weight` and its relatives.

use std::str::FromStr;

use super::{
    DEFAULT_PORT, InvalidServer, InvalidServerKind, MAX_WEIGHT, ServerSpec, Transport, host, made,
};

impl FromStr for ServerSpec {
    type Err = InvalidServer;

    /// As [`ServerSpec::parse`] with port [`DEFAULT_PORT`] and weight 1.
    fn from_str(spec: &str) -> Result<Self, InvalidServer> {
        Self::parse(spec, DEFAULT_PORT, 1)
    }
}

impl ServerSpec {
    /// Parses a spec that falls back on `port` and `weight` where it names none.
    ///
    /// Port and weight are plain digits, 0 to 65535; port 0 means [`DEFAULT_PORT`], weight 0 means 1.
    /// A spec that begins with `/` is a path to its end, colons included.
    /// `udp:` is the only prefix: `tcp:` and `unix:` would be hosts.
    ///
    /// ```
    /// use mc_behaviors::ServerSpec;
    ///
    /// let socket = ServerSpec::parse("/run/memcached.sock", 0, 3)?;
    /// assert_eq!((socket.port, socket.weight), (0, 3));
    ///
    /// let error = ServerSpec::parse("::1", 11212, 1).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "server \"::1\": an IPv6 address without brackets: allowed are [v6], [v6]:port and [v6]:port:weight",
    /// );
    /// # Ok::<_, mc_behaviors::InvalidServer>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidServer`], which says what is wrong, where, and what is allowed.
    ///
    /// # Source
    /// pylibmc's `translate_server_spec(server, port=11211, weight=1)`.
    pub fn parse(spec: &str, port: u16, weight: u32) -> Result<Self, InvalidServer> {
        if spec.starts_with('/') {
            return Ok(Self::unix(spec)?.with_weight(weight));
        }
        let (transport, start) = match spec.starts_with("udp:") {
            true => (Transport::Udp, "udp:".len()),
            false => (Transport::Tcp, 0),
        };
        let server = || {
            let parts = Parts::split(spec, start, &[':'])?;
            host::check(transport, parts.host)?;
            let server = made(transport, parts.host.to_owned(), parts.port(port)?);
            Ok(server.with_weight(parts.weight(weight)?))
        };
        server().map_err(|kind| InvalidServer::new(spec, kind))
    }
}

/// A spec cut at its colons; each number with the byte where it begins.
pub(super) struct Parts<'a> {
    pub(super) host: &'a str,
    port: Option<(usize, &'a str)>,
    pub(super) weight: Option<(usize, &'a str)>,
}

impl<'a> Parts<'a> {
    /// Cuts `spec` from byte `start` on: a host, perhaps in brackets, a port after a colon,
    /// and a weight after the first of `separators` that is there.
    pub(super) fn split(
        spec: &'a str,
        start: usize,
        separators: &[char],
    ) -> Result<Self, InvalidServerKind> {
        let rest = &spec[start..];
        if host::is_v6(rest) {
            return Err(InvalidServerKind::NoBrackets);
        }
        let (host, tail) = match rest.strip_prefix('[') {
            Some(inner) => inner
                .split_once(']')
                .ok_or(InvalidServerKind::Bracket { at: start })?,
            None => rest.split_at(rest.find(':').unwrap_or(rest.len())),
        };
        let tail_at = spec.len() - tail.len();
        if !(tail.is_empty() || tail.starts_with(':')) {
            return Err(InvalidServerKind::Bracket { at: tail_at - 1 });
        }
        let numbers = tail.strip_prefix(':').map(|text| (tail_at + 1, text));
        let Some((at, text)) = numbers else {
            return Ok(Self {
                host,
                port: None,
                weight: None,
            });
        };
        let (port, weight) = match separators.iter().find_map(|sign| text.split_once(*sign)) {
            Some((port, weight)) => (port, Some((at + port.len() + 1, weight))),
            None => (text, None),
        };
        let port = Some((at, port));
        Ok(Self { host, port, weight })
    }

    pub(super) fn port(&self, default: u16) -> Result<u16, InvalidServerKind> {
        let Some((at, text)) = self.port else {
            return Ok(default);
        };
        let wrong = || InvalidServerKind::Port {
            text: text.to_owned(),
            at,
        };
        digits(text).ok_or_else(wrong)
    }

    fn weight(&self, default: u32) -> Result<u32, InvalidServerKind> {
        let Some((at, text)) = self.weight else {
            return Ok(default);
        };
        let wrong = || InvalidServerKind::Weight {
            text: text.to_owned(),
            at,
            max: MAX_WEIGHT,
        };
        digits::<u16>(text).map(u32::from).ok_or_else(wrong)
    }
}

/// A number of plain ASCII digits; no sign, no space, no underscore.
pub(super) fn digits<N: FromStr>(text: &str) -> Option<N> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}
