//! Servers for tests: ours, and those of programs that use memcached.
//!
//! * [`Memcached`]: a real memcached on a free port or a unix socket, that can be killed, started
//!   again, frozen and thawed, and that is gone with the value.
//! * [`Twemproxy`]: a real twemproxy in front of such servers.
//! * [`FaultProxy`]: a proxy in front of a server that breaks what its rules say, or nothing;
//!   [`DatagramProxy`] is its twin for UDP.
//! * [`Server`]: a server of the same commands in this process, where no memcached can be had.
//!
//! Everything stays on this machine's loopback interfaces or in fresh directories, and nothing
//! has a fixed port, so any number of tests may run side by side. Unix only.
//!
//! ```
//! use std::io::{Read, Write};
//! use std::net::TcpStream;
//! use mc_testkit::Memcached;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = Memcached::start()?;
//! let mut stream = TcpStream::connect(server.address().to_string())?;
//! stream.write_all(b"get nothing\r\nquit\r\n")?;
//! let mut answer = String::new();
//! stream.read_to_string(&mut answer)?;
//! assert_eq!(answer, "END\r\n");
//! # Ok(())
//! # }
//! ```

mod address;
#[cfg(feature = "tls")]
mod certificates;
mod error;
mod fault;
mod memcached;
mod process;
mod server;
mod temp_dir;
mod twemproxy;

pub use address::Address;
#[cfg(feature = "tls")]
pub use certificates::{Authority, Certificate};
pub use error::Error;
pub use fault::{
    Connections, DatagramProxy, DatagramProxyBuilder, DatagramRule, DatagramStats, Datagrams,
    Drawn, FaultProxy, FaultProxyBuilder, FaultStats, Rule, Stream, When,
};
pub use memcached::{Memcached, MemcachedBuilder};
pub use server::{Server, ServerBuilder};
pub use twemproxy::{Twemproxy, TwemproxyBuilder};

/// The example in it is run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
