//! An authentication with a server that says anything.

use bytes::Bytes;
use mc_proto::sasl::{Credentials, Exchange, Mechanism, Plaintext, Progress};
use mc_proto::{RefusalKind, Reply};

/// The password, which nothing may show.
const PASSWORD: &str = "sesame";

/// The first byte says how it begins, each reply is its kind in a byte, its length in a byte, and that.
pub fn sasl(data: &[u8]) {
    let [start, rest @ ..] = data else { return };
    let Some(mut exchange) = begin(*start) else {
        return;
    };
    let mut rest = rest;
    let mut steps = 0;
    while let Some((reply, behind)) = reply(rest) {
        rest = behind;
        assert!(
            !format!("{exchange:?} {:?}", exchange.request()).contains(PASSWORD),
            "the password is shown"
        );
        if exchange.request().is_none() {
            assert!(
                exchange.received(&reply).is_err(),
                "it goes on after its end"
            );
            continue;
        }
        steps += 1;
        assert!(steps <= 3, "more steps than there are");
        match exchange.received(&reply) {
            Ok(Progress::More) => assert!(exchange.request().is_some()),
            Ok(Progress::Done) => assert!(reply == Reply::Ok && exchange.request().is_none()),
            Err(error) => {
                assert!(exchange.request().is_none(), "it goes on after {error}");
                assert!(!format!("{error} {error:?}").contains('\n'));
            }
        }
    }
}

/// With the list of mechanisms, or with one of them at once.
fn begin(start: u8) -> Option<Exchange> {
    let credentials = Credentials::new(b"app", PASSWORD.as_bytes()).expect("they are good");
    let plaintext = if start & 1 == 0 {
        Plaintext::Allowed
    } else {
        Plaintext::Refused
    };
    match Mechanism::ALL.get(usize::from(start >> 1)) {
        Some(mechanism) => Exchange::with_mechanism(*mechanism, credentials, plaintext).ok(),
        None => Some(Exchange::new(credentials, plaintext)),
    }
}

/// A reply, and what is behind it.
fn reply(data: &[u8]) -> Option<(Reply, &[u8])> {
    let [kind, len, rest @ ..] = data else {
        return None;
    };
    let (text, rest) = rest.split_at(rest.len().min(usize::from(*len)));
    let text = Bytes::copy_from_slice(text);
    let reply = match kind % 5 {
        0 => Reply::Mechanisms(text),
        1 => Reply::Challenge(text),
        2 => Reply::Ok,
        3 => Reply::Refused(RefusalKind::Unauthenticated.into()),
        _ => Reply::Version(text),
    };
    Some((reply, rest))
}
