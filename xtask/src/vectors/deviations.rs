//! Where we differ from the reference on purpose: the one table.
//!
//! A row of the vectors may fall under a deviation only by a rule that a checker states, never by its number.

/// A behaviour of the reference that we refuse to copy.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Deviation {
    /// A few words, as printed beside the count.
    pub(super) name: &'static str,
    /// Why ours is better.
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

pub(super) static SERVER_NUMBER_SYNTAX: Deviation = Deviation {
    name: "a server's port or weight is plain digits",
    reason: "spaces, signs, underscores or letters in a number are a slip, which would go to another port",
};

pub(super) static NO_HOST: Deviation = Deviation {
    name: "a host that no resolver can know is refused",
    reason: "a list, a URL or a space in a host's place is told at once, not as a failing look-up later",
};

pub(super) static NO_BRACKETS: Deviation = Deviation {
    name: "an IPv6 address without brackets is refused in a list",
    reason: "the reference takes what stands before its first colon for the host",
};

pub(super) static BRACKETS: Deviation = Deviation {
    name: "an IPv6 address in a list loses its brackets",
    reason: "with them no resolver finds it: a server that the reference can place keys on but never reach",
};

pub(super) static ZERO_READS_AS_ITS_MEANING: Deviation = Deviation {
    name: "port 0 reads 11211 and weight 0 reads 1",
    reason: "the reference means the same, and says so only when the server is added",
};

pub(super) static TUPLES: Deviation = Deviation {
    name: "a tuple is taken as one server",
    reason: "(host, port) and (host, port, weight) are what users have at hand",
};

pub(super) static TYPES: Deviation = Deviation {
    name: "what is no spec, tuple or list of them does not compile",
    reason: "Python finds out at run time, or takes a string for a list of its characters",
};

pub(super) static ARGUMENTS: Deviation = Deviation {
    name: "a client's arguments beside its servers are typed",
    reason: "the compiler knows what a flag, behaviors and credentials are, and that credentials are two",
};

pub(super) static WIDE_STRING: Deviation = Deviation {
    name: "a quote out of place in a configuration string is refused",
    reason: "the reference takes L\"a\" for the text \"a, quote included",
};

pub(super) static FOREIGN_REPLY: Deviation = Deviation {
    name: "a reply that answers another command ends the connection",
    reason: "the reference takes it for success or a miss, or aborts the process; what follows may be one answer off",
};

pub(super) static WRONG_KEY: Deviation = Deviation {
    name: "an item for a key that was not asked for is never given out",
    reason: "the reference compares no key, and so hands one user's value to another once two streams are mixed up",
};

pub(super) static LOOSE_REPLY: Deviation = Deviation {
    name: "a reply of another form than memcached's ends the connection",
    reason: "a bare line feed, a number too large or a value without its line end: the ends count bytes differently",
};

pub(super) static HALF_A_REPLY: Deviation = Deviation {
    name: "half a reply to a get is no answer",
    reason: "the reference gives out what has come, or nothing, when the rest does not follow in time",
};

pub(super) static ERROR_AS_MISS: Deviation = Deviation {
    name: "a server's error in answer to a get is an error, not a miss",
    reason: "on a miss callers ask the database: an overloaded cache would pass its load on without a word",
};

pub(super) static KEPT_AFTER_SERVER_ERROR: Deviation = Deviation {
    name: "SERVER_ERROR keeps the connection",
    reason: "the server has read the whole request; connecting anew adds load where memory is short",
};

pub(super) static DROPPED_AFTER_ERROR: Deviation = Deviation {
    name: "ERROR, and CLIENT_ERROR to a storage command, end the connection",
    reason: "some servers go on and read the value as commands, so that every later answer is off",
};

pub(super) static VERSION_TEXT: Deviation = Deviation {
    name: "a version is the server's text",
    reason: "the reference reads numbers, and fails where a fork of memcached gives none",
};

pub(super) static SPARE_SPACES: Deviation = Deviation {
    name: "no spaces at the end of a line",
    reason: "they say nothing, and a stricter server need not take them",
};

pub(super) static OPAQUE: Deviation = Deviation {
    name: "packets are numbered in all four bytes of the opaque",
    reason: "sixteen bits come round while old answers may still be on their way, and ours are compared",
};

pub(super) static GET_WITHOUT_KEY: Deviation = Deviation {
    name: "a get of one key does not ask for the key back",
    reason: "its number says which get it answers, so that up to 250 bytes of every answer are saved",
};

pub(super) static UNKNOWN_TOPIC: Deviation = Deviation {
    name: "statistics are asked for by a topic that there is",
    reason: "the server knows no others, and a text in its place could hold another command",
};

pub(super) static CAS_WITHOUT_NUMBER: Deviation = Deviation {
    name: "a cas always has its number",
    reason: "without one the server answers twice, and every later answer is that of the request before",
};

pub(super) static UDP_IN_BINARY: Deviation = Deviation {
    name: "over UDP the text protocol is spoken",
    reason: "a datagram has its number, so that binary's adds nothing; and it answers what is quiet with empty ones",
};

pub(super) static INITIAL_UNUSED: Deviation = Deviation {
    name: "a number that is not to be created has no first value",
    reason: "in the reference one end of all, 0xffffffff, says that the value beside it is not meant; ours is a type",
};

pub(super) static PAST_END: Deviation = Deviation {
    name: "an end that has passed is a time in 1970",
    reason: "in the binary protocol -1 is the year 2106, so that the item would stay",
};

pub(super) static WRONG_PACKET: Deviation = Deviation {
    name: "a packet is compared with what was sent: opcode, number, lengths",
    reason: "the reference compares none of them, waits for what never comes, or answers with a miss",
};

pub(super) static STATUS_UNREAD: Deviation = Deviation {
    name: "every status of the binary protocol is told as what it is",
    reason: "the reference knows a few: the others are read failures that cost the connection, success, or its end",
};

pub(super) static PROTOCOLS_AGREE: Deviation = Deviation {
    name: "a condition that is not met reads the same in every protocol",
    reason: "who changes the protocol should not have to change what is asked of the answer to add or append",
};

pub(super) static PLAIN_DATA: Deviation = Deviation {
    name: "a pickle of anything but plain data is an error",
    reason: "its classes and functions are Python's, and to run what a cache says is to hand the process over",
};

pub(super) static WIDE_INTEGER: Deviation = Deviation {
    name: "an integer of over 128 bits is an error",
    reason: "no integer of Rust holds it; its digits are read as they are stored",
};

pub(super) static EMPTY_COMPRESSED: Deviation = Deviation {
    name: "nothing, compressed, is an empty value",
    reason: "the reference aborts the process",
};

pub(super) static APPENDED_UNCOMPRESSED: Deviation = Deviation {
    name: "what is appended or prepended is not compressed",
    reason: "the flags stay those of the value before, so that nobody could read it",
};

pub(super) static CAS_COMPRESSES: Deviation = Deviation {
    name: "cas can compress, too",
    reason: "a value is no shorter because it is stored on a condition",
};

pub(super) static TIME_OUTS_COUNT: Deviation = Deviation {
    name: "a server that answers nothing is left alone, and ejected, as one that refuses is",
    reason: "in the reference each request to a server that hangs costs the whole time-out, for ever",
};

pub(super) static EJECTED_AT_ONCE: Deviation = Deviation {
    name: "the failure that reaches the limit ejects, and its request goes on to the server that stands in",
    reason: "the reference lets that request fail, and the next one too, which finds the server dead and begins its rest",
};

pub(super) static DEAD_FOR_EVER: Deviation = Deviation {
    name: "an ejected server comes back after its rest, whatever dead_timeout is",
    reason: "with dead_timeout 0, the default, every key of it fails in the reference until the process is restarted",
};

pub(super) static PROBED_ALONE: Deviation = Deviation {
    name: "the keys of an ejected server go back to it when it has answered, not to see whether it does",
    reason: "one request finds out that it is still down, not every one until the ring is built anew",
};

pub(super) static DEAD_IS_DOWN: Deviation = Deviation {
    name: "a server that is ejected where none can stand in is down",
    reason: "what a caller can do is the same: wait, for as long as the error says",
};

pub(super) static REPLICAS_STAND_IN: Deviation = Deviation {
    name: "a server's replicas stand in for it, for writes too",
    reason: "reads look there while the owner is down; in the reference each of them forgets that it rests, or ejects it",
};
