//! Dumps and logs: from every server, over connections that end with them.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use mc_client::command::{ClassSet, Classes, LogTopic};
use mc_client::{Behaviors, Client, ErrorKind, Protocol};
use mc_testkit::Memcached;
use tokio::net::TcpListener;

use super::dumped;
use super::script::play;

fn two_servers() -> [Memcached; 2] {
    [(); 2].map(|()| dumped().start().unwrap())
}

#[tokio::test]
async fn a_dump_tells_every_item_of_every_server() {
    let servers = two_servers();
    for protocol in [Protocol::Text, Protocol::Meta, Protocol::Auto] {
        let client = super::builder(&servers).protocol(protocol);
        let client = client.build().unwrap();
        client.flush_all().await.all().unwrap();
        client.behaviors().set("namespace", "app:").unwrap();
        let keys: Vec<_> = (0..500).map(|number| format!("k%{number}")).collect();
        let stored = client.set_many(keys.iter().map(|key| (key, "x")));
        let hour = Duration::from_secs(3600);
        assert!(stored.expire(hour).await.is_ok());
        client.set("é", "stays").await.unwrap();

        let mut items = HashMap::new();
        let mut dump = client.metadump().await;
        while let Some(item) = dump.next().await {
            let item = item.unwrap();
            items.insert(String::from_utf8(item.key.clone()).unwrap(), item);
        }
        assert_eq!(items.len(), 501);
        for key in &keys {
            let item = &items[&format!("app:{key}")];
            assert_eq!(item.server, client.owner(key).unwrap());
            let left = item.expires.unwrap().duration_since(SystemTime::now());
            assert!(left.unwrap() > hour / 2);
            assert!(item.last_access.is_some() && item.cas.is_some() && item.size > Some(0));
            assert_eq!(item.fetched, Some(false));
        }
        assert_eq!(items["app:é"].expires, None);
    }
}

#[tokio::test]
async fn a_dump_may_be_of_one_server_and_of_some_classes() {
    let servers = two_servers();
    let client = super::builder(&servers).build().unwrap();
    let stored = client.set_many((0..100).map(|number| (number.to_string(), "x")));
    assert!(stored.await.is_ok());
    let name = servers[1].address().to_string();
    let owned = (0..100).filter(|key| *client.owner(key.to_string()).unwrap() == *name);
    let count = async |classes| {
        let mut dump = client.metadump().classes(classes).server(&name).await;
        let mut count = 0;
        while let Some(item) = dump.next().await {
            assert_eq!(*item.unwrap().server, *name);
            count += 1;
        }
        count
    };
    assert_eq!(count(Classes::Hash).await, owned.count());
    let large = ClassSet::new([30]).unwrap();
    assert_eq!(count(Classes::Only(large)).await, 0);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_an_error() {
    let (_server, client) = super::one_server();
    let mut dump = client.metadump().server("cache9").await;
    let error = dump.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(
        error
            .to_string()
            .starts_with("the client has no server \"cache9\", only 127.0.0.1:")
    );
    assert!(dump.next().await.is_none());
}

#[tokio::test]
async fn a_server_that_fails_is_one_error_among_the_rows() {
    let mut servers = two_servers();
    let client = super::builder(&servers).build().unwrap();
    let stored = client.set_many((0..100).map(|number| (number.to_string(), "x")));
    assert!(stored.await.is_ok());
    servers[0].kill().unwrap();
    let (mut rows, mut errors) = (0, Vec::new());
    let mut dump = client.metadump().await;
    while let Some(item) = dump.next().await {
        match item {
            Ok(_) => rows += 1,
            Err(error) => errors.push(error),
        }
    }
    assert!(rows > 10);
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].kind(), ErrorKind::Connect);
    let dead = servers[0].address().to_string();
    assert_eq!(errors[0].server(), Some(&*dead));
}

#[tokio::test]
async fn binary_has_no_words_for_it() {
    let server = dumped().start().unwrap();
    let client = super::builder([&server]).protocol(Protocol::Binary);
    let client = client.build().unwrap();
    let dumped = client.metadump().await.next().await;
    assert_eq!(
        dumped.unwrap().unwrap_err().kind(),
        ErrorKind::InvalidArgument
    );
    let watched = client.watch([]).await.next().await;
    assert_eq!(
        watched.unwrap().unwrap_err().kind(),
        ErrorKind::InvalidArgument
    );
}

#[tokio::test]
async fn what_is_done_while_it_is_watched_is_told() {
    let servers = two_servers();
    let client = super::builder(&servers).build().unwrap();
    let mut log = client.watch([LogTopic::Mutations]).await;
    for key in ["a", "b", "c", "d", "two%words"] {
        client.set(key, "x").await.unwrap();
        let entry = log.next().await.unwrap().unwrap();
        assert_eq!(entry.key().as_deref(), Some(key.as_bytes()));
        assert_eq!(entry.kind(), Some("item_store"));
        assert_eq!(entry.get("status"), Some("stored"), "{}", entry.line());
        assert_eq!(entry.server(), &*client.owner(key).unwrap());
        assert!(entry.time().is_some() && entry.id().is_some());
    }
}

#[tokio::test]
async fn a_watch_ends_with_its_server() {
    let mut server = dumped().start().unwrap();
    let client = super::builder([&server]).build().unwrap();
    let mut log = client.watch([]).await;
    server.kill().unwrap();
    let error = log.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    assert!(log.next().await.is_none());
}

#[tokio::test]
async fn rows_that_are_dropped_close_their_connections() {
    let (_server, client) = super::one_server();
    let open = async || client.stats().await.all().unwrap()[0].curr_connections;
    // The client's own is left. The runner's own time limit bounds it.
    let alone = async || {
        while open().await > Some(1) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    alone().await;
    let log = client.watch([]).await;
    assert!(open().await >= Some(2));
    drop(log);
    alone().await;
}

fn stranger(listener: &TcpListener, within: Duration) -> Client {
    let server = listener.local_addr().unwrap().to_string();
    let client = Client::builder().servers([server]).unwrap();
    client.deadline(within).build().unwrap()
}

#[tokio::test]
async fn a_dump_that_falls_silent_is_given_up_and_a_watch_is_not() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = stranger(&listener, Duration::from_millis(100));
    let dumped = [(
        "lru_crawler metadump all\r\n",
        "key=a exp=-1\nkey=b exp=-1\n",
    )];
    let watched = [("watch\r\n", "OK\r\n")];
    let (mut dump, _silent) =
        tokio::join!(client.metadump().into_future(), play(&listener, &dumped),);
    assert_eq!(dump.next().await.unwrap().unwrap().key, b"a");
    assert_eq!(dump.next().await.unwrap().unwrap().key, b"b");
    let error = dump.next().await.unwrap().unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert!(dump.next().await.is_none());

    let (mut log, _silent) =
        tokio::join!(client.watch([]).into_future(), play(&listener, &watched),);
    let waited = tokio::time::timeout(Duration::from_millis(300), log.next()).await;
    assert!(waited.is_err(), "{waited:?}");
}

#[tokio::test]
async fn what_is_no_row_ends_the_rows() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = stranger(&listener, Duration::from_secs(5));
    let dumped = [("lru_crawler metadump all\r\n", "key=a\nVALUE a 0 1\r\n")];
    let (mut dump, _server) =
        tokio::join!(client.metadump().into_future(), play(&listener, &dumped),);
    assert_eq!(dump.next().await.unwrap().unwrap().key, b"a");
    let error = dump.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert!(dump.next().await.is_none());
}

#[tokio::test]
async fn it_goes_where_a_password_is_wanted() {
    let server = dumped().auth_file("app", "sesame").start();
    let server = server.unwrap();
    let client = super::builder([&server]).behaviors(Behaviors::production());
    let client = client.credentials("app", "sesame").unwrap();
    let client = client.allow_plaintext_auth().build().unwrap();
    client.set("k", "x").await.unwrap();
    let item = client.metadump().await.next().await.unwrap().unwrap();
    assert_eq!(item.key, b"k");
}

#[tokio::test]
async fn over_udp_there_is_no_connection_for_it() {
    let client = Client::builder().servers(["udp:localhost"]).unwrap();
    let client = client.build().unwrap();
    let error = client.metadump().await.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    let expected = "lru_crawler metadump needs a connection, and over UDP there is none";
    assert!(error.to_string().ends_with(expected), "{error}");
}
