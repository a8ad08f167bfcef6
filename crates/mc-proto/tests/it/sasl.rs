//! Authentication by SASL: what the fault catalogue asks for, row by row, and
//! a server that checks what it is told.

use mc_proto::sasl::{
    AuthError, Credentials, Exchange, InvalidCredentials, Mechanism, Plaintext, Progress,
};
use mc_proto::{Refusal, RefusalKind, Reply, Request, SaslStep, Secret};

fn credentials() -> Credentials {
    Credentials::new(b"tim", b"tanstaaftanstaaf").unwrap()
}

fn mechanisms(names: &'static str) -> Reply {
    Reply::Mechanisms(names.into())
}

fn challenge(text: &'static str) -> Reply {
    Reply::Challenge(text.into())
}

/// The replies one after the other, and what the last of them brings; the
/// others bring more to do. Nothing is left to ask after the end.
fn check(plaintext: Plaintext, replies: &[Reply], expected: Result<(), &str>) {
    let (last, before) = replies.split_last().unwrap();
    let mut exchange = Exchange::new(credentials(), plaintext);
    for reply in before {
        assert!(exchange.request().is_some());
        assert_eq!(exchange.received(reply), Ok(Progress::More));
    }
    let found = exchange.received(last).map_err(|error| error.to_string());
    let expected = expected.map(|()| Progress::Done).map_err(str::to_owned);
    assert_eq!(found, expected, "{replies:?}");
    assert_eq!(exchange.request(), None);
    assert_eq!(exchange.received(&Reply::Ok), Err(AuthError::Unexpected));
}

#[test]
fn plain_and_cram_md5_to_their_good_end() {
    check(
        Plaintext::Allowed,
        &[mechanisms("PLAIN"), Reply::Ok],
        Ok(()),
    );
    let asked = [
        mechanisms("PLAIN CRAM-MD5"),
        challenge("<1@host>"),
        Reply::Ok,
    ];
    check(Plaintext::Allowed, &asked, Ok(()));
    check(Plaintext::Refused, &asked, Ok(()));
}

/// The exchange of RFC 2195, section 2, as memcached carries it.
#[test]
fn each_step_of_cram_md5() {
    let mut exchange = Exchange::new(credentials(), Plaintext::Refused);
    let mut step = |expected: SaslStep<'_>, reply: &Reply| {
        assert_eq!(exchange.request(), Some(Request::Sasl(expected)));
        exchange.received(reply).unwrap()
    };
    let mechanism = b"CRAM-MD5";
    let said = |data| Secret::new(data);
    step(SaslStep::List, &mechanisms("ANONYMOUS CRAM-MD5 LOGIN"));
    let text = "<1896.697170952@postoffice.reston.mci.net>";
    step(
        SaslStep::Start {
            mechanism,
            data: said(b""),
        },
        &challenge(text),
    );
    let data = said(b"tim b913a602c7eda7a495b4e6e7334d3890");
    let end = step(SaslStep::Continue { mechanism, data }, &Reply::Ok);
    assert_eq!(end, Progress::Done);
}

#[test]
fn without_a_list() {
    for mechanism in Mechanism::ALL {
        let exchange = Exchange::with_mechanism(mechanism, credentials(), Plaintext::Allowed);
        let exchange = exchange.unwrap();
        let Some(Request::Sasl(SaslStep::Start {
            mechanism: name, ..
        })) = exchange.request()
        else {
            panic!("{:?}", exchange.request())
        };
        assert_eq!(name, mechanism.name().as_bytes());
    }
    let exchange =
        |mechanism| Exchange::with_mechanism(mechanism, credentials(), Plaintext::Refused);
    assert!(exchange(Mechanism::CramMd5).is_ok());
    assert_eq!(
        exchange(Mechanism::Plain).unwrap_err(),
        AuthError::PlaintextRefused
    );
}

#[test]
fn a1_the_server_declines() {
    let declined = Reply::Refused(Refusal::new(RefusalKind::Unauthenticated, "Auth failure."));
    let reason = "the server has declined: CLIENT_ERROR Auth failure.";
    let allowed = Plaintext::Allowed;
    check(allowed, std::slice::from_ref(&declined), Err(reason));
    check(
        allowed,
        &[mechanisms("PLAIN"), declined.clone()],
        Err(reason),
    );
    check(
        allowed,
        &[mechanisms("CRAM-MD5"), challenge("<1@host>"), declined],
        Err(reason),
    );
}

#[test]
fn a4_no_mechanism_that_is_known() {
    let allowed = Plaintext::Allowed;
    for (names, shown) in [
        ("", ""),
        ("LOGIN NTLM", "LOGIN NTLM"),
        ("plain\r", r"plain\r"),
    ] {
        let reason = format!("the server offers '{shown}'; CRAM-MD5 and PLAIN are known here");
        check(allowed, &[mechanisms(names)], Err(&reason));
    }
}

#[test]
fn a4_another_step_for_ever() {
    let allowed = Plaintext::Allowed;
    let plain = "the server asks for another step, though PLAIN is at its end";
    check(
        allowed,
        &[mechanisms("PLAIN"), challenge("more")],
        Err(plain),
    );
    check(allowed, &[mechanisms("PLAIN"), challenge("")], Err(plain));
    let cram = "the server asks for another step, though CRAM-MD5 is at its end";
    let endless = [
        mechanisms("CRAM-MD5"),
        challenge("<1@host>"),
        challenge("<2@host>"),
    ];
    check(allowed, &endless, Err(cram));
}

#[test]
fn a4_a_reply_out_of_turn() {
    let out = "the reply does not answer a step of SASL";
    let allowed = Plaintext::Allowed;
    check(allowed, &[Reply::Ok], Err(out));
    check(allowed, &[challenge("<1@host>")], Err(out));
    check(
        allowed,
        &[mechanisms("PLAIN"), mechanisms("PLAIN")],
        Err(out),
    );
    check(allowed, &[mechanisms("PLAIN"), Reply::Stored], Err(out));
    // A yes before the challenge proves that the server has checked nothing.
    check(allowed, &[mechanisms("CRAM-MD5"), Reply::Ok], Err(out));
    let empty = "the server's challenge is empty";
    check(
        allowed,
        &[mechanisms("CRAM-MD5"), challenge("")],
        Err(empty),
    );
}

#[test]
fn a5_plain_over_an_open_way() {
    let reason = "PLAIN would send the password in the clear; \
                  that needs TLS, a unix socket or an explicit permission";
    check(
        Plaintext::Refused,
        &[mechanisms("LOGIN PLAIN")],
        Err(reason),
    );
    assert_eq!(Plaintext::default(), Plaintext::Refused);
}

#[test]
fn a5_bytes_that_would_end_a_name_or_a_password() {
    for byte in 0..=u8::MAX {
        let forbidden = matches!(byte, b'\0' | b' ' | b'\r' | b'\n');
        for at in [0, 1, 2] {
            let mut bytes = *b"abc";
            bytes[at] = byte;
            let wrong = |what| match forbidden {
                true => Err(InvalidCredentials::Byte { what, at, byte }),
                false => Ok(()),
            };
            assert_eq!(Credentials::new(&bytes, b"x").map(|_| ()), wrong("name"));
            assert_eq!(
                Credentials::new(b"x", &bytes).map(|_| ()),
                wrong("password")
            );
        }
    }
}

#[test]
fn a5_lengths() {
    let long = [b'x'; 256];
    for (len, allowed) in [(0, false), (1, true), (255, true), (256, false)] {
        let wrong = |what| match allowed {
            false => Err(InvalidCredentials::Length { what, len }),
            true => Ok(()),
        };
        assert_eq!(
            Credentials::new(&long[..len], b"x").map(|_| ()),
            wrong("name")
        );
        assert_eq!(
            Credentials::new(b"x", &long[..len]).map(|_| ()),
            wrong("password")
        );
    }
    let error = Credentials::new(b"", b"x").unwrap_err();
    assert_eq!(error.to_string(), "a name of 0 bytes; 1 to 255 are allowed");
}

/// Neither the password nor what is made of it is shown.
#[test]
fn k9_no_secret_in_debug() {
    let mut exchange = Exchange::new(credentials(), Plaintext::Allowed);
    exchange.received(&mechanisms("PLAIN")).unwrap();
    let shown = format!("{exchange:?} {:?}", exchange.request());
    assert!(shown.contains("tim") && shown.contains("PLAIN"), "{shown}");
    for secret in [
        "tanstaaf",
        &format!("{:?}", b"tanstaaf"[..].to_vec())[1..20],
    ] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
