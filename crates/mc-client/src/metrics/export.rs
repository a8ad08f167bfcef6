//! To the `metrics` facade.

use std::collections::HashMap;
use std::sync::Arc;

use metrics::{counter, histogram};

use super::ServerMetrics;

/// Passes a client's numbers on to the recorder of the `metrics` facade, as often as you ask it to.
///
/// Each has the label `server`:
///
/// | name | type | |
/// |---|---|---|
/// | `memcached_requests_total`, `memcached_answers_total` | counter | |
/// | `memcached_hits_total`, `memcached_misses_total` | counter | keys |
/// | `memcached_refused_total`, `memcached_timeouts_total`, `memcached_late_total`, `memcached_lost_total` | counter | requests |
/// | `memcached_connects_total`, `memcached_connect_failures_total` | counter | |
/// | `memcached_written_bytes_total`, `memcached_read_bytes_total` | counter | |
/// | `memcached_latency_seconds` | histogram | |
///
/// ```no_run
/// # async fn example(client: mc_client::Client) {
/// let mut exporter = mc_client::metrics::Exporter::default();
/// loop {
///     exporter.export(client.metrics());
///     tokio::time::sleep(std::time::Duration::from_secs(10)).await;
/// }
/// # }
/// ```
#[derive(Debug, Default)]
pub struct Exporter {
    /// What was passed on last.
    last: HashMap<Arc<str>, ServerMetrics>,
}

impl Exporter {
    /// Passes on what has been counted since the last time.
    pub fn export(&mut self, servers: impl IntoIterator<Item = ServerMetrics>) {
        for server in servers {
            let last = self.last.get(&server.name);
            count(&server, last);
            let latency = match last {
                Some(last) => server.latency.since(&last.latency),
                None => server.latency.clone(),
            };
            let to = histogram!("memcached_latency_seconds", "server" => server.name.to_string());
            for (end, count) in latency.buckets() {
                to.record_many(end, usize::try_from(count).unwrap_or(usize::MAX));
            }
            self.last.insert(Arc::clone(&server.name), server);
        }
    }
}

fn count(now: &ServerMetrics, last: Option<&ServerMetrics>) {
    let add = |name: &'static str, number: fn(&ServerMetrics) -> u64| {
        let new = number(now).saturating_sub(last.map_or(0, number));
        counter!(name, "server" => now.name.to_string()).increment(new);
    };
    add("memcached_requests_total", |it| it.requests);
    add("memcached_answers_total", |it| it.answers);
    add("memcached_hits_total", |it| it.hits);
    add("memcached_misses_total", |it| it.misses);
    add("memcached_refused_total", |it| it.refused);
    add("memcached_timeouts_total", |it| it.timeouts);
    add("memcached_late_total", |it| it.late);
    add("memcached_lost_total", |it| it.lost);
    add("memcached_connects_total", |it| it.connects);
    add("memcached_connect_failures_total", |it| it.connect_failures);
    add("memcached_written_bytes_total", |it| it.bytes_written);
    add("memcached_read_bytes_total", |it| it.bytes_read);
}
