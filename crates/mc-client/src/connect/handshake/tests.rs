//! Each handshake against what a server may say.

use bytes::Buf;

use super::*;

/// An opening without credentials.
fn opening(protocol: Protocol) -> Opening {
    Opening {
        protocol,
        guessed: false,
        asks: false,
        credentials: None,
        plaintext: Plaintext::Refused,
        mechanism: None,
    }
}

/// The same with credentials, which may be shown.
fn openly(protocol: Protocol) -> Opening {
    Opening {
        credentials: Some(Credentials::new(b"app", b"sesame").unwrap()),
        plaintext: Plaintext::Allowed,
        ..opening(protocol)
    }
}

fn auto(opening: Opening) -> Opening {
    Opening {
        guessed: true,
        ..opening
    }
}

/// Plays the exchanges, each of what is asked and what is answered, byte by byte; then nothing may be left to ask.
fn play(opening: Opening, exchanges: &[(&[u8], &[u8])]) -> Result<Protocol, Error> {
    let mut handshake = Handshake::new(&"server".into(), opening);
    for (asked, answer) in exchanges {
        let mut outgoing = handshake.next()?.expect("there is more to ask");
        let outgoing = outgoing.copy_to_bytes(outgoing.remaining());
        assert_eq!(
            outgoing.escape_ascii().to_string(),
            asked.escape_ascii().to_string()
        );
        let (mut input, (last, first)) = (BytesMut::new(), answer.split_last().unwrap());
        for byte in first {
            input.extend_from_slice(&[*byte]);
            assert!(!handshake.received(&mut input)?);
        }
        input.extend_from_slice(&[*last]);
        assert!(handshake.received(&mut input)?);
    }
    assert!(handshake.next()?.is_none());
    Ok(handshake.protocol())
}

fn check(opening: Opening, exchanges: &[(&[u8], &[u8])], expected: Protocol) {
    assert_eq!(play(opening, exchanges).unwrap(), expected);
}

fn check_error(opening: Opening, exchanges: &[(&[u8], &[u8])], kind: ErrorKind, text: &str) {
    let error = play(opening, exchanges).unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (kind, Outcome::NotSent));
    assert_eq!(error.to_string(), format!("server: {text}"));
}

/// A packet of the binary protocol.
fn packet(magic: u8, opcode: u8, key: &str, status: u8, value: &str) -> Vec<u8> {
    let [key, value] = [key.as_bytes(), value.as_bytes()];
    let (name, body) = (key.len() as u8, (key.len() + value.len()) as u8);
    let head = [magic, opcode, 0, name, 0, 0, 0, status, 0, 0, 0, body];
    [&head[..], &[0; 12], key, value].concat()
}

const UNAUTHENTICATED: &[u8] = b"CLIENT_ERROR unauthenticated\r\n";
const PROBE: &[u8] = b"mg mc-handshake O0\r\n";
const MARKED: &[u8] = b"EN O0\r\n";
const AUTH: &[u8] = b"set auth 0 0 10\r\napp sesame\r\n";

#[test]
fn nothing_is_said_where_nothing_is_to_be_known() {
    for protocol in [Protocol::Text, Protocol::Meta, Protocol::Binary] {
        check(opening(protocol), &[], protocol);
    }
}

#[test]
fn auto_takes_meta_where_it_is_known() {
    let auto = || auto(opening(Protocol::Meta));
    for (answer, protocol) in [
        (MARKED, Protocol::Meta),
        (b"HD O0\r\n", Protocol::Meta),
        (b"EN\r\n", Protocol::Text),
        (b"ERROR\r\n", Protocol::Text),
        (b"CLIENT_ERROR what is this\r\n", Protocol::Text),
    ] {
        check(auto(), &[(PROBE, answer)], protocol);
    }
}

#[test]
fn a_password_goes_to_whoever_asks_for_it() {
    let refused = (&b"mn\r\n"[..], UNAUTHENTICATED);
    let unproven = (PROBE, UNAUTHENTICATED);
    let asked = (&b"version\r\n"[..], UNAUTHENTICATED);
    let told = (AUTH, &b"STORED\r\n"[..]);
    check(openly(Protocol::Text), &[asked, told], Protocol::Text);
    check(openly(Protocol::Meta), &[refused, told], Protocol::Meta);
    let proven = (PROBE, MARKED);
    let auto = || auto(openly(Protocol::Meta));
    check(auto(), &[unproven, told, proven], Protocol::Meta);
    check(auto(), &[proven], Protocol::Meta);
    let version = (&b"version\r\n"[..], &b"VERSION 1.6.18\r\n"[..]);
    check(openly(Protocol::Text), &[version], Protocol::Text);
}

#[test]
fn a_password_that_is_wrong_missing_or_not_to_be_shown() {
    let asked = (&b"version\r\n"[..], UNAUTHENTICATED);
    let wrong = (AUTH, &b"CLIENT_ERROR authentication failure\r\n"[..]);
    let text = "cannot authenticate: the server has declined: CLIENT_ERROR authentication failure";
    check_error(
        openly(Protocol::Text),
        &[asked, wrong],
        ErrorKind::Auth,
        text,
    );
    let missing = Opening {
        asks: true,
        ..opening(Protocol::Text)
    };
    let text = "cannot authenticate: the server asks for a name and a password \
                (CLIENT_ERROR unauthenticated), and the client has none";
    check_error(missing, &[asked], ErrorKind::Auth, text);
    let closed = Opening {
        plaintext: Plaintext::Refused,
        ..openly(Protocol::Text)
    };
    let text = "cannot authenticate: the text protocol would send the password in the clear; \
                that needs TLS, a unix socket or an explicit permission";
    check_error(closed, &[asked], ErrorKind::Auth, text);
}

#[test]
fn sasl_where_it_is_known() {
    let list = packet(0x80, 0x20, "", 0, "");
    let offered = packet(0x81, 0x20, "", 0, "PLAIN");
    let plain = packet(0x80, 0x21, "PLAIN", 0, "\0app\0sesame");
    let yes = packet(0x81, 0x21, "", 0, "Authenticated");
    let no = packet(0x81, 0x21, "", 0x20, "Auth failure.");
    let exchanges = |answer| [(&list[..], &offered[..]), (&plain[..], answer)];
    check(
        openly(Protocol::Binary),
        &exchanges(&yes[..]),
        Protocol::Binary,
    );
    let text = "cannot authenticate: the server has declined: CLIENT_ERROR Auth failure.";
    check_error(
        openly(Protocol::Binary),
        &exchanges(&no[..]),
        ErrorKind::Auth,
        text,
    );
    let unknown = packet(0x81, 0x20, "", 0x81, "Unknown command");
    check(
        openly(Protocol::Binary),
        &[(&list, &unknown)],
        Protocol::Binary,
    );
    let closed = Opening {
        plaintext: Plaintext::Refused,
        ..openly(Protocol::Binary)
    };
    let text = "cannot authenticate: PLAIN would send the password in the clear; \
                that needs TLS, a unix socket or an explicit permission";
    check_error(closed, &[(&list, &offered)], ErrorKind::Auth, text);
}

#[test]
fn the_mechanism_that_is_wanted() {
    let list = packet(0x80, 0x20, "", 0, "");
    let plain = packet(0x80, 0x21, "PLAIN", 0, "\0app\0sesame");
    let yes = packet(0x81, 0x21, "", 0, "Authenticated");
    let wanted = || Opening {
        mechanism: Some(Mechanism::Plain),
        ..openly(Protocol::Binary)
    };
    let both = packet(0x81, 0x20, "", 0, "CRAM-MD5 PLAIN");
    check(
        wanted(),
        &[(&list, &both), (&plain, &yes)],
        Protocol::Binary,
    );
    let other = packet(0x81, 0x20, "", 0, "CRAM-MD5");
    let text = "cannot authenticate: the server offers 'CRAM-MD5', and only PLAIN is wanted";
    check_error(wanted(), &[(&list, &other)], ErrorKind::Auth, text);
}

#[test]
fn strangers() {
    let asks = |protocol| Opening {
        asks: true,
        ..opening(protocol)
    };
    let text = "the server does not speak the meta protocol: ERROR";
    check_error(
        asks(Protocol::Meta),
        &[(b"mn\r\n", b"ERROR\r\n")],
        ErrorKind::Refused,
        text,
    );
    let full = b"ERROR Too many open connections\r\n";
    let error = play(auto(opening(Protocol::Meta)), &[(PROBE, full)]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooManyConnections);
    for garbled in [
        &b"EN O1\r\n"[..],
        b"EN\r\nEN\r\n",
        b"HTTP/1.1 400 Bad Request\r\n",
    ] {
        let mut handshake = Handshake::new(&"server".into(), auto(opening(Protocol::Meta)));
        handshake.next().unwrap();
        let error = handshake.received(&mut garbled.into()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
    }
    let mut handshake = Handshake::new(&"server".into(), asks(Protocol::Text));
    handshake.next().unwrap();
    let error = handshake
        .received(&mut "VERSION 1\r\nHTTP".into())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
}

#[test]
fn only_a_guess_is_tried_again() {
    let lost = [
        (Unready::HungUp, Fallback::HungUp),
        (
            Unready::Broke(io::ErrorKind::ConnectionReset.into()),
            Fallback::HungUp,
        ),
        (Unready::Silent(Duration::ZERO), Fallback::Silent),
    ];
    let second = Duration::from_secs(1);
    for (lost, fallback) in lost {
        let handshake = Handshake::new(&"server".into(), auto(opening(Protocol::Meta)));
        assert_eq!(handshake.patience(second), second / 2);
        assert_eq!(handshake.lost(lost).unwrap(), fallback);
    }
    for protocol in [Protocol::Text, Protocol::Meta, Protocol::Binary] {
        let handshake = Handshake::new(&"server".into(), openly(protocol));
        assert_eq!(handshake.patience(second), second);
        let error = handshake.lost(Unready::HungUp).unwrap_err();
        assert_eq!(
            (error.kind(), error.outcome()),
            (ErrorKind::Connect, Outcome::NotSent)
        );
    }
}
