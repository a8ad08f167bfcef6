//! TLS by rustls: whom a client trusts, and what it shows of itself. No sockets here.
//!
//! The name in a server's certificate is always checked, and there is no way to switch that off. What is agreed on is
//! TLS 1.3, or 1.2 with a server that knows no better.

mod failure;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use failure::unfit;
pub(crate) use failure::{failed, is_told, silent};
use mc_behaviors::{Address, Transport};
use rustls::client::Resumption;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};

use crate::error::Error;

/// How connections are secured by TLS.
///
/// A server must have a certificate of a trusted CA for the host that the client connects to, or for
/// [`server_name`](Self::server_name). Certificates and keys are read once, here; they are PEM.
///
/// All its errors are [`ErrorKind::Config`](crate::ErrorKind::Config), and say which file or what in it is wrong.
///
/// ```no_run
/// use mc_client::{Client, Tls};
///
/// let tls = Tls::with_ca_file("/etc/cache/ca.pem")?
///     .client_certificate_files("/etc/cache/app.pem", "/etc/cache/app.key")?;
/// let client = Client::builder().servers(["cache1", "cache2"])?.tls(tls).build()?;
/// # Ok::<(), mc_client::Error>(())
/// ```
#[derive(Clone)]
pub struct Tls {
    roots: Arc<RootCertStore>,
    config: Arc<ClientConfig>,
    has_certificate: bool,
    name: Option<ServerName<'static>>,
}

impl Tls {
    /// Trusts the CAs in this PEM, and nobody else.
    ///
    /// # Errors
    /// There is no certificate in it, or one that cannot be read.
    pub fn with_ca(pem: impl AsRef<[u8]>) -> Result<Self, Error> {
        Self::trusting("the CA", &certificates("the CA", pem.as_ref())?)
    }

    /// Trusts the CAs in this file, and nobody else.
    ///
    /// # Errors
    /// The file cannot be read, or as [`with_ca`](Self::with_ca).
    pub fn with_ca_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let what = path.display().to_string();
        Self::trusting(&what, &certificates(&what, &read(path)?)?)
    }

    /// Trusts the CAs that the system trusts: those of its package, and what the site has added to it.
    ///
    /// # Errors
    /// There is none.
    pub fn with_system_cas() -> Result<Self, Error> {
        let found = rustls_native_certs::load_native_certs();
        if let (true, Some(why)) = (found.certs.is_empty(), found.errors.first()) {
            return Err(Error::config(format!("the system's CAs: {why}")));
        }
        let mut roots = RootCertStore::empty();
        let (added, _) = roots.add_parsable_certificates(found.certs);
        match added {
            0 => Err(Error::config("the system's CAs: there is none")),
            _ => Self::new(roots),
        }
    }

    fn trusting(what: &str, cas: &[CertificateDer<'static>]) -> Result<Self, Error> {
        let mut roots = RootCertStore::empty();
        for ca in cas {
            let added = roots.add(ca.clone());
            added.map_err(|why| Error::config(format!("{what}: {why}")))?;
        }
        Self::new(roots)
    }

    fn new(roots: RootCertStore) -> Result<Self, Error> {
        let roots = Arc::new(roots);
        Ok(Self {
            config: Arc::new(config(&roots)?.with_no_client_auth()),
            roots,
            has_certificate: false,
            name: None,
        })
    }

    /// Shows this certificate to servers that ask for one: the PEM of its chain, its own certificate first,
    /// and of its private key, which is not to be shown to anybody.
    ///
    /// # Errors
    /// One of them cannot be read, or the key is not the certificate's.
    pub fn client_certificate(
        self,
        chain: impl AsRef<[u8]>,
        key: impl AsRef<[u8]>,
    ) -> Result<Self, Error> {
        let what = ("the client's certificate", "the client's key");
        self.showing(what, chain.as_ref(), key.as_ref())
    }

    /// As [`client_certificate`](Self::client_certificate), from files.
    ///
    /// # Errors
    /// A file cannot be read, or as there.
    pub fn client_certificate_files(
        self,
        chain: impl AsRef<Path>,
        key: impl AsRef<Path>,
    ) -> Result<Self, Error> {
        let (chain, key) = (chain.as_ref(), key.as_ref());
        let what = (chain.display().to_string(), key.display().to_string());
        self.showing((&what.0, &what.1), &read(chain)?, &read(key)?)
    }

    fn showing(mut self, what: (&str, &str), chain: &[u8], key: &[u8]) -> Result<Self, Error> {
        let chain = certificates(what.0, chain)?;
        let refused = |why| Error::config(format!("{}: {why}", what.1));
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|why| refused(format!("no private key in PEM: {why}")))?;
        let config = config(&self.roots)?.with_client_auth_cert(chain, key);
        let mut config = config.map_err(|why| refused(why.to_string()))?;
        // memcached breaks off a session that is taken up again with a certificate, unless it has a cache of them.
        config.resumption = Resumption::disabled();
        self.config = Arc::new(config);
        self.has_certificate = true;
        Ok(self)
    }

    /// The name that the servers' certificates have, a DNS name or an IP address, in place of the host that the client
    /// connects to. A unix socket has no host, and needs it.
    ///
    /// # Errors
    /// It is neither.
    pub fn server_name(mut self, name: &str) -> Result<Self, Error> {
        self.name = Some(server_name(name).map_err(Error::config)?);
        Ok(self)
    }

    /// What a connection to this address of `server` is made with.
    pub(crate) fn settings(&self, server: &Arc<str>, address: &Address) -> Result<Settings, Error> {
        let name = match &self.name {
            Some(name) => Ok(name.clone()),
            None if address.transport == Transport::Unix => Err(NAMELESS.to_owned()),
            None => server_name(&address.host),
        };
        let name = name.map_err(|why| unfit(server, &why))?;
        Ok((Arc::clone(&self.config), name))
    }
}

/// What a connection is made with: the configuration, and the name that the server's certificate must have.
pub(crate) type Settings = (Arc<ClientConfig>, ServerName<'static>);

const NAMELESS: &str =
    "a unix socket has no name that a certificate could have: give Tls::server_name";

/// The key is not shown.
impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("cas", &self.roots.len())
            .field("has_certificate", &self.has_certificate)
            .field("name", &self.name)
            .finish()
    }
}

/// What every configuration begins with.
fn config(
    roots: &Arc<RootCertStore>,
) -> Result<rustls::ConfigBuilder<ClientConfig, rustls::client::WantsClientCert>, Error> {
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()));
    let builder = builder.with_safe_default_protocol_versions();
    let builder = builder.map_err(Error::config)?;
    Ok(builder.with_root_certificates(Arc::clone(roots)))
}

fn certificates(what: &str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match all {
        Ok(all) if all.is_empty() => Err(Error::config(format!("{what}: no certificate in PEM"))),
        all => all.map_err(|why| Error::config(format!("{what}: {why}"))),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|why| Error::config(format!("{}: {why}", path.display())))
}

fn server_name(name: &str) -> Result<ServerName<'static>, String> {
    let parsed = ServerName::try_from(name.to_owned());
    parsed.map_err(|_| format!("{name:?} is no name that a certificate could have: allowed are DNS names and IP addresses"))
}
