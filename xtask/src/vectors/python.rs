//! Python's side of the vectors: values as rows write them, and the exceptions that pylibmc raises.

use anyhow::{Context, Result, bail};
use mc_behaviors::{Error, ErrorKind, Namespace, Value};
use mc_client::value::Python;
use serde::Deserialize;

use super::{in_c, repr, unhex};

/// A Python value: `{"t":"int","v":"1"}`.
#[derive(Deserialize)]
pub(super) struct Given {
    t: String,
    #[serde(default)]
    v: serde_json::Value,
}

impl Given {
    /// As our by-name view takes it.
    pub(super) fn value(&self) -> Result<Value> {
        let text = || self.v.as_str().context("a value without text");
        Ok(match self.t.as_str() {
            "int" => Value::Int(text()?.parse()?),
            "bool" => Value::Bool(self.v.as_bool().context("not a bool")?),
            "str" => Value::Str(text()?.to_owned()),
            "bytes" => Value::Bytes(unhex(text()?)?),
            "float" => Value::Float(text()?.parse()?),
            "none" => Value::None,
            "list" => Value::List,
            other => bail!("unknown type {other:?}"),
        })
    }
}

/// An exception: its class and text.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Exception {
    #[serde(rename = "type")]
    pub(super) class: String,
    pub(super) message: String,
}

/// What pylibmc would have raised for our error.
///
/// It is made from the error's parts alone, so that a match shows that ours names the same behavior and value.
pub(super) fn exception(error: &Error) -> Exception {
    let rc = in_c::return_code(error);
    let behavior = error.behavior();
    let value = error.value().unwrap_or(&Value::None);
    let (kind, rc) = match cut_namespace(error) {
        Some(Err(refused)) => (refused.kind(), in_c::return_code(&refused)),
        _ => (error.kind(), rc),
    };
    let (class, message) = match kind {
        ErrorKind::UnknownBehavior => ("ValueError", format!("unknown behavior names: {behavior}")),
        ErrorKind::WrongType if is_looked_up(behavior) && *value == Value::List => {
            ("TypeError", "unhashable type: 'list'".to_owned())
        }
        ErrorKind::WrongType => (
            "TypeError",
            format!("behavior {behavior} must be int, not {}", type_name(value)),
        ),
        ErrorKind::UnknownName => ("KeyError", repr(value)),
        ErrorKind::NamespaceBytes => ("ValueError", format!("bad key provided: {}", text(value))),
        ErrorKind::NamespaceEmpty | ErrorKind::NamespaceTooLong => {
            ("pylibmc.Error", callback_set(rc, value))
        }
        _ => (
            "pylibmc.Error",
            format!(
                "memcached_behavior_set returned {rc} for behavior '{behavior}' = {}",
                number(behavior, value)
            ),
        ),
    };
    Exception {
        class: class.to_owned(),
        message,
    }
}

/// What becomes of a namespace with a NUL, of which the reference sees what is in front of that.
pub(super) fn cut_namespace(error: &Error) -> Option<Result<Namespace, Error>> {
    let (ErrorKind::NamespaceBytes, Some(Value::Bytes(bytes))) = (error.kind(), error.value())
    else {
        return None;
    };
    let seen = up_to_nul(bytes);
    let is_binary = error.to_string().ends_with("none of them NUL");
    let make = if is_binary {
        Namespace::binary
    } else {
        Namespace::new
    };
    (seen != bytes).then(|| make(seen))
}

fn up_to_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}

fn callback_set(rc: u32, value: &Value) -> String {
    let text: String = text(value).chars().take(32).collect(); // printf's "%.32s"
    format!("memcached_callback_set returned {rc} for callback 'namespace' = {text}")
}

/// Behaviors whose value pylibmc looks up in a dict of names.
pub(super) fn is_looked_up(behavior: &str) -> bool {
    matches!(behavior, "hash" | "ketama_hash" | "distribution")
}

/// The number that pylibmc passes on: a name's own, an integer cut to 64 bits.
fn number(behavior: &str, value: &Value) -> i64 {
    let table: &[(&str, u32)] = match behavior {
        "distribution" => &mc_dist::DISTRIBUTIONS,
        _ => &mc_hash::HASHERS,
    };
    match value {
        Value::Int(number) => i64::try_from(*number).unwrap_or(-1),
        Value::Bool(truth) => (*truth).into(),
        Value::Str(name) => {
            let known = table.iter().find(|(known, _)| known == name);
            known.map_or(-1, |(_, number)| i64::from(*number))
        }
        _ => -1,
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Int(_) => "int",
        Value::Bool(_) => "bool",
        Value::Str(_) => "str",
        Value::Bytes(_) => "bytes",
        Value::Float(_) => "float",
        Value::List => "list",
        _ => "NoneType",
    }
}

/// Python's `repr` of what is looked up.
fn repr(value: &Value) -> String {
    match value {
        Value::Bool(truth) => repr::of(&Python::Bool(*truth)),
        Value::Float(number) => repr::of(&Python::Float(*number)),
        Value::Str(text) => repr::of(&Python::Str(text.clone())),
        Value::Bytes(bytes) => repr::of(&Python::Bytes(bytes.clone())),
        other => other.to_string(),
    }
}

/// Bytes or text as pylibmc prints them, the former up to a NUL.
fn text(value: &Value) -> String {
    match value {
        Value::Bytes(bytes) => String::from_utf8_lossy(up_to_nul(bytes)).into_owned(),
        Value::Str(text) => text.clone(),
        _ => String::new(),
    }
}
