//! Which opcode was sent for a request of each shape.

use super::Opcode;
use crate::kind::Kind;

/// The opcode of a request, or of each key of a get of many. `None` for what
/// this protocol cannot carry, and for a batch, which has many.
pub(super) fn sent(kind: Kind) -> Option<Opcode> {
    Some(match kind {
        Kind::Get { .. } => Opcode::Get,
        Kind::GetMany { .. } => Opcode::GetQ,
        Kind::Gat { .. } => Opcode::Gat,
        Kind::GatMany { .. } => Opcode::GatQ,
        Kind::Set => Opcode::Set,
        Kind::Add => Opcode::Add,
        // A cas is a replace with a number.
        Kind::Replace | Kind::Cas => Opcode::Replace,
        Kind::Append => Opcode::Append,
        Kind::Prepend => Opcode::Prepend,
        Kind::Delete => Opcode::Delete,
        Kind::Incr => Opcode::Increment,
        Kind::Decr => Opcode::Decrement,
        Kind::Touch => Opcode::Touch,
        Kind::Noop => Opcode::Noop,
        Kind::Stats | Kind::StatsDetail | Kind::StatsDump | Kind::StatsReset => Opcode::Stat,
        Kind::Version => Opcode::Version,
        Kind::FlushAll => Opcode::Flush,
        Kind::Verbosity => Opcode::Verbosity,
        Kind::SaslList => Opcode::SaslList,
        Kind::Auth | Kind::SaslStart => Opcode::SaslAuth,
        Kind::SaslContinue => Opcode::SaslStep,
        Kind::Quit => Opcode::QuitQ,
        _ => return None,
    })
}

/// The opcode of a request in a batch.
pub(super) fn in_batch(kind: Kind) -> Option<Opcode> {
    let loud = sent(kind)?;
    if is_quiet_in_batch(kind) {
        loud.quiet()
    } else {
        Some(loud)
    }
}

/// Whether success says all that there is to say, so that it may be silent.
pub(super) fn is_quiet_in_batch(kind: Kind) -> bool {
    kind.stores() || kind == Kind::Delete
}
