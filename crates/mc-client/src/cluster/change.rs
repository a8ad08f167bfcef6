//! Other servers or settings on a client that works.

use std::collections::{HashMap, VecDeque};
use std::iter;
use std::sync::Arc;

use mc_behaviors::{Behaviors, Error, HealthSettings, Replay, ServerSpec};

use super::snapshot::Known;
use super::{Cluster, Node, Server, Setup, Snapshot, State};
use crate::sync::MutexGuard;

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
        let state = self.lock();
        let mut replay = state.replay.clone();
        change(&mut replay)?;
        let setup = Setup::new(replay)?;
        let anew = needs_new_links(state.replay.behaviors(), setup.replay.behaviors());
        self.swap(state, setup, anew, link);
        Ok(())
    }

    /// Gives every server a new link. The old ones finish what has been begun.
    pub(crate) fn renew(&self, link: impl FnMut(Server<'_>) -> L) {
        let state = self.lock();
        let setup = self.setup_of(&state);
        self.swap(state, setup, true, link);
    }

    /// Swaps in other servers or settings; with new links to all servers, if they are wanted `anew`.
    fn swap(
        &self,
        mut state: MutexGuard<'_, State>,
        setup: Setup,
        anew: bool,
        link: impl FnMut(Server<'_>) -> L,
    ) {
        let kept = Kept::of(state.replay.servers(), setup.replay.servers());
        let current = self.current.load_full();
        let nodes = kept.nodes(&current.nodes, anew);
        let next = Snapshot::new(&setup, &state.options, nodes, link);
        let settings = HealthSettings::from(setup.replay.behaviors());
        let _placed_below = state.health.configure(settings);
        state.health.rearrange(kept.there);
        for (index, node) in next.nodes.iter().enumerate() {
            if anew {
                // What comes of a probe is told by a link that nobody listens to any more.
                state.health.abandoned(index);
            }
            node.seat.set_troubled(!state.health.is_clear(index));
        }
        state.replay = setup.replay;
        let next = next.without(&state.health.ejected());
        self.current.store(Arc::new(next));
        // Whatever goes with the last snapshot goes after the lock.
        drop(state);
    }
}

/// What a list of servers has of the one before: for each server the index that it had there.
struct Kept {
    known: Vec<Option<usize>>,
    /// The same without the servers that are reached elsewhere now.
    there: Vec<Option<usize>>,
}

impl Kept {
    fn of(before: &[ServerSpec], now: &[ServerSpec]) -> Self {
        let known = indexes(before, now);
        let is_there = |(index, server): (&Option<usize>, &ServerSpec)| {
            index.filter(|index| before[*index].address == server.address)
        };
        let there = iter::zip(&known, now).map(is_there).collect();
        Self { known, there }
    }

    fn nodes<L>(&self, before: &[Arc<Node<L>>], anew: bool) -> Vec<Option<Known<L>>> {
        let known = |(known, there): (&Option<usize>, &Option<usize>)| {
            known.map(|index| Known {
                node: Arc::clone(&before[index]),
                stays: there.is_some() && !anew,
            })
        };
        iter::zip(&self.known, &self.there).map(known).collect()
    }
}

/// For each server of a list the index that it had in the list before, if it was there.
///
/// Of servers with one name the first is the first again, as no change makes them swap.
fn indexes(before: &[ServerSpec], now: &[ServerSpec]) -> Vec<Option<usize>> {
    let mut known = HashMap::<_, VecDeque<usize>>::new();
    for (index, server) in before.iter().enumerate() {
        known.entry(&server.name).or_default().push_back(index);
    }
    now.iter()
        .map(|server| known.get_mut(&server.name)?.pop_front())
        .collect()
}

/// Whether open connections cannot go on under the new settings.
fn needs_new_links(old: &Behaviors, new: &Behaviors) -> bool {
    let connections = |it: &Behaviors| {
        (
            (it.binary, it.no_block, it.tcp_nodelay),
            (it.connect_timeout, it.send_timeout),
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

    /// The list before, the list now, and where each server of it was.
    #[test]
    fn a_server_is_known_by_its_name() {
        let servers = |specs: &[&str]| -> Vec<ServerSpec> {
            specs.iter().map(|spec| spec.parse().unwrap()).collect()
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
            (&["a", "a:1"], &["a:1", "a:2"], &[Some(1), None]),
            (&["a", "a"], &["a", "a", "a"], &[Some(0), Some(1), None]),
            (&["a", "udp:a"], &["udp:a"], &[Some(1)]),
        ] {
            let found = indexes(&servers(before), &servers(now));
            assert_eq!(found, expected, "{before:?} {now:?}");
        }
    }

    /// A cluster without links, of these servers; the first failure makes one rest for so long.
    fn cluster(servers: &[&str], retry_timeout: Duration) -> Cluster<Arc<Seat>> {
        let mut behaviors = Behaviors::default();
        behaviors.retry_timeout = retry_timeout;
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
        let cluster = cluster(&["a", "b", "c"], Duration::from_secs(1000));
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

    #[test]
    fn a_probe_whose_link_is_replaced_is_nobodys() {
        let cluster = cluster(&["a"], Duration::from_nanos(1));
        let seat = Arc::clone(&cluster.snapshot().nodes[0].link);
        cluster.report(&seat, Report::Failed, Instant::now());
        let admits = || cluster.admit(&cluster.snapshot(), 0).is_ok();
        assert_eq!([admits(), admits()], [true, false], "one probes alone");
        let change = |nodelay| {
            let mut set = |replay: &mut Replay| replay.set("tcp_nodelay", nodelay);
            cluster.change(&mut set, link).unwrap();
        };
        change(false);
        assert!(!admits(), "the probe is still out");
        change(true);
        assert_eq!([admits(), admits()], [true, false]);
    }
}
