//! What a subscriber of `tracing` sees. Alone in its process: tracing remembers of each event whether anybody
//! listened when it first happened.
#![cfg(feature = "tracing")]

use std::io;
use std::sync::{Arc, Mutex};

use mc_client::{Client, Error};
use mc_testkit::Memcached;
use tracing::Level;
use tracing_subscriber::fmt::format::FmtSpan;

/// Lines as a log would have them.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn has_line(&self, parts: &[&str]) -> bool {
        let log = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        log.lines()
            .any(|line| parts.iter().all(|part| line.contains(part)))
    }
}

#[tokio::test]
async fn calls_are_spans_and_connections_are_events() -> Result<(), Error> {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::DEBUG)
        .with_span_events(FmtSpan::CLOSE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let mut server = Memcached::start().unwrap();
    let name = server.address().to_string();
    let client = Client::builder().servers([&name])?.build()?;

    client.set("user:42", "his name").await?;
    let _found = client.get_many::<_, String>(["a", "b"]).await;
    assert!(log.has_line(&["DEBUG", "connected", &name]));
    let set = [
        "db.operation.name=\"set\"",
        "db.system.name=\"memcached\"",
        &name,
        "close",
    ];
    assert!(log.has_line(&set));
    assert!(log.has_line(&["db.operation.name=\"get\"", "keys=2"]));

    server.kill().unwrap();
    while client.get::<String>("user:42").await.is_ok() {}
    client.get::<String>("user:42").await.unwrap_err();
    assert!(log.has_line(&["error=", &name, "close"]));
    assert!(log.has_line(&["WARN", "not connected", &name]));
    for private in ["user:42", "his name"] {
        assert!(!log.has_line(&[private]), "{private} is in the log");
    }
    Ok(())
}
