//! Configuration strings: what is taken and printed, and the text of every refusal.

use proptest::prelude::*;

use super::*;

/// What a string prints as, or the error's text.
fn check(text: &str, want: Result<&str, &str>) {
    let got = text.parse::<ConfigString>();
    let got = got.map(|config| config.to_string());
    let got = got.map_err(|error| error.to_string());
    assert_eq!(got.as_deref().map_err(String::as_str), want, "{text}");
}

#[test]
fn what_is_taken_is_printed_in_one_way() {
    let rows = [
        ("--server=Cache1", "--SERVER=Cache1"),
        ("--SERVER=abc:0/?0", "--SERVER=abc"),
        ("--SERVER=1.2.3.4.5:00080/?07", "--SERVER=1.2.3.4.5:80/?7"),
        ("--SOCKET=mc.sock/?2", "--SOCKET=\"mc.sock\"/?2"),
        (r#"--SOCKET="/a \"b\"""#, r#"--SOCKET="/a \"b\"""#),
        ("--NAMESPACE=foo", "--NAMESPACE=\"foo\""),
        (
            "--HASH=fnv1a_32 --DISTRIBUTION=consistent,Md5",
            "--HASH=FNV1A_32 --DISTRIBUTION=CONSISTENT,MD5",
        ),
        (
            "--DISTRIBUTION=RANDOM --DISTRIBUTION=MODULA",
            "--DISTRIBUTION=RANDOM --DISTRIBUTION=MODULA",
        ),
        (
            "--RCV-TIMEOUT=007 --POOL-MIN=1 --POOL-MAX=2",
            "--RCV-TIMEOUT=7 --POOL-MIN=1 --POOL-MAX=2",
        ),
        (
            "--fetch-version --USER-DATA debug",
            "--FETCH-VERSION --USER-DATA DEBUG",
        ),
        ("--NOREPLY RESET --USE-UDP end --NOPE", "--USE-UDP"),
        (
            "--NAMESPACE=foo RESET --NAMESPACE=bar",
            "--NAMESPACE=\"bar\"",
        ),
        ("END", "RESET"),
        ("# é\n", "RESET"),
        ("#a\r\n --NOREPLY \n# --NOPE\n END #", "--NOREPLY"),
        ("--SERVER=md5\"x:2", "--SERVER=md5\"x:2"),
        ("--SOCKET=a\"\"b", "--SOCKET=a\"\"b"),
        ("--NAMESPACE=a\"b.\"c", "--NAMESPACE=a\"b.\"c"),
        (
            "--BINARY-PROTOCOL --NAMESPACE=\"a\nb\"",
            "--BINARY-PROTOCOL --NAMESPACE=\"a\nb\"",
        ),
        (
            "--SERVER=\tabc\n:1 --NOREPLY\r\n",
            "--SERVER=abc:1 --NOREPLY",
        ),
    ];
    for (text, printed) in rows {
        check(text, Ok(printed));
        check(printed, Ok(printed));
    }
}

#[test]
fn what_is_refused_says_where_and_what_is_allowed() {
    let unexpected = |at, found: &str, allowed: &str| {
        format!(
            "configuration string, byte {at}: {found} is not expected here: allowed is {allowed}"
        )
    };
    let option = "an option, or one of the words RESET and END";
    let rows = [
        ("", 0, "the end", option),
        (" ", 0, "\" \"", option),
        ("localhost", 0, "\"localhost\"", option),
        ("TRUE", 0, "\"TRUE\"", option),
        ("--NOREPLY ", 10, "the end", option),
        ("--NOREPLY  --USE-UDP", 10, "\" \"", option),
        ("# é", 0, "\"#\"", option),
        ("#a\n#b\n", 3, "\"#b\\n\"", "a space or the end"),
        ("#a\n #b\n", 4, "\"#\"", option),
        ("--NOREPLY #\n", 10, "\"#\"", option),
        ("--SERVER=abc\"", 12, "\"\\\"\"", "a space or the end"),
        ("--NOREPLY=1", 9, "\"=\"", "a space or the end"),
        ("--SERVER=abc:123456", 18, "\"6\"", "a space or the end"),
        ("--SERVER=abc:1/?1x", 17, "\"x\"", "a space or the end"),
        ("--SERVER=host.", 13, "\".\"", "a space or the end"),
        ("--SERVER=md5", 9, "\"md5\"", parser::SERVER),
        ("--SERVER=[::1]", 9, "\"[\"", parser::SERVER),
        ("--NAMESPACE=5", 12, "\"5\"", parser::STRING),
        ("--NAMESPACE=L\"a\"", 12, r#""L\"a\"""#, parser::STRING),
        ("--SOCKET=\"a", 9, "\"\\\"\"", parser::STRING),
        ("--RETRY-TIMEOUT=-1", 16, "\"-\"", "a number"),
        (
            "--DISTRIBUTION=KETAMA",
            15,
            "\"KETAMA\"",
            "one of CONSISTENT, MODULA, RANDOM",
        ),
        (
            "--HASH=HSIEH",
            7,
            "\"HSIEH\"",
            "one of MD5, CRC, FNV1_64, FNV1A_64, FNV1_32, FNV1A_32, MURMUR, JENKINS",
        ),
    ];
    for (text, at, found, allowed) in rows {
        check(text, Err(&unexpected(at, found, allowed)));
    }
    let error = "--SERVERS=a".parse::<ConfigString>().unwrap_err();
    let InvalidConfigKind::Unexpected { allowed } = error.kind() else {
        panic!("{error}")
    };
    assert!(
        allowed.starts_with("--SERVER=, --SOCKET=, --NAMESPACE=, "),
        "{allowed}"
    );
}

#[test]
fn values_out_of_range_are_refused() {
    let rows = [
        (
            "--SERVER=abc:65536",
            "byte 12: \":65536\" is out of range: allowed are 0 to 65535",
        ),
        (
            "--RETRY-TIMEOUT=2147483648",
            "byte 16: \"2147483648\" is out of range: allowed are 0 to 2147483647",
        ),
        (
            "--HASH=MD5 --HASH=MD5",
            "byte 11: \"--HASH=\" stands there a second time: allowed is one",
        ),
        (
            "--HASH=MD5 RESET --HASH=CRC",
            "byte 17: \"--HASH=\" stands there a second time: allowed is one",
        ),
        (
            "--NAMESPACE=foo --NAMESPACE=bar",
            "byte 16: \"--NAMESPACE=\" stands there a second time: allowed is one",
        ),
        (
            "--NAMESPACE=\"a b\"",
            "byte 12: \"\\\"a b\\\"\" is no namespace",
        ),
        (
            "--BINARY-PROTOCOL RESET --NAMESPACE=\"a b\"",
            "byte 36: \"\\\"a b\\\"\" is no namespace",
        ),
        (
            "--USE-UDP --BUFFER-REQUESTS RESET",
            "byte 28: \"RESET\" forgets options that contradict each other",
        ),
        (
            "--SOCKET=\"\"",
            "byte 9: \"\\\"\\\"\" is no server: the path of a unix socket: allowed is anything but an empty one and NUL",
        ),
        (
            "INCLUDE \"a\"",
            "byte 0: \"INCLUDE\" asks for a file to be read: allowed are the options themselves",
        ),
        (
            "csl_error",
            "byte 0: \"csl_error\" asks for this error: allowed are options",
        ),
    ];
    for (text, want) in rows {
        check(text, Err(&format!("configuration string, {want}")));
    }
}

/// Strings made of the language's own pieces.
fn pieces() -> impl Strategy<Value = String> {
    let words: Vec<String> = lexer::words().map(str::to_owned).collect();
    let piece = prop_oneof![
        6 => prop::sample::select(words),
        2 => Just(" ".to_owned()),
        2 => "[a-zA-Z0-9._-]{1,6}",
        1 => ":[0-9]{1,6}",
        1 => "/\\?[0-9]{1,6}",
        1 => "\"[a-z\\\\\" é]{0,4}\"",
        1 => "[=,#\"\t\né]",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// Options as the grammar has them.
fn options() -> impl Strategy<Value = String> {
    let switches: Vec<String> = SWITCHES.iter().map(|(name, _)| name.to_string()).collect();
    let numbers: Vec<String> = NUMBERS.iter().map(|(name, _)| name.to_string()).collect();
    let option = prop_oneof![
        prop::sample::select(switches),
        (prop::sample::select(numbers), 0..i32::MAX)
            .prop_map(|(name, number)| format!("{name}{number}")),
        "--SERVER=x[a-z0-9.-]{2,9}x(:[0-9]{1,4})?(/\\?[0-9]{1,5})?",
        "--SOCKET=\"(/[a-z ]{1,9}|\\\\\")+\"(/\\?[0-9]{1,5})?",
        Just("--DISTRIBUTION=CONSISTENT,MURMUR".to_owned()),
    ];
    prop::collection::vec(option, 1..9).prop_map(|options| options.join(" "))
}

proptest! {
    #[test]
    fn what_parses_prints_and_parses_again(text in pieces()) {
        if let Ok(config) = text.parse::<ConfigString>() {
            prop_assert_eq!(config.to_string().parse(), Ok(config));
        }
    }

    #[test]
    fn options_one_space_apart_are_taken(text in options()) {
        let config: ConfigString = text.parse().unwrap();
        prop_assert_eq!(config.options().len(), text.split(" --").count());
        prop_assert_eq!(config.to_string().parse(), Ok(config));
    }

    #[test]
    fn an_error_points_into_the_string(text in pieces()) {
        if let Err(error) = text.parse::<ConfigString>() {
            prop_assert!(text[error.at()..].starts_with(error.found()), "{}", error);
        }
    }
}
