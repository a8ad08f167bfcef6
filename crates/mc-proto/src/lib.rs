//! memcached's protocols as pure code: requests and replies, both ways.
//!
//! A client owns a [`Connection`]: requests go in, bytes come out, bytes go
//! in, answers come out, in order and each with the caller's tag. A server
//! reads requests and writes replies with the functions of a protocol:
//!
//! | Protocol | A server reads | and writes | |
//! |---|---|---|---|
//! | [`text`] | [`text::decode_request`] | [`text::encode_reply`] | lines of words, and values |
//! | [`meta`] | the same | the same | lines of flags, on the same connections |
//! | [`binary`] | [`binary::decode_request`] | [`binary::encode_reply`] | packets |
//!
//! All speak of the same [`Request`] and [`Reply`], which belong to none of
//! them. What a protocol cannot carry is refused before a byte is queued.
//! Beside them there are [`udp`], by which single requests travel in datagrams,
//! and [`sasl`], by which a client proves who it is.
//!
//! What comes from a caller is checked by its type before a byte is written:
//! a [`Key`] cannot end its line, an [`Exptime`] cannot be misread. What comes
//! from a peer is believed only if it fits: a reply must answer the request
//! whose turn it is, an item must have the key that was asked for, a length
//! must be within the [`Limits`]. Anything else is an error and the end of
//! the connection, and an answer is never made from half a reply.
//!
//! There is no socket here, no clock, no thread and no runtime: the present
//! comes in as an argument, and waiting, deadlines and reconnecting are the
//! business of who moves the bytes. Which server a key belongs to is not
//! known here either, nor what the bytes of a value mean.
//!
//! # One exchange in each protocol, from both ends
//!
//! ```
//! use bytes::{Buf, BytesMut};
//! use mc_proto::{Connection, Item, Key, Limits, Outgoing, Protocol, Received, Reply, Request, text};
//!
//! // The client asks. The tag, here a number, comes back with the answer.
//! let mut connection = Connection::new(Protocol::Text, Limits::default());
//! let request = Request::Get { key: Key::new(b"greeting")?, cas: false };
//! connection.push(&request, 1).map_err(|(error, _)| error)?;
//! let mut sent = connection.take_outgoing();
//! assert_eq!(sent.chunk(), b"get greeting\r\n");
//!
//! // The server reads the request, and answers.
//! let received = sent.copy_to_bytes(sent.remaining());
//! let incoming = text::decode_request(&received, &Limits::default())?.unwrap();
//! assert_eq!(incoming.request, request);
//! let item = Item { flags: 0, cas: None, value: "hello".into() };
//! let mut reply = Outgoing::default();
//! text::encode_reply(&incoming.request, &Reply::Value(Some(item.clone())), &mut reply)?;
//! assert_eq!(reply.chunk(), b"VALUE greeting 0 5\r\nhello\r\nEND\r\n");
//!
//! // The reply arrives in two pieces. Nothing is made of the first alone.
//! let mut input = BytesMut::from(&reply.copy_to_bytes(25)[..]);
//! assert_eq!(connection.receive(&mut input)?, None);
//! input.extend_from_slice(reply.chunk());
//! let answer = connection.receive(&mut input)?.and_then(Received::answer).unwrap();
//! assert_eq!((answer.tag, answer.reply), (1, Reply::Value(Some(item))));
//!
//! // A key that would end its line is no key.
//! let refused = Key::new(b"greeting\r\nflush_all").unwrap_err();
//! assert_eq!(
//!     refused.to_string(),
//!     "a key has the byte '\\r' at position 8; spaces, control bytes and DEL are not allowed",
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The same in the meta protocol, where each request has a mark (`O`) that its
//! reply must repeat:
//!
//! ```
//! # use bytes::{Buf, BytesMut};
//! # use mc_proto::{Connection, Item, Key, Limits, Outgoing, Protocol, Received, Reply, Request, text};
//! let mut connection = Connection::new(Protocol::Meta, Limits::default());
//! let request = Request::Get { key: Key::new(b"greeting")?, cas: false };
//! connection.push(&request, "tag").map_err(|(error, _)| error)?;
//! let sent = connection.take_outgoing();
//! assert_eq!(sent.chunk(), b"mg greeting v f O0\r\n");
//!
//! // A server may go by meta's own words, or by those of every protocol.
//! let incoming = text::decode_request(sent.chunk(), &Limits::default())?.unwrap();
//! let Request::Meta(asked) = &incoming.request else { panic!() };
//! assert_eq!(asked.general(), Some(request));
//! let found = Reply::Value(Some(Item { value: "hello".into(), ..Item::default() }));
//! let mut reply = Outgoing::default();
//! let answer = Reply::Meta(asked.answer(&found).unwrap().into());
//! text::encode_reply(&incoming.request, &answer, &mut reply)?;
//! assert_eq!(reply.chunk(), b"VA 5 f0 O0\r\nhello\r\n");
//!
//! let mut input = BytesMut::from(reply.chunk());
//! let answer = connection.receive(&mut input)?.and_then(Received::answer).unwrap();
//! assert_eq!(answer.reply, found);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! And in the binary protocol, whose packets repeat a mark as well:
//!
//! ```
//! # use bytes::{Buf, BytesMut};
//! # use mc_proto::{Connection, Item, Key, Limits, Outgoing, Protocol, Received, Reply, Request, binary};
//! let mut connection = Connection::new(Protocol::Binary, Limits::default());
//! let request = Request::Get { key: Key::new(b"greeting")?, cas: true };
//! connection.push(&request, "tag").map_err(|(error, _)| error)?;
//! let sent = connection.take_outgoing();
//! assert_eq!(sent.chunk()[..4], [0x80, 0x00, 0, 8]); // a request, get, a key of 8 bytes
//! assert!(sent.chunk().ends_with(b"greeting"));
//!
//! let incoming = binary::decode_request(sent.chunk(), &Limits::default())?.unwrap();
//! assert_eq!(incoming.request.general(), Some(request));
//! let found = Reply::Value(Some(Item { flags: 0, cas: Some(7), value: "hello".into() }));
//! let mut reply = Outgoing::default();
//! binary::encode_reply(&incoming.request, &found, &mut reply)?;
//! assert_eq!(reply.chunk()[..2], [0x81, 0x00]); // a response, get
//!
//! let mut input = BytesMut::from(reply.chunk());
//! let answer = connection.receive(&mut input)?.and_then(Received::answer).unwrap();
//! assert_eq!(answer.reply, found);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Connection`] is the place to go on reading.

// No byte of a peer ends the process, or is taken for another number than it is.
#![cfg_attr(
    not(test),
    forbid(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_sign_loss,
        clippy::expect_used,
        clippy::get_unwrap,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::todo,
        clippy::unimplemented,
        clippy::unreachable,
        clippy::unwrap_in_result,
        clippy::unwrap_used
    )
)]

pub mod binary;
mod connection;
mod error;
mod excerpt;
mod exptime;
mod key;
mod kind;
mod limits;
mod line;
pub mod meta;
mod outgoing;
mod protocol;
mod refusal;
mod reply;
mod request;
pub mod sasl;
pub mod text;
pub mod udp;
mod value;

pub use connection::{Answer, Connection, Id, Received, Sent};
pub use error::{ProtocolError, ReplyError, SendError};
pub use excerpt::Excerpt;
pub use exptime::{Exptime, InvalidExptime};
pub use key::{InvalidKey, Key, MAX_KEY_LEN};
pub use kind::Disposition;
pub use limits::Limits;
pub use outgoing::Outgoing;
pub use protocol::Protocol;
pub use reply::{Item, PrefixCounts, Refusal, RefusalKind, Reply};
pub use request::{
    Admin, Automove, Batch, ClassSet, Classes, Initial, InvalidClasses, Keys, LogTopic, LogTopics,
    LruMode, Payload, Ratio, Request, SaslStep, Secret, StatsTopic, Verb,
};

/// The example in it is run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
