//! Servers that say what a test tells them to, and runtimes that end under a client.

use std::future::{Future, IntoFuture};
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use mc_client::{Behaviors, Client, Connection, Error, ErrorKind, Outcome, Protocol};
use mc_testkit::Memcached;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// Longer than anything here may take.
const LIMIT: Duration = Duration::from_secs(10);

/// A listener that the test answers for, and a client of it.
async fn scripted(behaviors: Behaviors) -> (TcpListener, Client) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let client = Client::builder().servers([address]).unwrap();
    (listener, client.behaviors(behaviors).build().unwrap())
}

async fn accept(listener: &TcpListener) -> TcpStream {
    timeout(LIMIT, listener.accept()).await.unwrap().unwrap().0
}

/// Reads one request of a line.
async fn asked(stream: &mut TcpStream) -> String {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        line.push(timeout(LIMIT, stream.read_u8()).await.unwrap().unwrap());
    }
    String::from_utf8(line).unwrap()
}

/// Asks in a task of its own.
fn get(
    client: &Client,
    within: Duration,
) -> tokio::task::JoinHandle<Result<Option<String>, mc_client::Error>> {
    let client = client.clone();
    tokio::spawn(async move { client.get("k").deadline(within).await })
}

fn poll_once(future: impl Future) {
    let _ = pin!(future).poll(&mut Context::from_waker(Waker::noop()));
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

#[test]
fn a_runtime_that_ends_before_the_driver_ran() {
    let server = Memcached::start().unwrap();
    let client = super::builder([&server]).build().unwrap();
    let first = runtime();
    first.block_on(async { poll_once(client.get::<String>("k").into_future()) });
    drop(first);
    let got =
        runtime().block_on(async { timeout(LIMIT, client.get::<String>("k").into_future()).await });
    assert_eq!(got.expect("no driver serves the client").unwrap(), None);
}

/// Asks a client while the runtime that drops this shuts down.
struct AskWhenDropped(Client);

impl Drop for AskWhenDropped {
    fn drop(&mut self) {
        poll_once(self.0.get::<String>("k").into_future());
    }
}

#[test]
fn a_runtime_that_is_shutting_down() {
    let server = Memcached::start().unwrap();
    let client = super::builder([&server]).build().unwrap();
    let first = runtime();
    let asking = AskWhenDropped(client.clone());
    first.spawn(async move {
        std::future::pending::<()>().await;
        drop(asking);
    });
    first.block_on(tokio::task::yield_now());
    drop(first);
    let got =
        runtime().block_on(async { timeout(LIMIT, client.get::<String>("k").into_future()).await });
    assert_eq!(got.expect("no driver serves the client").unwrap(), None);
}

/// Requests are named anew on each connection: a deadline of the last one must not strike the next.
#[tokio::test]
async fn a_deadline_ends_with_its_connection() {
    let (listener, client) = scripted(Behaviors::default()).await;
    let first = get(&client, Duration::from_millis(300));
    let mut stream = accept(&listener).await;
    asked(&mut stream).await;
    drop(stream);
    assert_eq!(first.await.unwrap().unwrap_err().kind(), ErrorKind::Closed);
    let second = get(&client, LIMIT);
    let mut stream = accept(&listener).await;
    asked(&mut stream).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    stream.write_all(b"END\r\n").await.unwrap();
    assert_eq!(second.await.unwrap().unwrap(), None);
}

#[tokio::test]
async fn more_keys_than_may_be_in_flight() {
    let (_server, client) = super::one_server();
    let keys: Vec<_> = (0..70_000).map(|number| format!("k{number}")).collect();
    let stored = client
        .set_many(keys.iter().map(|key| (key, "x")))
        .deadline(Duration::from_secs(60));
    let stored = timeout(Duration::from_secs(20), stored.into_future())
        .await
        .expect("nobody was told of the room");
    assert!(stored.is_ok(), "{:?}", stored.failed().next());
}

/// Bytes that are no answer are no sign of health.
#[tokio::test]
async fn a_server_that_speaks_something_else_is_left_alone() {
    let mut behaviors = Behaviors::default();
    behaviors.server_timeout_limit = 3;
    let (listener, client) = scripted(behaviors).await;
    for _ in 0..3 {
        let got = get(&client, LIMIT);
        let mut stream = accept(&listener).await;
        asked(&mut stream).await;
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n")
            .await
            .unwrap();
        assert_eq!(got.await.unwrap().unwrap_err().kind(), ErrorKind::Protocol);
    }
    let error = get(&client, LIMIT).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ServerDown);
}

#[tokio::test]
async fn a_server_that_restarts_with_requests_under_way_is_used_at_once() {
    let (listener, client) = scripted(Behaviors::default()).await;
    let got = get(&client, LIMIT);
    asked(&mut accept(&listener).await).await;
    assert_eq!(got.await.unwrap().unwrap_err().kind(), ErrorKind::Closed);
    let got = get(&client, LIMIT);
    let mut stream = accept(&listener).await;
    asked(&mut stream).await;
    stream.write_all(b"END\r\n").await.unwrap();
    assert_eq!(got.await.unwrap().unwrap(), None);
}

/// A caller who gives up sooner than the deadline says must not keep a dead connection alive.
#[tokio::test]
async fn a_dead_connection_ends_without_a_caller_who_waits() {
    let (listener, client) = scripted(Behaviors::default()).await;
    let call = client
        .get::<String>("k")
        .deadline(Duration::from_millis(100));
    let given_up = timeout(Duration::from_millis(20), call.into_future());
    let (mut stream, given_up) = tokio::join!(accept(&listener), given_up);
    assert!(given_up.is_err());
    asked(&mut stream).await;
    let end = timeout(LIMIT, stream.read_u8()).await;
    assert!(end.expect("the connection is kept for ever").is_err());
}

/// Bytes without an answer are no progress.
#[tokio::test]
async fn a_trickle_does_not_keep_a_connection_alive() {
    let (listener, client) = scripted(Behaviors::default()).await;
    let got = get(&client, Duration::from_millis(100));
    let mut stream = accept(&listener).await;
    asked(&mut stream).await;
    let trickle = async {
        stream.write_all(b"VALUE k 16 1000000\r\n").await?;
        loop {
            stream.write_all(b"x").await?;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let end: Result<std::io::Result<()>, _> = timeout(LIMIT, trickle).await;
    assert!(end.expect("the connection is kept for ever").is_err());
    assert!(got.await.unwrap().unwrap_err().is_timeout());
}

/// A connection that has answered everything after all is in step, and goes on.
#[tokio::test]
async fn a_late_answer_does_not_end_the_connection() {
    let (listener, client) = scripted(Behaviors::default()).await;
    let got = get(&client, Duration::from_millis(50));
    let mut stream = accept(&listener).await;
    asked(&mut stream).await;
    assert!(got.await.unwrap().unwrap_err().is_timeout());
    stream.write_all(b"END\r\n").await.unwrap();
    let end = timeout(Duration::from_millis(1500), stream.read_u8()).await;
    assert!(end.is_err(), "the connection has ended");
    let got = get(&client, LIMIT);
    asked(&mut stream).await;
    stream.write_all(b"END\r\n").await.unwrap();
    assert_eq!(got.await.unwrap().unwrap(), None);
}

/// What waits behind a blocked writer was never sent, and the connection is given up all the same.
#[tokio::test]
async fn a_server_that_does_not_read_is_given_up() {
    let (listener, client) = scripted(Behaviors::default()).await;
    let large = vec![0; 1 << 20];
    let stored = tokio::spawn({
        let keys: Vec<_> = (0..20).map(|number| format!("k{number}")).collect();
        let client = client.clone();
        async move {
            let items = keys.iter().map(|key| (key, &large));
            let within = Duration::from_millis(100);
            client.set_many(items).deadline(within).await.is_ok()
        }
    });
    let stream = accept(&listener).await;
    assert!(!stored.await.unwrap());
    // A new connection is made for what is asked later.
    let got = tokio::spawn(async move {
        loop {
            let _ = client
                .get::<String>("k")
                .deadline(Duration::from_millis(100))
                .await;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    let _second = accept(&listener).await;
    got.abort();
    drop(stream);
}

/// A server that was down, is up again, and waits for a probe.
async fn probed() -> (Memcached, Client) {
    let (mut server, client) = super::one_server();
    client.behaviors().modify(super::never_rest).unwrap();
    server.kill().unwrap();
    let error = client.get::<String>("k").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    server.restart().unwrap();
    (server, client)
}

/// A probe whose deadline is over before there is a connection leaves the server to the next one.
#[tokio::test]
async fn a_probe_that_was_not_sent_in_time_locks_nobody_out() {
    let (_server, client) = probed().await;
    // A timer counts whole milliseconds, so that this may even be answered.
    let probe = client.get::<String>("k").deadline(Duration::ZERO).await;
    assert!(probe.is_ok() || probe.is_err_and(|error| error.is_timeout()));
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(client.get::<String>("k").await.unwrap(), None);
}

#[tokio::test]
async fn a_probe_that_cannot_be_encoded_locks_nobody_out() {
    let (_server, client) = probed().await;
    let beyond = Duration::from_secs(1 << 32);
    let stored = client.set_many([("k", "x")]).expire(beyond).await;
    let kinds = stored.failed().map(|(_, error)| error.kind());
    assert_eq!(kinds.collect::<Vec<_>>(), [ErrorKind::InvalidArgument]);
    assert!(client.flush_all().delay(beyond).await.all().is_err());
    assert_eq!(client.get::<String>("k").await.unwrap(), None);
}

#[tokio::test]
async fn a_set_that_was_not_stored_was_refused() {
    let (listener, client) = scripted(Behaviors::default()).await;
    let stored = tokio::spawn(async move { client.set("k", "x").await });
    let mut stream = accept(&listener).await;
    asked(&mut stream).await;
    stream.write_all(b"NOT_STORED\r\n").await.unwrap();
    let error = stored.await.unwrap().unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Refused, Outcome::Rejected)
    );
    let text = "the server refused: NOT_STORED for set";
    assert!(error.to_string().ends_with(text), "{error}");
}

/// The loss of an idle connection is found out before anything is sent on it, though the runtime, which was busy, has
/// not heard of it.
#[tokio::test]
async fn a_server_that_restarts_while_the_runtime_is_busy() {
    let mut server = Memcached::start().unwrap();
    let client = super::builder([&server]).build().unwrap();
    for _ in 0..5 {
        client.set("n", 1).await.unwrap();
        server.restart().unwrap();
        assert_eq!(client.incr("n", 1).await.unwrap(), None);
    }
}

/// A flush waits as other calls do: a server that answers nothing loses the connection.
#[tokio::test]
async fn a_flush_without_an_answer_gives_the_connection_up() {
    let mut behaviors = Behaviors::default();
    behaviors.buffer_requests = true;
    let (listener, client) = scripted(behaviors).await;
    client.set("k", 1).await.unwrap();
    let flush = client.flush_buffers().deadline(Duration::from_millis(50));
    let (flushed, mut stream) = tokio::join!(flush.into_future(), accept(&listener));
    let error = flushed.all().unwrap_err();
    assert!(error.is_timeout(), "{error}");
    let everything = &mut Vec::new();
    let read = timeout(LIMIT, stream.read_to_end(everything)).await;
    assert!(read.unwrap().is_ok(), "it is closed");
    let error = client.flush_buffers().await.all().unwrap_err();
    assert_eq!(error.outcome(), Outcome::MaybeApplied);
}

/// Nobody waits any more for a connection that is being made: it is given up, long before its timeout.
#[tokio::test]
async fn a_client_that_is_dropped_while_it_connects_leaves_nothing() {
    let mut behaviors = Behaviors::default();
    behaviors.connect_timeout = 6 * LIMIT;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let client = Client::builder().servers([address]).unwrap();
    let client = client.behaviors(behaviors).protocol(Protocol::Auto);
    let call = get(&client.build().unwrap(), 6 * LIMIT);
    let mut stream = accept(&listener).await;
    // It asks what is spoken, and is told nothing.
    call.abort();
    let everything = &mut Vec::new();
    let end = timeout(LIMIT, stream.read_to_end(everything)).await;
    end.expect("it still connects").unwrap();
}

/// What is sent without an answer is sent, though its client has gone before there was a connection.
#[tokio::test]
async fn what_nobody_waits_for_is_sent_when_the_client_has_gone() {
    let mut behaviors = Behaviors::default();
    behaviors.noreply = true;
    let (listener, client) = scripted(behaviors).await;
    client.set("k", "x").await.unwrap();
    drop(client);
    let mut stream = accept(&listener).await;
    assert_eq!(asked(&mut stream).await, "set k 16 0 1 noreply\r\n");
}

/// The last caller of connections that were to be closed ends them, long before its deadline.
#[tokio::test]
async fn a_closed_connection_ends_with_its_last_caller() {
    let (listener, client) = scripted(Behaviors::default()).await;
    let call = get(&client, 6 * LIMIT);
    let mut stream = accept(&listener).await;
    asked(&mut stream).await;
    client.disconnect_all();
    call.abort();
    let end = timeout(LIMIT, stream.read_u8()).await;
    assert!(end.expect("the connection is kept").is_err());
}

/// A refused delete has been read to its end; a refused set may not have been, and ends the connection.
#[tokio::test]
async fn a_refusal_of_the_last_of_a_batch_tells_what_became_of_the_connection() {
    let refused = "CLIENT_ERROR bad\r\n";
    let asked = [
        ("delete k\r\ndelete bad\r\n", "DELETED\r\n"),
        ("", refused),
        ("delete bad\r\ndelete k\r\n", refused),
        ("", "DELETED\r\n"),
        ("set k 16 0 1\r\nv\r\nset bad 16 0 1\r\nv\r\n", "STORED\r\n"),
        ("", refused),
    ];
    let (listener, client) = scripted(Behaviors::default()).await;
    let calls = async {
        let of = |error: Option<&Error>| error.map(Error::connection);
        let last = client.delete_many(["k", "bad"]).await.into_results();
        assert_eq!(of(last[1].as_ref().err()), Some(Connection::Kept));
        let first = client.delete_many(["bad", "k"]).await.into_results();
        assert_eq!(of(first[0].as_ref().err()), Some(Connection::Kept));
        assert_eq!(first[1].as_ref().ok(), Some(&true));
        let stored = client.set_many([("k", "v"), ("bad", "v")]).await;
        let stored = stored.into_results();
        assert_eq!(of(stored[1].as_ref().err()), Some(Connection::Dropped));
    };
    tokio::join!(super::script::play(&listener, &asked), calls);
}
