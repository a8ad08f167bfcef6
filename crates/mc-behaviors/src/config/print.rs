//! From options back to text.

use std::fmt;

use mc_dist::DEFAULT_PORT;

use super::lexer::lexeme;
use super::{ConfigOption, ConfigString, DISTRIBUTIONS, HASHES, NUMBERS, SWITCHES};
use crate::{ServerSpec, Transport};

/// The options one space apart; of no options at all, the word `RESET`, since an empty string is none.
impl fmt::Display for ConfigString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((first, others)) = self.options.split_first() else {
            return f.write_str("RESET");
        };
        print(f, first)?;
        others.iter().try_for_each(|option| {
            f.write_str(" ")?;
            print(f, option)
        })
    }
}

fn print(f: &mut fmt::Formatter<'_>, option: &ConfigOption) -> fmt::Result {
    match option {
        ConfigOption::Server(one) => server(f, one),
        ConfigOption::Namespace(namespace) => {
            let text = String::from_utf8_lossy(namespace.as_bytes());
            write!(f, "--NAMESPACE={}", string(&text))
        }
        ConfigOption::Distribution(distribution, hash) => {
            write!(f, "--DISTRIBUTION={}", name(&DISTRIBUTIONS, distribution))?;
            hash.map_or(Ok(()), |hash| write!(f, ",{}", name(&HASHES, &hash)))
        }
        ConfigOption::Hash(hash) => write!(f, "--HASH={}", name(&HASHES, hash)),
        ConfigOption::On(behavior) => f.write_str(name(&SWITCHES, behavior)),
        ConfigOption::Number(behavior, number) => {
            write!(f, "{}{number}", name(&NUMBERS, behavior))
        }
        ConfigOption::PoolMin(number) => write!(f, "--POOL-MIN={number}"),
        ConfigOption::PoolMax(number) => write!(f, "--POOL-MAX={number}"),
        ConfigOption::Inert(word) => f.write_str(word),
    }
}

fn server(f: &mut fmt::Formatter<'_>, server: &ServerSpec) -> fmt::Result {
    let name = &server.name;
    match (name.transport, name.port) {
        (Transport::Unix, _) => write!(f, "--SOCKET={}", string(&name.host))?,
        (_, DEFAULT_PORT) => write!(f, "--SERVER={}", name.host)?,
        (_, port) => write!(f, "--SERVER={}:{port}", name.host)?,
    }
    match server.weight {
        1 => Ok(()),
        weight => write!(f, "/?{weight}"),
    }
}

/// Text in quotes; a name without them if it has one inside, as nothing else could have been read.
fn string(text: &str) -> String {
    let quoted = format!("\"{text}\"");
    match lexeme(&quoted, 0).text == quoted {
        true => quoted,
        false => text.to_owned(),
    }
}

/// What a table calls a value.
fn name<T: PartialEq>(table: &'static [(&'static str, T)], value: &T) -> &'static str {
    let row = table.iter().find(|(_, known)| known == value);
    row.map(|(name, _)| *name)
        .expect("the parser takes what the table has")
}
