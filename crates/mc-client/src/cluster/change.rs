//! Other servers or settings on a client that works.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use mc_behaviors::{Address, Behaviors, Error, HealthSettings, Replay, ServerSpec};

use super::{Cluster, Server, Setup, Snapshot};

impl<L> Cluster<L> {
    /// Makes `change`; calls that start later see it, and a failing change changes nothing.
    ///
    /// A server that stays where it is keeps its link, unless the settings need new connections, and what is known of
    /// its health. A link that is not needed any more finishes what has been begun: it goes with the last snapshot
    /// that has it.
    pub(crate) fn change(
        &self,
        change: &mut dyn FnMut(&mut Replay) -> Result<(), Error>,
        link: impl FnMut(Server<'_>) -> L,
    ) -> Result<(), Error> {
        let mut state = self.lock();
        let mut replay = state.replay.clone();
        change(&mut replay)?;
        let setup = Setup::new(replay)?;
        let known = indexes(state.replay.servers(), setup.replay.servers());
        let (old, new) = (state.replay.behaviors(), setup.replay.behaviors());
        let current = self.current.load_full();
        let node = |index: usize| Arc::clone(&current.nodes[index]);
        let anew = needs_new_links(old, new);
        let nodes = known.iter().map(|index| index.map(node)).collect();
        let next = Snapshot::new(&setup, &state.options, nodes, anew, link);
        let _placed_below = state.health.configure(HealthSettings::from(new));
        state.health.rearrange(known);
        for (index, node) in next.nodes.iter().enumerate() {
            node.seat.set_troubled(!state.health.is_clear(index));
        }
        state.replay = setup.replay;
        let next = next.without(&state.health.ejected());
        self.current.store(Arc::new(next));
        // Whatever goes with the last snapshot goes after the lock.
        drop(state);
        Ok(())
    }
}

/// For each server of a list the index that it had in the list before; none if it was not there, or elsewhere.
///
/// Of servers that are there twice, each is one of its own.
fn indexes(before: &[ServerSpec], now: &[ServerSpec]) -> Vec<Option<usize>> {
    let mut known = HashMap::<_, VecDeque<usize>>::new();
    for (index, server) in before.iter().enumerate() {
        known.entry(place(server)).or_default().push_back(index);
    }
    now.iter()
        .map(|server| known.get_mut(&place(server))?.pop_front())
        .collect()
}

/// What a link belongs to.
fn place(server: &ServerSpec) -> (&Address, &Address) {
    (&server.name, &server.address)
}

/// Whether open connections cannot go on under the new settings.
fn needs_new_links(old: &Behaviors, new: &Behaviors) -> bool {
    let connections = |it: &Behaviors| {
        (
            (it.binary, it.no_block, it.tcp_nodelay, it.connect_timeout),
            (it.tcp_keepalive, it.tcp_keepidle),
            (it.socket_send_size, it.socket_recv_size),
        )
    };
    connections(old) != connections(new)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::super::{Options, Report, Seat};
    use super::*;

    /// A cluster without links, of these servers; the first failure makes one rest for a second.
    fn cluster(servers: &[&str]) -> Cluster<Arc<Seat>> {
        let mut behaviors = Behaviors::default();
        behaviors.retry_timeout = Duration::from_secs(1);
        let mut replay = Replay::new(behaviors);
        for server in servers {
            replay.add_server(server.parse().unwrap());
        }
        Cluster::new(Setup::new(replay).unwrap(), Options::default(), link)
    }

    fn link(server: Server<'_>) -> Arc<Seat> {
        Arc::clone(server.seat)
    }

    #[test]
    fn calls_of_before_a_change_ask_for_the_health_of_their_own_server() {
        let cluster = cluster(&["a", "b", "c"]);
        let before = cluster.snapshot();
        let seats: Vec<_> = before
            .nodes
            .iter()
            .map(|node| Arc::clone(&node.link))
            .collect();
        let admits = |index| cluster.admit(&before, index).is_ok();
        cluster.report(&seats[0], Report::Failed, Instant::now());
        cluster.report(&seats[2], Report::Failed, Instant::now());
        assert_eq!([0, 1, 2].map(admits), [false, true, false]);

        cluster
            .change(&mut |replay| replay.remove_server("a"), link)
            .unwrap();
        assert_eq!([0, 1, 2].map(admits), [true, true, false]);

        // What is late from the server that is gone is nobody's, neither its failure nor its answer.
        cluster.report(&seats[0], Report::Failed, Instant::now());
        cluster.report(&seats[0], Report::Answered, Instant::now());
        assert_eq!([0, 1, 2].map(admits), [true, true, false]);
        cluster.report(&seats[2], Report::Answered, Instant::now());
        assert_eq!([0, 1, 2].map(admits), [true, true, true]);
    }

    /// The list before, the list now, and where each server of it was.
    #[test]
    fn a_server_is_known_by_its_name_and_address() {
        let servers = |specs: &[&str]| -> Vec<ServerSpec> {
            let spec = |text: &&str| match text.split_once('@') {
                None => text.parse(),
                Some((name, address)) => name.parse::<ServerSpec>()?.at(address),
            };
            specs.iter().map(|text| spec(text).unwrap()).collect()
        };
        for (before, now, expected) in [
            (
                &["a", "b"][..],
                &["a:11211:5", "b"][..],
                &[Some(0), Some(1)][..],
            ),
            (
                &["a", "b", "c"],
                &["c", "d", "a"],
                &[Some(2), None, Some(0)],
            ),
            (&["a", "b"], &["a@x", "b@b"], &[None, Some(1)]),
            (&["a@x", "b"], &["a@x:11211", "a"], &[Some(0), None]),
            (&["a", "a"], &["a", "a", "a"], &[Some(0), Some(1), None]),
            (&["a", "udp:a"], &["udp:a"], &[Some(1)]),
        ] {
            let found = indexes(&servers(before), &servers(now));
            assert_eq!(found, expected, "{before:?} {now:?}");
        }
    }
}
