//! A server that answers for a while and then reads nothing more, with more on its way than the system holds.

use std::future::IntoFuture;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use mc_client::{Behaviors, Builder, Client, Error, ErrorKind, Protocol, WhenFull};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How long a call may take; each must end soon after that.
const PATIENCE: Duration = Duration::from_millis(300);

/// When a call that does not end is taken to hang.
const HANGS: Duration = Duration::from_secs(10);

/// More than the system takes in the name of a server that reads nothing, in values that a server would take.
const VALUES: usize = 16;

fn value() -> Vec<u8> {
    vec![b'x'; 900_000]
}

/// A server on whose first connection nothing is read once so many gets are answered, as misses; on all others, every
/// get is answered.
async fn server(gets: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        let (first, _) = listener.accept().await.unwrap();
        let _stalled = answer(first, gets).await;
        loop {
            let (other, _) = listener.accept().await.unwrap();
            tokio::spawn(answer(other, usize::MAX));
        }
    });
    address
}

/// Answers so many gets as misses, the first only when all of them have come.
async fn answer(mut stream: TcpStream, gets: usize) -> TcpStream {
    let (mut answered, mut input) = (0, Vec::new());
    while answered < gets && stream.read_buf(&mut input).await.unwrap_or(0) > 0 {
        let asked = String::from_utf8_lossy(&input);
        let asked = asked.lines().filter(|line| line.starts_with("mg "));
        let miss = |line: &str| format!("EN {}\r\n", line.split(' ').next_back().unwrap());
        let misses: Vec<_> = asked.take(gets).map(miss).collect();
        if misses.len() == gets || gets == usize::MAX {
            stream.write_all(misses.concat().as_bytes()).await.unwrap();
            answered += misses.len();
            input.clear();
        }
    }
    stream
}

async fn builder(gets: usize) -> Builder {
    let client = Client::builder().servers([server(gets).await]).unwrap();
    client.protocol(Protocol::Meta).deadline(PATIENCE)
}

async fn get(client: &Client) -> Result<Option<String>, Error> {
    let got = tokio::time::timeout(HANGS, client.get("k").into_future()).await;
    got.expect("a call ends at its deadline")
}

/// So many that their answers are not all given at once.
#[tokio::test]
async fn deadlines_hold_behind_many_answers() {
    let client = builder(50).await.build().unwrap();
    let value = value();
    let gets = (0..50).map(|_| get(&client));
    let sets = (0..VALUES).map(|_| client.set("k", &value[..]).into_future());
    let all = async { tokio::join!(join_all(gets), join_all(sets)) };
    let all = tokio::time::timeout(HANGS, all).await;
    let (gets, sets) = all.expect("calls end at their deadlines");
    assert!(gets.iter().all(|got| matches!(got, Ok(None))), "{gets:?}");
    assert!(sets.iter().all(Result::is_err), "{sets:?}");
}

/// Nobody has a deadline for what stalls the connection, and the send timeout is not set.
#[tokio::test]
async fn a_connection_that_takes_nothing_is_given_up() {
    let unawaited: [fn(&mut Behaviors); 2] = [
        |behaviors| behaviors.noreply = true,
        |behaviors| behaviors.buffer_requests = true,
    ];
    for set in unawaited {
        let mut behaviors = Behaviors::default();
        set(&mut behaviors);
        let client = builder(1).await.behaviors(behaviors).build().unwrap();
        let value = value();
        let sets = (0..VALUES).map(|_| client.set("k", &value[..]).into_future());
        let (first, _) = tokio::join!(get(&client), join_all(sets));
        assert_eq!(first.unwrap(), None);
        let since = Instant::now();
        while let Err(error) = get(&client).await {
            assert!(since.elapsed() < HANGS, "{error}");
        }
        assert_eq!(client.metrics()[0].connects, 2);
    }
}

/// Nobody ever waits.
#[tokio::test]
async fn a_connection_that_takes_nothing_is_given_up_where_a_full_queue_fails() {
    let mut behaviors = Behaviors::default();
    behaviors.noreply = true;
    let client = builder(1).await.behaviors(behaviors);
    let client = client.when_full(WhenFull::Fail).build().unwrap();
    assert_eq!(get(&client).await.unwrap(), None);
    let (value, since, mut overloaded) = (value(), Instant::now(), 0);
    while client.metrics()[0].connects < 2 {
        let set = client.set("k", &value[..]).await;
        overloaded += usize::from(set.is_err());
        assert!(since.elapsed() < HANGS, "{overloaded}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(overloaded > 0);
}

/// Each new connection is accepted by the system, and writes that nobody awaits go over it: that says nothing of the
/// server.
#[tokio::test]
async fn a_hung_server_rests_though_writes_go_to_it() {
    let server = mc_testkit::Memcached::start().unwrap();
    let mut behaviors = Behaviors::default();
    behaviors.noreply = true;
    behaviors.connect_timeout = PATIENCE;
    behaviors.retry_timeout = Duration::from_secs(60);
    let client = super::builder([&server]).behaviors(behaviors);
    let client = client.deadline(PATIENCE).build().unwrap();
    assert_eq!(get(&client).await.unwrap(), None);
    server.stop().unwrap();
    let since = Instant::now();
    loop {
        let _ = client.set("k", "v").await;
        // It has a connection before anything is awaited.
        tokio::time::sleep(Duration::from_millis(10)).await;
        let error = get(&client).await.unwrap_err();
        if error.kind() == ErrorKind::ServerDown {
            break;
        }
        assert!(since.elapsed() < HANGS, "{error}");
    }
    server.cont().unwrap();
}
