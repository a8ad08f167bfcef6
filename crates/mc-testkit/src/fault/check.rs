//! What a rule may not say.

use std::time::Duration;

use super::drawn::Drawn;
use super::rule::{Action, Conditions, Extent, OnConnection, OnDatagram, OnStream, Rule};
use crate::Error;

/// The longest time that a rule may wait: a day.
const LONGEST: Duration = Duration::from_secs(86_400);

/// Refuses rules that could never hold, or that say nothing.
pub(super) fn check<'a>(rules: impl IntoIterator<Item = &'a Rule>) -> Result<(), Error> {
    for (number, rule) in (1..).zip(rules) {
        let found = conditions(&rule.conditions).and_then(|()| action(&rule.action));
        found.map_err(|why| Error::Refused(format!("rule {number}: {why}")))?;
    }
    Ok(())
}

fn conditions(conditions: &Conditions) -> Result<(), String> {
    let counted = [
        ("connections are", conditions.connection),
        ("messages and datagrams are", conditions.message),
        ("times are", conditions.first),
    ];
    if let Some((what, _)) = counted.iter().find(|(_, n)| *n == Some(0)) {
        return Err(format!("{what} counted from 1, there is no 0"));
    }
    let p = conditions.probability;
    if !(0.0..=1.0).contains(&p) {
        return Err(format!("a probability is from 0 to 1, not {p}"));
    }
    range("byte", conditions.byte.as_ref())?;
    range("message_byte", conditions.message_byte.as_ref())
}

fn action(action: &Action) -> Result<(), String> {
    match action {
        Action::Connection(OnConnection::Delay(time))
        | Action::Stream(_, OnStream::Delay(time))
        | Action::Datagram(_, OnDatagram::Delay(time)) => self::time("delay", time),
        Action::Stream(_, OnStream::Slice { bytes, pause }) => {
            range("a slice's bytes", Some(bytes))?;
            if bytes.least() == 0 {
                return Err("a slice has at least 1 byte".to_owned());
            }
            time("a slice's pause", pause)
        }
        Action::Stream(_, OnStream::Drop(extent) | OnStream::Duplicate(extent))
            if *extent == Extent::Bytes(0) =>
        {
            Err("what is dropped or duplicated has at least 1 byte".to_owned())
        }
        Action::Stream(_, OnStream::Inject(bytes)) if bytes.is_empty() => {
            Err("what is injected has at least 1 byte".to_owned())
        }
        Action::Datagram(_, OnDatagram::Rewrite(_, number)) => {
            range("a header's number", Some(number))
        }
        Action::Connection(_) | Action::Stream(..) | Action::Datagram(..) => Ok(()),
    }
}

fn time(what: &str, time: &Drawn<Duration>) -> Result<(), String> {
    range(what, Some(time))?;
    if time.most() > LONGEST {
        return Err(format!("{what} is at most a day, not {:?}", time.most()));
    }
    Ok(())
}

fn range<T: Copy + PartialOrd + std::fmt::Debug>(
    what: &str,
    drawn: Option<&Drawn<T>>,
) -> Result<(), String> {
    match drawn {
        Some(drawn) if drawn.is_empty() => Err(format!(
            "{what}: nothing is from {:?} to {:?}",
            drawn.least(),
            drawn.most()
        )),
        _ => Ok(()),
    }
}
