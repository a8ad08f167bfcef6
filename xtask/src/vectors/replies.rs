//! `replies.jsonl`: what becomes of an operation when a fake server answers it with these bytes.

use anyhow::{Result, bail};
use bytes::{Buf, BytesMut};
use mc_proto::{
    Answer, Connection, Disposition, Exptime, Item, Key, Limits, Protocol, ProtocolError, Received,
    Refusal, RefusalKind, Reply, Request, Verb,
};
use serde::Deserialize;

use super::deviations::{self, Deviation};
use super::{Report, Vectors, Verdict, unhex};

#[derive(Deserialize)]
struct Row {
    op: String,
    label: String,
    binary: bool,
    reply_hex: String,
    /// The fake server hangs up after its reply.
    close: bool,
    /// What the operation gave, unless it killed the process.
    result: Option<Theirs>,
    next_get: Option<Next>,
}

#[derive(Deserialize)]
struct Theirs {
    rc: u32,
    val: Option<String>,
    flags: Option<u32>,
    value: Option<u64>,
    version: Option<Vec<u8>>,
    results: Option<Vec<Found>>,
}

#[derive(Deserialize)]
struct Found {
    val: String,
    flags: u32,
}

#[derive(Deserialize)]
struct Next {
    reconnected: bool,
}

/// What the operation gave us.
#[derive(Debug)]
enum Ours {
    Answered(Answer<()>),
    /// The bytes are no reply to what was asked.
    Lost(ProtocolError),
    /// They are the start of one.
    Waits,
}

/// Each reply is a row.
pub(super) fn check(vectors: &Vectors, report: &mut Report) -> Result<()> {
    for row in vectors.rows::<Row>("replies.jsonl")? {
        let wire = unhex(&row.reply_hex)?;
        let name = format!(
            "{} {} {:.80}",
            row.op,
            row.label,
            format!("'{}'", wire.escape_ascii())
        );
        report.count(name, verdict(&row, &wire));
    }
    Ok(())
}

fn verdict(row: &Row, wire: &[u8]) -> Result<Verdict> {
    let request = request(&row.op)?;
    let ours = ask(&request, row.binary, wire)?;
    Ok(match difference(row, &ours) {
        None => Verdict::Holds,
        Some(difference) => match excuse(row, &ours, wire) {
            Some(deviation) => Verdict::Deviates(deviation),
            None => Verdict::Fails(difference),
        },
    })
}

/// What the recording asked for; its key is `k`. It wrote `exist` as an add of nothing.
fn request(op: &str) -> Result<Request<'static>> {
    let key = Key::new(b"k")?;
    let store = |verb, exptime| Request::Store {
        verb,
        key,
        flags: 0,
        exptime,
        value: b"v"[..].into(),
    };
    Ok(match op {
        "get" => Request::Get { key, cas: false },
        "mget" => Request::GetMany {
            keys: [key, Key::new(b"k2")?].into_iter().collect(),
            cas: false,
        },
        "set" => store(Verb::Set, Exptime::NEVER),
        "add" => store(Verb::Add, Exptime::NEVER),
        "exist" => store(Verb::Add, Exptime::from_wire(2_678_400)),
        "append" => store(Verb::Append, Exptime::NEVER),
        "cas" => store(Verb::Cas(5), Exptime::NEVER),
        "delete" => Request::Delete { key },
        "incr" => Request::Incr {
            key,
            delta: 1,
            initial: None,
        },
        "touch" => Request::Touch {
            key,
            exptime: Exptime::from_wire(5),
        },
        "flush" => Request::FlushAll { delay: None },
        "version" => Request::Version,
        _ => bail!("no operation is called {op}"),
    })
}

fn ask(request: &Request<'_>, binary: bool, wire: &[u8]) -> Result<Ours> {
    let protocol = if binary {
        Protocol::Binary
    } else {
        Protocol::Text
    };
    let mut connection = Connection::new(protocol, Limits::default());
    connection.push(request, ()).map_err(|(error, ())| error)?;
    let mut sent = connection.take_outgoing();
    let mut wire = BytesMut::from(wire);
    if binary {
        fill_in(&mut wire, &sent.copy_to_bytes(sent.remaining()));
    }
    Ok(match connection.receive(&mut wire) {
        Ok(received) => received
            .and_then(Received::answer)
            .map_or(Ours::Waits, Ours::Answered),
        Err(error) => Ours::Lost(error),
    })
}

/// A recorded packet has stand-ins for the opcode and the number of the packet that it answers.
fn fill_in(wire: &mut [u8], sent: &[u8]) {
    if let Some(opcode @ 0xee) = wire.get_mut(1) {
        *opcode = sent[1];
    }
    if let Some(opaque) = wire.get_mut(12..16).filter(|opaque| *opaque == b"OPAQ") {
        opaque.copy_from_slice(&sent[12..16]);
    }
}

/// The return code that libmemcached has for the same.
fn code(op: &str, reply: &Reply) -> u32 {
    match reply {
        // An add that is refused because the key is there: so it exists.
        Reply::NotStored if op == "exist" => 0,
        Reply::Stored if op == "exist" => NOT_FOUND,
        Reply::Value(None) | Reply::NotFound => NOT_FOUND,
        Reply::NotStored => 14,
        Reply::Exists => 12,
        Reply::Refused(refusal) => refused(refusal),
        _ => 0,
    }
}

const NOT_FOUND: u32 = 16;
const CONNECTION_FAILURE: u32 = 3;
const SOME_ERRORS: u32 = 19;
const TIMEOUT: u32 = 31;

fn refused(refusal: &Refusal) -> u32 {
    match refusal.kind {
        RefusalKind::UnknownCommand => 11,
        RefusalKind::OutOfMemory => 48,
        RefusalKind::TooLarge => 37,
        RefusalKind::Server => 10,
        _ => 9,
    }
}

/// Operations on every server at once: any failure is "some errors".
fn is_for_all(op: &str) -> bool {
    matches!(op, "flush" | "version")
}

/// How ours differs from what was recorded, if it does.
fn difference(row: &Row, ours: &Ours) -> Option<String> {
    let Some(theirs) = &row.result else {
        return Some("the reference aborts".to_owned());
    };
    let kept = kept(row);
    let same = match ours {
        Ours::Answered(answer) => {
            let keeps = answer.disposition == Disposition::Keep;
            same_code(row, theirs, &answer.reply) && says(&answer.reply, theirs) && keeps == kept
        }
        Ours::Lost(_) => matches!(theirs.rc, 7 | 8 | SOME_ERRORS) && !kept,
        Ours::Waits if is_for_all(&row.op) => theirs.rc == SOME_ERRORS,
        Ours::Waits if row.close => theirs.rc == CONNECTION_FAILURE,
        Ours::Waits => theirs.rc == TIMEOUT,
    };
    (!same).then(|| format!("{ours:?}, but rc {}, kept: {kept}", theirs.rc))
}

/// Whether the reference went on with the connection; where the server hung up nobody can say, and it does not matter.
fn kept(row: &Row) -> bool {
    !row.next_get.as_ref().is_some_and(|next| next.reconnected)
}

fn same_code(row: &Row, theirs: &Theirs, reply: &Reply) -> bool {
    match code(&row.op, reply) {
        0 => theirs.rc == 0,
        _ if is_for_all(&row.op) => theirs.rc == SOME_ERRORS,
        code => theirs.rc == code,
    }
}

/// Whether what is beside the code is the same.
fn says(reply: &Reply, theirs: &Theirs) -> bool {
    let is = |item: &Item, val: &str, flags| {
        unhex(val).is_ok_and(|val| val == item.value) && item.flags == flags
    };
    match (reply, theirs) {
        (
            Reply::Value(Some(item)),
            Theirs {
                val: Some(val),
                flags: Some(flags),
                ..
            },
        ) => is(item, val, *flags),
        (
            Reply::Values(items),
            Theirs {
                results: Some(results),
                ..
            },
        ) => {
            let found: Vec<_> = items.iter().flatten().collect();
            let same = |(item, row): (&&Item, &Found)| is(item, &row.val, row.flags);
            found.len() == results.len() && found.iter().zip(results).all(same)
        }
        (Reply::Value(Some(_)) | Reply::Values(_), _) => false,
        (Reply::Number(number), _) => theirs.value == Some(*number),
        (Reply::Version(version), _) => theirs.version == Some(numbers(version)),
        _ => true,
    }
}

/// The three numbers that libmemcached reads from a version.
fn numbers(version: &[u8]) -> Vec<u8> {
    let words = String::from_utf8_lossy(version);
    let read = words
        .split('.')
        .map(|word| word.parse().unwrap_or_default());
    read.chain([0, 0, 0]).take(3).collect()
}

/// The deliberate difference that a row falls under, by what the bytes are.
fn excuse(row: &Row, ours: &Ours, wire: &[u8]) -> Option<&'static Deviation> {
    let reads = matches!(row.op.as_str(), "get" | "mget");
    match ours {
        Ours::Lost(_) if row.binary => Some(&deviations::WRONG_PACKET),
        Ours::Lost(_) if !begins_right(row, wire) => Some(&deviations::FOREIGN_REPLY),
        Ours::Lost(ProtocolError::WrongKey { .. }) => Some(&deviations::WRONG_KEY),
        Ours::Lost(_) => Some(&deviations::LOOSE_REPLY),
        Ours::Waits => reads.then_some(&deviations::HALF_A_REPLY),
        Ours::Answered(answer) if row.binary => match answer.reply {
            Reply::Refused(_) if reads => Some(&deviations::ERROR_AS_MISS),
            Reply::Refused(_) => Some(&deviations::STATUS_UNREAD),
            Reply::NotStored => Some(&deviations::PROTOCOLS_AGREE),
            Reply::Version(_) => Some(&deviations::VERSION_TEXT),
            _ => None,
        },
        Ours::Answered(answer) => text_excuse(row, answer),
    }
}

fn text_excuse(row: &Row, answer: &Answer<()>) -> Option<&'static Deviation> {
    let theirs = row.result.as_ref()?;
    let keeps = answer.disposition == Disposition::Keep;
    let reads = matches!(row.op.as_str(), "get" | "mget");
    match &answer.reply {
        Reply::Refused(_) if reads && theirs.val.is_none() => Some(&deviations::ERROR_AS_MISS),
        Reply::Refused(refusal) if same_code(row, theirs, &answer.reply) => match refusal.kind {
            RefusalKind::Server if keeps => Some(&deviations::KEPT_AFTER_SERVER_ERROR),
            RefusalKind::UnknownCommand | RefusalKind::Client if !keeps => {
                Some(&deviations::DROPPED_AFTER_ERROR)
            }
            _ => None,
        },
        Reply::Version(_) => Some(&deviations::VERSION_TEXT),
        _ => None,
    }
}

/// Whether the first word is one that memcached answers such a request with.
fn begins_right(row: &Row, wire: &[u8]) -> bool {
    let words: &[&[u8]] = match row.op.as_str() {
        "get" | "mget" => &[b"VALUE", b"END"],
        "set" | "add" | "exist" | "append" => &[b"STORED", b"NOT_STORED"],
        "cas" => &[b"STORED", b"EXISTS", b"NOT_FOUND"],
        "delete" => &[b"DELETED", b"NOT_FOUND"],
        "touch" => &[b"TOUCHED", b"NOT_FOUND"],
        "flush" => &[b"OK"],
        "version" => &[b"VERSION"],
        _ => &[b"NOT_FOUND"],
    };
    let first = wire
        .split(|byte| byte.is_ascii_whitespace())
        .next()
        .unwrap_or_default();
    let number = row.op == "incr" && first.first().is_some_and(u8::is_ascii_digit);
    let refusals: [&[u8]; 3] = [b"ERROR", b"CLIENT_ERROR", b"SERVER_ERROR"];
    number || words.contains(&first) || refusals.contains(&first)
}
