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

use super::stream::encode_classes;
use crate::line::CRLF;
use crate::{Admin, Automove, Outgoing, Ratio};

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
