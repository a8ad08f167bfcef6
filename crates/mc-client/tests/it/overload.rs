//! Queues that are full: callers wait, or are told so at once.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use mc_client::{
    Builder, Client, Connection, Error, ErrorKind, Outcome, Protocol, Stage, WhenFull,
};
use mc_testkit::Memcached;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::one_server;

/// Longer than anything here may take.
const LIMIT: Duration = Duration::from_secs(10);

fn poll<T>(call: &mut Pin<Box<impl Future<Output = T>>>) -> Poll<T> {
    call.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

fn get(client: &Client) -> Pin<Box<impl Future<Output = Result<Option<String>, Error>>>> {
    Box::pin(client.get::<String>("k").into_future())
}

fn check<T: std::fmt::Debug>(got: Result<T, Error>, connection: Connection) -> String {
    let error = got.unwrap_err();
    let told = (error.kind(), error.outcome(), error.connection());
    let (kind, outcome) = (ErrorKind::Overloaded, Outcome::NotSent);
    assert_eq!(told, (kind, outcome, connection), "{error}");
    assert!(error.is_retryable() && error.server().is_some());
    error.to_string()
}

async fn build(listener: &TcpListener, with: impl FnOnce(Builder) -> Builder) -> Client {
    let address = listener.local_addr().unwrap().to_string();
    let builder = Client::builder().servers([address]).unwrap();
    with(builder.when_full(WhenFull::Fail)).build().unwrap()
}

/// A caller who gives up still holds its place, until its answer has come.
#[tokio::test]
async fn a_full_queue_is_an_error_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = build(&listener, |it| it.max_in_flight(2)).await;
    let (mut first, mut given_up) = (get(&client), get(&client));
    assert!(poll(&mut first).is_pending() && poll(&mut given_up).is_pending());
    drop(given_up);
    let (mut stream, _) = listener.accept().await.unwrap();
    // Both in one line.
    let mut line = [0; 9];
    stream.read_exact(&mut line).await.unwrap();
    assert_eq!(&line, b"get k k\r\n");
    let text = check(get(&client).await, Connection::Kept);
    let full = "the queue is full: 2 requests have no answer yet and 0 bytes are not written yet, at most 2 and";
    assert!(text.contains(full), "{text}");

    stream.write_all(b"END\r\n").await.unwrap();
    assert_eq!(first.await.unwrap(), None);
    let mut next = get(&client);
    assert!(poll(&mut next).is_pending());
    stream.read_exact(&mut [0; 7]).await.unwrap();
    stream.write_all(b"END\r\n").await.unwrap();
    assert_eq!(next.await.unwrap(), None);
}

#[tokio::test]
async fn bytes_that_nobody_takes_fill_a_queue() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = build(&listener, |it| it.max_unwritten(1000)).await;
    let set = || Box::pin(client.set("k", vec![0; 2000]).into_future());
    let mut first = set();
    assert!(poll(&mut first).is_pending());
    let text = check(set().await, Connection::None);
    assert!(
        text.contains("raise max_in_flight or max_unwritten"),
        "{text}"
    );
}

#[tokio::test]
async fn who_waits_is_told_at_the_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let waiting = |it: Builder| it.max_in_flight(1).when_full(WhenFull::Wait);
    let client = build(&listener, waiting).await;
    let mut first = get(&client);
    assert!(poll(&mut first).is_pending());
    let soon = Duration::from_millis(30);
    let error = client.get::<String>("k").deadline(soon).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout(Stage::Queue));
    assert_eq!(error.outcome(), Outcome::NotSent);
}

/// Its own requests are no reason for a call to fail.
#[tokio::test]
async fn a_call_about_many_keys_waits_for_itself() {
    let server = Memcached::start().unwrap();
    let bounded = |bound: fn(Builder) -> Builder| {
        let builder = bound(super::builder([&server]).when_full(WhenFull::Fail));
        builder.build().unwrap()
    };
    let keys: Vec<_> = (0..300).map(|number| format!("k{number}")).collect();
    for client in [
        bounded(|it| it.max_in_flight(7)),
        bounded(|it| it.max_unwritten(100)),
    ] {
        let stored = client.set_many(keys.iter().map(|key| (key, "x"))).await;
        assert!(stored.is_ok(), "{:?}", stored.failed().next());
        let found = client.get_many::<_, String>(&keys).await;
        assert_eq!(found.hits().count(), keys.len());
    }
}

/// Until a connection has told what is spoken, calls wait for that, and not for room.
#[tokio::test]
async fn a_connection_that_must_be_made_is_no_overload() {
    let (server, _) = one_server();
    let builder = super::builder([&server]).protocol(Protocol::Auto);
    let client = builder.when_full(WhenFull::Fail).build().unwrap();
    assert_eq!(client.get::<String>("k").await.unwrap(), None);
}

/// A set waits for none of its servers, or for all.
#[tokio::test]
async fn a_replica_without_room_fails_its_set() {
    let listeners = [
        TcpListener::bind("127.0.0.1:0").await.unwrap(),
        TcpListener::bind("127.0.0.1:0").await.unwrap(),
    ];
    let names = listeners
        .each_ref()
        .map(|it| it.local_addr().unwrap().to_string());
    let builder = Client::builder().servers(names).unwrap().max_in_flight(1);
    let client = builder.when_full(WhenFull::Fail).build().unwrap();
    client.behaviors().set("num_replicas", 1).unwrap();
    let owner = client.owner("k").unwrap();
    let mut keys = (0..).map(|number| format!("k{number}"));
    let others = keys
        .find(|key| client.owner(key).unwrap() != owner)
        .unwrap();
    let mut on_replica = Box::pin(client.get::<String>(&others).into_future());
    assert!(poll(&mut on_replica).is_pending());
    check(client.set("k", 1).await, Connection::None);
}

#[tokio::test]
async fn datagrams_are_bounded_too() {
    let silent = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let name = format!("udp:{}", silent.local_addr().unwrap());
    let builder = Client::builder().servers([name]).unwrap().max_in_flight(1);
    let client = builder.when_full(WhenFull::Fail).build().unwrap();
    let asking = tokio::spawn({
        let client = client.clone();
        async move { client.get::<String>("k").deadline(LIMIT).await }
    });
    silent.recv(&mut [0; 99]).await.unwrap();
    check(client.get::<String>("k").await, Connection::None);
    asking.abort();
}

#[test]
fn a_bound_of_nothing() {
    let build = |with: fn(Builder) -> Builder| {
        let builder = Client::builder().servers(["cache1"]).unwrap();
        let error = with(builder).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        error.to_string()
    };
    let rule = "is 0, with which nothing could be sent: allowed is 1 or more";
    assert_eq!(
        build(|it| it.max_in_flight(0)),
        format!("max_in_flight {rule}")
    );
    assert_eq!(
        build(|it| it.max_unwritten(0)),
        format!("max_unwritten {rule}")
    );
}

/// Those who have their answers ask again at once.
#[tokio::test]
async fn who_waits_for_room_has_its_turn() {
    let server = Memcached::builder().start().unwrap();
    let client = super::builder([&server]).max_in_flight(10).build().unwrap();
    let left = Arc::new(AtomicUsize::new(4000));
    let ask = || {
        let (client, left) = (client.clone(), Arc::clone(&left));
        tokio::spawn(async move {
            let mut answers = 0;
            while left
                .fetch_update(Relaxed, Relaxed, |it| it.checked_sub(1))
                .is_ok()
            {
                client.get::<String>("k").await.unwrap();
                answers += 1;
            }
            answers
        })
    };
    let asking: Vec<_> = (0..20).map(|_| ask()).collect();
    for answers in asking {
        let answers = answers.await.unwrap();
        assert!(answers > 20, "{answers} of the 200 that are its part");
    }
}

/// As those of executors may, whose tasks have no other owner.
#[tokio::test]
async fn a_waker_may_own_another_call() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = build(&listener, |it| it).await;
    let (done, over) = mpsc::channel();
    std::thread::spawn(in_a_runtime(move || {
        for leave in [true, false] {
            let asking = client.clone();
            let mut other: Call = Box::pin(async move { get(&asking).await });
            let looked = other.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(looked.is_pending());
            let waker = Waker::from(Arc::new(Owner(Mutex::new(other))));
            let mut call = get(&client);
            let looked = call.as_mut().poll(&mut Context::from_waker(&waker));
            assert!(looked.is_pending());
            drop(waker);
            match leave {
                true => drop(call),
                // Another waker takes its place.
                false => assert!(poll(&mut call).is_pending()),
            }
        }
        done.send(()).unwrap();
    }));
    let over = tokio::task::spawn_blocking(move || over.recv_timeout(LIMIT));
    assert_eq!(over.await.unwrap(), Ok(()));
}

type Call = Pin<Box<dyn Future<Output = Result<Option<String>, Error>> + Send>>;

struct Owner(#[expect(dead_code, reason = "it is there to be dropped")] Mutex<Call>);

impl Wake for Owner {
    fn wake(self: Arc<Self>) {}
}

/// The same for a thread of its own, in this runtime.
fn in_a_runtime(work: impl FnOnce() + Send) -> impl FnOnce() + Send {
    let runtime = tokio::runtime::Handle::current();
    move || {
        let _inside = runtime.enter();
        work();
    }
}
