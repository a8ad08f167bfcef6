//! What can be asked over UDP, and how it is.

use mc_proto::udp::{
    BadDatagram, Client, HEADER_LEN, Limits, NotCarried, SendError, decode_request,
};
use mc_proto::{Classes, Key, Request, Verb};

use super::{asked, datagram, dropped};
use crate::support::{get, get_many, key, set, store};

#[test]
fn u4_a_request_is_one_datagram_of_one_command() {
    let longest = [b'k'; 250];
    let gets = Request::Get {
        key: Key::new(&longest).unwrap(),
        cas: true,
    };
    let mut client = Client::new(1, Limits::default());
    let mut datagram = vec![1, 2, 3];
    client.push(&gets, "tag", &mut datagram).unwrap();
    assert_eq!(datagram.len(), HEADER_LEN + "gets \r\n".len() + 250);
    let incoming = decode_request(&datagram, &mc_proto::Limits::default()).unwrap();
    assert_eq!((incoming.id, incoming.request), (1, gets));
    assert!(!incoming.noreply);
}

#[test]
fn what_no_connection_would_send_is_not_sent() {
    let reply = mc_proto::Limits {
        max_keys: 0,
        ..mc_proto::Limits::default()
    };
    let limits = Limits {
        reply,
        ..Limits::default()
    };
    let mut client = Client::new(1, limits);
    let mut datagram = vec![1, 2, 3];
    let (error, tag) = client.push(&get("a"), "tag", &mut datagram).unwrap_err();
    let none = mc_proto::SendError::TooManyKeys { len: 1, max: 0 };
    assert_eq!((error, tag), (SendError::Request(none), "tag"));
    assert_eq!((client.outstanding(), datagram.len()), (0, 0));
}

/// What needs more than a datagram each way, or a connection, is not sent, and
/// not read by a server.
#[test]
fn u4_one_datagram_each_way() {
    let mut client = Client::new(7, Limits::default());
    let mut datagram = Vec::new();
    for request in [
        set(),
        get("a"),
        Request::Delete { key: key("a") },
        Request::Stats { topic: None },
        Request::Version,
        Request::FlushAll { delay: Some(5) },
        Request::Verbosity { level: 1 },
    ] {
        client.push(&request, (), &mut datagram).unwrap();
        let incoming = decode_request(&datagram, &mc_proto::Limits::default()).unwrap();
        assert_eq!((incoming.request, incoming.noreply), (request, false));
    }
    let sent = client.outstanding();
    for (request, command) in [
        (get_many(&["a", "b"]), "get"),
        (Request::Batch([set()].into_iter().collect()), "batch"),
        (Request::Noop, "noop"),
        (Request::Metadump(Classes::All), "lru_crawler metadump"),
        (Request::Quit, "quit"),
    ] {
        let (error, ()) = client.push(&request, (), &mut datagram).unwrap_err();
        assert_eq!(error, NotCarried { command }.into());
        assert_eq!((client.outstanding(), datagram.len()), (sent, 0));
    }
}

/// A request that wants no reply has an id that nobody awaits.
#[test]
fn u4_without_a_reply() {
    let mut client = asked(Limits::default());
    let mut datagram = vec![1, 2, 3];
    client.push_noreply(&set(), &mut datagram).unwrap();
    assert_eq!(
        datagram,
        b"\0\x08\0\0\0\x01\0\0set a 0 0 1 noreply\r\n1\r\n"
    );
    let incoming = decode_request(&datagram, &mc_proto::Limits::default()).unwrap();
    assert_eq!((incoming.request, incoming.noreply), (set(), true));
    assert_eq!(client.outstanding(), 1);
    assert_eq!(client.receive(&super::datagram(8, 0, 1, "ERROR\r\n")), None);
    assert_eq!(client.dropped(), dropped(|count| count.unknown = 1));
    let error = client.push_noreply(&get("a"), &mut datagram).unwrap_err();
    let reason = SendError::Request(mc_proto::SendError::NeedsReply { command: "get" });
    assert_eq!((error, datagram.len()), (reason, 0));
    // The next one has an id of its own.
    client.push(&get("b"), "b", &mut datagram).unwrap();
    assert_eq!(datagram[..2], [0, 9]);
}

#[test]
fn u4_a_request_has_a_longest_datagram() {
    let limits = Limits {
        max_request_len: "12345678set a 0 0 1\r\n1\r\n".len(),
        ..Limits::default()
    };
    let mut client = Client::new(7, limits);
    let mut datagram = Vec::new();
    client.push(&set(), 1, &mut datagram).unwrap();
    let longer = store(Verb::Set, "22");
    let (error, tag) = client.push(&longer, 2, &mut datagram).unwrap_err();
    assert_eq!((tag, datagram.len(), client.outstanding()), (2, 0, 1));
    let reason = "a datagram of 25 bytes is too long; at most 24 are allowed";
    assert_eq!(error.to_string(), reason);
}

#[test]
fn u4_what_a_server_refuses() {
    let check = |datagram: &[u8], reason: &str| {
        let bad: BadDatagram = decode_request(datagram, &mc_proto::Limits::default()).unwrap_err();
        assert_eq!(bad.to_string(), reason);
    };
    let one = |payload| datagram(1, 0, 1, payload);
    check(b"get a\r\n", r"'get a\r\n' does not start with a header");
    check(
        &datagram(1, 0, 2, "get a\r\n"),
        "a request in 2 datagrams is not supported",
    );
    check(
        &one("get a\r\nget b\r\n"),
        r"'get a\r\nget b\r\n' is not one whole request",
    );
    check(&one("get a"), "'get a' is not one whole request");
    check(&one(""), "'' is not one whole request");
    check(&one("get\r\n"), "ERROR");
    check(
        &one("get a b\r\n"),
        "this get cannot travel over UDP; a get, gets, gat or gats of one key, a storage command, \
         delete, touch, incr, decr, stats, version, flush_all and verbosity can",
    );
}
