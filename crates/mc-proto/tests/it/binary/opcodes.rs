//! Every opcode of the binary protocol, tried against a real memcached.

use mc_proto::binary::{Command, Mode, Opcode, Request, Response, Status};
use mc_proto::{Exptime, Initial, Limits, Outgoing, SaslStep, Secret, StatsTopic};
use mc_testkit::Memcached;

use crate::support::key;
use crate::wire::Wire;

/// The number of the fence behind the requests.
const LAST: u32 = 99;

/// A connection, and the commands that were tried on it.
struct Trial {
    wire: Wire,
    tried: Vec<Opcode>,
}

impl Trial {
    /// Sends a command with a fence behind it, and reads what is in front of
    /// the answer to that.
    fn ask(&mut self, command: Command<'_>, quiet: bool, cas: u64) -> Vec<Response> {
        let request = Request {
            opaque: 0xdead_beef,
            cas,
            quiet,
            command,
        };
        let fence = Request {
            opaque: LAST,
            cas: 0,
            quiet: false,
            command: Command::Noop,
        };
        let mut out = Outgoing::default();
        for request in [&request, &fence] {
            request.encode(&Limits::default(), &mut out).unwrap();
        }
        self.wire.send(out);
        self.tried.extend(request.opcode());
        let mut found = Vec::new();
        loop {
            let response = self.wire.next().expect("the fence is answered");
            if response.opaque == LAST {
                assert_eq!(response, Response::of(Opcode::Noop, LAST, Status::Success));
                return found;
            }
            assert_eq!(response.opaque, request.opaque);
            found.push(response);
        }
    }

    /// Loud, the command has this answer; quiet, too, or none.
    fn check(&mut self, command: &Command<'_>, quiet: bool, expected: Option<Response>) {
        let found = self.ask(command.clone(), quiet, 0);
        let found: Vec<_> = found
            .into_iter()
            .map(|response| Response { cas: 0, ..response })
            .collect();
        assert_eq!(found, expected.as_slice(), "{command:?}, quiet: {quiet}");
    }
}

fn answer(opcode: Opcode, status: Status) -> Option<Response> {
    Some(Response::of(opcode, 0xdead_beef, status))
}

fn found(opcode: Opcode, flags: u32, name: &'static str, value: &'static str) -> Option<Response> {
    answer(opcode, Status::Success).map(|response| Response {
        flags: Some(flags),
        key: name.into(),
        value: value.into(),
        ..response
    })
}

fn number(opcode: Opcode, number: u64) -> Option<Response> {
    answer(opcode, Status::Success).map(|response| Response {
        value: number.to_be_bytes().to_vec().into(),
        ..response
    })
}

fn text(opcode: Opcode, value: &'static str) -> Option<Response> {
    answer(opcode, Status::Success).map(|response| Response {
        value: value.into(),
        ..response
    })
}

fn put(mode: Mode, name: &'static str, value: &'static str) -> Command<'static> {
    Command::Store {
        mode,
        key: key(name),
        flags: 5,
        exptime: Exptime::NEVER,
        value: value.as_bytes().into(),
    }
}

fn read(name: &'static str, with_key: bool) -> Command<'static> {
    let key = key(name);
    Command::Get { key, with_key }
}

fn renew(name: &'static str, with_key: bool) -> Command<'static> {
    Command::Gat {
        key: key(name),
        exptime: Exptime::from_wire(100),
        with_key,
    }
}

fn up(name: &'static str, initial: Option<Initial>) -> Command<'static> {
    Command::Increment {
        key: key(name),
        delta: 2,
        initial,
    }
}

fn down(name: &'static str, initial: Option<Initial>) -> Command<'static> {
    Command::Decrement {
        key: key(name),
        delta: 1,
        initial,
    }
}

fn try_stores(trial: &mut Trial) {
    use Status::{KeyExists, KeyNotFound, NotStored, Success};
    trial.check(
        &put(Mode::Set, "a", "1"),
        false,
        answer(Opcode::Set, Success),
    );
    trial.check(&put(Mode::Set, "a", "2"), true, None);
    trial.check(
        &put(Mode::Add, "a", "3"),
        false,
        answer(Opcode::Add, KeyExists),
    );
    trial.check(
        &put(Mode::Add, "a", "3"),
        true,
        answer(Opcode::AddQ, KeyExists),
    );
    trial.check(&put(Mode::Add, "b", "3"), true, None);
    trial.check(
        &put(Mode::Replace, "x", "4"),
        false,
        answer(Opcode::Replace, KeyNotFound),
    );
    trial.check(
        &put(Mode::Replace, "x", "4"),
        true,
        answer(Opcode::ReplaceQ, KeyNotFound),
    );
    trial.check(&put(Mode::Replace, "b", "4"), true, None);
    let value = || b"+"[..].into();
    let append = |name| Command::Append {
        key: key(name),
        value: value(),
    };
    let prepend = |name| Command::Prepend {
        key: key(name),
        value: value(),
    };
    trial.check(&append("a"), false, answer(Opcode::Append, Success));
    trial.check(&append("x"), false, answer(Opcode::Append, NotStored));
    trial.check(&append("x"), true, answer(Opcode::AppendQ, NotStored));
    trial.check(&append("b"), true, None);
    trial.check(&prepend("a"), false, answer(Opcode::Prepend, Success));
    trial.check(&prepend("x"), true, answer(Opcode::PrependQ, NotStored));
    trial.check(&prepend("b"), true, None);
}

fn try_reads(trial: &mut Trial) {
    use Status::KeyNotFound;
    trial.check(&read("a", false), false, found(Opcode::Get, 5, "", "+2+"));
    trial.check(&read("b", false), true, found(Opcode::GetQ, 5, "", "+4+"));
    trial.check(&read("a", true), false, found(Opcode::GetK, 5, "a", "+2+"));
    trial.check(&read("b", true), true, found(Opcode::GetKQ, 5, "b", "+4+"));
    trial.check(&renew("a", false), false, found(Opcode::Gat, 5, "", "+2+"));
    trial.check(&renew("b", false), true, found(Opcode::GatQ, 5, "", "+4+"));
    trial.check(&renew("a", true), false, found(Opcode::GatK, 5, "a", "+2+"));
    trial.check(&renew("b", true), true, found(Opcode::GatKQ, 5, "b", "+4+"));
    trial.check(&read("x", false), false, answer(Opcode::Get, KeyNotFound));
    trial.check(&renew("x", false), false, answer(Opcode::Gat, KeyNotFound));
    for command in [
        read("x", false),
        read("x", true),
        renew("x", false),
        renew("x", true),
    ] {
        trial.check(&command, true, None);
    }
    for (command, opcode) in [
        (read("x", true), Opcode::GetK),
        (renew("x", true), Opcode::GatK),
    ] {
        let miss = answer(opcode, KeyNotFound).map(|response| Response {
            key: "x".into(),
            value: "".into(),
            ..response
        });
        trial.check(&command, false, miss);
    }
    let touch = |name| Command::Touch {
        key: key(name),
        exptime: Exptime::NEVER,
    };
    trial.check(&touch("a"), false, found(Opcode::Touch, 5, "", ""));
    trial.check(&touch("x"), false, answer(Opcode::Touch, KeyNotFound));
}

fn try_numbers(trial: &mut Trial) {
    use Status::{KeyNotFound, NotNumeric};
    let exptime = Exptime::NEVER;
    let from = |value| Some(Initial { value, exptime });
    trial.check(
        &up("n", None),
        false,
        answer(Opcode::Increment, KeyNotFound),
    );
    trial.check(
        &up("n", None),
        true,
        answer(Opcode::IncrementQ, KeyNotFound),
    );
    trial.check(&up("n", from(7)), false, number(Opcode::Increment, 7));
    trial.check(&up("n", from(7)), false, number(Opcode::Increment, 9));
    trial.check(&up("n", None), true, None);
    trial.check(&down("n", None), false, number(Opcode::Decrement, 10));
    trial.check(&down("n", None), true, None);
    trial.check(&down("n", None), false, number(Opcode::Decrement, 8));
    trial.check(
        &down("m", from(u64::MAX)),
        false,
        number(Opcode::Decrement, u64::MAX),
    );
    trial.check(&up("m", None), false, number(Opcode::Increment, 1));
    trial.check(
        &down("x", None),
        true,
        answer(Opcode::DecrementQ, KeyNotFound),
    );
    trial.check(&up("a", None), false, answer(Opcode::Increment, NotNumeric));
}

/// A cas number that no item has.
fn try_cas_numbers(trial: &mut Trial) {
    let append = Command::Append {
        key: key("a"),
        value: b"+"[..].into(),
    };
    let commands = [
        put(Mode::Set, "a", "5"),
        put(Mode::Add, "a", "5"),
        put(Mode::Replace, "a", "5"),
        append,
        Command::Delete { key: key("a") },
        up("n", None),
    ];
    for command in commands {
        let found = trial.ask(command.clone(), false, u64::MAX);
        let [response] = found.try_into().unwrap();
        assert_eq!(response.status, Status::KeyExists, "{command:?}");
    }
    let found = trial.ask(read("a", false), false, 0);
    let cas = found[0].cas;
    let stored = trial.ask(put(Mode::Replace, "a", "6"), false, cas);
    assert_eq!(stored[0].status, Status::Success);
    assert!(stored[0].cas > cas);
    assert_eq!(
        trial.ask(Command::Delete { key: key("a") }, false, stored[0].cas)[0].status,
        Status::Success
    );
}

fn try_the_rest(trial: &mut Trial, version: String) {
    use Status::{KeyNotFound, Success, UnknownCommand};
    let delete = |name| Command::Delete { key: key(name) };
    trial.check(&delete("a"), false, answer(Opcode::Delete, KeyNotFound));
    trial.check(&delete("a"), true, answer(Opcode::DeleteQ, KeyNotFound));
    trial.check(&delete("b"), true, None);
    trial.check(
        &Command::Version,
        false,
        text(Opcode::Version, version.leak()),
    );
    trial.check(&Command::Noop, false, answer(Opcode::Noop, Success));
    for delay in [Some(100), Some(0), None] {
        trial.check(
            &Command::Flush { delay },
            false,
            answer(Opcode::Flush, Success),
        );
        trial.check(&Command::Flush { delay }, true, None);
    }
    // This server knows no SASL.
    let (mechanism, data) = (&b"PLAIN"[..], Secret::new(b"\0alice\0sesame"));
    for (step, opcode) in [
        (SaslStep::List, Opcode::SaslList),
        (SaslStep::Start { mechanism, data }, Opcode::SaslAuth),
        (SaslStep::Continue { mechanism, data }, Opcode::SaslStep),
    ] {
        trial.check(&Command::Sasl(step), false, answer(opcode, UnknownCommand));
    }
}

fn try_statistics(trial: &mut Trial) {
    let mut rows = |topic| {
        let mut rows = trial.ask(Command::Stat { topic }, false, 0);
        let end = rows.pop().unwrap();
        assert!(
            rows.iter()
                .all(|row| row.status == Status::Success && !row.key.is_empty())
        );
        assert!(end.key.is_empty());
        (rows.len(), end.status)
    };
    assert!(matches!(rows(None), (30.., Status::Success)));
    assert!(matches!(
        rows(Some(StatsTopic::Settings)),
        (30.., Status::Success)
    ));
    assert!(matches!(
        rows(Some(StatsTopic::Items)),
        (1.., Status::Success)
    ));
    assert!(matches!(
        rows(Some(StatsTopic::Slabs)),
        (1.., Status::Success)
    ));
    assert_eq!(rows(Some(StatsTopic::Sizes)), (1, Status::Success));
    assert_eq!(rows(Some(StatsTopic::Conns)), (0, Status::KeyNotFound));
    assert_eq!(rows(Some(StatsTopic::DetailOn)), (0, Status::Success));
    assert_eq!(rows(Some(StatsTopic::DetailDump)), (1, Status::Success));
    assert_eq!(rows(Some(StatsTopic::DetailOff)), (0, Status::Success));
    assert_eq!(rows(Some(StatsTopic::Reset)), (0, Status::Success));
}

/// The server closes behind this command.
fn try_last(
    server: &Memcached,
    command: Command<'static>,
    quiet: bool,
    expected: Option<Response>,
) -> Option<Opcode> {
    let mut wire = Wire::open(server);
    let request = Request {
        opaque: 0xdead_beef,
        cas: 0,
        quiet,
        command,
    };
    let mut out = Outgoing::default();
    request.encode(&Limits::default(), &mut out).unwrap();
    wire.send(out);
    if expected.is_some() {
        assert_eq!(wire.next(), expected);
    }
    assert_eq!(wire.next(), None);
    request.opcode()
}

#[test]
fn every_opcode_is_understood_as_meant() {
    let server = Memcached::start().unwrap();
    let wire = Wire::open(&server);
    let tried = Vec::new();
    let mut trial = Trial { wire, tried };
    try_stores(&mut trial);
    try_reads(&mut trial);
    try_numbers(&mut trial);
    try_cas_numbers(&mut trial);
    try_statistics(&mut trial);
    try_the_rest(&mut trial, server.version().unwrap());
    let mut tried = trial.tried;
    tried.extend(try_last(
        &server,
        Command::Quit,
        false,
        answer(Opcode::Quit, Status::Success),
    ));
    tried.extend(try_last(&server, Command::Quit, true, None));
    // memcached does not know this one, see the test below.
    tried.push(Opcode::Verbosity);
    for opcode in Opcode::ALL {
        assert!(tried.contains(&opcode), "{opcode}");
    }
}
