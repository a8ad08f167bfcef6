//! A web service whose handlers share one client: `cargo run -p mc-client --example axum_handler [SERVER…]`.
//!
//! It serves until it has answered a few requests of its own, and ends.

mod servers;

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use mc_client::{Behaviors, Client};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let servers = servers::servers(&[1, 1])?;
    let client = Client::builder()
        .servers(&servers.specs)?
        .behaviors(Behaviors::production())
        .build()?;

    // Each request has a clone of the client. Clones are cheap, and share the connections.
    let service = Router::new()
        .route("/users/{id}", get(user))
        .route("/visits", get(visits))
        .with_state(client.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let serving = tokio::spawn(async { axum::serve(listener, service).await });

    for path in ["/users/42", "/users/42", "/visits", "/visits"] {
        println!("{path}: {}", fetch(address, path).await?);
    }
    serving.abort();
    assert!(client.exists("user:42").await?);
    Ok(())
}

/// A user's name: from the cache, or else from where it comes from. A cache that fails costs time and nothing else.
async fn user(State(cache): State<Client>, Path(id): Path<u64>) -> String {
    let key = format!("user:{id}");
    match cache.get::<String>(&key).await {
        Ok(Some(name)) => return format!("{name}, cached"),
        Ok(None) => {}
        Err(error) => eprintln!("no cache for {key}: {error}"),
    }
    let name = format!("user {id} of the database");
    let hour = Duration::from_secs(3600);
    if let Err(error) = cache.set(&key, &name).expire(hour).await {
        eprintln!("{key} is not stored: {error}");
    }
    name
}

/// A counter that all instances of the service share.
async fn visits(State(cache): State<Client>) -> String {
    match cache.incr("visits", 1).initial(1).await {
        Ok(visits) => format!("visited {} times", visits.unwrap_or_default()),
        Err(error) => format!("not counted: {error}"),
    }
}

/// The body of an answer, or all of it if it is no success.
async fn fetch(from: SocketAddr, path: &str) -> Result<String, Box<dyn Error>> {
    let mut stream = TcpStream::connect(from).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {from}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("cut short")?;
    match head.starts_with("HTTP/1.1 200 ") {
        true => Ok(body.to_owned()),
        false => Err(answer.into()),
    }
}
