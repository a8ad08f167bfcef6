//! A server that says what a test tells it to.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// Longer than anything here may take.
const LIMIT: Duration = Duration::from_secs(10);

/// Accepts one connection, and answers each thing that must be said on it.
pub(crate) async fn play(listener: &TcpListener, exchanges: &[(&str, &str)]) -> TcpStream {
    let mut stream = timeout(LIMIT, listener.accept()).await.unwrap().unwrap().0;
    for (asked, answer) in exchanges {
        let mut said = vec![0; asked.len()];
        timeout(LIMIT, stream.read_exact(&mut said))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&said), *asked);
        stream.write_all(answer.as_bytes()).await.unwrap();
    }
    stream
}
