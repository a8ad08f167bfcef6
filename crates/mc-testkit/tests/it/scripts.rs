//! What is asked of both servers. Each script starts on an empty server and a fresh connection.
//!
//! Only what all versions of memcached 1.6 answer alike is asked, and no storage command whose
//! length cannot be read: memcached takes its value for commands, mc-proto ends the connection.

/// A name, and the requests in their order; `{cas}` is the last cas number that `gets` has shown.
pub(crate) type Script = (&'static str, &'static [&'static str]);

pub(crate) const SCRIPTS: &[Script] = &[
    (
        "set and get",
        &[
            "get a\r\n",
            "set a 0 0 5\r\nhello\r\n",
            "get a\r\n",
            "set a 4294967295 0 0\r\n\r\n",
            "get a\r\n",
            "get b a c a\r\n",
            "set crlf 7 0 4\r\n\r\n\r\n\r\n",
            "get crlf\r\n",
            "set \u{e9}t\u{e9} 1 0 2\r\n\u{e9}\r\n",
            "get \u{e9}t\u{e9}\r\n",
        ],
    ),
    (
        "conditions",
        &[
            "replace a 0 0 1\r\nx\r\n",
            "append a 0 0 1\r\nx\r\n",
            "prepend a 0 0 1\r\nx\r\n",
            "add a 3 0 1\r\nx\r\n",
            "add a 0 0 1\r\ny\r\n",
            "append a 9 0 2\r\n>>\r\n",
            "prepend a 9 0 2\r\n<<\r\n",
            "get a\r\n",
            "replace a 4 0 1\r\nz\r\n",
            "get a\r\n",
            "append a 0 0 0\r\n\r\n",
            "get a\r\n",
        ],
    ),
    (
        "cas",
        &[
            "cas a 0 0 1 1\r\nx\r\n",
            "set a 1 0 1\r\nx\r\n",
            "gets a\r\n",
            "cas a 2 0 1 {cas}\r\ny\r\n",
            "cas a 3 0 1 {cas}\r\nz\r\n",
            "gets a\r\n",
            "append a 0 0 1\r\n+\r\n",
            "gets a\r\n",
            "touch a 100\r\n",
            "gets a\r\n",
            "cas a 2 0 1 18446744073709551615\r\ny\r\n",
            "cas a 2 0 1 0\r\ny\r\n",
            "delete a\r\n",
            "cas a 2 0 1 {cas}\r\ny\r\n",
            "set b 0 0 1\r\n1\r\n",
            "gets b\r\n",
            "incr b 1\r\n",
            "gets b c b\r\n",
        ],
    ),
    (
        "delete and touch",
        &[
            "delete a\r\n",
            "touch a 0\r\n",
            "set a 0 0 1\r\nx\r\n",
            "touch a 100\r\n",
            "get a\r\n",
            "touch a -1\r\n",
            "get a\r\n",
            "set a 0 0 1\r\nx\r\n",
            "delete a\r\n",
            "delete a\r\n",
            "set a 0 0 1\r\nx\r\n",
            "delete a 0\r\n",
            "get a\r\n",
        ],
    ),
    (
        "get and touch",
        &[
            "gat 10 a\r\n",
            "set a 5 0 1\r\nx\r\n",
            "gat 100 a\r\n",
            "gats 100 a\r\n",
            "set b 0 0 1\r\ny\r\n",
            "gat 0 b c a\r\n",
            "gats 0 a b noreply\r\n",
            "gat -1 a\r\n",
            "get a b\r\n",
            "gat\r\n",
            "gat x b\r\n",
        ],
    ),
    (
        "verbosity",
        &[
            "verbosity 0\r\n",
            "verbosity 0 noreply\r\n",
            "verbosity\r\n",
            "stats reset\r\n",
        ],
    ),
    (
        "meta",
        &[
            "mg a v\r\n",
            "ms a 1 F5 O1\r\nx\r\n",
            "mg a v f O2 k\r\n",
            "ms a 1 ME O3\r\ny\r\n",
            "ms b 1 MR\r\ny\r\n",
            "ms a 1 MA\r\n+\r\n",
            "ms b 1 MP\r\n+\r\n",
            "mg a v T100\r\n",
            "mg a T0 O4\r\n",
            "mg b T0\r\n",
            "ms a 1 C18446744073709551615\r\nz\r\n",
            "ms b 1 C1\r\nz\r\n",
            "ma n\r\n",
            "ma n N0 J7 v\r\n",
            "ma n v D5 O5\r\n",
            "ma n MD v D100\r\n",
            "ma a v\r\n",
            "mg n v\r\n",
            "md a O6\r\n",
            "md a O7\r\n",
            "mn\r\n",
            "mg a v q\r\nmg n v q\r\nms c 1 q\r\n1\r\nmd c q\r\nmd c q\r\nmn\r\n",
            "mg YSBi b v k\r\n",
            "ms YSBi 1 b\r\nx\r\n",
            "mg YSBi b v k\r\n",
            "mg a v v\r\n",
        ],
    ),
    (
        "expiry",
        &[
            "set a 0 -1 1\r\nx\r\n",
            "get a\r\n",
            "set a 0 100 1\r\nx\r\n",
            "get a\r\n",
            "set a 0 2592000 1\r\nx\r\n",
            "get a\r\n",
            "set a 0 2592001 1\r\nx\r\n",
            "get a\r\n",
            "set a 0 2147483647 1\r\nx\r\n",
            "get a\r\n",
            "replace a 0 -1 1\r\ny\r\n",
            "add a 0 0 1\r\nz\r\n",
            "get a\r\n",
        ],
    ),
    (
        "arithmetic",
        &[
            "incr n 1\r\n",
            "decr n 1\r\n",
            "set n 6 0 2\r\n10\r\n",
            "incr n 5\r\n",
            "decr n 6\r\n",
            "get n\r\n",
            "incr n 1\r\n",
            "get n\r\n",
            "incr n 90\r\n",
            "decr n 1000\r\n",
            "get n\r\n",
            "set n 6 0 20\r\n18446744073709551615\r\n",
            "incr n 2\r\n",
            "get n\r\n",
            "incr n 18446744073709551615\r\n",
            "set n 0 0 20\r\n18446744073709551616\r\n",
            "incr n 1\r\n",
            "set n 0 0 4\r\nfour\r\n",
            "incr n 1\r\n",
            "decr n 1\r\n",
            "set n 0 0 0\r\n\r\n",
            "incr n 1\r\n",
            "set n 0 0 3\r\n 7 \r\n",
            "incr n 1\r\n",
            "get n\r\n",
            "set n 0 0 4\r\n12 x\r\n",
            "incr n 1\r\n",
            "get n\r\n",
            "set n 0 0 2\r\n-1\r\n",
            "incr n 1\r\n",
            "set n 0 0 2\r\n1x\r\n",
            "incr n 1\r\n",
            "incr n -1\r\n",
            "incr n x\r\n",
            "incr n\r\n",
        ],
    ),
    (
        "noreply",
        &[
            "set a 0 0 1 noreply\r\nx\r\n",
            "get a\r\n",
            "add a 0 0 1 noreply\r\ny\r\n",
            "append a 0 0 1 noreply\r\ny\r\n",
            "get a\r\n",
            "set n 0 0 1 noreply\r\n1\r\n",
            "incr n 4 noreply\r\n",
            "decr n 2 noreply\r\n",
            "touch n 100 noreply\r\n",
            "get n\r\n",
            "gets a\r\n",
            "cas a 0 0 1 {cas} noreply\r\nz\r\n",
            "get a\r\n",
            "delete a noreply\r\n",
            "get a\r\n",
            "flush_all noreply\r\n",
            "get n\r\n",
        ],
    ),
    (
        "flush_all",
        &[
            "set a 0 0 1\r\nx\r\n",
            "flush_all 1000\r\n",
            "get a\r\n",
            "flush_all\r\n",
            "get a\r\n",
            "set a 0 0 1\r\ny\r\n",
            "get a\r\n",
            "flush_all 0\r\n",
            "get a\r\n",
            "flush_all x\r\n",
        ],
    ),
    (
        "wrong requests",
        &[
            "nonsense\r\n",
            "get\r\n",
            "gets\r\n",
            "incr\r\n",
            "touch a\r\n",
            "delete\r\n",
            "GET a\r\n",
            "incr n 18446744073709551616\r\n",
            "touch a x\r\n",
        ],
    ),
    (
        "pipelined",
        &[
            "set a 0 0 1\r\nx\r\nget a\r\nget b\r\nset n 0 0 1\r\n1\r\nincr n 1\r\ndelete a\r\nget a n\r\n",
        ],
    ),
    (
        "line ends and spaces",
        &[
            "set a 0 0 1\nx\r\n",
            "get a\n",
            "get  a   b \r\n",
            "set  a  1  0  1 \r\ny\r\n",
            "get a\r\n",
        ],
    ),
    ("quit", &["set a 0 0 1\r\nx\r\nget a\r\nquit\r\nget a\r\n"]),
];

/// Requests that are long: a name, a size, and how to make the requests of it.
pub(crate) type Long = (&'static str, usize, fn(usize) -> Vec<String>);

pub(crate) const LONG: &[Long] = &[
    ("a large value", 900_000, values),
    (
        "a value over the limit, and the old item is gone",
        1_100_000,
        values,
    ),
    ("a key of 250 bytes", 250, keys),
    ("append past the limit", 600_000, appends),
    ("many keys", 99, many),
];

fn values(len: usize) -> Vec<String> {
    let value = "v".repeat(len);
    let verbs = ["set", "add", "replace", "append", "set"];
    let store = |verb| format!("{verb} a 0 0 {len}\r\n{value}\r\n");
    let mut requests = vec!["set a 0 0 1\r\nx\r\n".to_owned(), "get a\r\n".to_owned()];
    for verb in verbs {
        requests.extend(["get a\r\n".to_owned(), store(verb)]);
    }
    requests.push("get a\r\n".to_owned());
    requests
}

fn keys(len: usize) -> Vec<String> {
    let key = "k".repeat(len);
    vec![
        format!("set {key} 0 0 1\r\nx\r\n"),
        format!("get {key}\r\n"),
        format!("get {key}k\r\n"),
        format!("delete {key}k\r\n"),
        format!("incr {key}k 1\r\n"),
        format!("touch {key}k 1\r\n"),
        format!("get {key}\r\n"),
    ]
}

fn appends(len: usize) -> Vec<String> {
    let value = "v".repeat(len);
    vec![
        format!("set a 0 0 {len}\r\n{value}\r\n"),
        format!("append a 0 0 {len}\r\n{value}\r\n"),
        format!("prepend a 0 0 {len}\r\n{value}\r\n"),
        "get a\r\n".to_owned(),
    ]
}

fn many(count: usize) -> Vec<String> {
    let keys: Vec<_> = (0..count).map(|number| format!("key{number}")).collect();
    let mut requests: Vec<_> = keys
        .iter()
        .step_by(2)
        .map(|key| format!("set {key} 0 0 4\r\n{key:.4}\r\n"))
        .collect();
    requests.push(format!("get {}\r\n", keys.join(" ")));
    requests.push(format!("gets {}\r\n", keys.join(" ")));
    requests
}
