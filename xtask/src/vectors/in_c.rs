//! libmemcached's C API as the vectors call it: one call on a replay, held against the return code that was recorded.

use mc_behaviors::{Error, ErrorKind, Replay};

use super::deviations::{self, Deviation};

/// `MEMCACHED_SUCCESS`.
pub(super) const SUCCESS: u32 = 0;

/// What became of a call that the reference may have answered otherwise.
pub(super) enum Called {
    /// Both did the same.
    Alike,
    /// We refused; the replay was then taken where the reference went.
    Followed(&'static Deviation),
    /// We refused; the reference keeps a number that ours cannot hold.
    Cut(&'static Deviation),
}

/// `memcached_behavior_set`, recorded with `rc`.
///
/// A refusal of ours must have changed nothing. Where the reference did something instead, by a rule stated here,
/// the replay follows it, so that the rest of the row can be checked.
pub(super) fn set(replay: &mut Replay, name: &str, number: i64, rc: u32) -> Result<Called, String> {
    let before = replay.clone();
    let error = match (replay.set_c(name, number), rc) {
        (Ok(()), SUCCESS) => return Ok(Called::Alike),
        (Ok(()), rc) => return Err(format!("{name}={number} succeeds, but gave {rc}")),
        (Err(error), _) => error,
    };
    if *replay != before {
        return Err(format!("{name}={number} is refused, but changes something"));
    }
    if rc != SUCCESS {
        let ours = return_code(&error);
        return match ours == rc {
            true => Ok(reset_by_a_refusal(replay, name, number)),
            false => Err(format!(
                "{name}={number} gives {ours}, but gave {rc}: {error}"
            )),
        };
    }
    match error.kind() {
        ErrorKind::OutOfRange if !is_held(name, number) => Ok(follow_a_cut(replay, name, number)),
        _ => Err(format!("{name}={number} is refused, but worked: {error}")),
    }
}

/// The `memcached_return_t` of our error.
pub(super) fn return_code(error: &Error) -> u32 {
    match error.kind() {
        ErrorKind::NamespaceTooLong => 39, // KEY_TOO_BIG
        ErrorKind::NamespaceBytes => 33,   // BAD_KEY_PROVIDED
        ErrorKind::ReadOnly if error.behavior() != "LOAD_FROM_FILE" => 45, // DEPRECATED
        _ => 38,                           // INVALID_ARGUMENTS
    }
}

/// Whether the reference holds this number as it is.
fn is_held(name: &str, number: i64) -> bool {
    let most: i64 = match name {
        "HASH" | "KETAMA_HASH" => 12,
        "DISTRIBUTION" => 7,
        "CONNECT_TIMEOUT" | "SND_TIMEOUT" | "RCV_TIMEOUT" | "POLL_TIMEOUT" | "RETRY_TIMEOUT"
        | "DEAD_TIMEOUT" | "SOCKET_SEND_SIZE" | "SOCKET_RECV_SIZE" => i32::MAX.into(),
        _ => u32::MAX.into(),
    };
    (0..=most).contains(&number)
}

/// The reference cuts to 32 bits, and ignores a hash that is no hash then.
fn follow_a_cut(replay: &mut Replay, name: &str, number: i64) -> Called {
    let cut = number.rem_euclid(1 << 32);
    let ignored = matches!(name, "HASH" | "KETAMA_HASH") && !is_held(name, cut);
    match ignored || replay.set_c(name, cut).is_ok() {
        true => Called::Followed(&deviations::INTEGER_CUT),
        false => Called::Cut(&deviations::INTEGER_CUT),
    }
}

/// Whether this number of a hash, which is refused, makes the hash the default.
pub(super) fn resets(number: i128) -> bool {
    number.rem_euclid(1 << 32) == 12
}

/// Where the reference changes something though it refuses.
fn reset_by_a_refusal(replay: &mut Replay, name: &str, number: i64) -> Called {
    let is_hash = matches!(name, "HASH" | "KETAMA_HASH");
    if !is_hash || !resets(number.into()) {
        return Called::Alike;
    }
    let before = replay.clone();
    replay.set_c(name, 0).expect("0 is a hash");
    match *replay == before {
        true => Called::Alike,
        false => Called::Followed(&deviations::HALF_APPLIED),
    }
}
