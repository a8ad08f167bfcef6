//! How one tests a program of one's own: its cache is slow, silent, cut off and corrupted, and its users see none of it.
//!
//! `cargo run -p mc-testkit --example broken_cache`

use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use mc_testkit::{Address, FaultProxy, Memcached, Rule};

/// How long the program waits for its cache.
const PATIENCE: Duration = Duration::from_millis(500);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Memcached::start()?;
    let proxy = FaultProxy::builder(server.address()).start()?;
    println!(
        "{} in front of {}; seed {}",
        proxy.address(),
        server.address(),
        proxy.seed()
    );

    // The first time it computes the page, the second time it has it from the cache.
    assert_eq!(page(proxy.address()), ("page".to_owned(), Source::Computed));
    assert_eq!(page(proxy.address()), ("page".to_owned(), Source::Cache));

    let faults = [
        ("silent", Rule::connections().silence()),
        ("refusing", Rule::connections().refuse()),
        ("slow", Rule::replies().delay(Duration::from_secs(60))),
        (
            "held in the middle of a reply",
            Rule::replies().byte(20).hold(),
        ),
        (
            "cut off in the middle of a reply",
            Rule::replies().byte(20).reset(),
        ),
        (
            "ended in the middle of a value",
            Rule::replies().message_byte(16).fin(),
        ),
    ];
    for (name, rule) in faults {
        // Connections of before have been left by the program, yet replies may still be on their way.
        proxy.cut();
        proxy.set_rules([rule])?;
        let start = Instant::now();
        let computed = ("page".to_owned(), Source::Computed);
        assert_eq!(page(proxy.address()), computed, "{name}");
        println!("{name}: computed after {:?}", start.elapsed());
    }

    // In pieces of a few bytes each it is as good as whole.
    proxy.set_rules([Rule::replies().slice(1..=3)])?;
    assert_eq!(page(proxy.address()), ("page".to_owned(), Source::Cache));
    println!("in pieces: from the cache");
    Ok(())
}

#[derive(Debug, PartialEq, Eq)]
enum Source {
    Cache,
    Computed,
}

/// The program under test: a page comes from the cache, or is computed whatever is wrong with that.
fn page(cache: &Address) -> (String, Source) {
    match cached(cache) {
        Ok(Some(page)) => (page, Source::Cache),
        _ => ("page".to_owned(), Source::Computed),
    }
}

/// Reads the page, and stores it if it is not there.
fn cached(cache: &Address) -> io::Result<Option<String>> {
    let mut stream = TcpStream::connect(cache.to_string())?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"get page\r\n")?;
    let mut reader = BufReader::new(&stream);
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let whole = line.strip_suffix("\r\n").map(str::to_owned);
        whole.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))
    };
    if line()? == "END" {
        (&stream).write_all(b"set page 0 0 4\r\npage\r\n")?;
        line()?;
        return Ok(None);
    }
    let page = line()?;
    line()?;
    Ok(Some(page))
}
