//! A process that forks: parent and child go on with the same blocking client, and neither reads the other's answers.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use fork::{Fork, fork, waitpid};
use mc_client::Behaviors;
use mc_client::blocking::Client;
use mc_testkit::Memcached;

fn main() {
    // Its only thread counts connections in the order in which they were made.
    let server = Memcached::builder().threads(1).start().unwrap();
    let address = server.address().to_string();
    let client = |behaviors: Behaviors| {
        let builder = Client::builder().servers([&address]).unwrap();
        builder.behaviors(behaviors).build().unwrap()
    };
    let shared = client(Behaviors::default());
    shared.set("parent", 0).call().unwrap();
    let mut behaviors = Behaviors::default();
    behaviors.buffer_requests = true;
    let buffering = client(behaviors);
    assert_eq!(buffering.get::<u32>("buffered").call().unwrap(), None);
    buffering.set("buffered", 1).call().unwrap();
    let before = connections(&shared);

    match fork().unwrap() {
        Fork::Child => {
            let done = catch_unwind(AssertUnwindSafe(|| {
                work(&shared, "child");
                drop((shared, buffering));
            }));
            // Nothing else that is the parent's is to be dropped, such as the server.
            exit(i32::from(done.is_err()));
        }
        Fork::Parent(child) => {
            work(&shared, "parent");
            assert_eq!(waitpid(child).unwrap(), 0, "the child has failed");
        }
    }
    work(&shared, "parent");
    assert_eq!(
        connections(&shared),
        before + 1,
        "the child's, and none anew"
    );
    let buffered = || shared.get::<u32>("buffered").call().unwrap();
    assert_eq!(
        buffered(),
        None,
        "the child has sent what its parent had buffered"
    );
    buffering.flush_buffers().call().all().unwrap();
    assert_eq!(buffered(), Some(1));
}

fn work(client: &Client, key: &str) {
    for number in 0..1000_u32 {
        client.set(key, number).call().unwrap();
        assert_eq!(client.get(key).call().unwrap(), Some(number), "{key}");
    }
}

/// How many connections there have been.
fn connections(client: &Client) -> u64 {
    let stats = client.stats().call().all().unwrap();
    let total = stats[0].get("total_connections").unwrap();
    total.parse().unwrap()
}
