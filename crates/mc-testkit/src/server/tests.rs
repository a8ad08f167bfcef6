//! The server's sockets; what it answers is compared with memcached in `tests/`.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

use super::*;

/// How long anything may take before a test gives up.
const LONG: Duration = Duration::from_secs(10);

trait Stream: AsyncRead + AsyncWrite + Unpin {}
impl<T: AsyncRead + AsyncWrite + Unpin> Stream for T {}

async fn connect(server: &Server) -> std::io::Result<Box<dyn Stream>> {
    Ok(match server.address() {
        Address::Tcp(address) => Box::new(TcpStream::connect(address).await?),
        Address::Unix(path) => Box::new(UnixStream::connect(path).await?),
    })
}

/// Sends `request` and reads as many bytes as `answer` has.
async fn check(stream: &mut Box<dyn Stream>, request: &str, answer: &str) {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut got = vec![0; answer.len()];
    let read = timeout(LONG, stream.read_exact(&mut got)).await;
    read.expect("an answer in time").unwrap();
    assert_eq!(String::from_utf8_lossy(&got), answer, "{request:?}");
}

#[tokio::test]
async fn every_kind_of_address_serves() {
    let rows = [
        (Server::builder(), "127.0.0.1:"),
        (Server::builder().ipv6(), "[::1]:"),
        (Server::builder().unix(), "/"),
    ];
    for (builder, prefix) in rows {
        let server = builder.start().await.unwrap();
        let address = server.address().to_string();
        assert!(address.starts_with(prefix), "{address}");
        let mut one = connect(&server).await.unwrap();
        check(&mut one, "set a 5 0 1\r\nx\r\n", "STORED\r\n").await;
        let mut two = connect(&server).await.unwrap();
        check(&mut two, "get a\r\n", "VALUE a 5 1\r\nx\r\nEND\r\n").await;
    }
}

#[tokio::test]
async fn stopped_drops_connections_and_restarted_is_empty() {
    for builder in [Server::builder(), Server::builder().unix()] {
        let mut server = builder.start().await.unwrap();
        let address = server.address().clone();
        let mut stream = connect(&server).await.unwrap();
        check(&mut stream, "set a 0 0 1\r\nx\r\n", "STORED\r\n").await;

        server.stop().await;
        let end = timeout(LONG, stream.read(&mut [0]))
            .await
            .expect("an end in time");
        assert!(matches!(end, Ok(0) | Err(_)));
        assert!(connect(&server).await.is_err());
        server.stop().await;

        server.restart().await.unwrap();
        assert_eq!(*server.address(), address);
        let mut stream = connect(&server).await.unwrap();
        check(&mut stream, "get a\r\n", "END\r\n").await;
        server.restart().await.unwrap();
        assert!(connect(&server).await.is_ok());
    }
}

#[tokio::test]
async fn dropped_drops_connections() {
    let server = Server::start().await.unwrap();
    let mut stream = connect(&server).await.unwrap();
    check(&mut stream, "get a\r\n", "END\r\n").await;
    drop(server);
    let end = timeout(LONG, stream.read(&mut [0]))
        .await
        .expect("an end in time");
    assert!(matches!(end, Ok(0) | Err(_)));
}

#[tokio::test]
async fn a_flood_of_requests_is_answered_while_nobody_reads() {
    const GETS: usize = 4000;
    let server = Server::start().await.unwrap();
    let mut stream = connect(&server).await.unwrap();
    let value = "x".repeat(50_000);
    check(
        &mut stream,
        &format!("set a 0 0 50000\r\n{value}\r\n"),
        "STORED\r\n",
    )
    .await;

    // 200 MB of answers: far more than the sockets hold.
    let (mut reader, mut writer) = tokio::io::split(stream);
    let requests = "get a\r\n".repeat(GETS) + "quit\r\n";
    let write = async { writer.write_all(requests.as_bytes()).await.unwrap() };
    let mut answers = Vec::new();
    let (_, read) = timeout(LONG, async {
        tokio::join!(write, reader.read_to_end(&mut answers))
    })
    .await
    .expect("all answers in time");
    read.unwrap();
    let one = format!("VALUE a 0 50000\r\n{value}\r\nEND\r\n");
    assert_eq!(answers.len(), GETS * one.len());
    assert!(answers.ends_with(one.as_bytes()));
}

#[tokio::test]
async fn connections_are_counted() {
    let server = Server::start().await.unwrap();
    let mut one = connect(&server).await.unwrap();
    check(&mut one, "get a\r\n", "END\r\n").await;
    let mut two = connect(&server).await.unwrap();
    two.write_all(b"stats\r\nquit\r\n").await.unwrap();
    let mut stats = String::new();
    two.read_to_string(&mut stats).await.unwrap();
    for row in [
        "STAT curr_connections 2\r\n",
        "STAT total_connections 2\r\n",
    ] {
        assert!(stats.contains(row), "{row:?} in {stats}");
    }
}
