//! Bad input and bad servers: each a clear error, shown by its text.

use std::future::{Future, IntoFuture};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, UNIX_EPOCH};

use mc_client::{Behaviors, Client, Error, ErrorKind, Outcome, Stage};
use mc_testkit::Memcached;

fn check<T: std::fmt::Debug>(got: Result<T, Error>, kind: ErrorKind, outcome: Outcome, text: &str) {
    let error = got.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (kind, outcome), "{error}");
    assert_eq!(error.to_string(), text);
}

#[test]
fn a_bad_server_name() {
    use ErrorKind::Config;
    let build = |server: &str| {
        Client::builder()
            .servers([server])
            .and_then(|builder| builder.build())
    };
    check(
        build("cache1:port"),
        Config,
        Outcome::NotSent,
        r#"server "cache1:port": port "port" at byte 7: allowed are plain digits, 0 to 65535 (0 means 11211)"#,
    );
    check(
        build(""),
        Config,
        Outcome::NotSent,
        r#"server "": the host is empty: allowed are a host name, an address or a /path"#,
    );
}

#[test]
fn no_server() {
    let text = "the client has no servers: name at least one";
    check(
        Client::builder().build(),
        ErrorKind::NoServers,
        Outcome::NotSent,
        text,
    );
}

#[test]
fn an_unknown_behavior() {
    let client = Client::builder()
        .servers(["cache1"])
        .unwrap()
        .build()
        .unwrap();
    let error = client
        .behaviors()
        .update([("hash", "md5"), ("tcp_delay", "1")])
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with(
            "unknown behavior tcp_delay: allowed are auto_eject, buffer_requests, cas, "
        ),
        "{text}"
    );
    assert_eq!(client.behaviors().snapshot(), Behaviors::default());
}

#[tokio::test]
async fn a_bad_key() {
    let (_server, client) = super::one_server();
    let get = async |key: &str, text: &str| {
        let got = client.get::<String>(key).await;
        check(got, ErrorKind::InvalidKey, Outcome::NotSent, text);
    };
    get("", "a key is empty; it needs 1 to 250 bytes").await;
    let long = "a key of 251 bytes, namespace included, is too long; at most 250 are allowed";
    get(&"k".repeat(251), long).await;
    let not_allowed = "spaces, control bytes and DEL are not allowed";
    get(
        "a b",
        &format!("a key has the byte ' ' at position 1; {not_allowed}"),
    )
    .await;
    let injection = "a\r\nset b 0 0 1\r\nx";
    get(
        injection,
        &format!("a key has the byte '\\r' at position 1; {not_allowed}"),
    )
    .await;
    client.behaviors().set("verify_keys", true).unwrap();
    let printable = "only printable ASCII (0x21 to 0x7e) is allowed";
    get(
        "é",
        &format!("a key has the byte '\\xc3' at position 0; {printable}"),
    )
    .await;
    client
        .behaviors()
        .set("namespace", "n".repeat(127).as_str())
        .unwrap();
    get(&"k".repeat(124), long).await;
}

#[tokio::test]
async fn a_value_over_the_servers_limit() {
    let (server, client) = super::one_server();
    let text = format!(
        "{}: the server refused: SERVER_ERROR object too large for cache",
        server.address()
    );
    let large = vec![0; 1 << 20];
    check(
        client.set("k", &large).await,
        ErrorKind::ServerTooLarge,
        Outcome::Rejected,
        &text,
    );
    // The connection goes on.
    client.set("k", "small").await.unwrap();
}

#[tokio::test]
async fn a_value_over_the_clients_limit() {
    let (_server, client) = super::one_server();
    let huge = vec![0; 300 << 20];
    check(
        client.set("k", huge).await,
        ErrorKind::ValueTooLarge,
        Outcome::NotSent,
        "a value of 314572800 bytes is too large; at most 1048576 are allowed",
    );
}

#[tokio::test]
async fn nobody_listens() {
    let mut server = Memcached::start().unwrap();
    let client = super::builder([&server]).build().unwrap();
    server.kill().unwrap();
    let refused = "cannot connect: Connection refused (os error 111)";
    let text = format!("{}: {refused}", server.address());
    check(
        client.get::<String>("k").await,
        ErrorKind::Connect,
        Outcome::NotSent,
        &text,
    );
    let error = client.get::<String>("k").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::ServerDown, Outcome::NotSent)
    );
    assert!(
        error.to_string().contains("is left alone for another"),
        "{error}"
    );
}

#[tokio::test]
async fn a_host_without_an_address() {
    let client = Client::builder()
        .servers(["no-such-host.invalid"])
        .unwrap()
        .build()
        .unwrap();
    let error = client.get::<String>("k").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Connect, Outcome::NotSent)
    );
    assert!(
        error
            .to_string()
            .starts_with("no-such-host.invalid: cannot connect: "),
        "{error}"
    );
}

#[tokio::test]
async fn not_a_number() {
    let (server, client) = super::one_server();
    client.set("word", "abc").await.unwrap();
    let refused =
        "the server refused: CLIENT_ERROR cannot increment or decrement non-numeric value";
    let text = format!("{}: {refused}", server.address());
    check(
        client.incr("word", 1).await,
        ErrorKind::NotNumeric,
        Outcome::Rejected,
        &text,
    );
}

#[tokio::test]
async fn the_wrong_type() {
    let (server, client) = super::one_server();
    client.set("text", "abc").await.unwrap();
    let text = format!(
        "{}: the value is text, an integer was asked for",
        server.address()
    );
    check(
        client.get::<u32>("text").await,
        ErrorKind::WrongType,
        Outcome::Rejected,
        &text,
    );
}

#[tokio::test]
async fn a_server_that_does_not_answer() {
    let (server, client) = super::one_server();
    client.set("k", "x").await.unwrap();
    server.stop().unwrap();
    let text = format!(
        "{}: the deadline passed while waiting for the answer: the server is slow or stopped; try again later, \
         or allow more time",
        server.address()
    );
    let short = Duration::from_millis(50);
    let got = client.get::<String>("k").deadline(short).await;
    check(
        got,
        ErrorKind::Timeout(Stage::Reply),
        Outcome::MaybeApplied,
        &text,
    );
    server.cont().unwrap();
    // The late answer is thrown away; the next call gets its own.
    client.behaviors().modify(super::never_rest).unwrap();
    assert_eq!(client.get::<u8>("absent").await.unwrap(), None);
}

#[tokio::test]
async fn an_expiration_beyond_the_wire() {
    let (_server, client) = super::one_server();
    let late = UNIX_EPOCH + Duration::from_secs(1 << 31);
    let text = "an item cannot end at the Unix time 2147483648; times from 2592001 (after \
                30 days) to 2147483647 (January 2038) are allowed";
    let got = client.set("k", "x").expire(late).await;
    check(got, ErrorKind::InvalidArgument, Outcome::NotSent, text);

    let keys = ["k", "l"];
    let stored = client.set_many(keys.map(|key| (key, "x")));
    let stored = stored.expire(late).await.into_results();
    let touched = client.touch_many(keys, late).await.into_results();
    let read = client.gat_many::<_, String>(keys, late).await;
    let read = read.into_results();
    assert_eq!((stored.len(), touched.len(), read.len()), (2, 2, 2));
    let touched = touched.into_iter().map(|got| got.map(drop));
    let read = read.into_iter().map(|got| got.map(drop));
    for got in stored.into_iter().chain(touched).chain(read) {
        check(got, ErrorKind::InvalidArgument, Outcome::NotSent, text);
    }
}

/// A delay that wrapped around would flush at once.
#[tokio::test]
async fn a_flush_delayed_beyond_the_wire() {
    let (_server, client) = super::one_server();
    let text = format!(
        "flush_all delay is {} s, allowed is 0 to 4294967295 s",
        u64::MAX
    );
    let got = client.flush_all().delay(Duration::MAX).await.all();
    check(got, ErrorKind::InvalidArgument, Outcome::NotSent, &text);
}

#[test]
fn outside_a_runtime() {
    let client = Client::builder()
        .servers(["localhost"])
        .unwrap()
        .build()
        .unwrap();
    let text = "the async client works only inside a tokio runtime";
    let got = at_once(client.get::<String>("k").into_future());
    check(got, ErrorKind::Config, Outcome::NotSent, text);
    let flushed = at_once(client.flush_buffers().into_future()).all();
    check(flushed, ErrorKind::Config, Outcome::NotSent, text);
    let mut rows = at_once(client.metadump().into_future());
    let row = at_once(rows.next()).unwrap();
    check(row, ErrorKind::Config, Outcome::NotSent, text);
}

/// What comes of a call that has no runtime to wait for.
fn at_once<T>(call: impl Future<Output = T>) -> T {
    match pin!(call).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(got) => got,
        Poll::Pending => panic!("it waits for a runtime that is not there"),
    }
}

/// It may be spoken to in the wrong way: memcached with SASL (`-S`) says nothing to text, a TLS server waits for more.
#[tokio::test]
async fn a_server_that_never_said_anything() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let name = silent.local_addr().unwrap().to_string();
    let text = format!(
        "{name}: the deadline passed while waiting for the first answer over this connection: the server is slow or \
         stopped, does not speak the text protocol, or wants TLS"
    );
    let builder = Client::builder().servers([&name]).unwrap();
    let client = builder.deadline(Duration::from_millis(50)).build().unwrap();
    let (kind, outcome) = (ErrorKind::Timeout(Stage::Reply), Outcome::MaybeApplied);
    check(client.get::<String>("k").await, kind, outcome, &text);
    #[cfg(feature = "blocking")]
    {
        let builder = mc_client::blocking::Client::builder().servers([&name]);
        let builder = builder.unwrap().deadline(Duration::from_millis(50));
        let client = builder.build().unwrap();
        check(client.get::<String>("k").call(), kind, outcome, &text);
    }
}

/// A runtime that was built with neither `enable_time` nor `enable_io`.
#[test]
fn a_bare_runtime() {
    let (_server, client) = super::one_server();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let error = runtime.block_on(client.get::<String>("k").into_future());
    let error = error.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Closed, Outcome::NotSent)
    );
    assert!(error.to_string().contains("`enable_all`"), "{error}");
}
