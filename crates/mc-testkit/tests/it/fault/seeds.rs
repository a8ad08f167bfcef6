//! The same seed and the same bytes give the same faults, however the bytes come in pieces.

use std::time::Duration;

use mc_testkit::Rule;

use super::{HIT, Pair, each};

/// What two connections are answered, through rules that leave much to chance.
fn play(pair: &Pair, sent: usize) -> Vec<Vec<u8>> {
    let rules = [
        Rule::requests()
            .probability(0.3)
            .delay(Duration::ZERO..=Duration::from_micros(50)),
        Rule::replies().probability(0.2).slice(1..=3),
        Rule::replies().probability(0.1).flip(),
        Rule::replies()
            .probability(0.1)
            .message_byte(0..=30)
            .inject("<>"),
        Rule::replies()
            .probability(0.1)
            .message_byte(2..=8)
            .duplicate_bytes(3),
        Rule::replies().probability(0.1).drop_message(),
        Rule::replies().message(200).message_byte(0..=20).fin(),
    ];
    pair.proxy.set_rules(rules).unwrap();
    let requests = b"get a\r\n".repeat(200);
    let answers = |_| {
        let mut wire = pair.connect();
        requests.chunks(sent).for_each(|bytes| wire.send(bytes));
        wire.rest().0
    };
    (0..2).map(answers).collect()
}

/// Twice by proxies of one seed, of which the second gets its requests in pieces; then by another seed.
#[test]
fn a_seed_tells_all_faults() {
    let run = |seed, sent| {
        let found = std::cell::RefCell::new(Vec::new());
        each(
            |builder| builder.seed(seed),
            |pair| {
                assert_eq!(pair.proxy.seed(), seed);
                let answers = play(pair, sent);
                found
                    .borrow_mut()
                    .push((answers, pair.proxy.stats().by_rule));
            },
        );
        found.into_inner()
    };
    let one = run(11, usize::MAX);
    assert_eq!(one, run(11, 10));
    assert_ne!(one, run(12, usize::MAX));
    for (answers, by_rule) in &one {
        assert_ne!(answers[0], answers[1], "each connection has its own");
        assert!(answers.iter().all(|answers| *answers != HIT.repeat(200)));
        assert!(by_rule.iter().all(|times| *times > 0), "{by_rule:?}");
    }
}

/// The second rules draw anew.
#[test]
fn a_seed_tells_what_comes_after_new_rules() {
    each(
        |builder| builder,
        |pair| assert_ne!(play(pair, usize::MAX), play(pair, usize::MAX)),
    );
}
