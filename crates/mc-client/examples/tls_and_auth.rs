//! Names, passwords and TLS: `cargo run -p mc-client --features tls --example tls_and_auth [SERVER CA.pem]`.
//!
//! Without arguments it starts memcacheds that want them. The password of a server of yours is read from `MC_PASSWORD`,
//! the name from `MC_USER`.

use std::error::Error;

use mc_client::{Behaviors, Client, Credentials, Protocol, Tls};
use mc_testkit::{Authority, Memcached};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    if let (Some(server), Some(ca)) = (arguments.next(), arguments.next()) {
        return yours(&server, Tls::with_ca_file(ca)?).await;
    }
    in_binary().await?;
    in_text().await?;
    with_certificates().await
}

/// A server of yours, with whatever it asks for.
async fn yours(server: &str, tls: Tls) -> Result<(), Box<dyn Error>> {
    let client = Client::builder().servers([server])?.tls(tls);
    // Asked for each new connection, so that a password may change.
    let client = client.credentials_from(|_server| {
        let [user, password] = [std::env::var("MC_USER")?, std::env::var("MC_PASSWORD")?];
        Ok(Credentials::new(user.as_bytes(), password.as_bytes())?)
    });
    greet(&client.protocol(Protocol::Auto).build()?).await
}

/// SASL needs the binary protocol, as with pylibmc. By CRAM-MD5 the password is not sent.
async fn in_binary() -> Result<(), Box<dyn Error>> {
    let server = Memcached::builder().sasl("app", "sesame").start()?;
    let mut behaviors = Behaviors::default();
    behaviors.binary = true;
    let client = Client::builder()
        .servers([server.address().to_string()])?
        .behaviors(behaviors)
        .credentials("app", "sesame")?;
    greet(&client.build()?).await
}

/// What the text protocol sends can be read on the way: that needs TLS, a unix socket, or to be allowed.
async fn in_text() -> Result<(), Box<dyn Error>> {
    let server = Memcached::builder().auth_file("app", "sesame").start()?;
    let client = Client::builder()
        .servers([server.address().to_string()])?
        .credentials("app", "sesame")?;
    let refused = client.clone().connect().await.unwrap_err();
    println!("{refused}");
    greet(&client.allow_plaintext_auth().build()?).await
}

/// Each side shows a certificate of a CA that the other trusts.
async fn with_certificates() -> Result<(), Box<dyn Error>> {
    let authority = Authority::new()?;
    let server = Memcached::builder()
        .tls(&authority.server()?)
        .client_authority(&authority)
        .start()?;
    let own = authority.client("app")?;
    let trusting = Tls::with_ca_file(authority.path())?;
    let tls = trusting
        .clone()
        .client_certificate_files(own.chain_path(), own.key_path())?;
    let client = Client::builder().servers([server.address().to_string()])?;
    let refused = client.clone().tls(trusting).connect().await.unwrap_err();
    println!("{refused}");
    greet(&client.tls(tls).build()?).await
}

async fn greet(client: &Client) -> Result<(), Box<dyn Error>> {
    client.set("greeting", "hello").await?;
    let greeting: Option<String> = client.get("greeting").await?;
    println!("{:?}: {greeting:?}", client.owner("greeting")?);
    assert_eq!(greeting.as_deref(), Some("hello"));
    Ok(())
}
