//! twemproxy in front of real servers.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use mc_testkit::{Address, Memcached, Twemproxy, TwemproxyBuilder};

use crate::ask::connect;

/// All that is answered to these lines and a `quit`.
fn say(address: &Address, lines: &str) -> String {
    let mut stream = connect(address);
    // In one piece: behind a line that it hangs up at, there is nobody to write to.
    stream
        .write_all(format!("{lines}quit\r\n").as_bytes())
        .unwrap();
    let mut answers = String::new();
    match stream.read_to_string(&mut answers) {
        // It has not read the rest.
        Err(end) if end.kind() == ErrorKind::ConnectionReset => {}
        read => _ = read.unwrap(),
    }
    answers
}

fn two() -> [Memcached; 2] {
    [(); 2].map(|()| Memcached::start().unwrap())
}

#[test]
fn each_key_is_on_one_server() {
    let servers = two();
    let [one, other] = servers.each_ref().map(Memcached::address);
    let builder = Twemproxy::builder().server(one, 1).server(other, 1);
    // fnv1a_64 puts such similar keys close together, maybe all on one server.
    let proxy = builder.setting("hash", "md5").start().unwrap();
    let mut found = [0; 2];
    for number in 0..100 {
        let set = format!("set k{number} 0 0 1\r\nx\r\n");
        assert_eq!(say(proxy.address(), &set), "STORED\r\n");
        let get = format!("get k{number}\r\n");
        let hit = format!("VALUE k{number} 0 1\r\nx\r\nEND\r\n");
        assert_eq!(say(proxy.address(), &get), hit);
        let has = |server: &Memcached| say(server.address(), &get) == hit;
        assert!(has(&servers[0]) != has(&servers[1]), "k{number}");
        found[usize::from(has(&servers[1]))] += 1;
    }
    assert!(found.iter().all(|&keys| keys > 0), "{found:?}");
}

#[test]
fn settings_and_weights_decide_placement() {
    let servers = two();
    let [one, other] = &servers;
    let builder = |weight| {
        let builder = Twemproxy::builder().server(one.address(), weight);
        builder
            .server(other.address(), 1)
            .setting("hash_tag", "\"{}\"")
    };
    let proxy = builder(1).start().unwrap();
    for number in 0..50 {
        say(
            proxy.address(),
            &format!("set {{tag}}{number} 0 0 1\r\nx\r\n"),
        );
    }
    let items =
        |server: &Memcached| say(server.address(), "stats\r\n").contains("STAT curr_items 50\r\n");
    assert!(items(one) != items(other), "what is hashed is the tag");

    let heavy = builder(1000).start().unwrap();
    for number in 0..50 {
        say(
            heavy.address(),
            &format!("delete {{tag}}{number}\r\nset {number} 0 0 1\r\nx\r\n"),
        );
    }
    let get = |server: &Memcached| {
        say(server.address(), "get 0 1 2 3 4 5 6 7 8 9\r\n")
            .matches("VALUE")
            .count()
    };
    assert!(get(one) > get(other));
}

#[test]
fn unknown_commands_end_the_connection() {
    let server = Memcached::start().unwrap();
    let proxy = Twemproxy::start([server.address()]).unwrap();
    assert!(say(proxy.address(), "version\r\n").starts_with("VERSION "));
    for line in [
        "mn\r\n",
        "stats\r\n",
        "gat 0 a\r\n",
        "flush_all\r\n",
        "me a\r\n",
    ] {
        assert_eq!(say(proxy.address(), line), "", "{line}");
    }
}

#[test]
fn a_server_that_is_down_is_an_error_until_it_is_back() {
    let mut server = Memcached::start().unwrap();
    let proxy = Twemproxy::start([server.address()]).unwrap();
    server.kill().unwrap();
    for _ in 0..3 {
        let answer = say(proxy.address(), "get a\r\n");
        assert!(answer.starts_with("SERVER_ERROR "), "{answer}");
    }
    server.restart().unwrap();
    assert_eq!(say(proxy.address(), "get a\r\n"), "END\r\n");
}

#[test]
fn it_goes_with_the_value() {
    let server = Memcached::start().unwrap();
    let proxies = [(); 3].map(|()| Twemproxy::start([server.address()]).unwrap());
    let addresses = proxies.each_ref().map(|proxy| proxy.address().to_string());
    for address in &addresses {
        assert_eq!(addresses.iter().filter(|one| *one == address).count(), 1);
        assert!(TcpStream::connect(address).is_ok());
    }
    drop(proxies);
    for address in addresses {
        assert!(TcpStream::connect(address).is_err());
    }
}

#[test]
fn settings_that_cannot_be() {
    let server = Memcached::start().unwrap();
    let check = |builder: TwemproxyBuilder, expected: &str| {
        let error = builder.start().unwrap_err().to_string();
        assert!(
            error.starts_with("nutcracker ended with exit status: 1: "),
            "{error}"
        );
        assert!(error.contains(expected), "{error}");
    };
    let one = || Twemproxy::builder().server(server.address(), 1);
    check(one().setting("hash", "none"), "is not a valid hash");
    check(one().setting("no_such", "1"), "is unknown");

    let error = Twemproxy::start([]).unwrap_err();
    assert_eq!(error.to_string(), "twemproxy needs at least one server");
}
