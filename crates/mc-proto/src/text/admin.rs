//! The commands that change how a server is run.
//!
//! ```text
//! cache_memlimit <megabytes>\r\n
//! slabs reassign <from> <to>\r\n
//! slabs automove <0|1|2> | ratio <ratio> | freeratio <ratio> | window <seconds>\r\n
//! lru tune <percent hot> <percent warm> <age hot> <age warm>\r\n
//! lru mode <flat|segmented>\r\n
//! lru temp_ttl <seconds>\r\n
//! lru_crawler enable | disable | sleep <microseconds> | tocrawl <items> | crawl <classes>\r\n
//!     →  OK\r\n, or a refusal
//! ```

use super::incoming::{Parsed, Words};
use super::stream::{decode_classes, encode_classes};
use crate::line::CRLF;
use crate::{Admin, Automove, Classes, LruMode, Outgoing, Ratio, Refusal, RefusalKind, Request};

pub(super) fn encode(admin: Admin, out: &mut Outgoing) {
    out.put(admin.name().as_bytes());
    match admin {
        Admin::CacheMemlimit { megabytes } => put_number(megabytes, out),
        Admin::SlabsReassign { from, to } => {
            put_or_minus_one(from, out);
            put_number(to, out);
        }
        Admin::SlabsAutomove(automove) => encode_automove(automove, out),
        Admin::LruTune {
            hot,
            warm,
            hot_age,
            warm_age,
        } => {
            put_number(hot, out);
            put_number(warm, out);
            put_ratio(hot_age, out);
            put_ratio(warm_age, out);
        }
        Admin::LruMode(mode) => put_word(mode.name(), out),
        Admin::LruTempTtl { seconds } => put_or_minus_one(seconds, out),
        Admin::CrawlerEnable | Admin::CrawlerDisable => {}
        Admin::CrawlerSleep { microseconds } => put_number(microseconds, out),
        Admin::CrawlerTocrawl { items } => put_number(items, out),
        Admin::Crawl(classes) => {
            out.put(b" ");
            encode_classes(classes, out);
        }
    }
    out.put(CRLF);
}

pub(super) fn decode_cache_memlimit<'a>(mut words: Words<'a>) -> Parsed<'a> {
    let megabytes = words.number()?;
    done(words, Admin::CacheMemlimit { megabytes })
}

/// Reads what follows `slabs`.
pub(super) fn decode_slabs<'a>(mut words: Words<'a>) -> Parsed<'a> {
    let admin = match words.word()? {
        b"reassign" => Admin::SlabsReassign {
            from: words.number_or_minus_one()?,
            to: words.number()?,
        },
        b"automove" => Admin::SlabsAutomove(decode_automove(&mut words)?),
        _ => return unknown(),
    };
    done(words, admin)
}

/// Reads what follows `lru`.
pub(super) fn decode_lru<'a>(mut words: Words<'a>) -> Parsed<'a> {
    let admin = match words.word()? {
        b"tune" => Admin::LruTune {
            hot: words.number()?,
            warm: words.number()?,
            hot_age: ratio(&mut words)?,
            warm_age: ratio(&mut words)?,
        },
        b"mode" => Admin::LruMode(match words.word()? {
            b"flat" => LruMode::Flat,
            b"segmented" => LruMode::Segmented,
            _ => return unknown(),
        }),
        b"temp_ttl" => Admin::LruTempTtl {
            seconds: words.number_or_minus_one()?,
        },
        _ => return unknown(),
    };
    done(words, admin)
}

/// Reads what follows `lru_crawler`, which may be a dump.
pub(super) fn decode_crawler<'a>(mut words: Words<'a>) -> Parsed<'a> {
    let admin = match words.word()? {
        b"enable" => Admin::CrawlerEnable,
        b"disable" => Admin::CrawlerDisable,
        b"sleep" => Admin::CrawlerSleep {
            microseconds: words.number()?,
        },
        b"tocrawl" => Admin::CrawlerTocrawl {
            items: words.number()?,
        },
        b"crawl" => Admin::Crawl(decode_classes(words.word()?)?),
        b"metadump" => return dump(words, Request::Metadump),
        b"mgdump" => return dump(words, Request::Mgdump),
        _ => return unknown(),
    };
    done(words, admin)
}

fn dump<'a>(mut words: Words<'a>, request: fn(Classes) -> Request<'a>) -> Parsed<'a> {
    let classes = decode_classes(words.word()?)?;
    words.end()?;
    Ok(request(classes))
}

fn done<'a>(mut words: Words<'a>, admin: Admin) -> Parsed<'a> {
    words.end()?;
    Ok(Request::Admin(admin))
}

fn unknown<'a>() -> Parsed<'a> {
    Err(RefusalKind::UnknownCommand.into())
}

fn decode_automove(words: &mut Words<'_>) -> Result<Automove, Refusal> {
    Ok(match words.word()? {
        b"ratio" => Automove::Ratio(ratio(words)?),
        b"freeratio" => Automove::FreeRatio(ratio(words)?),
        b"window" => Automove::Window(words.number()?),
        b"0" => Automove::Off,
        b"1" => Automove::On,
        b"2" => Automove::Aggressive,
        _ => return Err(RefusalKind::UnknownCommand.into()),
    })
}

fn ratio(words: &mut Words<'_>) -> Result<Ratio, Refusal> {
    let ratio = Ratio::from_digits(words.word()?);
    ratio.ok_or_else(|| RefusalKind::UnknownCommand.into())
}

fn encode_automove(automove: Automove, out: &mut Outgoing) {
    match automove {
        Automove::Off => put_number(0, out),
        Automove::On => put_number(1, out),
        Automove::Aggressive => put_number(2, out),
        Automove::Ratio(ratio) => {
            put_word("ratio", out);
            put_ratio(ratio, out);
        }
        Automove::FreeRatio(ratio) => {
            put_word("freeratio", out);
            put_ratio(ratio, out);
        }
        Automove::Window(seconds) => {
            put_word("window", out);
            put_number(seconds, out);
        }
    }
}

fn put_word(word: &str, out: &mut Outgoing) {
    out.put(b" ");
    out.put(word.as_bytes());
}

fn put_number(number: u32, out: &mut Outgoing) {
    out.put(b" ");
    out.put_number(u64::from(number));
}

fn put_or_minus_one(number: Option<u32>, out: &mut Outgoing) {
    match number {
        Some(number) => put_number(number, out),
        None => put_word("-1", out),
    }
}

fn put_ratio(ratio: Ratio, out: &mut Outgoing) {
    put_word(&ratio.to_string(), out);
}
