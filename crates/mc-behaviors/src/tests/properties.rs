//! What holds whatever is called, in whatever order.

use mc_dist::BucketMap;
use proptest::prelude::*;

use crate::{Behavior, Behaviors, Replay, Value};

/// One call on a replay.
#[derive(Debug, Clone)]
enum Call {
    Update(Vec<(String, Value)>),
    SetC(String, i128),
    Add(usize, u32),
    Push(Vec<(usize, u32)>),
    Buckets(Vec<u32>),
    Clone,
}

fn name() -> impl Strategy<Value = String> {
    let names = Behavior::all().filter_map(Behavior::name);
    let names = names.chain(["_retry_timeout", "nope"]).collect::<Vec<_>>();
    prop::sample::select(names).prop_map(str::to_owned)
}

fn c_name() -> impl Strategy<Value = String> {
    let names = Behavior::all().filter_map(Behavior::c_name);
    prop::sample::select(names.collect::<Vec<_>>()).prop_map(str::to_owned)
}

fn number() -> impl Strategy<Value = i128> {
    prop_oneof![
        4 => 0..14_i128,
        1 => any::<i64>().prop_map(i128::from),
        1 => any::<i128>(),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let words = [
        "md5",
        "crc",
        "hsieh",
        "modula",
        "consistent",
        "consistent ketama",
        "jump",
        "x y",
    ];
    prop_oneof![
        4 => number().prop_map(Value::Int),
        2 => any::<bool>().prop_map(Value::Bool),
        2 => prop::sample::select(words.to_vec()).prop_map(Value::from),
        1 => prop::collection::vec(any::<u8>(), 0..4).prop_map(Value::Bytes),
        1 => any::<std::time::Duration>().prop_map(Value::Duration),
        1 => Just(Value::None),
        1 => Just(Value::List),
    ]
}

fn call() -> impl Strategy<Value = Call> {
    let server = (0..6_usize, 0..4_u32);
    prop_oneof![
        4 => prop::collection::vec((name(), value()), 0..4).prop_map(Call::Update),
        4 => (c_name(), number()).prop_map(|(name, number)| Call::SetC(name, number)),
        2 => server.clone().prop_map(|(server, weight)| Call::Add(server, weight)),
        1 => prop::collection::vec(server, 0..3).prop_map(Call::Push),
        1 => prop::collection::vec(0..4_u32, 1..5).prop_map(Call::Buckets),
        1 => Just(Call::Clone),
    ]
}

const SERVERS: [&str; 6] = [
    "b",
    "a:11212",
    "a:11211",
    "udp:c",
    "/run/m.sock",
    "[::1]:11213",
];

fn make(replay: &mut Replay, call: Call) {
    let server = |(at, weight): (usize, u32)| {
        let spec = SERVERS[at].parse::<crate::ServerSpec>();
        spec.unwrap().with_weight(weight)
    };
    let before = replay.clone();
    let done = match call {
        Call::Update(pairs) => replay.update(pairs),
        Call::SetC(name, number) => replay.set_c(&name, number),
        Call::Add(at, weight) => {
            replay.add_server(server((at, weight)));
            Ok(())
        }
        Call::Push(servers) => {
            replay.push(servers.into_iter().map(server));
            Ok(())
        }
        Call::Buckets(map) => {
            replay.set_buckets(BucketMap::new(map).unwrap());
            Ok(())
        }
        Call::Clone => {
            *replay = replay.as_cloned_by_libmemcached();
            Ok(())
        }
    };
    if let Err(error) = done {
        assert_eq!(*replay, before, "{error}");
        assert!(!error.to_string().contains('\n'));
    }
}

proptest! {
    /// No call panics, a refused one changes nothing, and where it all leads can be used.
    #[test]
    fn a_replay_is_sound(calls in prop::collection::vec(call(), 0..24)) {
        let mut replay = Replay::default();
        for call in calls {
            make(&mut replay, call);
        }
        let placement = replay.placement();
        prop_assert_eq!(placement.servers.len(), replay.servers().len());
        if let Ok(locator) = replay.locator() {
            prop_assert!(locator.owner(b"key") < replay.servers().len());
            let order = locator.servers().iter().map(|one| (&one.host, one.port));
            prop_assert!(order.eq(replay.servers().iter().map(|one| (&one.name.host, one.name.port))));
        }
    }

    /// Settings alone and a replay without servers are one and the same.
    #[test]
    fn settings_and_replay_agree(sets in prop::collection::vec((name(), value()), 0..12)) {
        let (mut alone, mut replay) = (Behaviors::default(), Replay::default());
        for (name, value) in sets {
            prop_assert_eq!(alone.set(&name, value.clone()), replay.set(&name, value));
            prop_assert_eq!(&alone, replay.behaviors());
        }
    }

    /// What is read can be set again, and changes nothing then.
    #[test]
    fn what_is_read_can_be_set(sets in prop::collection::vec((name(), value()), 0..12), last in name()) {
        let mut behaviors = Behaviors::default();
        for (name, value) in sets {
            let _refused = behaviors.set(&name, value);
        }
        prop_assume!(!matches!(last.as_str(), "nope" | "ketama" | "ketama_weighted" | "distribution"));
        let read = behaviors.get(&last).unwrap();
        prop_assume!(read != Value::None);
        let mut again = behaviors.clone();
        again.set(&last, read).unwrap();
        prop_assert_eq!(again, behaviors);
    }

    /// What is set is what is read, but for flags, which read 0 and 1.
    #[test]
    fn what_is_set_is_read(name in name(), value in value()) {
        let mut behaviors = Behaviors::default();
        if behaviors.set(&name, value.clone()).is_ok() {
            let read = behaviors.get(&name).unwrap();
            match (value, &read) {
                (Value::Int(number), Value::Int(read)) => prop_assert!(number == *read || *read == (number != 0).into()),
                (Value::Bool(truth), Value::Int(read)) => prop_assert!(*read == truth.into() || name == "ketama_weighted"),
                (Value::Str(text), Value::Bytes(read)) => prop_assert_eq!(text.as_bytes(), &read[..]),
                (Value::Str(_), Value::Int(_)) => prop_assert_eq!(name, "ketama_hash"),
                (Value::Duration(time), Value::Int(_)) => prop_assert_eq!(time.subsec_micros() % 1000, 0),
                (value, read) => prop_assert_eq!(&value, read),
            }
        }
    }
}
