//! A view of a client: at once, and as a whole or not at all.

use std::cell::RefCell;

use crate::{Behaviors, Error, ErrorKind, Live, Replay, ServerSpec, Servers, Target};

/// A client that counts its reconfigurations and cannot do replicas.
#[derive(Default)]
struct Client {
    now: RefCell<Replay>,
    applied: RefCell<u32>,
}

impl Target for Client {
    fn behaviors(&self) -> Behaviors {
        self.now.borrow().behaviors().clone()
    }

    fn servers(&self) -> Vec<ServerSpec> {
        self.now.borrow().servers().to_vec()
    }

    fn apply(&self, change: &mut dyn FnMut(&mut Replay) -> Result<(), Error>) -> Result<(), Error> {
        let mut changed = self.now.borrow().clone();
        change(&mut changed)?;
        match changed.behaviors().num_replicas {
            0 => {}
            count => return Err(Error::unsupported("num_replicas", count, "0")),
        }
        self.now.replace(changed);
        *self.applied.borrow_mut() += 1;
        Ok(())
    }
}

#[test]
fn a_change_reaches_the_client_once() {
    let client = Client::default();
    let live = Live::new(&client);
    live.update([("cas", 1), ("retry_timeout", 9)]).unwrap();
    assert_eq!(*client.applied.borrow(), 1);
    assert!(client.behaviors().cas);
    live.set("cas", false).unwrap();
    live.modify(|behaviors| behaviors.tcp_nodelay = true)
        .unwrap();
    assert_eq!(live.get("tcp_nodelay").unwrap(), 1.into());
    assert!(live.iter().eq(client.behaviors().iter()));
    assert_eq!(live.snapshot(), client.behaviors());
}

/// Each row: what is asked for, and why it is refused.
#[test]
fn a_refusal_changes_nothing() {
    let client = Client::default();
    let live = Live::new(&client);
    for (pairs, text) in [
        ([("cas", 1), ("nope", 1)], "unknown behavior nope"),
        (
            [("cas", 1), ("failure_limit", 0)],
            "behavior failure_limit: 0 is out of range",
        ),
        (
            [("cas", 1), ("num_replicas", 2)],
            "behavior num_replicas: 2 is not supported: allowed are 0",
        ),
    ] {
        let error = live.update(pairs).unwrap_err().to_string();
        assert!(error.starts_with(text), "{error}");
        assert_eq!(client.behaviors(), Behaviors::default());
    }
}

#[test]
fn servers_come_and_go_through_a_view() {
    let client = Client::default();
    let servers = Servers::new(&client);
    servers.add("a").unwrap();
    servers.add(("b", 1, 2)).unwrap();
    servers.reweight("a", 3).unwrap();
    servers.readdress("b:1", "c").unwrap();
    let moved = "b:1:2".parse::<ServerSpec>().unwrap().at("c").unwrap();
    let first = "a:11211:3".parse().unwrap();
    assert_eq!(servers.list(), [first, moved]);
    servers.remove("a").unwrap();
    assert_eq!(servers.list().len(), 1);
    assert_eq!(*client.applied.borrow(), 5);

    let refused = [
        servers.add("x y"),
        servers.add("b:1"),
        servers.remove("b:1"),
        servers.reweight("b", 1),
        servers.readdress("b:1", ""),
        servers.modify(|replay| {
            replay.add_new_server("c".parse()?)?;
            replay.remove_server("d")
        }),
    ];
    for error in refused {
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Server);
    }
    assert_eq!(servers.list().len(), 1);
    assert_eq!(*client.applied.borrow(), 5);

    let swap = |replay: &mut Replay| {
        replay.add_new_server("c".parse()?)?;
        replay.remove_server("b:1")
    };
    servers.modify(swap).unwrap();
    assert_eq!(servers.list(), ["c".parse().unwrap()]);
    assert_eq!(*client.applied.borrow(), 6);
}
