//! `Protocol::Auto`: meta where it is known, text elsewhere, whatever the peer does.

use std::time::{Duration, Instant};

use mc_client::{Behaviors, Client, Error, ErrorKind, Outcome, Protocol, Stage};
use mc_testkit::Memcached;
use tokio::net::TcpListener;

use super::script::play;

/// A listener that the test answers for, and a client of it.
async fn scripted(connect_timeout: Duration) -> (TcpListener, Client) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut behaviors = Behaviors::default();
    behaviors.connect_timeout = connect_timeout;
    let client = Client::builder().servers([listener.local_addr().unwrap().to_string()]);
    let client = client
        .unwrap()
        .behaviors(behaviors)
        .protocol(Protocol::Auto);
    (listener, client.build().unwrap())
}

/// What each connection begins with.
const PROBE: &str = "mg mc-handshake O0\r\n";
const LONG: Duration = Duration::from_secs(4);

async fn get(client: &Client) -> Result<Option<String>, Error> {
    client.get("k").await
}

/// After a connection was closed: its loss may be known only to whoever tries it.
async fn get_again(client: &Client) -> Result<Option<String>, Error> {
    match get(client).await {
        Err(error) if error.kind() == ErrorKind::Closed => get(client).await,
        got => got,
    }
}

#[tokio::test]
async fn a_server_that_knows_meta() {
    let (listener, client) = scripted(LONG).await;
    let asked = [(PROBE, "EN O0\r\n"), ("mg k v f O0\r\n", "EN O0\r\n")];
    let (_stream, got) = tokio::join!(play(&listener, &asked), get(&client));
    assert_eq!(got.unwrap(), None);
}

#[tokio::test]
async fn a_server_that_does_not() {
    let (listener, client) = scripted(LONG).await;
    let asked = [(PROBE, "ERROR\r\n"), ("get k\r\n", "END\r\n")];
    let (stream, got) = tokio::join!(play(&listener, &asked), get(&client));
    assert_eq!(got.unwrap(), None);
    // The next connection may find another.
    drop(stream);
    let asked = [(PROBE, "EN O0\r\n"), ("mg k v f O0\r\n", "EN O0\r\n")];
    let (_stream, got) = tokio::join!(play(&listener, &asked), get_again(&client));
    assert_eq!(got.unwrap(), None);
}

/// memcached before 1.6.18 knows meta and leaves the opaque out of a miss: that is no answer to believe.
#[tokio::test]
async fn a_server_that_knows_an_older_meta() {
    let (listener, client) = scripted(LONG).await;
    let asked = [(PROBE, "EN\r\n"), ("get k\r\n", "END\r\n")];
    let (_stream, got) = tokio::join!(play(&listener, &asked), get(&client));
    assert_eq!(got.unwrap(), None);
}

/// Who wants meta of it is told what to do.
#[tokio::test]
async fn an_older_meta_that_was_asked_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = Client::builder().servers([listener.local_addr().unwrap().to_string()]);
    let client = client.unwrap().protocol(Protocol::Meta).build().unwrap();
    let asked = [("mg k v f O0\r\n", "EN\r\n")];
    let (_stream, got) = tokio::join!(play(&listener, &asked), get(&client));
    let error = got.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert!(
        error.to_string().contains("memcached before 1.6.18"),
        "{error}"
    );
}

#[tokio::test]
async fn a_proxy_that_hangs_up() {
    let (listener, client) = scripted(LONG).await;
    let proxy = async {
        drop(play(&listener, &[(PROBE, "")]).await);
        play(&listener, &[("get k\r\n", "END\r\n")]).await
    };
    let (stream, got) = tokio::join!(proxy, get(&client));
    assert_eq!(got.unwrap(), None);
    // That is remembered.
    drop(stream);
    let asked = [("get k\r\n", "END\r\n")];
    let (_stream, got) = tokio::join!(play(&listener, &asked), get_again(&client));
    assert_eq!(got.unwrap(), None);
}

#[tokio::test]
async fn a_proxy_that_says_nothing() {
    let (listener, client) = scripted(Duration::from_millis(200)).await;
    let proxy = async {
        let silent = play(&listener, &[(PROBE, "")]).await;
        let asked = [("version\r\n", "ERROR\r\n"), ("get k\r\n", "END\r\n")];
        (silent, play(&listener, &asked).await)
    };
    let (streams, got) = tokio::join!(proxy, get(&client));
    assert_eq!(got.unwrap(), None);
    drop(streams);
    let asked = [("get k\r\n", "END\r\n")];
    let (_stream, got) = tokio::join!(play(&listener, &asked), get_again(&client));
    assert_eq!(got.unwrap(), None);
}

/// A server that is only frozen is not taken for one that does not know meta.
#[tokio::test]
async fn a_frozen_server() {
    let server = Memcached::start().unwrap();
    let mut behaviors = Behaviors::default();
    behaviors.connect_timeout = Duration::from_millis(200);
    behaviors.retry_timeout = Duration::from_nanos(1);
    let client = super::builder([&server]).behaviors(behaviors);
    let client = client.protocol(Protocol::Auto).build().unwrap();
    server.stop().unwrap();
    let error = get(&client).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Connect, Outcome::NotSent)
    );
    assert!(
        error
            .to_string()
            .contains("the server did not answer within"),
        "{error}"
    );
    server.cont().unwrap();
    assert_eq!(get(&client).await.unwrap(), None);
}

/// Nor does it keep what it should have a copy of from its owner.
#[tokio::test]
async fn a_frozen_replica() {
    let servers = [(); 2].map(|()| Memcached::start().unwrap());
    let client = super::builder(&servers).protocol(Protocol::Auto);
    let client = client.deadline(Duration::from_millis(600)).build().unwrap();
    client.behaviors().set("num_replicas", 1).unwrap();
    let mut keys = (0..99).map(|number| format!("k{number}"));
    let key = keys.find(|key| client.hash(key).unwrap() == 0).unwrap();
    servers[1].stop().unwrap();
    client.set(&key, "v").await.unwrap();
    servers[1].cont().unwrap();
    let owner = super::builder([&servers[0]]).build().unwrap();
    assert_eq!(owner.get(&key).await.unwrap(), Some("v".to_owned()));
}

#[tokio::test]
async fn nobody_listens() {
    let mut server = Memcached::start().unwrap();
    let client = super::builder([&server]).protocol(Protocol::Auto);
    let client = client.build().unwrap();
    server.kill().unwrap();
    let begun = Instant::now();
    let calls = futures_util::future::join_all((0..10).map(|_| get(&client))).await;
    for error in calls.into_iter().map(Result::unwrap_err) {
        assert_eq!(error.outcome(), Outcome::NotSent);
        assert!(
            matches!(error.kind(), ErrorKind::Connect | ErrorKind::ServerDown),
            "{error}"
        );
    }
    assert!(begun.elapsed() < LONG);
}

/// Calls wait for the connection that tells what is spoken, and no longer than they may.
#[tokio::test]
async fn a_deadline_before_anything_is_known() {
    let (_listener, client) = scripted(LONG).await;
    let got = client
        .get::<String>("k")
        .deadline(Duration::from_millis(50))
        .await;
    let error = got.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout(Stage::Connect));
    assert_eq!(error.outcome(), Outcome::NotSent);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_calls_wait_for_the_same_answer() {
    let mut server = Memcached::start().unwrap();
    let client = super::builder([&server]).protocol(Protocol::Auto);
    let client = client.build().unwrap();
    for _ in 0..3 {
        let call = |number: u32| {
            let client = client.clone();
            tokio::spawn(async move {
                let key = format!("k{number}");
                client.set(&key, number).await?;
                client.get::<u32>(&key).await
            })
        };
        let calls: Vec<_> = (0..100).map(call).collect();
        for (number, call) in (0..).zip(calls) {
            assert_eq!(call.await.unwrap().unwrap(), Some(number));
        }
        server.restart().unwrap();
    }
}

#[test]
fn outside_a_runtime() {
    let client = Client::builder().servers(["localhost"]).unwrap();
    let client = client.protocol(Protocol::Auto).build().unwrap();
    let call = std::pin::pin!(std::future::IntoFuture::into_future(
        client.get::<String>("k")
    ));
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(got) = std::future::Future::poll(call, &mut cx) else {
        panic!("it waits for a runtime that is not there");
    };
    assert_eq!(got.unwrap_err().kind(), ErrorKind::Config);
}
