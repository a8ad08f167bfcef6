//! `servers_parse.jsonl`: lists as libmemcached's `memcached_servers_parse` takes them.

use anyhow::Result;
use mc_behaviors::{Replay, ServerSpec, Transport, parse_server_list};
use serde::Deserialize;

use super::servers::{Placed, refusal, wrong_servers};
use super::{Report, Vectors, Verdict, deviations};

#[derive(Deserialize)]
struct Row {
    string: String,
    list: Option<Vec<Item>>,
    #[serde(default)]
    servers: Vec<Placed>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Item {
    host: String,
    port: u16,
    weight: u32,
    /// 0 tcp, 2 unix.
    #[serde(rename = "type")]
    transport: u32,
}

impl From<&ServerSpec> for Item {
    fn from(server: &ServerSpec) -> Self {
        Self {
            host: server.name.host.clone(),
            port: server.name.port,
            weight: server.weight,
            transport: match server.name.transport {
                Transport::Unix => 2,
                _ => 0,
            },
        }
    }
}

pub(super) fn check(vectors: &Vectors, report: &mut Report) -> Result<()> {
    for row in vectors.rows::<Row>("servers_parse.jsonl")? {
        let name = format!("{:?}", row.string);
        report.count(name, verdict(row));
    }
    Ok(())
}

fn verdict(row: Row) -> Verdict {
    let (ours, theirs) = match (parse_server_list(&row.string), row.list) {
        (Err(_), None) => return Verdict::Holds,
        (Ok(ours), None) => return Verdict::Fails(format!("{ours:?}, but no list")),
        (Err(error), Some(_)) => return refusal(&error),
        (Ok(ours), Some(theirs)) => (ours, theirs),
    };
    let has_brackets = row.servers.iter().any(|(host, ..)| bare(host) != host);
    let theirs: Vec<Item> = theirs.into_iter().map(without_brackets).collect();
    let servers: Vec<Placed> = row
        .servers
        .into_iter()
        .map(|(host, port, kind)| (bare(&host).to_owned(), port, kind))
        .collect();
    if !ours.iter().map(Item::from).eq(theirs) {
        return Verdict::Fails(format!("{ours:?}"));
    }
    let mut replay = Replay::default();
    replay.push(ours);
    match wrong_servers(&replay, &servers) {
        Some(wrong) => Verdict::Fails(wrong),
        None if has_brackets => Verdict::Deviates(&deviations::BRACKETS),
        None => Verdict::Holds,
    }
}

fn without_brackets(item: Item) -> Item {
    let host = bare(&item.host).to_owned();
    Item { host, ..item }
}

/// The address in brackets.
fn bare(host: &str) -> &str {
    let inner = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    inner.unwrap_or(host)
}
