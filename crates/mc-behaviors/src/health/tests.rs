//! Health, told as stories, and random ones held against what must always be true.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

/// Some time to count from.
#[expect(clippy::disallowed_methods, reason = "no other way to make an Instant")]
fn start() -> Instant {
    Instant::now()
}

/// What happens to server 0, each at a second.
#[derive(Debug, Clone, Copy)]
enum Event {
    Failed(Change),
    TimedOut(Change),
    Succeeded(Change),
    Abandoned,
    Used,
    Probe,
    /// Skipped until that second.
    Skip(u64),
}
use Change::{Ejections, Same};
use Event::{Abandoned, Failed, Probe, Skip, Succeeded, TimedOut, Used};

/// Tells the story and compares each answer.
fn check(settings: HealthSettings, story: &[(u64, Event)]) {
    let start = start();
    let at = |second| start + Duration::from_secs(second);
    let mut health = Health::new(1, settings, 0);
    for &(second, event) in story {
        let now = at(second);
        let place = format!("at {second} s: {event:?}");
        match event {
            Failed(want) => assert_eq!(health.failed(0, now), want, "{place}"),
            TimedOut(want) => assert_eq!(health.timed_out(0, now), want, "{place}"),
            Succeeded(want) => assert_eq!(health.succeeded(0), want, "{place}"),
            Abandoned => health.abandoned(0),
            Used => assert_eq!(health.may_use(0, now), Permit::Use, "{place}"),
            Probe => assert_eq!(health.may_use(0, now), Permit::Probe, "{place}"),
            Skip(until) => {
                assert_eq!(
                    health.may_use(0, now),
                    Permit::SkipUntil(at(until)),
                    "{place}"
                );
                assert_eq!(health.next_event(), Some(at(until)), "{place}");
            }
        }
    }
}

/// Rests 2 s, or 5 s when ejected at the second failure, to the second; a probe has 10 s.
fn settings(auto_eject: bool) -> HealthSettings {
    HealthSettings {
        dead_timeout: Duration::from_secs(5),
        jitter_percent: 0,
        failure_limit: 2,
        timeout_limit: 2,
        auto_eject,
        ..HealthSettings::default()
    }
}

#[test]
fn a_new_list_takes_what_is_known_of_its_servers_with_it() {
    let (mut health, start) = (Health::new(3, settings(true), 0), start());
    assert_eq!(health.failed(0, start), Same);
    assert_eq!(health.failed(2, start), Same);
    assert_eq!(health.failed(2, start + Duration::from_secs(3)), Ejections);
    health.rearrange([None, Some(2), Some(1), Some(0), Some(9)]);
    assert_eq!(health.ejected(), [1]);
    let is_clear: Vec<_> = (0..5).map(|server| health.is_clear(server)).collect();
    assert_eq!(is_clear, [true, false, true, false, true]);
    assert_eq!(health.succeeded(1), Ejections);
    health.rearrange([]);
    assert_eq!((health.ejected(), health.next_event()), (vec![], None));
}

#[test]
fn a_refused_connection_makes_it_rest_until_one_probe_succeeds() {
    let story = &[
        (0, Used),
        (0, Failed(Same)),
        (0, Skip(2)),
        (1, Skip(2)),
        (2, Probe),
        (2, Skip(12)),
        (3, Failed(Same)),
        (4, Skip(5)),
        (5, Probe),
        (6, Succeeded(Same)),
        (6, Used),
        (6, Used),
    ];
    check(settings(false), story);
}

#[test]
fn at_its_limit_it_is_ejected_until_it_succeeds() {
    let story = &[
        (0, Failed(Same)),
        (2, Probe),
        (2, Failed(Ejections)),
        (6, Skip(7)),
        (7, Probe),
        (8, Skip(17)),
        (8, Failed(Same)),
        (8, Skip(13)),
        (13, Probe),
        (14, Succeeded(Ejections)),
        (14, Used),
        (15, Failed(Same)),
        (16, Skip(17)),
    ];
    check(settings(true), story);
}

#[test]
fn without_a_dead_time_it_comes_back_after_the_retry_time() {
    let settings = HealthSettings {
        dead_timeout: Duration::ZERO,
        failure_limit: 1,
        ..settings(true)
    };
    let story = &[
        (0, Failed(Ejections)),
        (1, Skip(2)),
        (2, Probe),
        (2, Succeeded(Ejections)),
        (2, Used),
    ];
    check(settings, story);
}

#[test]
fn time_outs_count_up_to_their_limit() {
    let story = &[
        (0, TimedOut(Same)),
        (0, Used),
        (1, Succeeded(Same)),
        (1, TimedOut(Same)),
        (2, TimedOut(Ejections)),
        (2, Skip(7)),
        (7, Probe),
        (8, TimedOut(Same)),
        (8, Skip(13)),
    ];
    check(settings(true), story);
}

#[test]
fn failures_from_before_the_rest_are_one_event() {
    let story = &[
        (0, Failed(Same)),
        (1, Failed(Same)),
        (1, TimedOut(Same)),
        (1, Skip(2)),
        (3, Failed(Ejections)),
    ];
    check(settings(true), story);
}

#[test]
fn a_probe_that_is_abandoned_or_lost_gives_way_to_the_next() {
    let story = &[
        (0, Failed(Same)),
        (2, Probe),
        (3, Abandoned),
        (3, Probe),
        (12, Skip(13)),
        (13, Probe),
        (13, Skip(23)),
    ];
    check(settings(false), story);
}

#[test]
fn a_late_success_ends_the_rest() {
    check(
        settings(false),
        &[(0, Failed(Same)), (0, Succeeded(Same)), (0, Used)],
    );
}

#[test]
fn no_limit_is_a_limit_of_one() {
    let settings = HealthSettings {
        failure_limit: 0,
        connect_limit: 0,
        timeout_limit: 0,
        ..settings(true)
    };
    check(settings, &[(0, Failed(Ejections)), (0, Skip(5))]);
    check(settings, &[(0, TimedOut(Ejections)), (0, Skip(5))]);
}

#[test]
fn failed_connections_count_up_to_their_limit() {
    let settings = HealthSettings {
        connect_limit: 3,
        ..settings(false)
    };
    let story = &[
        (0, Failed(Same)),
        (0, Used),
        (0, TimedOut(Same)),
        (1, Skip(2)),
        (2, Succeeded(Same)),
        (2, Failed(Same)),
        (2, Succeeded(Same)),
        (3, Failed(Same)),
        (3, Failed(Same)),
        (3, Used),
        (3, Failed(Same)),
        (3, Skip(5)),
        (5, Probe),
        (5, Failed(Same)),
        (5, Skip(7)),
    ];
    check(settings, story);
}

/// When each of so many servers is to be probed that fail now.
fn rests(settings: HealthSettings, seed: u64, servers: usize) -> Vec<Duration> {
    let (mut health, now) = (Health::new(servers, settings, seed), start());
    let rest = |server| {
        _ = health.failed(server, now);
        match health.may_use(server, now) {
            Permit::SkipUntil(until) => until - now,
            permit => panic!("{permit:?}"),
        }
    };
    (0..servers).map(rest).collect()
}

/// Also once it is ejected.
#[test]
fn rests_are_spread_over_half_as_long_again() {
    for (auto_eject, seconds) in [(false, 2), (true, 5)] {
        let settings = HealthSettings {
            jitter_percent: 50,
            failure_limit: 1,
            ..settings(auto_eject)
        };
        let mut rests = rests(settings, 7, 1000);
        rests.sort();
        let at = |percent| Duration::from_millis(seconds * 10 * percent);
        assert!(rests[0] >= at(100) && rests[999] <= at(150));
        for (tenth, share) in rests.chunks(100).enumerate() {
            let begin = at(100 + 5 * tenth as u64);
            let late = share[50] - begin;
            assert!(late < at(5), "{late:?} in tenth {tenth}");
        }
    }
}

#[test]
fn rests_follow_from_the_seed() {
    let rests = |seed| rests(HealthSettings::default(), seed, 10);
    assert_eq!(rests(7), rests(7));
    assert_ne!(rests(7), rests(8));
}

/// A caller that asks again and again does not connect as often.
#[test]
fn no_rest_is_a_short_one() {
    let settings = HealthSettings {
        retry_timeout: Duration::ZERO,
        dead_timeout: Duration::ZERO,
        ..settings(true)
    };
    assert_eq!(rests(settings, 0, 2), [Duration::from_millis(100); 2]);
}

#[test]
fn a_rest_without_end_overflows_nothing() {
    let settings = HealthSettings {
        retry_timeout: Duration::MAX,
        ..settings(false)
    };
    let year = 365 * 24 * 60 * 60;
    check(
        settings,
        &[
            (0, Failed(Same)),
            (year, Skip(30 * year)),
            (30 * year, Probe),
        ],
    );
}

#[test]
fn new_settings_hold_at_once() {
    let now = start();
    let mut health = Health::new(2, settings(false), 0);
    _ = health.failed(1, now);
    let limit_of_one = HealthSettings {
        failure_limit: 1,
        ..settings(true)
    };
    assert_eq!(health.configure(limit_of_one), Ejections);
    let until = now + Duration::from_secs(5);
    assert_eq!(
        (health.ejected(), health.next_event()),
        (vec![1], Some(until))
    );
    assert_eq!(health.may_use(1, now), Permit::SkipUntil(until));
    assert_eq!(health.configure(settings(false)), Ejections);
    assert_eq!(
        (health.ejected(), health.next_event()),
        (vec![], Some(now + Duration::from_secs(2)))
    );
    assert_eq!(health.configure(settings(false)), Same);
}

#[test]
fn a_server_beyond_the_list_is_well() {
    let now = start();
    let mut health = Health::new(1, settings(true), 0);
    assert_eq!(health.failed(1, now), Same);
    assert_eq!(health.may_use(1, now), Permit::Use);
    assert!(health.is_clear(1) && health.next_event().is_none());
}

/// One step of a random story: milliseconds that pass, a server, and what is done with it.
fn steps() -> impl Strategy<Value = Vec<(u64, usize, u8)>> {
    prop::collection::vec((0..3000_u64, 0..3_usize, 0..12_u8), 1..80)
}

fn any_settings() -> impl Strategy<Value = HealthSettings> {
    let timeouts = (0..4000_u64, 0..4000_u64, 1..3000_u64);
    let limits = (0..4_u32, 0..4_u32, 0..4_u32);
    let settings = (timeouts, limits, 0..200_u32, any::<bool>());
    settings.prop_map(
        |((retry, dead, probe), limits, jitter_percent, auto_eject)| {
            let (failure_limit, connect_limit, timeout_limit) = limits;
            HealthSettings {
                retry_timeout: Duration::from_millis(retry),
                dead_timeout: Duration::from_millis(dead),
                jitter_percent,
                failure_limit,
                connect_limit,
                timeout_limit,
                auto_eject,
                probe_timeout: Duration::from_millis(probe),
            }
        },
    )
}

/// What an onlooker knows: when each server last failed, and whether a probe is out, and since when.
#[derive(Default, Clone, Copy)]
struct Seen {
    failed: Option<Instant>,
    probe: Option<Instant>,
    clear: bool,
}

proptest! {
    #[test]
    fn whatever_happens(
        first in any_settings(),
        second in any_settings(),
        seed in any::<u64>(),
        steps in steps(),
    ) {
        let mut now = start();
        let mut health = Health::new(3, first, seed);
        let mut seen = [Seen { clear: true, ..Seen::default() }; 3];
        let mut ejected = vec![];
        for (millis, index, action) in steps {
            now += Duration::from_millis(millis);
            let change = step(&mut health, &mut seen[index], index, now, action, second);
            let settings = health.settings();
            let after = health.ejected();
            prop_assert_eq!(change == Ejections, after != ejected, "a change is told, and only a change");
            ejected = after;
            prop_assert!(settings.auto_eject || ejected.is_empty());
            for (index, seen) in seen.iter().enumerate() {
                prop_assert_eq!(health.is_clear(index), seen.clear);
                let mut future = health.clone();
                let back = match (seen.probe, seen.failed) {
                    (Some(probe), _) => probe + settings.probe_timeout,
                    (None, Some(failed)) => failed + longest_rest(&settings),
                    (None, None) => now,
                };
                prop_assert!(!matches!(future.may_use(index, back), Permit::SkipUntil(_)), "it always comes back");
                prop_assert!(!ejected.contains(&index) || !seen.clear);
            }
        }
    }
}

fn longest_rest(settings: &HealthSettings) -> Duration {
    let longest = settings.retry_timeout.max(settings.dead_timeout);
    let longest = longest.max(Duration::from_millis(100));
    longest * (100 + settings.jitter_percent) / 100
}

/// Does one thing, checks its own answer, and notes what an onlooker sees.
fn step(
    health: &mut Health,
    seen: &mut Seen,
    index: usize,
    now: Instant,
    action: u8,
    other: HealthSettings,
) -> Change {
    let lost = seen
        .probe
        .is_some_and(|since| now >= since + health.settings().probe_timeout);
    match action {
        0..6 => {
            match health.may_use(index, now) {
                Permit::Use => assert!(seen.probe.is_none()),
                Permit::Probe => {
                    assert!(seen.probe.is_none() || lost, "one probe at a time");
                    assert!(!seen.clear, "a clear server needs no probe");
                    seen.probe = Some(now);
                }
                Permit::SkipUntil(until) => {
                    assert!(until > now && !seen.clear);
                    assert!(!matches!(
                        health.clone().may_use(index, until),
                        Permit::SkipUntil(_)
                    ));
                }
            }
            Same
        }
        6..8 => {
            *seen = Seen {
                failed: Some(now),
                probe: None,
                clear: false,
            };
            health.failed(index, now)
        }
        8 => {
            *seen = Seen {
                failed: Some(now),
                probe: None,
                clear: false,
            };
            health.timed_out(index, now)
        }
        9 => {
            seen.probe = None;
            health.abandoned(index);
            Same
        }
        10 => {
            *seen = Seen {
                clear: true,
                ..Seen::default()
            };
            health.succeeded(index)
        }
        _ => health.configure(other),
    }
}
