//! A call's way to its answer, without sockets: which servers it asks, and what an answer or a failure leads to.
//!
//! Both shells follow the same steps: a [`Journey`] is that of a call about one key, [`Rounds`] those of a call
//! about many, and a [`Tail`] is what one server sends of an answer that is rows. The shell moves the bytes and waits;
//! every rule of routing, of trying again and of replicas is here.

mod collected;
mod gathered;
mod groups;
mod journey;
mod requests;
mod rounds;
mod tail;

pub(crate) use collected::Collected;
#[cfg(feature = "tokio")]
pub(crate) use gathered::Gathered;
#[cfg(all(unix, feature = "blocking"))]
pub(crate) use gathered::Gathering;
pub(crate) use groups::Group;
pub(crate) use journey::{Begun, Journey};
pub(crate) use rounds::Rounds;
pub(crate) use tail::{Next, Tail};
