//! Which replies a request can have, and what becomes of the connection, row by row.

use super::*;
use crate::{PrefixCounts, Refusal};

const ALL: [Kind; 37] = [
    Kind::Get { cas: false },
    Kind::Get { cas: true },
    Kind::GetMany { cas: false },
    Kind::GetMany { cas: true },
    Kind::Gat { cas: false },
    Kind::Gat { cas: true },
    Kind::GatMany { cas: false },
    Kind::GatMany { cas: true },
    Kind::Set,
    Kind::Add,
    Kind::Replace,
    Kind::Append,
    Kind::Prepend,
    Kind::Cas,
    Kind::Delete,
    Kind::Incr,
    Kind::Decr,
    Kind::Touch,
    Kind::Batch,
    Kind::Noop,
    Kind::Stats,
    Kind::StatsDetail,
    Kind::StatsDump,
    Kind::StatsReset,
    Kind::Version,
    Kind::FlushAll,
    Kind::Verbosity,
    Kind::Admin,
    Kind::Metadump,
    Kind::Mgdump,
    Kind::Watch,
    Kind::Auth,
    Kind::SaslList,
    Kind::SaslStart,
    Kind::SaslContinue,
    Kind::Shutdown,
    Kind::Quit,
];

const STORES: [Kind; 6] = [
    Kind::Set,
    Kind::Add,
    Kind::Replace,
    Kind::Append,
    Kind::Prepend,
    Kind::Cas,
];

/// After this refusal the connection is kept by all but these.
fn check(refusal: RefusalKind, dropped_by: &[Kind]) {
    let reply = Reply::Refused(refusal.into());
    let drops = |kind: &Kind| after_one(Protocol::Text, *kind, &reply) == Disposition::Drop;
    let found: Vec<Kind> = ALL.into_iter().filter(drops).collect();
    assert_eq!(found, dropped_by, "{reply:?}");
}

#[test]
fn after_a_refusal() {
    check(RefusalKind::Server, &[]);
    check(RefusalKind::OutOfMemory, &[]);
    check(RefusalKind::TooLarge, &[]);
    check(RefusalKind::Client, &STORES);
    check(RefusalKind::NotNumeric, &STORES);
    check(RefusalKind::UnknownCommand, &ALL);
    check(RefusalKind::Unauthenticated, &ALL);
    check(RefusalKind::Busy, &[]);
    check(RefusalKind::BadClass, &[]);
    check(RefusalKind::NoSparePage, &[]);
    check(RefusalKind::SameClass, &[]);
    check(RefusalKind::NotStarted, &[]);
    check(RefusalKind::MemoryLimitTooSmall, &[]);
    check(RefusalKind::MemoryLimitFailed, &[]);
    check(RefusalKind::TooManyWatchers, &[]);
    check(RefusalKind::WatcherFailed, &[]);
}

#[test]
fn after_an_answer() {
    let answers = [
        Reply::Value(None),
        Reply::Values(vec![None]),
        Reply::Stored,
        Reply::NotStored,
        Reply::Exists,
        Reply::NotFound,
        Reply::Deleted,
        Reply::Touched,
        Reply::Number(0),
        Reply::Version("1".into()),
        Reply::Stats(vec![]),
        Reply::Prefixes(vec![PrefixCounts::default()]),
        Reply::Mechanisms("PLAIN".into()),
        Reply::Challenge("?".into()),
        Reply::Ok,
    ];
    for reply in answers {
        let accepting: Vec<_> = ALL
            .into_iter()
            .filter(|kind| kind.accepts(&reply))
            .collect();
        assert!(
            !accepting.is_empty() && !accepting.contains(&Kind::Quit),
            "{reply:?}"
        );
        assert!(
            accepting
                .into_iter()
                .all(|kind| after_one(Protocol::Text, kind, &reply) == Disposition::Keep)
        );
    }
}

/// In the binary protocol a value cannot be taken for commands, and a packet
/// that does not fit its command is the last that is read.
#[test]
fn after_a_refusal_in_binary() {
    let drops = |refusal: RefusalKind| {
        let reply = Reply::Refused(refusal.into());
        let drops = |kind| after_one(Protocol::Binary, kind, &reply) == Disposition::Drop;
        let of_a_set = drops(Kind::Set);
        assert!(ALL.into_iter().all(|kind| drops(kind) == of_a_set));
        of_a_set
    };
    for lost in [
        RefusalKind::Client,
        RefusalKind::UnknownCommand,
        RefusalKind::Unauthenticated,
    ] {
        assert!(drops(lost), "{lost:?}");
    }
    for kept in [
        RefusalKind::NotNumeric,
        RefusalKind::Server,
        RefusalKind::OutOfMemory,
        RefusalKind::TooLarge,
    ] {
        assert!(!drops(kept), "{kept:?}");
    }
}

/// Meta shares the rules of text: only what stores a value loses the
/// connection if it is found wrong.
#[test]
fn after_a_refusal_in_meta() {
    use crate::{Key, meta};

    let key = Key::new(b"a").unwrap();
    let own = |request: meta::Request<'_>| Kind::of(&Request::Meta(request.into()));
    let pairs = [
        (own(meta::Set::new(key, &b""[..]).into()), Kind::Set),
        (own(meta::Get::new(key).into()), Kind::Delete),
        (own(meta::Delete::new(key).into()), Kind::Delete),
        (own(meta::Arithmetic::new(key).into()), Kind::Delete),
        (own(meta::Debug::new(key).into()), Kind::Delete),
        (own(meta::Request::Noop), Kind::Delete),
    ];
    let same = ALL.into_iter().map(|kind| (kind, kind));
    for (kind, in_text) in same.chain(pairs) {
        for refusal in [
            RefusalKind::UnknownCommand,
            RefusalKind::Client,
            RefusalKind::NotNumeric,
            RefusalKind::Unauthenticated,
            RefusalKind::Server,
            RefusalKind::OutOfMemory,
            RefusalKind::TooLarge,
        ] {
            let reply = Reply::Refused(refusal.into());
            assert_eq!(
                after_one(Protocol::Meta, kind, &reply),
                after_one(Protocol::Text, in_text, &reply),
                "{kind:?} {refusal:?}"
            );
        }
    }
}

#[test]
fn after_a_batch() {
    let check = |parts: &[Kind], replies: &[Reply], expected| {
        let reply = Reply::Batch(replies.to_vec());
        let found = after(
            Protocol::Text,
            Kind::Batch,
            || parts.iter().copied(),
            &reply,
        );
        assert_eq!(found, expected, "{parts:?} {replies:?}");
    };
    let refused = |kind| Reply::Refused(Refusal::from(kind));
    let parts = [Kind::Set, Kind::Delete];
    let stored = Reply::Stored;
    check(
        &parts,
        &[stored.clone(), Reply::NotFound],
        Disposition::Keep,
    );
    check(
        &parts,
        &[refused(RefusalKind::TooLarge), Reply::Deleted],
        Disposition::Keep,
    );
    check(
        &parts,
        &[stored.clone(), refused(RefusalKind::Client)],
        Disposition::Keep,
    );
    check(
        &parts,
        &[refused(RefusalKind::Client), Reply::Deleted],
        Disposition::Drop,
    );
    check(
        &parts,
        &[refused(RefusalKind::UnknownCommand)],
        Disposition::Drop,
    );
    check(&parts, &[stored], Disposition::Drop);
}
