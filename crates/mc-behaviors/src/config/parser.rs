//! From tokens to options.

use super::error::{InvalidConfig, InvalidConfigKind};
use super::lexer::{Lexeme, Token, lexeme, options};
use super::{ConfigOption, ConfigString, DISTRIBUTIONS, HASHES, INERT, NUMBERS, SWITCHES, named};
use crate::{Behavior, InvalidServer, Namespace, ServerSpec};

/// The largest number: the reference reads numbers into a C `int`.
const MAX_NUMBER: u32 = i32::MAX as u32;

/// The options of a string, one space apart.
pub(super) fn parse(text: &str) -> Result<Vec<ConfigOption>, InvalidConfig> {
    let mut parser = Parser {
        text,
        next: lexeme(text, 0),
        options: Vec::new(),
        has_hash: false,
    };
    loop {
        if let Flow::Stop = parser.statement()? {
            return Ok(parser.options);
        }
        match parser.take() {
            Lexeme {
                token: Token::Sign(' '),
                ..
            } => {}
            Lexeme {
                token: Token::End, ..
            } => return Ok(parser.options),
            other => return Err(unexpected(other, "a space or the end")),
        }
    }
}

/// Behind it, a namespace may be of any bytes.
const BINARY: ConfigOption = ConfigOption::On(Behavior::BinaryProtocol);

/// Whether the string goes on.
enum Flow {
    GoOn,
    Stop,
}

struct Parser<'a> {
    text: &'a str,
    next: Lexeme<'a>,
    options: Vec<ConfigOption>,
    /// `RESET` does not forget this one.
    has_hash: bool,
}

impl<'a> Parser<'a> {
    /// The next token, which is thereby read.
    fn take(&mut self) -> Lexeme<'a> {
        let taken = self.next;
        self.next = lexeme(self.text, taken.at + taken.text.len());
        taken
    }

    /// One option or word.
    fn statement(&mut self) -> Result<Flow, InvalidConfig> {
        let lexeme = self.take();
        let word = match lexeme.token {
            Token::Word(word) => word,
            Token::Comment => return Ok(Flow::GoOn),
            _ => return Err(unexpected(lexeme, &statements(lexeme.token))),
        };
        match word {
            "END" => return Ok(Flow::Stop),
            "RESET" => self.reset(lexeme)?,
            _ => {
                let option = self.option(word, lexeme)?;
                self.options.push(option);
            }
        }
        Ok(Flow::GoOn)
    }

    /// Forgets the options so far, which all the same must not contradict each other.
    fn reset(&mut self, at: Lexeme<'a>) -> Result<(), InvalidConfig> {
        let options = std::mem::take(&mut self.options);
        let replayed = ConfigString { options }.replay();
        let refuse = |error| refused(at, InvalidConfigKind::Behavior(error));
        replayed.map(drop).map_err(refuse)
    }

    /// The option that `word` begins.
    fn option(
        &mut self,
        word: &'static str,
        at: Lexeme<'a>,
    ) -> Result<ConfigOption, InvalidConfig> {
        if let Some(behavior) = named(&SWITCHES, word) {
            return Ok(ConfigOption::On(behavior));
        }
        if let Some(behavior) = named(&NUMBERS, word) {
            return Ok(ConfigOption::Number(behavior, self.number()?));
        }
        if INERT.contains(&word) {
            return Ok(ConfigOption::Inert(word));
        }
        match word {
            "--SERVER=" => self.server(),
            "--SOCKET=" => self.socket(),
            "--NAMESPACE=" => self.namespace(at),
            "--DISTRIBUTION=" => self.distribution(),
            "--HASH=" => self.hash(at),
            "--POOL-MIN=" => Ok(ConfigOption::PoolMin(self.number()?)),
            "--POOL-MAX=" => Ok(ConfigOption::PoolMax(self.number()?)),
            "--CONFIGURE-FILE=" | "INCLUDE" => Err(refused(at, InvalidConfigKind::File)),
            "CSL_ERROR" => Err(refused(at, InvalidConfigKind::Raised)),
            _ => Err(unexpected(at, &statements(at.token))),
        }
    }

    fn server(&mut self) -> Result<ConfigOption, InvalidConfig> {
        let host = self.take();
        let (Token::Name(name) | Token::Address(name)) = host.token else {
            return Err(unexpected(host, SERVER));
        };
        let port = match self.next.token {
            Token::Port(digits) => ranged(self.take(), digits, u16::MAX.into())?,
            _ => 0,
        };
        let port = u16::try_from(port).expect("within the range");
        let weight = self.weight()?;
        server(host, ServerSpec::tcp(name, port), weight)
    }

    fn socket(&mut self) -> Result<ConfigOption, InvalidConfig> {
        let (lexeme, path) = self.string()?;
        let weight = self.weight()?;
        server(lexeme, ServerSpec::unix(path), weight)
    }

    fn namespace(&mut self, at: Lexeme<'a>) -> Result<ConfigOption, InvalidConfig> {
        let (lexeme, text) = self.string()?;
        let is_namespace = |option: &ConfigOption| matches!(option, ConfigOption::Namespace(_));
        if self.options.iter().any(is_namespace) {
            return Err(refused(at, InvalidConfigKind::Repeated));
        }
        let namespace = match self.options.contains(&BINARY) {
            true => Namespace::binary(text),
            false => Namespace::new(text),
        };
        let refuse = |error| refused(lexeme, InvalidConfigKind::Namespace(error));
        namespace.map(ConfigOption::Namespace).map_err(refuse)
    }

    fn distribution(&mut self) -> Result<ConfigOption, InvalidConfig> {
        let distribution = self.choice(&DISTRIBUTIONS)?;
        let hash = match self.next.token {
            Token::Sign(',') => {
                self.take();
                Some(self.choice(&HASHES)?)
            }
            _ => None,
        };
        Ok(ConfigOption::Distribution(distribution, hash))
    }

    fn hash(&mut self, at: Lexeme<'a>) -> Result<ConfigOption, InvalidConfig> {
        let hash = self.choice(&HASHES)?;
        match std::mem::replace(&mut self.has_hash, true) {
            true => Err(refused(at, InvalidConfigKind::Repeated)),
            false => Ok(ConfigOption::Hash(hash)),
        }
    }

    /// One of the words of a table.
    fn choice<T: Copy>(&mut self, table: &'static [(&'static str, T)]) -> Result<T, InvalidConfig> {
        let lexeme = self.take();
        let chosen = match lexeme.token {
            Token::Word(word) => named(table, word),
            _ => None,
        };
        let names: Vec<&str> = table.iter().map(|(name, _)| *name).collect();
        chosen.ok_or_else(|| unexpected(lexeme, &format!("one of {}", names.join(", "))))
    }

    fn number(&mut self) -> Result<u32, InvalidConfig> {
        let lexeme = self.take();
        match lexeme.token {
            Token::Number(digits) => ranged(lexeme, digits, MAX_NUMBER),
            _ => Err(unexpected(lexeme, "a number")),
        }
    }

    /// The weight that may follow; 1 if none does.
    fn weight(&mut self) -> Result<u32, InvalidConfig> {
        match self.next.token {
            Token::Weight(digits) => ranged(self.take(), digits, u32::MAX),
            _ => Ok(1),
        }
    }

    /// Text in quotes, or a name without.
    fn string(&mut self) -> Result<(Lexeme<'a>, &'a str), InvalidConfig> {
        let lexeme = self.take();
        match lexeme.token {
            Token::Quoted(text) | Token::Name(text) => Ok((lexeme, text)),
            _ => Err(unexpected(lexeme, STRING)),
        }
    }
}

/// What `--SERVER=` takes.
pub(super) const SERVER: &str = "an IPv4 address, or a name of three characters or more that begins and ends with a letter or digit and is no word of the language";

/// What `--SOCKET=` and `--NAMESPACE=` take.
pub(super) const STRING: &str = "text in double quotes";

/// What may begin a statement; all options if what stands there looks like one.
fn statements(token: Token<'_>) -> String {
    match token {
        Token::Option => options().collect::<Vec<_>>().join(", "),
        _ => "an option, or one of the words RESET and END".to_owned(),
    }
}

fn server(
    at: Lexeme<'_>,
    server: Result<ServerSpec, InvalidServer>,
    weight: u32,
) -> Result<ConfigOption, InvalidConfig> {
    let refuse =
        |error: InvalidServer| refused(at, InvalidConfigKind::Server(error.kind().clone()));
    let server = server.map_err(refuse)?.with_weight(weight);
    Ok(ConfigOption::Server(server))
}

/// Digits as a number up to `most`.
fn ranged(at: Lexeme<'_>, digits: &str, most: u32) -> Result<u32, InvalidConfig> {
    let number = digits.parse().ok().filter(|number| *number <= most);
    number.ok_or_else(|| refused(at, InvalidConfigKind::OutOfRange { most }))
}

fn unexpected(at: Lexeme<'_>, allowed: &str) -> InvalidConfig {
    let allowed = allowed.to_owned();
    refused(at, InvalidConfigKind::Unexpected { allowed })
}

fn refused(at: Lexeme<'_>, kind: InvalidConfigKind) -> InvalidConfig {
    InvalidConfig::new(at.at, at.text, kind)
}
