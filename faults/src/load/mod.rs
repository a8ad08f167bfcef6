//! What figures put on a client, and how they look at what it leaves.

pub(crate) mod process;
pub(crate) mod stamp;
pub(crate) mod tally;
