//! Names and passwords: right, wrong, missing and changing, and that they are told to nobody else.

use std::error::Error as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mc_client::{
    Behaviors, Builder, Client, Credentials, Error, ErrorKind, Outcome, Protocol, SaslMechanism,
};
use mc_testkit::Memcached;
use tokio::net::TcpListener;

use super::script::play;

const USER: &str = "app";
const PASSWORD: &str = "sesame-and-mellon";

/// Each way of asking for a password, with the protocols that it is for.
fn guarded() -> [(Memcached, &'static [Protocol]); 2] {
    let sasl = Memcached::builder().sasl(USER, PASSWORD).start().unwrap();
    let file = Memcached::builder().auth_file(USER, PASSWORD).start();
    [
        (sasl, &[Protocol::Binary]),
        (
            file.unwrap(),
            &[Protocol::Text, Protocol::Meta, Protocol::Auto],
        ),
    ]
}

fn builder(server: &Memcached, protocol: Protocol) -> Builder {
    super::builder([server]).protocol(protocol)
}

async fn set_and_get(client: &Client) -> Result<Option<String>, Error> {
    client.set("k", "x").await?;
    client.get("k").await
}

/// What is shown of an error, with its causes.
fn shown(error: &Error) -> String {
    let mut all = format!("{error} {error:?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        all += &format!(" {error} {error:?}");
        cause = error.source();
    }
    all
}

#[tokio::test]
async fn the_right_password() {
    for (server, protocols) in guarded() {
        for &protocol in protocols {
            let client = builder(&server, protocol).allow_plaintext_auth();
            let client = client.credentials(USER, PASSWORD).unwrap().build().unwrap();
            let got = set_and_get(&client).await;
            assert_eq!(got.unwrap().as_deref(), Some("x"), "{protocol}");
        }
    }
}

#[tokio::test]
async fn the_mechanism_that_is_wanted() {
    let server = Memcached::builder().sasl(USER, PASSWORD).start().unwrap();
    for mechanism in SaslMechanism::ALL {
        let client = builder(&server, Protocol::Binary).sasl_mechanism(mechanism);
        let client = client.credentials(USER, PASSWORD).unwrap();
        let closed = set_and_get(&client.clone().build().unwrap()).await;
        let kind = closed.map_err(|error| error.kind());
        match mechanism {
            SaslMechanism::Plain => assert_eq!(kind, Err(ErrorKind::Auth)),
            _ => assert_eq!(kind.unwrap().as_deref(), Some("x")),
        }
        let open = client.allow_plaintext_auth().build().unwrap();
        assert_eq!(set_and_get(&open).await.unwrap().as_deref(), Some("x"));
    }
}

#[tokio::test]
async fn the_wrong_password() {
    for (server, protocols) in guarded() {
        for (&protocol, (user, password)) in protocols
            .iter()
            .flat_map(|it| [(it, (USER, "wrong-secret")), (it, ("nobody", PASSWORD))])
        {
            let client = builder(&server, protocol).allow_plaintext_auth();
            let client = client.credentials(user, password).unwrap().build().unwrap();
            let error = set_and_get(&client).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Auth, "{protocol}: {error}");
            assert_eq!(error.outcome(), Outcome::NotSent);
            let start = format!(
                "{}: cannot authenticate: the server has declined",
                server.address()
            );
            assert!(error.to_string().starts_with(&start), "{error}");
            assert!(!shown(&error).contains(password), "{}", shown(&error));
            // The server is well: it is not taken for one that is down.
            let again = set_and_get(&client).await.unwrap_err();
            assert_eq!(again.kind(), ErrorKind::Auth);
        }
    }
}

#[tokio::test]
async fn no_password() {
    for (server, protocols) in guarded() {
        for &protocol in protocols {
            let client = builder(&server, protocol).build().unwrap();
            let error = set_and_get(&client).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Auth, "{protocol}: {error}");
            assert_ne!(error.outcome(), Outcome::MaybeApplied);
            assert_eq!(error.server(), Some(&*server.address().to_string()));
        }
    }
}

/// libmemcached's SASL may choose CRAM-MD5 or PLAIN; ours shows the password to nobody.
#[tokio::test]
async fn a_password_that_is_not_to_be_shown() {
    let [(sasl, _), (file, in_text)] = guarded();
    let client = builder(&sasl, Protocol::Binary).credentials(USER, PASSWORD);
    let client = client.unwrap().build().unwrap();
    assert_eq!(set_and_get(&client).await.unwrap().as_deref(), Some("x"));
    for &protocol in in_text {
        let client = builder(&file, protocol).credentials(USER, PASSWORD);
        let client = client.unwrap().build().unwrap();
        let error = set_and_get(&client).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.outcome()),
            (ErrorKind::Auth, Outcome::NotSent)
        );
        assert!(
            error
                .to_string()
                .ends_with("a unix socket or an explicit permission"),
            "{error}"
        );
    }
    let unix = Memcached::builder().auth_file(USER, PASSWORD).unix();
    let unix = unix.start().unwrap();
    for &protocol in in_text {
        let client = builder(&unix, protocol).credentials(USER, PASSWORD);
        let client = client.unwrap().build().unwrap();
        assert_eq!(set_and_get(&client).await.unwrap().as_deref(), Some("x"));
    }
}

/// One without `-Y` would store it as an item.
#[tokio::test]
async fn a_server_that_does_not_ask_is_not_told() {
    let server = Memcached::start().unwrap();
    for protocol in [
        Protocol::Text,
        Protocol::Meta,
        Protocol::Binary,
        Protocol::Auto,
    ] {
        let client = builder(&server, protocol).allow_plaintext_auth();
        let client = client.credentials(USER, PASSWORD).unwrap().build().unwrap();
        assert_eq!(
            set_and_get(&client).await.unwrap().as_deref(),
            Some("x"),
            "{protocol}"
        );
        let stored: Option<String> = client.get("auth").await.unwrap();
        assert_eq!(stored, None, "{protocol}");
    }
}

#[tokio::test]
async fn credentials_that_change() {
    let mut server = Memcached::builder()
        .auth_file(USER, PASSWORD)
        .start()
        .unwrap();
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let source = {
        let asked = Arc::clone(&asked);
        move |server: &str| {
            asked.lock().unwrap().push(server.to_owned());
            Ok(Credentials::new(USER.as_bytes(), PASSWORD.as_bytes())?)
        }
    };
    let client = builder(&server, Protocol::Text).allow_plaintext_auth();
    let client = client.credentials_from(source).build().unwrap();
    assert!(asked.lock().unwrap().is_empty());
    for times in 1..=2 {
        set_and_get(&client).await.unwrap();
        set_and_get(&client).await.unwrap();
        assert_eq!(
            *asked.lock().unwrap(),
            vec![server.address().to_string(); times]
        );
        server.restart().unwrap();
    }
}

#[tokio::test]
async fn no_credentials_to_be_had() {
    let server = Memcached::start().unwrap();
    let client = builder(&server, Protocol::Text);
    let client =
        client.credentials_from(|server| Err(format!("{server} is not in the vault").into()));
    let error = set_and_get(&client.build().unwrap()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Auth, Outcome::NotSent)
    );
    let address = server.address();
    let text = format!("{address}: there are no credentials: {address} is not in the vault");
    assert_eq!(error.to_string(), text);
}

/// Text to a server that wants SASL is met by silence.
#[tokio::test]
async fn sasl_is_named_where_it_is_missing() {
    let server = Memcached::builder().sasl(USER, PASSWORD).start().unwrap();
    let mut behaviors = Behaviors::default();
    behaviors.connect_timeout = Duration::from_millis(100);
    let client = builder(&server, Protocol::Text).behaviors(behaviors);
    let client = client.credentials(USER, PASSWORD).unwrap().build().unwrap();
    let error = set_and_get(&client).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Connect, Outcome::NotSent)
    );
    assert!(error.to_string().contains("SASL"), "{error}");
}

#[tokio::test]
async fn a_server_that_declines_is_not_stormed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = Client::builder().servers([listener.local_addr().unwrap().to_string()]);
    let client = client.unwrap().credentials(USER, PASSWORD).unwrap();
    let client = client.allow_plaintext_auth().build().unwrap();
    let server = async {
        let set = format!(
            "set auth 0 0 {}\r\n{USER} {PASSWORD}\r\n",
            USER.len() + 1 + PASSWORD.len()
        );
        let refused = "CLIENT_ERROR unauthenticated\r\n";
        let wrong = "CLIENT_ERROR authentication failure\r\n";
        let _stream = play(&listener, &[("version\r\n", refused), (&set, wrong)]).await;
        // Nobody connects a second time, or this ends, and with it the calls.
        listener.accept().await.unwrap()
    };
    let calls = async {
        for _ in 0..20 {
            let error = set_and_get(&client).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Auth);
        }
    };
    tokio::select! {
        biased;
        _ = server => panic!("there was a second connection"),
        () = calls => {}
    }
}

#[test]
fn secrets_are_not_shown() {
    let builder = Client::builder().servers(["cache1"]).unwrap();
    let builder = builder.credentials(USER, PASSWORD).unwrap();
    let client = builder.clone().build().unwrap();
    let credentials = Credentials::new(USER.as_bytes(), PASSWORD.as_bytes()).unwrap();
    let shown = format!("{builder:?} {client:?} {credentials:?}");
    let bytes = format!("{:?}", PASSWORD.as_bytes());
    for secret in [PASSWORD, &bytes[1..20]] {
        assert!(!shown.contains(secret), "{shown}");
    }
    let secret = "a secret";
    let error = Client::builder().credentials(USER, secret).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(
        !self::shown(&error).contains(secret),
        "{}",
        self::shown(&error)
    );
    let text =
        "a password has the byte ' ' at position 1; NUL, spaces and line ends are not allowed";
    assert_eq!(error.to_string(), text);
}
