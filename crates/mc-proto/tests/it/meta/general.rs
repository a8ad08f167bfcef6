//! Meta's commands in the words of every protocol, and answers in meta's.

use mc_proto::{
    Exptime, Initial, Item, Key, Limits, Outgoing, Refusal, RefusalKind, Reply, Request, Verb,
    meta, text,
};

use crate::support::{get, gets, key, store, written};

/// What the line and value before the reply ask, and how the reply is written.
fn check(sent: &str, general: Option<Request<'_>>, reply: &Reply, received: &str) {
    let limits = Limits::default();
    let incoming = text::decode_request(sent.as_bytes(), &limits)
        .unwrap()
        .unwrap();
    let Request::Meta(request) = &incoming.request else {
        panic!("{sent:?} is meta")
    };
    assert_eq!(request.general(), general, "{sent:?}");
    let mut out = Outgoing::default();
    let answer = request
        .answer(reply)
        .map_or_else(|| reply.clone(), |answer| Reply::Meta(answer.into()));
    match text::encode_reply(&incoming.request, &answer, &mut out) {
        Ok(()) => assert_eq!(
            String::from_utf8(written(out)).unwrap(),
            received,
            "{sent:?}"
        ),
        Err(error) => assert_eq!(error.to_string(), received, "{sent:?}"),
    }
}

fn hit() -> Reply {
    Reply::Value(Some(Item {
        flags: 5,
        cas: Some(9),
        value: "v".into(),
    }))
}

#[test]
fn reads() {
    let gat = |cas| Request::Gat {
        key: key("a"),
        exptime: Exptime::from_wire(60),
        cas,
    };
    let touch = Request::Touch {
        key: key("a"),
        exptime: Exptime::AT_ONCE,
    };
    check("mg a v\r\n", Some(get("a")), &hit(), "VA 1\r\nv\r\n");
    check(
        "mg a v f c O1\r\n",
        Some(gets("a")),
        &hit(),
        "VA 1 f5 c9 O1\r\nv\r\n",
    );
    check("mg a v q k\r\n", Some(get("a")), &Reply::Value(None), "");
    check("mg a v\r\n", Some(get("a")), &Reply::Value(None), "EN\r\n");
    check("mg a v T60\r\n", Some(gat(false)), &hit(), "VA 1\r\nv\r\n");
    check(
        "mg a v c T60\r\n",
        Some(gat(true)),
        &hit(),
        "VA 1 c9\r\nv\r\n",
    );
    check(
        "mg a T-1 O2\r\n",
        Some(touch.clone()),
        &Reply::Touched,
        "HD O2\r\n",
    );
    check("mg a T-1\r\n", Some(touch), &Reply::NotFound, "EN\r\n");
    check("mg a\r\n", Some(get("a")), &hit(), "HD\r\n");
    check("mg a k\r\n", Some(get("a")), &hit(), "HD ka\r\n");
    check("mg a\r\n", Some(get("a")), &Reply::Value(None), "EN\r\n");
    check("mg a f T1\r\n", None, &hit(), "HD f5\r\n");
    check("mg a v t\r\n", None, &hit(), "VA 1\r\nv\r\n");
    let raw = Key::raw(b"a b").unwrap();
    let get_raw = Request::Get {
        key: raw,
        cas: false,
    };
    check(
        "mg YSBi b v\r\n",
        Some(get_raw),
        &Reply::Value(None),
        "EN\r\n",
    );
    let wrong = "the reply does not answer a mg";
    check("mg a v\r\n", Some(get("a")), &Reply::Stored, wrong);
}

#[test]
fn changes() {
    let delete = || Some(Request::Delete { key: key("a") });
    let modes = [
        ("", Verb::Set),
        (" ME", Verb::Add),
        (" MR", Verb::Replace),
        (" MA", Verb::Append),
        (" MP", Verb::Prepend),
        (" C7", Verb::Cas(7)),
    ];
    for (flags, verb) in modes {
        let sent = format!("ms a 1{flags} O3\r\n1\r\n");
        let general = || Some(store(verb, "1"));
        check(&sent, general(), &Reply::Stored, "HD O3\r\n");
        check(&sent, general(), &Reply::NotStored, "NS O3\r\n");
        check(&sent, general(), &Reply::Exists, "EX O3\r\n");
        check(&sent, general(), &Reply::NotFound, "NF O3\r\n");
    }
    check("ms a 1 ME C7\r\n1\r\n", None, &Reply::Stored, "HD\r\n");
    check("ms a 1 c\r\n1\r\n", None, &Reply::Stored, "HD\r\n");
    check("md a\r\n", delete(), &Reply::Deleted, "HD\r\n");
    check("md a q\r\n", delete(), &Reply::Deleted, "");
    check("md a\r\n", delete(), &Reply::NotFound, "NF\r\n");
    check("md a C7\r\n", None, &Reply::Deleted, "HD\r\n");
    let refused = Reply::Refused(Refusal::from(RefusalKind::Server));
    check(
        "md a q\r\n",
        delete(),
        &refused,
        "SERVER_ERROR internal error\r\n",
    );
}

#[test]
fn numbers_and_the_rest() {
    let initial = Some(Initial {
        value: 3,
        exptime: Exptime::from_wire(60),
    });
    let incr = Request::Incr {
        key: key("a"),
        delta: 5,
        initial,
    };
    let decr = Request::Decr {
        key: key("a"),
        delta: 1,
        initial: None,
    };
    let number = Reply::Number(10);
    check(
        "ma a N60 J3 D5 v\r\n",
        Some(incr),
        &number,
        "VA 2\r\n10\r\n",
    );
    check("ma a MD\r\n", Some(decr.clone()), &number, "HD\r\n");
    check("ma a MD v\r\n", Some(decr), &Reply::NotFound, "NF\r\n");
    check("ma a T5\r\n", None, &number, "HD\r\n");
    check("mn\r\n", Some(Request::Noop), &Reply::Ok, "MN\r\n");
    let debug = meta::Reply::Debug(vec![("exp".into(), "-1".into())]);
    check(
        "me a\r\n",
        None,
        &Reply::Meta(debug.into()),
        "ME a exp=-1\r\n",
    );
}
