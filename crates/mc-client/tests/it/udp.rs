//! UDP: reads that are whole or an error, writes with a reply or without, and what it cannot do.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use mc_client::{Behaviors, Client, Error, ErrorKind, Many, Outcome, Protocol, Stage};
use mc_testkit::Memcached;
use tokio::net::UdpSocket;

/// A memcached and a client of it that speaks UDP; and one that speaks TCP.
fn one_server() -> (Memcached, Client, Client) {
    let server = Memcached::builder().udp().start().unwrap();
    let over_tcp = super::builder([&server]).build().unwrap();
    let client = builder(&server).build().unwrap();
    (server, client, over_tcp)
}

fn builder(server: &Memcached) -> mc_client::Builder {
    Client::builder()
        .servers([format!("udp:{}", server.address())])
        .unwrap()
}

#[tokio::test]
async fn reads_and_writes() -> Result<(), Error> {
    let (_server, client, over_tcp) = one_server();
    client.behaviors().set("cas", true).unwrap();
    assert_eq!(client.get::<String>("k").await?, None);
    client.set("k", "x").await?;
    assert_eq!(over_tcp.get("k").await?, Some("x".to_owned()));
    assert_eq!(client.get("k").await?, Some("x".to_owned()));
    let item = client.gets::<String>("k").await?.unwrap();
    client.cas("k", "y", item.cas).await?;
    assert_eq!(
        client.gat("k", Duration::from_secs(60)).await?,
        Some("y".to_owned())
    );
    assert!(!client.add("k", "no").await?);
    assert_eq!(client.incr("n", 1).initial(5).await?, Some(5));
    assert_eq!(client.incr("n", 1).await?, Some(6));
    assert!(client.delete("k").await?);
    assert_eq!(client.version().await.all()?.len(), 1);
    client.flush_all().await.all()?;
    assert_eq!(over_tcp.get::<u8>("n").await?, None);
    Ok(())
}

/// Replies of many datagrams, and many keys, each asked for by itself.
#[tokio::test]
async fn large_values_and_many_keys() -> Result<(), Error> {
    let (_server, client, over_tcp) = one_server();
    for size in [1, 1391, 1392, 1393, 20_000, 60_000] {
        let value: Vec<u8> = (0..size).map(|at| (at * 7 % 251) as u8).collect();
        over_tcp.set("sized", &value).await?;
        assert_eq!(client.get("sized").await?, Some(value));
    }
    let keys: Vec<_> = (0..300).map(|number| format!("many:{number}")).collect();
    assert!(client.set_many(keys.iter().zip(0u32..)).await.is_ok());
    client.delete(&keys[7]).await?;
    let found = client.get_many::<_, u32>(&keys).await;
    assert!(found.is_ok(), "{found:?}");
    assert_eq!(found.misses().collect::<Vec<_>>(), [&&keys[7]]);
    Ok(())
}

/// As pylibmc's UDP: nothing tells how a write went.
#[tokio::test]
async fn writes_without_a_reply() -> Result<(), Error> {
    let (_server, client, over_tcp) = one_server();
    client.behaviors().set("_noreply", true).unwrap();
    client.set("k", "x").await?;
    let mut found: Option<String> = None;
    while found.is_none() {
        found = over_tcp.get("k").await?;
    }
    assert_eq!(found.as_deref(), Some("x"));
    Ok(())
}

/// No connection tells what to speak: it is text, for copies too.
#[tokio::test]
async fn auto_is_text() -> Result<(), Error> {
    let servers = [(); 2].map(|()| Memcached::builder().udp().start().unwrap());
    let names = servers
        .each_ref()
        .map(|server| format!("udp:{}", server.address()));
    let client = Client::builder().servers(names)?.protocol(Protocol::Auto);
    let client = client.build()?;
    client.behaviors().set("num_replicas", 1).unwrap();
    client.set("k", "x").await?;
    for server in &servers {
        let over_tcp = super::builder([server]).build()?;
        assert_eq!(over_tcp.get("k").await?, Some("x".to_owned()));
    }
    Ok(())
}

/// A server that the test answers for.
async fn scripted() -> (UdpSocket, Client) {
    let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = format!("udp:{}", server.local_addr().unwrap());
    (
        server,
        Client::builder()
            .servers([address])
            .unwrap()
            .build()
            .unwrap(),
    )
}

/// The request, and an answer to it in parts.
async fn answer(server: &UdpSocket, request: &str, parts: &[(u8, u8, &str)]) {
    let mut room = [0; 100];
    let (len, from) = server.recv_from(&mut room).await.unwrap();
    assert_eq!(&room[8..len], request.as_bytes());
    for (sequence, total, payload) in parts {
        let header = [room[0], room[1], 0, *sequence, 0, *total, 0, 0];
        let datagram = [&header, payload.as_bytes()].concat();
        server.send_to(&datagram, from).await.unwrap();
    }
}

#[tokio::test]
async fn parts_out_of_order_and_twice() {
    let (server, client) = scripted().await;
    let parts = [
        (1, 2, "llo\r\nEND\r\n"),
        (1, 2, "llo\r\nEND\r\n"),
        (0, 2, "VALUE k 16 5\r\nhe"),
    ];
    let (_, got) = tokio::join!(
        answer(&server, "get k\r\n", &parts),
        client.get::<String>("k")
    );
    assert_eq!(got.unwrap().as_deref(), Some("hello"));
}

#[tokio::test]
async fn a_lost_datagram_is_no_miss() {
    let (server, client) = scripted().await;
    let parts = [(0, 2, "VALUE k 16 5\r\nhe")];
    let get = client
        .get::<String>("k")
        .deadline(Duration::from_millis(50));
    let (_, got) = tokio::join!(answer(&server, "get k\r\n", &parts), get);
    let error = got.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout(Stage::Reply));
    assert_eq!(error.outcome(), Outcome::MaybeApplied);
    let text = "the deadline passed while waiting for the answer: \
                1 of 2 of the reply's datagrams arrived in time";
    assert!(error.to_string().ends_with(text), "{error}");
}

#[tokio::test]
async fn nobody_listens() {
    let (mut server, client, _) = one_server();
    client.set("k", "x").await.unwrap();
    server.kill().unwrap();
    let error = client.get::<String>("k").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Connect, Outcome::NotSent)
    );
    let error = client.get::<String>("k").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ServerDown);
}

#[tokio::test]
async fn what_udp_does_not_carry() {
    let (server, client, _) = one_server();
    let check = |got: Result<(), Error>, kind, text: &str| {
        let error = got.unwrap_err();
        assert_eq!(
            (error.kind(), error.outcome()),
            (kind, Outcome::NotSent),
            "{error}"
        );
        assert_eq!(
            error.to_string(),
            format!("udp:{}: {text}", server.address())
        );
    };
    let long = client.set("k", vec![0; 70_000]).await;
    let text = "a datagram of 70027 bytes is too long; at most 65507 are allowed";
    check(long, ErrorKind::ValueTooLarge, text);
    let binary = builder(&server).protocol(Protocol::Binary).build().unwrap();
    let text = "UDP carries the text protocol only";
    check(binary.set("k", "x").await, ErrorKind::Config, text);
    let named = builder(&server).credentials("app", "sesame").unwrap();
    let text = "UDP carries no password";
    check(
        named.build().unwrap().set("k", "x").await,
        ErrorKind::Config,
        text,
    );
}

#[test]
fn one_transport_for_all() {
    let build = |servers: &[&str], behaviors: Behaviors| {
        let client = Client::builder().servers(servers.iter().copied()).unwrap();
        client
            .behaviors(behaviors)
            .build()
            .map(drop)
            .unwrap_err()
            .to_string()
    };
    let mixed = build(&["udp:a", "b"], Behaviors::default());
    assert_eq!(
        mixed,
        r#"server "b": its transport is tcp: allowed are udp, as all others"#
    );
    let mixed = build(&["a", "udp:b"], Behaviors::default());
    assert_eq!(
        mixed,
        r#"server "udp:b": its transport is udp: allowed are tcp and unix"#
    );
    let mut behaviors = Behaviors::default();
    behaviors.udp = true;
    let other = build(&["a"], behaviors);
    assert_eq!(
        other,
        r#"server "a": its transport is tcp: allowed are udp, as all others"#
    );
}

/// Through the blocking client.
#[cfg(feature = "blocking")]
#[test]
fn blocking() -> Result<(), Error> {
    let mut server = Memcached::builder().udp().start().unwrap();
    let client = mc_client::blocking::Client::builder()
        .servers([format!("udp:{}", server.address())])?
        .build()?;
    client.set("k", "x").call()?;
    assert_eq!(client.get("k").call()?, Some("x".to_owned()));
    let value = vec![7; 20_000];
    client.set("large", &value).call()?;
    assert_eq!(client.get("large").call()?, Some(value));
    let found = client.get_many::<_, String>(["k", "absent"]).call();
    assert_eq!((found.hits().count(), found.misses().count()), (1, 1));
    client.behaviors().set("_noreply", true).unwrap();
    client.set("late", "x").call()?;
    while client.get::<String>("late").call()?.is_none() {}

    server.stop().unwrap();
    let got = client
        .get::<String>("k")
        .deadline(Duration::from_millis(50));
    let error = got.call().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout(Stage::Reply));
    server.kill().unwrap();
    client.behaviors().set("retry_timeout", 0).unwrap();
    let error = client.get::<String>("k").call().unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Connect, Outcome::NotSent)
    );
    Ok(())
}

/// A server that answers every request with `reply`, but for those that have `lost` in them; and what it was asked.
async fn lossy(lost: &'static str, reply: &'static str) -> (String, Arc<Mutex<Vec<String>>>) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let name = format!("udp:{}", socket.local_addr().unwrap());
    let asked = Arc::<Mutex<Vec<String>>>::default();
    let log = Arc::clone(&asked);
    tokio::spawn(async move {
        let mut room = [0; 500];
        loop {
            let (len, from) = socket.recv_from(&mut room).await.unwrap();
            let request = String::from_utf8_lossy(&room[8..len]).into_owned();
            let is_lost = request.contains(lost);
            log.lock().unwrap().push(request);
            if !is_lost {
                let answer = [&[room[0], room[1], 0, 0, 0, 1, 0, 0], reply.as_bytes()].concat();
                socket.send_to(&answer, from).await.unwrap();
            }
        }
    });
    (name, asked)
}

#[tokio::test]
async fn a_lost_datagram_is_the_loss_of_its_key_alone() {
    let (server, asked) = lossy(" lost\r\n", "END\r\n").await;
    let client = Client::builder().servers([server]).unwrap();
    let client = client.deadline(Duration::from_millis(300)).build().unwrap();
    let found = client.get_many::<_, String>(["lost", "a", "b"]).await;
    first_is_lost(found);
    assert_eq!(asked.lock().unwrap().len(), 3);
}

fn first_is_lost(found: Many<&str, Option<String>>) {
    let kinds = found.into_results().into_iter();
    let kinds = kinds.map(|found| found.map_err(|error| error.kind()));
    assert!(kinds.eq([Err(ErrorKind::Timeout(Stage::Reply)), Ok(None), Ok(None)]));
}

#[cfg(feature = "blocking")]
#[tokio::test]
async fn a_lost_datagram_is_the_loss_of_its_key_alone_to_threads_too() {
    let (server, asked) = lossy(" lost\r\n", "END\r\n").await;
    let client = mc_client::blocking::Client::builder().servers([server]);
    let client = client.unwrap().deadline(Duration::from_millis(300));
    let client = client.build().unwrap();
    let found = tokio::task::spawn_blocking(move || {
        let found = client.get_many(["lost", "a", "b"]).call();
        // No more is sent once the time is over.
        let late = client.get::<String>("a").deadline(Duration::ZERO).call();
        assert_eq!(late.unwrap_err().outcome(), Outcome::NotSent);
        found
    });
    first_is_lost(found.await.unwrap());
    assert_eq!(asked.lock().unwrap().len(), 3);
}

/// More than may be under way: what was not sent waited for its turn.
#[tokio::test]
async fn a_turn_that_does_not_come_is_told() {
    let (server, _) = lossy("get", "").await;
    let client = Client::builder().servers([server]).unwrap();
    let client = client.deadline(Duration::from_millis(200)).build().unwrap();
    let keys: Vec<_> = (0..300).map(|number| format!("k{number}")).collect();
    let found = client.get_many::<_, String>(&keys).await;
    let late = |stage| {
        let late = |error: &Error| error.kind() == ErrorKind::Timeout(stage);
        found.failed().filter(|(_, error)| late(error)).count()
    };
    assert_eq!((late(Stage::Reply), late(Stage::Queue)), (256, 44));
}

#[tokio::test]
async fn a_lost_copy_does_not_hold_up_its_owner() {
    let (owner, asked) = lossy("none", "STORED\r\n").await;
    let (other, copied) = lossy("set", "STORED\r\n").await;
    let client = Client::builder().servers([owner.clone(), other]).unwrap();
    let client = client.deadline(Duration::from_millis(300)).build().unwrap();
    client.behaviors().set("num_replicas", 1).unwrap();
    let mut keys = (0..99).map(|number| format!("k{number}"));
    let key = keys.find(|key| *client.owner(key).unwrap() == *owner);
    client.set(&key.unwrap(), "x").await.unwrap();
    assert_eq!(
        (asked.lock().unwrap().len(), copied.lock().unwrap().len()),
        (1, 1)
    );
}
