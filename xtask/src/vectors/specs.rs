//! `specs_pylibmc.jsonl`: servers as pylibmc's users write them, one by one, in lists, and as a client's.

use anyhow::{Context, Result};
use mc_behaviors::{
    DEFAULT_PORT, IntoServerSpec, InvalidServer, InvalidServerKind, ServerSpec, Transport,
    UnknownTransport, server_specs,
};
use serde::Deserialize;
use serde_json::Value;

use super::servers::{Translated, refusal};
use super::{Report, Vectors, Verdict, deviations};

#[derive(Deserialize)]
struct Row {
    #[serde(default)]
    kwargs: serde_json::Map<String, Value>,
    #[serde(flatten)]
    call: Call,
    #[serde(default)]
    result: Value,
    /// Class and message.
    error: Option<(String, String)>,
}

/// What was called, and with what.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Call {
    /// `translate_server_spec`.
    Spec(Value),
    /// `translate_server_specs`.
    List(Vec<Value>),
    /// `pylibmc.Client`.
    Constructor(Value),
}

pub(super) fn check(vectors: &Vectors, report: &mut Report) -> Result<()> {
    let rows = vectors.rows::<Row>("specs_pylibmc.jsonl")?;
    for (at, row) in rows.iter().enumerate() {
        report.count(format!("line {}", at + 1), verdict(row));
    }
    Ok(())
}

fn verdict(row: &Row) -> Result<Verdict> {
    match &row.call {
        Call::Spec(Value::String(spec)) => spec_verdict(row, spec),
        Call::Spec(other) => Ok(Verdict::Deviates(match given(other) {
            Ok(_) => &deviations::TUPLES,
            Err(_) => &deviations::TYPES,
        })),
        Call::List(servers) => list_verdict(row, servers),
        Call::Constructor(Value::Array(servers)) => client_verdict(row, servers),
        Call::Constructor(_) => Ok(Verdict::Deviates(&deviations::TYPES)),
    }
}

/// One spec, perhaps with a port and a weight to fall back on.
fn spec_verdict(row: &Row, spec: &str) -> Result<Verdict> {
    let port = row.kwargs.get("port").map(number).transpose()?;
    let port = port.map_or(Ok(DEFAULT_PORT), u16::try_from)?;
    let weight = row.kwargs.get("weight").map(number).transpose()?;
    let weight = weight.map_or(Ok(1), u32::try_from)?;
    Ok(match (ServerSpec::parse(spec, port, weight), &row.error) {
        (Err(ours), Some((class, _))) => both_refuse(&ours, class),
        (Ok(ours), Some(theirs)) => Verdict::Fails(format!("{ours:?}, but {theirs:?}")),
        (Ok(ours), None) => Translated::deserialize(&row.result)?.verdict(&ours),
        (Err(ours), None) => refusal(&ours),
    })
}

/// `80` or `"80"`.
fn number(value: &Value) -> Result<i64> {
    match value {
        Value::String(text) => Ok(text.parse()?),
        other => other.as_i64().context("not a number"),
    }
}

/// Each server alone; a triple is not looked at by pylibmc, and has no weight.
fn list_verdict(row: &Row, servers: &[Value]) -> Result<Verdict> {
    let ours: Result<Vec<_>, _> = servers.iter().map(given).collect();
    let ours = match (ours, &row.error) {
        (Err(NotGiven::Type), _) => return Ok(Verdict::Deviates(&deviations::TYPES)),
        (Err(refused), Some((class, _))) => return Ok(refused.beside(class)),
        (Err(refused), None) => return Ok(refused.verdict()),
        (Ok(ours), Some(theirs)) => return Ok(Verdict::Fails(format!("{ours:?}, but {theirs:?}"))),
        (Ok(ours), None) => ours,
    };
    let theirs = row.result.as_array().context("no list")?;
    for (ours, theirs) in ours.iter().zip(theirs) {
        let tuple = theirs["tuple"].as_array().context("no tuple")?;
        let mut tuple = tuple.clone();
        tuple.resize(4, Value::from(1));
        let theirs = Translated::deserialize(Value::Array(tuple))?;
        let verdict = theirs.verdict(ours);
        if !matches!(verdict, Verdict::Holds) {
            return Ok(verdict);
        }
    }
    Ok(match ours.len() == theirs.len() {
        true => Verdict::Holds,
        false => Verdict::Fails(format!("{ours:?}, but {theirs:?}")),
    })
}

/// A client's servers together. Its other arguments are not this crate's, but the servers are looked at first.
fn client_verdict(row: &Row, servers: &[Value]) -> Result<Verdict> {
    let ours = servers.iter().map(given).collect::<Result<Vec<_>, _>>();
    let ours = ours.and_then(|servers| server_specs(servers).map_err(NotGiven::Server));
    let has_others = row
        .kwargs
        .iter()
        .any(|(name, value)| name != "behaviors" || !is_empty(value));
    Ok(match (ours, &row.error) {
        (Ok(_), _) if has_others => Verdict::Deviates(&deviations::ARGUMENTS),
        (Ok(_), None) => Verdict::Holds,
        (Ok(ours), Some(theirs)) => Verdict::Fails(format!("{ours:?}, but {theirs:?}")),
        (Err(NotGiven::Type), _) => Verdict::Deviates(&deviations::TYPES),
        (Err(refused), Some((class, _))) => refused.beside(class),
        (Err(refused), None) => refused.verdict(),
    })
}

/// `behaviors={}` and its like.
fn is_empty(value: &Value) -> bool {
    let Value::Object(fields) = value else {
        return value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    };
    fields.is_empty()
}

/// Why a Python value is no server of ours.
enum NotGiven {
    /// It would not compile.
    Type,
    /// A number that does not fit its type.
    Number,
    Transport,
    Server(InvalidServer),
}

impl NotGiven {
    /// The reference raises an exception of this class.
    fn beside(&self, class: &str) -> Verdict {
        match self {
            Self::Server(error) => both_refuse(error, class),
            _ => class_verdict("ValueError", class),
        }
    }

    /// The reference takes it.
    fn verdict(&self) -> Verdict {
        match self {
            Self::Type => Verdict::Deviates(&deviations::TYPES),
            Self::Number => Verdict::Deviates(&deviations::SERVER_NUMBER_CUT),
            Self::Transport => Verdict::Fails("no such transport".to_owned()),
            Self::Server(error) => refusal(error),
        }
    }
}

/// A spec or a tuple as ours takes it.
fn given(value: &Value) -> Result<ServerSpec, NotGiven> {
    if let Value::String(spec) = value {
        return spec.as_str().into_server_spec().map_err(NotGiven::Server);
    }
    let tuple = value.get("tuple").and_then(Value::as_array);
    let server = match tuple.ok_or(NotGiven::Type)?.as_slice() {
        [Value::String(host), Value::Number(port)] => {
            (host.as_str(), fitting(port)?).into_server_spec()
        }
        [
            Value::String(host),
            Value::Number(port),
            Value::Number(weight),
        ] => (host.as_str(), fitting(port)?, fitting(weight)?).into_server_spec(),
        [
            Value::Number(transport),
            Value::String(host),
            Value::Number(port),
        ] => {
            let transport = Transport::try_from(fitting::<u32>(transport)?);
            let transport = transport.map_err(|UnknownTransport(_)| NotGiven::Transport)?;
            (transport, host.as_str(), fitting(port)?).into_server_spec()
        }
        _ => return Err(NotGiven::Type),
    };
    server.map_err(NotGiven::Server)
}

fn fitting<N: TryFrom<i64>>(number: &serde_json::Number) -> Result<N, NotGiven> {
    let number = number.as_i64().ok_or(NotGiven::Number)?;
    N::try_from(number).map_err(|_| NotGiven::Number)
}

/// Both refuse. A length pylibmc leaves to libmemcached, which looks at it last.
fn both_refuse(ours: &InvalidServer, class: &str) -> Verdict {
    match ours.kind() {
        InvalidServerKind::EmptyList => class_verdict("pylibmc.Error", class),
        InvalidServerKind::LongHost(_) if class == "pylibmc.Error" => Verdict::Holds,
        InvalidServerKind::LongHost(_) => refusal(ours),
        _ => class_verdict("ValueError", class),
    }
}

fn class_verdict(ours: &str, theirs: &str) -> Verdict {
    match ours == theirs {
        true => Verdict::Holds,
        false => Verdict::Fails(format!("{ours}, but {theirs}")),
    }
}
