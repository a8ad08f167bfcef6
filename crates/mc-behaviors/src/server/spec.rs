//! One spec: `host:port:weight` and its relatives.

use std::str::FromStr;

use super::{
    Address, DEFAULT_PORT, InvalidServer, InvalidServerKind, MAX_WEIGHT, ServerSpec, Transport,
    host,
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
    /// assert_eq!((socket.name.port, socket.weight), (0, 3));
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
        let (name, written) = self::parse(spec, port)?;
        let weight = match written {
            None => weight,
            Some((at, text)) => {
                weight_of(text, at).map_err(|kind| InvalidServer::new(spec, kind))?
            }
        };
        Ok(Self::from(name).with_weight(weight))
    }
}

/// A number as it stands in a spec, with the byte where it begins.
type Number<'a> = (usize, &'a str);

/// The address that a spec begins with, and the weight that it ends with, as written.
pub(super) fn parse(spec: &str, port: u16) -> Result<(Address, Option<Number<'_>>), InvalidServer> {
    if spec.starts_with('/') {
        return Ok((Address::new(Transport::Unix, spec, 0)?, None));
    }
    let (transport, start) = match spec.starts_with("udp:") {
        true => (Transport::Udp, "udp:".len()),
        false => (Transport::Tcp, 0),
    };
    let parse = || {
        let parts = Parts::split(spec, start, &[':'])?;
        Ok((parts.address(transport, port)?, parts.weight))
    };
    parse().map_err(|kind| InvalidServer::new(spec, kind))
}

fn weight_of(text: &str, at: usize) -> Result<u32, InvalidServerKind> {
    let wrong = || InvalidServerKind::Weight {
        text: text.to_owned(),
        at,
        max: MAX_WEIGHT,
    };
    digits::<u16>(text).map(u32::from).ok_or_else(wrong)
}

/// A spec cut at its colons.
pub(super) struct Parts<'a> {
    pub(super) host: &'a str,
    port: Option<Number<'a>>,
    pub(super) weight: Option<Number<'a>>,
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

    /// The address that these are, at `port` if none is written.
    pub(super) fn address(
        &self,
        transport: Transport,
        port: u16,
    ) -> Result<Address, InvalidServerKind> {
        host::check(transport, self.host)?;
        let port = self.port.map_or(Ok(port), |(at, text)| {
            if text.starts_with('/') {
                return Err(InvalidServerKind::Scheme(self.host.to_owned()));
            }
            let wrong = || InvalidServerKind::Port {
                text: text.to_owned(),
                at,
            };
            digits(text).ok_or_else(wrong)
        })?;
        Ok(Address::checked(transport, self.host.to_owned(), port))
    }
}

/// A number of plain ASCII digits; no sign, no space, no underscore.
pub(super) fn digits<N: FromStr>(text: &str) -> Option<N> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}
