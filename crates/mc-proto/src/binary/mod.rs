//! The binary protocol: packets of a header and up to three parts.
//!
//! ```text
//! magic opcode key-length extras-length data-type status body-length opaque cas
//!   1     1        2           1           1        2         4         4     8   bytes
//! extras, key and value behind it, as long together as the body length says
//! ```
//!
//! A client needs [`Connection`](crate::Connection) with
//! [`Protocol::Binary`](crate::Protocol::Binary), which sends every
//! [`Request`](crate::Request) that this protocol can carry. Each packet has
//! an opaque, and each reply brings it back: it must be the one that was sent,
//! with the opcode that was sent with it, or the connection is lost. Lists of
//! requests are quiet packets with a [`Noop`](Opcode::Noop) behind them, whose
//! answer is the end of theirs.
//!
//! A server needs [`decode_request`] and [`encode_reply`]. Both sides, and
//! proxies, can also go by single packets: a [`Request`] and a [`Response`]
//! say everything that the protocol can.
//!
//! # One exchange, from both ends
//!
//! ```
//! use bytes::{Buf, BytesMut};
//! use mc_proto::{Connection, Item, Key, Limits, Outgoing, Protocol, Received, Reply, Request, binary};
//!
//! // The client asks for two keys: two quiet gets, and a noop.
//! let mut connection = Connection::new(Protocol::Binary, Limits::default());
//! let keys = [Key::new(b"a")?, Key::new(b"b")?];
//! let request = Request::GetMany { keys: keys[..].into(), cas: false };
//! connection.push(&request, "tag").map_err(|(error, _)| error)?;
//! let mut sent = connection.take_outgoing();
//! let received = sent.copy_to_bytes(sent.remaining());
//!
//! // The server knows b only. It says nothing of a.
//! let (mut input, mut out) = (&received[..], Outgoing::default());
//! while let Some(incoming) = binary::decode_request(input, &Limits::default())? {
//!     input = &input[incoming.len..];
//!     let item = Item { flags: 0, cas: Some(3), value: "hello".into() };
//!     let reply = match incoming.request.general() {
//!         Some(Request::Get { key, .. }) => Reply::Value((key == keys[1]).then_some(item)),
//!         _ => Reply::Ok,
//!     };
//!     binary::encode_reply(&incoming.request, &reply, &mut out)?;
//! }
//!
//! // The client puts the items where they belong.
//! let mut input = BytesMut::from(out.chunk());
//! let answer = connection.receive(&mut input)?.and_then(Received::answer).unwrap();
//! let item = Item { flags: 0, cas: None, value: "hello".into() };
//! assert_eq!(answer.reply, Reply::Values(vec![None, Some(item)]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Source
//! memcached's `protocol_binary.h` and `proto_bin.c`, and the answers of
//! memcached 1.6, which differ from `doc/protocol-binary.txt` in places.

mod bad_frame;
mod decoder;
mod encode;
mod general;
mod header;
mod hit;
mod incoming;
mod opcode;
mod outcome;
mod packet;
mod reply;
mod request;
mod response;
mod rows;
mod sent;
mod shape;
mod status;

pub use bad_frame::BadFrame;
pub(crate) use decoder::Decoder;
pub use encode::{encode_noreply, encode_request};
pub use incoming::{BadRequest, Incoming, Refused, decode_request};
pub use opcode::Opcode;
pub use reply::encode_reply;
pub use request::{Command, Mode, Request};
pub use response::Response;
pub use status::Status;
