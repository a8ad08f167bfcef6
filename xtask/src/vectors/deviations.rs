//! Where we differ from the reference on purpose: the one table.
//!
//! A row of the vectors may fall under a deviation only by a rule that a checker states, never by its number.

/// A behaviour of the reference that we refuse to copy.
pub(super) struct Deviation {
    /// A few words, as printed beside the count.
    pub(super) name: &'static str,
    /// Why ours is better.
    #[expect(dead_code, reason = "read by people, in this table")]
    pub(super) reason: &'static str,
}

pub(super) static INTEGER_CUT: Deviation = Deviation {
    name: "an integer out of range is refused, not cut",
    reason: "a timeout of -1 or 2^32 that silently becomes another is found in production, not in a test",
};

pub(super) static HALF_APPLIED: Deviation = Deviation {
    name: "a setting or update that is refused changes nothing",
    reason: "who catches the error goes on with what was there before, not with a mixture",
};

pub(super) static NAMESPACE_CUT: Deviation = Deviation {
    name: "a namespace with a NUL is refused, not cut there",
    reason: "two namespaces that differ after a NUL would share their keys",
};

pub(super) static SERVER_NUMBER_CUT: Deviation = Deviation {
    name: "a port or weight past 16 bits is refused, not cut",
    reason: "port 70000 would silently be 4464, another server",
};

pub(super) static EMPTY_HOST: Deviation = Deviation {
    name: "a server without a host is refused, not taken for localhost",
    reason: "an unset variable would silently point production at the machine itself",
};

pub(super) static UNCHECKED_KEY: Deviation = Deviation {
    name: "a key is checked by every operation",
    reason: "libmemcached's exist and get_by_key send a key that no other operation would",
};

pub(super) static UNSAFE_KEY: Deviation = Deviation {
    name: "a key with a space, control byte or DEL is refused",
    reason: "in the text protocol it ends the key or starts another command",
};

pub(super) static NAMESPACE_UNCOUNTED: Deviation = Deviation {
    name: "a namespace counts towards a key's 250 bytes",
    reason: "the server refuses the key otherwise, and what is said then depends on its version",
};
