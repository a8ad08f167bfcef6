//! What becomes of the connection after each kind of error: what the error says is what the server sees.
//!
//! Who includes this says how a `client` is made, what a passed deadline does to its connection, by `go!(call)` how a call
//! is sent, and by `next!(rows)` how a row is read.

use std::fmt::Debug;
use std::thread::sleep;
use std::time::Duration;

use mc_client::Connection::{Dropped, Kept, None as Nothing};
use mc_client::{Behaviors, Connection, Error, ErrorKind, Expire, Stage};
use mc_testkit::Memcached;

use super::{AFTER_A_DEADLINE, client};
use crate::aftermath::{HANGS_UP, SILENT, Scripted};

/// Between two tries.
const MOMENT: Duration = Duration::from_millis(5);

fn check<T: Debug>(got: Result<T, Error>, kind: ErrorKind, connection: Connection) {
    let error = got.unwrap_err();
    let told = (error.kind(), error.connection());
    assert_eq!(told, (kind, connection), "{error}");
    let shown = format!("{error:?}");
    let field = format!("connection: {connection:?}");
    assert!(shown.contains(&field), "{shown}");
}

/// A server that answers one call in these words. The next call goes over the same connection, if that was kept.
macro_rules! answered {
    ($said:expr, $kind:expr, $connection:expr, |$client:ident| $call:expr) => {{
        let server = Scripted::start([$said, "END\r\nEND\r\n"]);
        let $client = client(&server.address, Behaviors::default());
        $client.behaviors().modify(crate::never_rest).unwrap();
        check($call, $kind, $connection);
        let next = loop {
            match go!($client.get::<u32>("next")) {
                // It rests for a moment.
                Err(down) if down.kind() == ErrorKind::ServerDown => sleep(MOMENT),
                next => break next,
            }
        };
        assert_eq!(next.unwrap(), None);
        let connections = if $connection == Dropped { 2 } else { 1 };
        assert_eq!(server.connections(), connections, "{}", $said);
    }};
}

pub(crate) async fn refusals() {
    use ErrorKind::{Auth, NotNumeric, Refused, ServerOutOfMemory, ServerTooLarge};

    let out_of_memory = "SERVER_ERROR out of memory storing object\r\n";
    answered!(out_of_memory, ServerOutOfMemory, Kept, |it| go!(
        it.set("k", 1)
    ));
    let too_large = "SERVER_ERROR object too large for cache\r\n";
    answered!(too_large, ServerTooLarge, Kept, |it| go!(it.set("k", 1)));
    answered!("NOT_STORED\r\n", Refused, Kept, |it| go!(it.set("k", 1)));
    let bad_data = "CLIENT_ERROR bad data chunk\r\n";
    answered!(bad_data, Refused, Dropped, |it| go!(it.set("k", 1)));

    let word = "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n";
    answered!(word, NotNumeric, Kept, |it| go!(it.incr("k", 1)));
    let no = "CLIENT_ERROR no\r\n";
    answered!(no, Refused, Kept, |it| go!(it.touch("k", Expire::Never)));
    answered!("ERROR\r\n", Refused, Dropped, |it| go!(it.delete("k")));
    answered!("ERROR\r\n", Refused, Dropped, |it| go!(it.version()).all());
    let stranger = "CLIENT_ERROR unauthenticated\r\n";
    answered!(stranger, Auth, Dropped, |it| go!(it.get::<u32>("k")));
    answered!(no, Refused, Kept, |it| go!(it.get_many::<_, u32>(["k"]))
        .all());
    let unknown = "ERROR\r\n";
    answered!(unknown, Refused, Dropped, |it| go!(
        it.get_many::<_, u32>(["k"])
    )
    .all());
}

pub(crate) async fn answers() {
    use ErrorKind::{Closed, Protocol, TooManyConnections, WrongType};

    let text = "VALUE k 16 1\r\nx\r\nEND\r\n";
    answered!(text, WrongType, Kept, |it| go!(it.get::<u32>("k")));
    answered!(text, WrongType, Kept, |it| {
        go!(it.get_many::<_, u32>(["k"])).all()
    });
    let other = "VALUE other 0 1\r\nx\r\nEND\r\n";
    answered!(other, Protocol, Dropped, |it| go!(it.get::<u32>("k")));
    answered!(HANGS_UP, Closed, Dropped, |it| go!(it.get::<u32>("k")));
    let full = "ERROR Too many open connections\r\n";
    answered!(full, TooManyConnections, Dropped, |it| go!(
        it.get::<u32>("k")
    ));
    let late = ErrorKind::Timeout(Stage::Reply);
    let soon = Duration::from_millis(50);
    answered!(SILENT, late, AFTER_A_DEADLINE, |it| go!(it
        .get::<u32>("k")
        .deadline(soon)));
}

/// Rows have a connection to themselves, which ends with them.
pub(crate) async fn rows() {
    let server = Scripted::start(["BUSY\r\n"]);
    let client = client(&server.address, Behaviors::default());
    let mut rows = go!(client.metadump());
    check(next!(rows).unwrap(), ErrorKind::Refused, Dropped);
    let server = Scripted::start([HANGS_UP]);
    let client = super::client(&server.address, Behaviors::default());
    let mut rows = go!(client.metadump());
    check(next!(rows).unwrap(), ErrorKind::Closed, Dropped);
}

/// What is buffered is answered for when it is flushed.
pub(crate) async fn buffers() {
    let mut behaviors = Behaviors::default();
    behaviors.buffer_requests = true;
    for (said, connection) in [("NOT_STORED\r\n", Kept), ("ERROR\r\n", Dropped)] {
        let server = Scripted::start([said]);
        let client = client(&server.address, behaviors.clone());
        go!(client.set("k", 1)).unwrap();
        let flushed = go!(client.flush_buffers()).all();
        check(flushed, ErrorKind::Refused, connection);
    }
}

/// What never comes to a connection.
pub(crate) async fn none() {
    let mut server = Memcached::start().unwrap();
    let client = client(&server.address().to_string(), Behaviors::default());
    check(
        go!(client.get::<u32>("a b")),
        ErrorKind::InvalidKey,
        Nothing,
    );
    let beyond = Duration::from_secs(1 << 32);
    let stored = go!(client.set("k", 1).expire(beyond));
    check(stored, ErrorKind::InvalidArgument, Nothing);
    let large = vec![0; 2 << 20];
    check(
        go!(client.set("k", large)),
        ErrorKind::ValueTooLarge,
        Nothing,
    );
    server.kill().unwrap();
    // A connection that was used a moment ago is not asked whether it is still there.
    sleep(MOMENT);
    check(go!(client.get::<u32>("k")), ErrorKind::Connect, Nothing);
    check(go!(client.get::<u32>("k")), ErrorKind::ServerDown, Nothing);
}

/// Over UDP there is none at all, whatever the server says.
pub(crate) async fn datagrams() {
    let server = Memcached::builder().udp().start().unwrap();
    let name = format!("udp:{}", server.address());
    let client = client(&name, Behaviors::default());
    go!(client.set("word", "x")).unwrap();
    check(
        go!(client.get::<u32>("word")),
        ErrorKind::WrongType,
        Nothing,
    );
    check(go!(client.incr("word", 1)), ErrorKind::NotNumeric, Nothing);
    let found = go!(client.get_many::<_, u32>(["word"])).all();
    check(found, ErrorKind::WrongType, Nothing);
    server.stop().unwrap();
    let soon = Duration::from_millis(50);
    let got = go!(client.get::<u32>("word").deadline(soon));
    check(got, ErrorKind::Timeout(Stage::Reply), Nothing);
    server.cont().unwrap();
}
