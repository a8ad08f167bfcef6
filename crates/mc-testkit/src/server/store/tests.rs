//! The rules that need a clock or a full memory; all others are compared with memcached itself.

use super::*;

const NOW: u64 = 1_700_000_000;
const MONTH: i32 = 30 * 24 * 60 * 60;

/// A store of 1 KiB with items of up to 512 bytes.
fn store() -> Store {
    Store::new(512, 1024)
}

fn key(name: &str) -> Key<'_> {
    Key::new(name.as_bytes()).unwrap()
}

fn set(store: &mut Store, name: &str, exptime: i32, len: usize) -> Reply {
    let value = vec![b'x'; len];
    let request = Request::Store {
        verb: Verb::Set,
        key: key(name),
        flags: 0,
        exptime: Exptime::from_wire(exptime),
        value: value[..].into(),
    };
    store.execute(&request, NOW)
}

fn is_there(store: &mut Store, name: &str, now: u64) -> bool {
    let get = Request::Get {
        key: key(name),
        cas: false,
    };
    match store.execute(&get, now) {
        Reply::Value(item) => item.is_some(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn items_end_in_their_second() {
    let month = MONTH as u64;
    // Exptime, the last second with the item, the first without: seconds from NOW.
    let rows = [
        (0, Some(100 * month), None),
        (1, Some(0), Some(1)),
        (MONTH, Some(month - 1), Some(month)),
        (NOW as i32 + 10, Some(9), Some(10)),
        (MONTH + 1, None, Some(0)),
        (-1, None, Some(0)),
    ];
    for (exptime, last, first) in rows {
        let mut store = store();
        assert_eq!(set(&mut store, "a", exptime, 1), Reply::Stored);
        if let Some(last) = last {
            assert!(is_there(&mut store, "a", NOW + last), "{exptime}");
        }
        if let Some(first) = first {
            assert!(!is_there(&mut store, "a", NOW + first), "{exptime}");
            assert_eq!(store.bytes, 0, "an item that has ended is removed");
        }
    }
}

#[test]
fn touch_gives_a_new_end() {
    let mut store = store();
    set(&mut store, "a", 5, 1);
    let touch = |seconds| Request::Touch {
        key: key("a"),
        exptime: Exptime::from_wire(seconds),
    };
    assert_eq!(store.execute(&touch(50), NOW), Reply::Touched);
    assert!(is_there(&mut store, "a", NOW + 49));
    assert_eq!(store.execute(&touch(0), NOW + 49), Reply::Touched);
    assert!(is_there(&mut store, "a", NOW + 50));
    assert_eq!(store.execute(&touch(-1), NOW + 50), Reply::Touched);
    assert_eq!(store.execute(&touch(0), NOW + 50), Reply::NotFound);
}

#[test]
fn a_delayed_flush_takes_what_was_written_before() {
    let mut store = store();
    let flush = |delay| Request::FlushAll { delay: Some(delay) };
    set(&mut store, "a", 0, 1);
    assert_eq!(store.execute(&flush(10), NOW), Reply::Ok);
    assert!(is_there(&mut store, "a", NOW + 9));
    assert!(!is_there(&mut store, "a", NOW + 10));

    set(&mut store, "b", 0, 1);
    assert!(is_there(&mut store, "b", NOW + 11), "the flush is over");

    store.execute(&flush(10), NOW);
    store.execute(&flush(20), NOW);
    assert!(is_there(&mut store, "b", NOW + 19), "the last one counts");
    store.execute(&flush(0), NOW + 19);
    assert!(!is_there(&mut store, "b", NOW + 19));
}

#[test]
fn the_oldest_go_where_memory_ends() {
    let mut store = store();
    // 59 bytes beside key and value: 256 each, four fit.
    for name in ["a", "b", "c", "d"] {
        assert_eq!(set(&mut store, name, 0, 196), Reply::Stored);
    }
    set(&mut store, "a", 0, 196);
    set(&mut store, "e", 0, 196);
    let there =
        |store: &mut Store| ["a", "b", "c", "d", "e"].map(|name| is_there(store, name, NOW));
    assert_eq!(there(&mut store), [true, false, true, true, true]);
    assert_eq!(store.bytes, 1024);
    set(&mut store, "f", 0, 197);
    assert_eq!(there(&mut store), [true, false, false, false, true]);
    assert_eq!(store.bytes, 3 * 256 + 1);
}

#[test]
fn what_does_not_fit_is_refused() {
    let mut store = store();
    assert_eq!(set(&mut store, "a", 0, 512 - 60), Reply::Stored);
    let too_large = Reply::Refused(RefusalKind::TooLarge.into());
    assert_eq!(set(&mut store, "b", 0, 512 - 59), too_large);
    assert!(!is_there(&mut store, "b", NOW));

    let mut tiny = Store::new(512, 100);
    let out_of_memory = Reply::Refused(RefusalKind::OutOfMemory.into());
    assert_eq!(set(&mut tiny, "a", 0, 41), out_of_memory);
    assert_eq!(set(&mut tiny, "a", 0, 40), Reply::Stored);
}

#[test]
fn stats_count() {
    let mut store = store();
    set(&mut store, "a", 0, 1);
    is_there(&mut store, "a", NOW);
    is_there(&mut store, "b", NOW);
    let mut check = |topic, name: &str, value: Option<&str>| {
        let Reply::Stats(rows) = store.execute(&Request::Stats { topic }, NOW) else {
            panic!("stats answers with rows");
        };
        let row = rows.iter().find(|row| row.0 == name);
        assert_eq!(
            row.map(|row| &row.1[..]),
            value.map(str::as_bytes),
            "{name}"
        );
    };
    check(None, "cmd_get", Some("2"));
    check(None, "get_hits", Some("1"));
    check(None, "get_misses", Some("1"));
    check(None, "curr_items", Some("1"));
    check(None, "bytes", Some("61"));
    check(None, "time", Some("1700000000"));
    check(Some(StatsTopic::Settings), "item_size_max", Some("512"));
    check(Some(StatsTopic::Slabs), "cmd_get", None);
}

#[test]
fn counting_begins_again_and_items_stay() {
    let mut store = store();
    store.counters.connected();
    set(&mut store, "a", 0, 1);
    let gat = Request::Gat {
        key: key("a"),
        exptime: Exptime::from_wire(10),
        cas: false,
    };
    assert!(matches!(store.execute(&gat, NOW), Reply::Value(Some(_))));
    let counted = |store: &Store, name: &str| store.counters.rows().find(|row| row.0 == name);
    assert_eq!(
        counted(&store, "touch_hits"),
        Some(("touch_hits", 1)),
        "a gat is a touch"
    );
    let reset = Request::Stats {
        topic: Some(StatsTopic::Reset),
    };
    assert_eq!(store.execute(&reset, NOW), Reply::Ok);
    assert_eq!(counted(&store, "touch_hits"), Some(("touch_hits", 0)));
    assert_eq!(
        counted(&store, "curr_connections"),
        Some(("curr_connections", 1))
    );
    assert!(!is_there(&mut store, "a", NOW + 10));
}
