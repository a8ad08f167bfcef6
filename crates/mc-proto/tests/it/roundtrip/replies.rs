//! A reply to any request, made up.

use mc_proto::{Item, PrefixCounts, Refusal, RefusalKind, Reply, Request, StatsTopic, Verb};
use proptest::prelude::*;

use super::requests::value;

/// Material for a reply to any request.
#[derive(Clone, Debug)]
pub(super) struct Material {
    items: Vec<Option<(u32, u64, Vec<u8>)>>,
    number: u64,
    rows: Vec<(String, String)>,
    word: prop::sample::Index,
    refusal: Option<RefusalKind>,
}

pub(super) fn material() -> impl Strategy<Value = Material> {
    let item = (any::<u32>(), any::<u64>(), value());
    let rows = prop::collection::vec(("[!-~]{1,20}", "[ -~]{0,20}"), 0..10);
    let refusal = prop::option::weighted(0.2, prop::sample::select(&REFUSALS));
    let items = prop::collection::vec(prop::option::of(item), 20);
    (
        items,
        any::<u64>(),
        rows,
        any::<prop::sample::Index>(),
        refusal,
    )
        .prop_map(|(items, number, rows, word, refusal)| Material {
            items,
            number,
            rows,
            word,
            refusal,
        })
}

const REFUSALS: [RefusalKind; 7] = [
    RefusalKind::UnknownCommand,
    RefusalKind::Client,
    RefusalKind::NotNumeric,
    RefusalKind::Unauthenticated,
    RefusalKind::Server,
    RefusalKind::OutOfMemory,
    RefusalKind::TooLarge,
];

impl Material {
    /// To each request of a batch; of the refusals only those that go on.
    fn replies_to(&self, requests: &[Request<'_>]) -> Reply {
        let goes_on = [
            RefusalKind::Server,
            RefusalKind::OutOfMemory,
            RefusalKind::TooLarge,
        ];
        let refusal = self.refusal.filter(|kind| goes_on.contains(kind));
        let material = Self {
            refusal,
            ..self.clone()
        };
        let replies = requests.iter().map(|request| material.reply_to(request));
        Reply::Batch(replies.collect())
    }

    fn prefixes(&self) -> Vec<PrefixCounts> {
        let row = |(prefix, _): &(String, String)| PrefixCounts {
            prefix: prefix.clone().into(),
            gets: self.number,
            hits: self.number / 2,
            sets: self.number / 3,
            deletes: self.number / 4,
        };
        self.rows.iter().map(row).collect()
    }

    pub(super) fn reply_to(&self, request: &Request<'_>) -> Reply {
        if let Request::Batch(requests) = request {
            return self.replies_to(requests);
        }
        if let Some(kind) = self.refusal {
            return Reply::Refused(Refusal::from(kind));
        }
        let items = |cas: bool| {
            self.items.iter().cloned().map(move |item| {
                item.map(|(flags, unique, value)| Item {
                    flags,
                    cas: cas.then_some(unique),
                    value: value.into(),
                })
            })
        };
        let one_of = |replies: &[Reply]| self.word.get(replies).clone();
        match request {
            Request::Get { cas, .. } | Request::Gat { cas, .. } => {
                Reply::Value(items(*cas).next().unwrap())
            }
            Request::GetMany { keys, cas } | Request::GatMany { keys, cas, .. } => {
                Reply::Values(items(*cas).take(keys.len()).collect())
            }
            Request::Store {
                verb: Verb::Cas(_), ..
            } => one_of(&[Reply::Stored, Reply::Exists, Reply::NotFound]),
            Request::Store { .. } => one_of(&[Reply::Stored, Reply::NotStored]),
            Request::Delete { .. } => one_of(&[Reply::Deleted, Reply::NotFound]),
            Request::Touch { .. } => one_of(&[Reply::Touched, Reply::NotFound]),
            Request::Incr { .. } | Request::Decr { .. } => {
                one_of(&[Reply::Number(self.number), Reply::NotFound])
            }
            Request::Stats {
                topic: Some(StatsTopic::DetailOn | StatsTopic::DetailOff | StatsTopic::Reset),
            } => Reply::Ok,
            Request::Stats {
                topic: Some(StatsTopic::DetailDump),
            } => Reply::Prefixes(self.prefixes()),
            Request::Stats { .. } => {
                let row = |(name, value): (String, String)| (name.into(), value.into());
                Reply::Stats(self.rows.iter().cloned().map(row).collect())
            }
            Request::Version => Reply::Version("1.6.18".into()),
            _ => Reply::Ok,
        }
    }
}
