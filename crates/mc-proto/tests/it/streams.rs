//! Requests that have the connection for themselves: dumps, the log, and
//! those that end it.

use bytes::{Bytes, BytesMut};
use mc_proto::{
    Answer, ClassSet, Classes, Connection, Disposition, Limits, LogTopic, LogTopics, Outgoing,
    Protocol, ProtocolError, Received, Refusal, RefusalKind, Reply, Request, SendError, Sent, text,
};

use crate::chunks::STEP;
use crate::support::{asked, feed, feed_all, get, set, written};

/// What a stream tells, but for its name.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Told {
    Begun,
    Row(Bytes),
    Answer(Reply),
}

/// A stream, its bytes, what comes back, and what that tells.
struct Case {
    request: Request<'static>,
    sent: &'static str,
    received: &'static str,
    told: Vec<Told>,
}

fn case(
    request: Request<'static>,
    sent: &'static str,
    received: &'static str,
    told: &[Told],
) -> Case {
    Case {
        request,
        sent,
        received,
        told: told.to_vec(),
    }
}

fn row(text: &'static str) -> Told {
    Told::Row(Bytes::from(text))
}

fn no(kind: RefusalKind) -> Told {
    Told::Answer(Reply::Refused(kind.into()))
}

const METADUMP: &str = "lru_crawler metadump all\r\n";
const MGDUMP: &str = "lru_crawler mgdump hash\r\n";

fn all() -> Vec<Case> {
    let metadump = || Request::Metadump(Classes::All);
    let mgdump = || Request::Mgdump(Classes::Hash);
    let some = ClassSet::new([4, 2]).unwrap();
    let watch = |topics: &[LogTopic]| Request::Watch(topics.iter().copied().collect());
    let end = [Told::Answer(Reply::Ok)];
    let first = "key=a exp=-1 la=1795366842 cas=1 fetch=no cls=1 size=63";
    let second = "key=%C3%A9 exp=1795366900 la=1795366842 cas=2 fetch=yes cls=1 size=65";
    let locked = Refusal::new(RefusalKind::UnknownCommand, "locked try again later");
    let entry = "ts=1795366850.228962 gid=2 type=item_get key=a status=found clsid=1 cfd=25 size=1";
    vec![
        case(metadump(), METADUMP, "END\r\n", &end),
        case(
            metadump(),
            METADUMP,
            "key=a exp=-1 la=1795366842 cas=1 fetch=no cls=1 size=63\n\
             key=%C3%A9 exp=1795366900 la=1795366842 cas=2 fetch=yes cls=1 size=65\nEND\r\n",
            &[row(first), row(second), end[0].clone()],
        ),
        case(
            Request::Metadump(Classes::Only(some)),
            "lru_crawler metadump 2,4\r\n",
            "BADCLASS invalid class id\r\n",
            &[no(RefusalKind::BadClass)],
        ),
        case(
            metadump(),
            METADUMP,
            "BUSY currently processing crawler request\r\n",
            &[no(RefusalKind::Busy)],
        ),
        case(
            metadump(),
            METADUMP,
            "OK\r\nkey=a\r\nERROR locked try again later\r\n",
            &[
                Told::Begun,
                row("key=a"),
                Told::Answer(Reply::Refused(locked)),
            ],
        ),
        case(mgdump(), MGDUMP, "EN\r\n", &end),
        case(
            mgdump(),
            MGDUMP,
            "mg a\r\nmg Zm9v b\r\nEN\r\n",
            &[row("mg a"), row("mg Zm9v b"), end[0].clone()],
        ),
        case(
            mgdump(),
            MGDUMP,
            "NOTSTARTED no items to crawl\r\n",
            &[no(RefusalKind::NotStarted)],
        ),
        case(watch(&[]), "watch\r\n", "OK\r\n", &[Told::Begun]),
        case(
            watch(&[LogTopic::Evictions, LogTopic::Fetchers]),
            "watch fetchers evictions\r\n",
            "OK\r\n\
             ts=1795366850.228962 gid=2 type=item_get key=a status=found clsid=1 cfd=25 size=1\n\
             OK\nEND\r\n[skipped: 2]\n",
            &[
                Told::Begun,
                row(entry),
                row("OK"),
                row("END"),
                row("[skipped: 2]"),
            ],
        ),
        case(
            watch(&LogTopic::ALL),
            "watch fetchers mutations evictions connevents deletions sysevents rawcmds \
             proxyreqs proxyevents proxyuser\r\n",
            "WATCHER_TOO_MANY log watcher limit reached\r\n",
            &[no(RefusalKind::TooManyWatchers)],
        ),
        case(
            watch(&[]),
            "watch\r\n",
            "WATCHER_FAILED failed to add log watcher\r\n",
            &[no(RefusalKind::WatcherFailed)],
        ),
    ]
}

/// What the pieces tell a connection on which the stream has left.
fn read<'a>(
    connection: &mut Connection<usize>,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<Told>, ProtocolError> {
    let (mut input, mut told) = (BytesMut::new(), Vec::new());
    for piece in pieces {
        input.extend_from_slice(piece);
        while let Some(received) = connection.receive(&mut input)? {
            told.push(match received {
                Received::Begun { .. } => Told::Begun,
                Received::Row { row, .. } => Told::Row(row),
                Received::Answer(answer) => Told::Answer(answer.reply),
            });
            if connection.pending() == 0 {
                return Ok(told);
            }
        }
    }
    Ok(told)
}

#[test]
fn requests_have_these_bytes_and_read_back() {
    for Case { request, sent, .. } in all() {
        let mut connection = Connection::new(Protocol::Text, Limits::default());
        connection.push(&request, ()).unwrap();
        assert_eq!(written(connection.take_outgoing()), sent.as_bytes());
        let found = text::decode_request(sent.as_bytes(), &Limits::default());
        assert_eq!(found.unwrap().unwrap().request, request);
    }
}

#[test]
fn read_the_same_however_they_are_cut() {
    for case in all() {
        let wire = case.received.as_bytes();
        let check = |pieces: &[&[u8]]| {
            let mut connection = asked(std::slice::from_ref(&case.request), Limits::default());
            let told = read(&mut connection, pieces.iter().copied()).unwrap();
            assert_eq!(told, case.told, "{pieces:?}");
        };
        check(&wire.chunks(1).collect::<Vec<_>>());
        for first in (0..=wire.len()).step_by(STEP) {
            let (head, rest) = wire.split_at(first);
            for second in (0..=rest.len()).step_by(STEP) {
                let (middle, tail) = rest.split_at(second);
                check(&[head, middle, tail]);
            }
        }
    }
}

/// P2: a stream that ends early has no answer.
#[test]
fn p2_ending_early_at_every_byte() {
    for case in all() {
        let wire = case.received.as_bytes();
        for end in 0..wire.len() {
            let mut connection = asked(std::slice::from_ref(&case.request), Limits::default());
            let told = read(&mut connection, [&wire[..end]]).unwrap();
            assert!(case.told.starts_with(&told));
            assert!(!told.iter().any(|told| matches!(told, Told::Answer(_))));
            assert!(connection.closed(u64::MAX).eq([(0, Sent::Maybe)]));
        }
    }
}

#[test]
fn servers_write_what_is_read() {
    for case in all() {
        let mut out = Outgoing::default();
        for told in &case.told {
            match told {
                Told::Begun => out_ok(&mut out),
                Told::Row(row) => text::encode_row(&case.request, row, &mut out).unwrap(),
                Told::Answer(reply) => {
                    text::encode_reply(&case.request, reply, &mut out).unwrap();
                }
            }
        }
        let mut connection = asked(std::slice::from_ref(&case.request), Limits::default());
        let told = read(&mut connection, [&written(out)[..]]).unwrap();
        assert_eq!(told, case.told);
    }
}

/// The `OK` in front of a log, which a dump may have, too.
fn out_ok(out: &mut Outgoing) {
    let watch = Request::Watch(LogTopics::default());
    text::encode_reply(&watch, &Reply::Ok, out).unwrap();
}

#[test]
fn rows_that_are_none() {
    let check = |request: Request<'static>, row: &str, reason: &str| {
        let mut out = Outgoing::default();
        let error = text::encode_row(&request, row.as_bytes(), &mut out).unwrap_err();
        assert_eq!(error.to_string(), reason);
        assert_eq!(written(out), b"");
    };
    let metadump = || Request::Metadump(Classes::All);
    check(
        metadump(),
        "END",
        "the reply does not answer a lru_crawler metadump",
    );
    check(
        metadump(),
        "key=a\nkey=b",
        r"the byte '\n' is not allowed in a row",
    );
    check(
        Request::Mgdump(Classes::All),
        "key=a",
        "the reply does not answer a lru_crawler mgdump",
    );
    check(
        Request::Watch(LogTopics::default()),
        "",
        "the reply does not answer a watch",
    );
    check(get("a"), "key=a", "the reply does not answer a get");
}

#[test]
fn t5_lines_that_are_no_part_of_a_stream() {
    let check = |request: Request<'static>, bytes: &str, found: &str| {
        let name = request.name();
        let mut connection = asked(&[request], Limits::default());
        let error = read(&mut connection, [bytes.as_bytes()]).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("'{found}' is no reply to {name}")
        );
    };
    let metadump = || Request::Metadump(Classes::All);
    check(metadump(), "mg a\r\n", "mg a");
    check(metadump(), "EN\r\n", "EN");
    check(metadump(), "key=a\nOK\r\n", "OK");
    check(metadump(), "\r\n", "");
    check(metadump(), "WATCHER_FAILED\r\n", "WATCHER_FAILED");
    check(Request::Mgdump(Classes::All), "END\r\n", "END");
    check(Request::Watch(LogTopics::default()), "ts=1\n", "ts=1");
    check(Request::Watch(LogTopics::default()), "BUSY\r\n", "BUSY");
}

#[test]
fn t1_a_row_has_a_longest_line() {
    let limits = Limits {
        max_line_len: 20,
        ..Limits::default()
    };
    for ending in ["\n", "\r\n", ""] {
        let mut connection = asked(&[Request::Metadump(Classes::All)], limits);
        let row = format!("key={}{ending}", "a".repeat(18));
        let error = read(&mut connection, row.as_bytes().chunks(3)).unwrap_err();
        assert_eq!(error, ProtocolError::LineTooLong { max: 20 });
    }
    let mut connection = asked(&[Request::Metadump(Classes::All)], limits);
    let row = format!("key={}\n", "a".repeat(16));
    assert_eq!(read(&mut connection, [row.as_bytes()]).unwrap().len(), 1);
}

/// The push is refused, and nothing was queued.
fn check_refused(connection: &mut Connection<usize>, request: &Request<'_>, error: SendError) {
    let (queued, pending) = (connection.queued(), connection.pending());
    assert_eq!(connection.push(request, 9), Err((error, 9)));
    assert_eq!(
        (connection.queued(), connection.pending()),
        (queued, pending)
    );
}

#[test]
fn a_stream_is_alone() {
    let metadump = Request::Metadump(Classes::All);
    let alone = || SendError::NotAlone {
        command: "lru_crawler metadump",
    };
    let mut connection = asked(&[get("a")], Limits::default());
    check_refused(&mut connection, &metadump, alone());
    feed(&mut connection, [&b"END\r\n"[..]]).unwrap();
    connection.push(&metadump, 1).unwrap();
    check_refused(&mut connection, &get("a"), alone());
    check_refused(&mut connection, &metadump, alone());
    let _ = connection.take_outgoing();
    let end = read(&mut connection, [&b"key=a\nEND\r\n"[..]]).unwrap();
    assert_eq!(end, [row("key=a"), Told::Answer(Reply::Ok)]);
    connection.push(&set(), 2).unwrap();
    assert_eq!(
        alone().to_string(),
        "lru_crawler metadump needs the connection for itself, with no other request pending",
    );
}

#[test]
fn nothing_follows_the_last_request() {
    let watch = Request::Watch(LogTopics::default());
    let shutdown = Request::Shutdown { graceful: true };
    for last in [watch, shutdown, Request::Quit] {
        let mut connection = asked(&[last], Limits::default());
        check_refused(&mut connection, &get("a"), SendError::Closed);
    }
}

#[test]
fn a_shutdown_is_refused_or_closes() {
    let request = Request::Shutdown { graceful: false };
    let mut out = Outgoing::default();
    text::encode_request(&request, &Limits::default(), &mut out).unwrap();
    assert_eq!(written(out), b"shutdown\r\n");
    let mut connection = asked(std::slice::from_ref(&request), Limits::default());
    assert!(connection.closed(u64::MAX).eq([(0, Sent::Maybe)]));

    let check = |line: &[u8], kind, disposition| {
        let mut connection = asked(std::slice::from_ref(&request), Limits::default());
        let reply = Reply::Refused(Refusal::new(kind, "shutdown not enabled"));
        let answer = Answer {
            tag: 0,
            reply,
            disposition,
        };
        assert_eq!(feed_all(&mut connection, [line]).0, [answer]);
    };
    let (error, server) = (RefusalKind::UnknownCommand, RefusalKind::Server);
    check(b"ERROR: shutdown not enabled\r\n", error, Disposition::Drop);
    check(
        b"SERVER_ERROR: shutdown not enabled\r\n",
        server,
        Disposition::Keep,
    );
}
