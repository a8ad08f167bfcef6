//! `stats`: a server's counters, typed and as it writes them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mc_proto::{PrefixCounts, Reply, Request, StatsTopic};

use super::{Call, Every, failed, sealed};
use crate::error::Error;

/// `stats`: a server's general counters.
#[derive(Debug, Clone, Copy)]
pub struct Stats;

/// `stats <topic>`: what a server counts under a name of its own, as it writes it.
///
/// The rows of [`StatsTopic::DetailDump`] are by prefix, such as `get 2 hit 1 set 1 del 0`; a topic that changes
/// what is counted has none.
#[derive(Debug, Clone, Copy)]
pub struct StatsOf {
    topic: StatsTopic,
}

impl<S> Call<S, Stats> {
    /// Asks for other counters than the general ones, or changes what is counted. The answer is rows of name and
    /// value.
    pub fn topic(self, topic: StatsTopic) -> Call<S, StatsOf> {
        self.with(|Stats| StatsOf { topic })
    }
}

impl sealed::Sealed for Stats {}

impl Every for Stats {
    type Output = ServerStats;

    fn request(&self) -> Result<Request<'_>, Error> {
        Ok(Request::Stats { topic: None })
    }

    fn result(&self, reply: Reply) -> Result<ServerStats, Error> {
        rows(reply).map(ServerStats::new)
    }
}

impl sealed::Sealed for StatsOf {}

impl Every for StatsOf {
    type Output = Vec<(String, String)>;

    fn request(&self) -> Result<Request<'_>, Error> {
        Ok(Request::Stats {
            topic: Some(self.topic),
        })
    }

    fn result(&self, reply: Reply) -> Result<Self::Output, Error> {
        rows(reply)
    }
}

fn rows(reply: Reply) -> Result<Vec<(String, String)>, Error> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match reply {
        Reply::Stats(rows) => Ok(rows
            .iter()
            .map(|(name, value)| (text(name), text(value)))
            .collect()),
        Reply::Prefixes(rows) => Ok(rows
            .iter()
            .map(|row| (text(&row.prefix), counts(row)))
            .collect()),
        Reply::Ok => Ok(Vec::new()),
        other => Err(failed("stats", &other)),
    }
}

/// As memcached writes them.
fn counts(row: &PrefixCounts) -> String {
    let PrefixCounts {
        gets,
        hits,
        sets,
        deletes,
        ..
    } = row;
    format!("get {gets} hit {hits} set {sets} del {deletes}")
}

/// A server's general counters, under the names that memcached gives them.
///
/// A counter that the server does not have, or does not write as a number, is `None`; the [`rows`](Self::rows)
/// hold whatever it wrote. All but `time` count from the server's start, or from the last `stats reset`.
///
/// ```no_run
/// # async fn example(client: mc_client::Client) -> Result<(), mc_client::Error> {
/// for (server, stats) in client.stats().await {
///     let stats = stats?;
///     println!("{server}: {:?} items, hit ratio {:?}", stats.curr_items, stats.hit_ratio());
///     println!("{:?}", stats.get("slab_reassign_running"));
/// }
/// # Ok(())
/// # }
/// ```
///
/// Source: memcached's `doc/protocol.txt`, "General-purpose statistics".
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerStats {
    /// The server's process.
    pub pid: Option<u64>,
    /// How long it has been running, in whole seconds.
    pub uptime: Option<Duration>,
    /// What its clock says.
    pub time: Option<SystemTime>,
    /// Its version, such as `1.6.18`.
    pub version: Option<String>,
    /// How many threads serve requests.
    pub threads: Option<u64>,
    /// How many connections are open.
    pub curr_connections: Option<u64>,
    /// How many may be.
    pub max_connections: Option<u64>,
    /// How many were ever opened.
    pub total_connections: Option<u64>,
    /// How many keys were asked for.
    pub cmd_get: Option<u64>,
    /// How many storage commands there were.
    pub cmd_set: Option<u64>,
    /// How many touches, those by `gat` included.
    pub cmd_touch: Option<u64>,
    /// How many `flush_all`.
    pub cmd_flush: Option<u64>,
    /// How many keys were asked for and found.
    pub get_hits: Option<u64>,
    /// How many keys were asked for and not found.
    pub get_misses: Option<u64>,
    /// How many deletes found an item.
    pub delete_hits: Option<u64>,
    /// How many did not.
    pub delete_misses: Option<u64>,
    /// How many `incr` found an item.
    pub incr_hits: Option<u64>,
    /// How many did not.
    pub incr_misses: Option<u64>,
    /// How many `decr` found an item.
    pub decr_hits: Option<u64>,
    /// How many did not.
    pub decr_misses: Option<u64>,
    /// How many `cas` stored their value.
    pub cas_hits: Option<u64>,
    /// How many found no item.
    pub cas_misses: Option<u64>,
    /// How many found an item that had changed.
    pub cas_badval: Option<u64>,
    /// How many touches found an item.
    pub touch_hits: Option<u64>,
    /// How many did not.
    pub touch_misses: Option<u64>,
    /// How many items it holds; those that have expired and were not met yet count.
    pub curr_items: Option<u64>,
    /// How many items were ever stored.
    pub total_items: Option<u64>,
    /// How much memory its items take, in bytes.
    pub bytes: Option<u64>,
    /// How much they may take, in bytes.
    pub limit_maxbytes: Option<u64>,
    /// How many items had to leave for others before they expired.
    pub evictions: Option<u64>,
    /// How many items' memory was used again after they had expired.
    pub reclaimed: Option<u64>,
    /// How many bytes came from clients.
    pub bytes_read: Option<u64>,
    /// How many went to them.
    pub bytes_written: Option<u64>,
    rows: Vec<(String, String)>,
}

impl ServerStats {
    fn new(rows: Vec<(String, String)>) -> Self {
        let text = |name| find(&rows, name);
        let number = |name| text(name).and_then(|digits| digits.parse().ok());
        let seconds = |name| number(name).map(Duration::from_secs);
        Self {
            pid: number("pid"),
            uptime: seconds("uptime"),
            time: seconds("time").and_then(|since| UNIX_EPOCH.checked_add(since)),
            version: text("version").map(str::to_owned),
            threads: number("threads"),
            curr_connections: number("curr_connections"),
            max_connections: number("max_connections"),
            total_connections: number("total_connections"),
            cmd_get: number("cmd_get"),
            cmd_set: number("cmd_set"),
            cmd_touch: number("cmd_touch"),
            cmd_flush: number("cmd_flush"),
            get_hits: number("get_hits"),
            get_misses: number("get_misses"),
            delete_hits: number("delete_hits"),
            delete_misses: number("delete_misses"),
            incr_hits: number("incr_hits"),
            incr_misses: number("incr_misses"),
            decr_hits: number("decr_hits"),
            decr_misses: number("decr_misses"),
            cas_hits: number("cas_hits"),
            cas_misses: number("cas_misses"),
            cas_badval: number("cas_badval"),
            touch_hits: number("touch_hits"),
            touch_misses: number("touch_misses"),
            curr_items: number("curr_items"),
            total_items: number("total_items"),
            bytes: number("bytes"),
            limit_maxbytes: number("limit_maxbytes"),
            evictions: number("evictions"),
            reclaimed: number("reclaimed"),
            bytes_read: number("bytes_read"),
            bytes_written: number("bytes_written"),
            rows,
        }
    }

    /// Everything that the server wrote, as names and values in its order.
    pub fn rows(&self) -> &[(String, String)] {
        &self.rows
    }

    /// What it wrote under a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        find(&self.rows, name)
    }

    /// The part of the keys asked for that were found, from 0 to 1; `None` if none was asked for.
    pub fn hit_ratio(&self) -> Option<f64> {
        let (hits, misses) = (self.get_hits? as f64, self.get_misses? as f64);
        let asked = hits + misses;
        (asked > 0.0).then(|| hits / asked)
    }
}

fn find<'r>(rows: &'r [(String, String)], name: &str) -> Option<&'r str> {
    let row = rows.iter().find(|(it, _)| it == name);
    row.map(|(_, value)| &**value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `stats` of a topic makes of a server's reply.
    fn check(reply: Reply, expected: &[(&str, &str)]) {
        let topic = StatsTopic::DetailDump;
        let rows = StatsOf { topic }.result(reply).unwrap();
        let rows: Vec<_> = rows.iter().map(|(name, text)| (&**name, &**text)).collect();
        assert_eq!(rows, expected);
    }

    #[test]
    fn stats_of_every_topic_are_rows() {
        let pid = ("pid".into(), "1".into());
        check(Reply::Stats(vec![pid]), &[("pid", "1")]);
        let user = PrefixCounts {
            prefix: "user".into(),
            gets: 4,
            hits: 3,
            sets: 2,
            deletes: 1,
        };
        let counts = "get 4 hit 3 set 2 del 1";
        check(Reply::Prefixes(vec![user]), &[("user", counts)]);
        check(Reply::Ok, &[]);
        assert!(Stats.result(Reply::Stored).is_err());
    }

    fn stats(rows: &[(&'static str, &'static str)]) -> ServerStats {
        let rows = rows
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()));
        Stats.result(Reply::Stats(rows.collect())).unwrap()
    }

    #[test]
    fn counters_are_typed_and_what_is_none_stays_a_row() {
        let stats = stats(&[("uptime", "61"), ("version", "1.6.18"), ("pid", "many")]);
        assert_eq!(stats.uptime, Some(Duration::from_secs(61)));
        assert_eq!(stats.version.as_deref(), Some("1.6.18"));
        assert_eq!((stats.pid, stats.curr_items), (None, None));
        assert_eq!((stats.get("pid"), stats.get("bytes")), (Some("many"), None));
    }

    #[test]
    fn the_hit_ratio_is_that_of_what_was_asked() {
        let ratio = |hits, misses| stats(&[("get_hits", hits), ("get_misses", misses)]).hit_ratio();
        assert_eq!(ratio("3", "1"), Some(0.75));
        assert_eq!(ratio("0", "2"), Some(0.0));
        assert_eq!(ratio("0", "0"), None);
        assert_eq!(stats(&[]).hit_ratio(), None);
    }
}
