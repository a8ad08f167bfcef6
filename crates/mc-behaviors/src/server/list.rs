//! Lists of servers as libmemcached's `memcached_servers_parse` takes them.
//!
//! ```text
//! cache1, cache2:11212, cache3:11211 2, [::1]:11211:2, /run/memcached.sock
//! ```
//!
//! The reference takes anything: a port that is no number is 11211, a number out of range is cut,
//! an empty item is `localhost`, brackets stay in the name that is looked up.
//! Here each of these is an error, save the brackets, which are removed so that the address can be reached.

use super::spec::{Parts, digits};
use super::{DEFAULT_PORT, InvalidServer, InvalidServerKind, ServerSpec, Transport};

/// Parses a list of servers: `host`, `host:port` or `host:port weight`, between commas.
///
/// * One space may follow a comma, spaces may follow a port or weight, and a comma may end the list.
/// * A weight wants a port before it; between them stands a space or a colon. It is 0 to 4294967295, 0 meaning 1.
/// * An item that begins with `/` is a unix socket; its path ends at a colon, and a port after that is ignored. A space
///   is part of the path: a socket has no weight here.
/// * Unlike pylibmc's lists, one list may mix TCP and unix sockets.
///
/// ```
/// use mc_behaviors::{parse_server_list, server_specs};
///
/// let servers = parse_server_list("cache1:11212 2, cache2, [::1]:11211:3")?;
/// assert_eq!(servers, server_specs(["cache1:11212:2", "cache2", "[::1]:11211:3"])?);
///
/// let error = parse_server_list("cache1, cache2 5").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "server \"cache2 5\": the host \"cache2 5\" has ' ': \
///      allowed are names and addresses, without spaces, control characters or any of , ; / ? # @ [ ]",
/// );
/// # Ok::<_, mc_behaviors::InvalidServer>(())
/// ```
///
/// # Errors
/// [`InvalidServer`] for an empty list and for an item that cannot be taken; it shows that item.
///
/// # Source
/// libmemcached `src/libmemcached/parse.cc`, `memcached_servers_parse`.
pub fn parse_server_list(list: &str) -> Result<Vec<ServerSpec>, InvalidServer> {
    let mut items: Vec<&str> = list.split(',').enumerate().map(without_space).collect();
    if items.len() > 1 {
        items.pop_if(|last| last.is_empty());
    }
    if list.is_empty() {
        return Err(InvalidServer::new(list, InvalidServerKind::EmptyList));
    }
    let parse = |item| server(item).map_err(|kind| InvalidServer::new(item, kind));
    items.into_iter().map(parse).collect()
}

/// An item without the one space that may stand after the comma in front of it.
fn without_space((at, item): (usize, &str)) -> &str {
    match at {
        0 => item,
        _ => item
            .strip_prefix(|c: char| c.is_ascii_whitespace())
            .unwrap_or(item),
    }
}

/// One item.
fn server(item: &str) -> Result<ServerSpec, InvalidServerKind> {
    let parts = Parts::split(item, 0, &[' ', ':'])?;
    let transport = match parts.host.starts_with('/') {
        true => Transport::Unix,
        false => Transport::Tcp,
    };
    let name = parts.address(transport, DEFAULT_PORT)?;
    let weight = parts
        .weight
        .map(|(at, text)| (at, text.trim_end_matches(' ')));
    let weight = match weight {
        None | Some((_, "")) => 1,
        Some((at, text)) => digits(text).ok_or_else(|| InvalidServerKind::Weight {
            text: text.to_owned(),
            at,
            max: u32::MAX,
        })?,
    };
    Ok(ServerSpec::from(name).with_weight(weight))
}
