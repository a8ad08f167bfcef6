//! What an error says of the connection, by the blocking client.

use mc_client::blocking::Client;
use mc_client::{Behaviors, Connection};

use super::at_once;

macro_rules! go {
    ($call:expr) => {
        $call.call()
    };
}

macro_rules! next {
    ($rows:expr) => {
        $rows.next()
    };
}

#[path = "../aftermath/list.rs"]
#[expect(clippy::duplicate_mod, reason = "one list for both clients")]
mod list;

/// The call had it for itself, and is over.
const AFTER_A_DEADLINE: Connection = Connection::Dropped;

fn client(server: &str, behaviors: Behaviors) -> Client {
    let builder = Client::builder().servers([server]).unwrap();
    builder.behaviors(behaviors).build().unwrap()
}

#[test]
fn refusals() {
    at_once(list::refusals());
}

#[test]
fn answers() {
    at_once(list::answers());
}

#[test]
fn rows() {
    at_once(list::rows());
}

#[test]
fn buffers() {
    at_once(list::buffers());
}

#[test]
fn none() {
    at_once(list::none());
}

#[test]
fn datagrams() {
    at_once(list::datagrams());
}
