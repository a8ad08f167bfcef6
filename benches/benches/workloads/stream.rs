//! Raw connections, for the floor and for filling the servers.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use anyhow::Result;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, IpAddr, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// Blocking, of any kind.
pub(super) trait Stream: Read + Write {}

impl<S: Read + Write> Stream for S {}

/// Connects to a port of this machine, by TLS if there is an authority, or to the path of a unix socket.
pub(super) fn connect(address: &str, authority: Option<&str>) -> Result<Box<dyn Stream>> {
    if address.starts_with('/') {
        return Ok(Box::new(UnixStream::connect(address)?));
    }
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    Ok(match authority {
        None => Box::new(stream),
        Some(pem) => Box::new(StreamOwned::new(secured(pem)?, stream)),
    })
}

fn secured(authority: &str) -> Result<ClientConnection> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.as_bytes())?)?;
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::IpAddress(IpAddr::from(std::net::IpAddr::from(Ipv4Addr::LOCALHOST)));
    Ok(ClientConnection::new(Arc::new(config), name)?)
}
