//! Specs, tuples and lists: what is taken, and the text of every refusal.

use proptest::prelude::*;

use super::*;

/// The server's transport, address, port and weight, or the error's text.
fn check(got: Result<ServerSpec, InvalidServer>, want: Result<(u32, &str, u16, u32), &str>) {
    let got = got.map_err(|error| error.to_string());
    let got = got
        .as_ref()
        .map(|server| {
            let name = &server.name;
            (
                name.transport.number(),
                &*name.host,
                name.port,
                server.weight,
            )
        })
        .map_err(String::as_str);
    assert_eq!(got, want);
}

#[test]
fn a_spec() {
    let rows: &[(&str, Result<_, &str>)] = &[
        ("cache1", Ok((1, "cache1", 11211, 1))),
        ("cache1:0:0", Ok((1, "cache1", 11211, 1))),
        ("cache1:65535:65535", Ok((1, "cache1", 65535, 65535))),
        ("[::1]:80", Ok((1, "::1", 80, 1))),
        ("udp:[fe80::1%eth0]:80:2", Ok((2, "fe80::1%eth0", 80, 2))),
        ("hé:1", Ok((1, "hé", 1, 1))),
        ("/run/a:1:2", Ok((4, "/run/a:1:2", 0, 1))),
        (
            "",
            Err(r#"server "": the host is empty: allowed are a host name, an address or a /path"#),
        ),
        (
            "h:",
            Err(
                r#"server "h:": port "" at byte 2: allowed are plain digits, 0 to 65535 (0 means 11211)"#,
            ),
        ),
        (
            "h:+5",
            Err(
                r#"server "h:+5": port "+5" at byte 2: allowed are plain digits, 0 to 65535 (0 means 11211)"#,
            ),
        ),
        (
            "udp:h:1:2:3",
            Err(
                r#"server "udp:h:1:2:3": weight "2:3" at byte 8: allowed are plain digits, 0 to 65535 (0 means 1)"#,
            ),
        ),
        (
            "[::1]:1:65536",
            Err(
                r#"server "[::1]:1:65536": weight "65536" at byte 8: allowed are plain digits, 0 to 65535 (0 means 1)"#,
            ),
        ),
        (
            "tcp://a:1",
            Err(
                r#"server "tcp://a:1": tcp: is in front: allowed are host and host:port for TCP, udp:host:port, and the /path alone for a unix socket"#,
            ),
        ),
        (
            "unix:/run/a.sock",
            Err(
                r#"server "unix:/run/a.sock": unix: is in front: allowed are host and host:port for TCP, udp:host:port, and the /path alone for a unix socket"#,
            ),
        ),
        (
            "udp:[::1",
            Err(
                r#"server "udp:[::1": the bracket at byte 4: allowed are [v6], [v6]:port and [v6]:port:weight"#,
            ),
        ),
        (
            "[::1]x",
            Err(
                r#"server "[::1]x": the bracket at byte 4: allowed are [v6], [v6]:port and [v6]:port:weight"#,
            ),
        ),
        (
            "2001:db8::1",
            Err(
                r#"server "2001:db8::1": an IPv6 address without brackets: allowed are [v6], [v6]:port and [v6]:port:weight"#,
            ),
        ),
        (
            "[a:b]",
            Err(
                r#"server "[a:b]": the host "a:b" has a colon and is no IPv6 address: allowed are a host name and an address"#,
            ),
        ),
        (
            "a\nb",
            Err(
                r#"server "a\nb": the host "a\nb" has '\n': allowed are names and addresses, without spaces, control characters or any of , ; / ? # @ [ ]"#,
            ),
        ),
        (
            "/a\0",
            Err(
                r#"server "/a\0": the path of a unix socket: allowed is anything but an empty one and NUL"#,
            ),
        ),
    ];
    for (spec, want) in rows {
        check(spec.parse(), *want);
    }
}

#[test]
fn a_long_host_is_cut_in_the_error_only() {
    check(
        "h".repeat(1024).parse(),
        Ok((1, &"h".repeat(1024), 11211, 1)),
    );
    let want = format!(
        "server \"{}\"… (1025 bytes): the host has 1025 bytes: allowed are 1 to 1024",
        "h".repeat(80)
    );
    check("h".repeat(1025).parse(), Err(&want));
    assert!(ServerSpec::unix("/".repeat(1024)).is_ok());
    let long = ServerSpec::unix("/".repeat(1025)).unwrap_err();
    assert_eq!(long.kind(), &InvalidServerKind::LongHost(1025));
}

#[test]
fn a_tuple() {
    check(("::1", 0, 0).into_server_spec(), Ok((1, "::1", 11211, 1)));
    check(("/s", 0, 7).into_server_spec(), Ok((4, "/s", 0, 7)));
    let unix = (Transport::Unix, "relative.sock", 0);
    check(unix.into_server_spec(), Ok((4, "relative.sock", 0, 1)));
    check(
        ("/s", 5).into_server_spec(),
        Err(r#"server "/s": port 5 on a unix socket: allowed is 0"#),
    );
    check(
        ("h", 1, 70000).into_server_spec(),
        Err(r#"server "h:1": weight 70000: allowed are 0 to 65535 (0 means 1)"#),
    );
    check(
        (Transport::Unix, "", 0).into_server_spec(),
        Err(
            r#"server "": the path of a unix socket: allowed is anything but an empty one and NUL"#,
        ),
    );
    assert_eq!(
        Transport::try_from(3).unwrap_err().to_string(),
        "unknown server type 3: allowed are 1 (tcp), 2 (udp) and 4 (unix)"
    );
}

#[test]
fn servers_of_one_client() {
    let text = |servers: &[&str]| {
        server_specs(servers.iter().copied())
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        text(&[]),
        "an empty list of servers: allowed are one server or more"
    );
    assert_eq!(
        text(&["a", "b", "/s"]),
        "server \"/s\": its transport is unix, the first server's is tcp: allowed is one transport for all",
    );
}

#[test]
fn a_list() {
    let rows: &[(&str, Result<&[&str], &str>)] = &[
        ("a", Ok(&["a"])),
        ("a,", Ok(&["a"])),
        ("a, b:1, c:2 3,d:4:5", Ok(&["a", "b:1", "c:2:3", "d:4:5"])),
        ("a:1 ,b:0 0 ", Ok(&["a:1", "b"])),
        (
            "a:1:2 ",
            Err(
                r#"server "a:1:2 ": port "1:2" at byte 2: allowed are plain digits, 0 to 65535 (0 means 11211)"#,
            ),
        ),
        ("/s:80,[::1]:1 2", Ok(&["/s", "[::1]:1:2"])),
        (
            "",
            Err("an empty list of servers: allowed are one server or more"),
        ),
        (
            ",",
            Err(r#"server "": the host is empty: allowed are a host name, an address or a /path"#),
        ),
        (
            "a:1:4294967296",
            Err(
                r#"server "a:1:4294967296": weight "4294967296" at byte 4: allowed are plain digits, 0 to 4294967295 (0 means 1)"#,
            ),
        ),
        (
            "x,a:1x",
            Err(
                r#"server "a:1x": port "1x" at byte 2: allowed are plain digits, 0 to 65535 (0 means 11211)"#,
            ),
        ),
    ];
    for (list, want) in rows {
        let got = parse_server_list(list).map_err(|error| error.to_string());
        let want = want.map(|specs| specs.iter().map(|spec| spec.parse().unwrap()).collect());
        assert_eq!(got, want.map_err(str::to_owned), "{list}");
    }
}

/// Strings near the grammar's edges.
fn near_a_spec() -> impl Strategy<Value = String> {
    "(udp:|/|\\[|\\]|[0-9]{1,6}|::1|:|,| |[a-z%é\\x00-\\x20]){0,8}"
}

proptest! {
    #[test]
    fn what_parses_prints_and_parses_again(text in near_a_spec()) {
        if let Ok(server) = text.parse::<ServerSpec>() {
            prop_assert_eq!(server.to_string().parse(), Ok(server));
        }
    }

    #[test]
    fn any_server_prints_a_spec(
        udp: bool, host in "[a-z0-9._-]{1,20}|::1|fe80::1%a|udp", port: u16, weight in 0..=MAX_WEIGHT,
    ) {
        let transport = if udp { Transport::Udp } else { Transport::Tcp };
        let server = (transport, host, port).into_server_spec().unwrap().with_weight(weight);
        prop_assert_eq!(server.to_string().parse(), Ok(server));
    }

    #[test]
    fn a_list_is_its_items(texts in prop::collection::vec("[a-z]{1,9}(:[0-9]{1,4})?", 1..5)) {
        let alone: Vec<ServerSpec> = texts.iter().map(|text| text.parse().unwrap()).collect();
        prop_assert_eq!(parse_server_list(&texts.join(",")), Ok(alone));
    }

    #[test]
    fn no_list_panics(text in near_a_spec()) {
        _ = parse_server_list(&text);
    }
}
