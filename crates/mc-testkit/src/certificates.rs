//! Certificates for tests of TLS: made when they are needed, trusted by nobody else.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd,
};

use crate::Error;
use crate::temp_dir::TempDir;

/// The names of a server on this machine.
const LOCAL: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// A certificate authority (CA) of one's own, and what it signs: PEM, as text and in files.
///
/// The keys are ECDSA on P-256, new in each run. All but [`expired_server`](Self::expired_server)
/// is valid for centuries. The files go when the authority and its certificates have gone.
/// A certificate of an unknown CA is one of another `Authority`.
///
/// ```
/// use mc_testkit::Authority;
///
/// # fn main() -> Result<(), mc_testkit::Error> {
/// let authority = Authority::new()?;
/// assert!(authority.certificate().starts_with("-----BEGIN CERTIFICATE-----"));
///
/// let server = authority.server()?; // localhost, 127.0.0.1 and ::1
/// assert!(server.key().starts_with("-----BEGIN PRIVATE KEY-----"));
/// assert_eq!(std::fs::read_to_string(server.chain_path()).unwrap(), server.chain());
///
/// let elsewhere = authority.server_for(&["cache.example"])?;
/// let stranger = Authority::new()?.server()?;
/// # assert_ne!(elsewhere.key_path(), stranger.key_path());
/// # Ok(())
/// # }
/// ```
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    certificate: Pem,
    dir: Arc<TempDir>,
}

/// A certificate with its private key, signed by an [`Authority`].
///
/// ```
/// # fn main() -> Result<(), mc_testkit::Error> {
/// let client = mc_testkit::Authority::new()?.client("app")?;
/// for path in [client.chain_path(), client.key_path()] {
///     assert!(path.exists());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Certificate {
    chain: Pem,
    key: Pem,
    /// Keeps the files.
    _dir: Arc<TempDir>,
}

/// The same in memory and in a file.
#[derive(Clone)]
struct Pem {
    text: String,
    path: PathBuf,
}

impl Authority {
    /// A new one, unknown to everybody.
    ///
    /// # Errors
    /// [`Error::Io`] if its file cannot be written; [`Error::Refused`] if there is no key to be had.
    pub fn new() -> Result<Self, Error> {
        // Two authorities of one name would be taken for one whose signatures are bad.
        let mut params = params(&format!("mc-testkit's authority {}", number()));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().map_err(refused)?;
        let issuer = CertifiedIssuer::self_signed(params, key).map_err(refused)?;
        let dir = TempDir::new().map_err(Error::io("make a directory for certificates"))?;
        let certificate = Pem::write(dir.path().join("ca.pem"), issuer.pem())?;
        Ok(Self {
            issuer,
            certificate,
            dir: Arc::new(dir),
        })
    }

    /// Its own certificate, which clients are to trust.
    pub fn certificate(&self) -> &str {
        &self.certificate.text
    }

    /// The file of its own certificate.
    pub fn path(&self) -> &Path {
        &self.certificate.path
    }

    /// For a server on this machine: `localhost`, `127.0.0.1` and `::1`.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn server(&self) -> Result<Certificate, Error> {
        self.server_for(&LOCAL)
    }

    /// For a server of other names, DNS names or IP addresses: for those of this machine, a wrong one.
    ///
    /// # Errors
    /// As [`new`](Self::new), and [`Error::Refused`] for a name that is not ASCII.
    pub fn server_for(&self, names: &[&str]) -> Result<Certificate, Error> {
        self.sign(server_params(names)?)
    }

    /// As [`server`](Self::server), and no longer valid since the year 2000.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn expired_server(&self) -> Result<Certificate, Error> {
        let mut params = server_params(&LOCAL)?;
        params.not_after = date_time_ymd(2000, 1, 1);
        self.sign(params)
    }

    /// For a client, with its common name.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn client(&self, name: &str) -> Result<Certificate, Error> {
        let mut params = params(name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(params)
    }

    fn sign(&self, params: CertificateParams) -> Result<Certificate, Error> {
        let key = KeyPair::generate().map_err(refused)?;
        let chain = params.signed_by(&key, &self.issuer).map_err(refused)?;
        let number = number();
        let path = |what| self.dir.path().join(format!("{number}-{what}.pem"));
        Ok(Certificate {
            chain: Pem::write(path("chain"), chain.pem())?,
            key: Pem::write(path("key"), key.serialize_pem())?,
            _dir: Arc::clone(&self.dir),
        })
    }
}

impl Certificate {
    /// The certificate. It is the whole chain, as the authority that signed it is the root.
    pub fn chain(&self) -> &str {
        &self.chain.text
    }

    /// The file of the certificate.
    pub fn chain_path(&self) -> &Path {
        &self.chain.path
    }

    /// The private key, in PKCS #8.
    pub fn key(&self) -> &str {
        &self.key.text
    }

    /// The file of the private key.
    pub fn key_path(&self) -> &Path {
        &self.key.path
    }
}

impl Pem {
    fn write(path: PathBuf, text: String) -> Result<Self, Error> {
        fs::write(&path, &text).map_err(Error::io("write a certificate"))?;
        Ok(Self { text, path })
    }
}

fn server_params(names: &[&str]) -> Result<CertificateParams, Error> {
    let owned: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
    let wrong = |error| Error::Refused(format!("cannot make a certificate for {names:?}: {error}"));
    let mut params = CertificateParams::new(owned).map_err(wrong)?;
    params.distinguished_name = named("mc-testkit's server");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params)
}

fn params(common_name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named(common_name);
    params
}

fn named(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}

/// Another one each time in this process.
fn number() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn refused(error: rcgen::Error) -> Error {
    Error::Refused(format!("cannot make a certificate: {error}"))
}

/// The key stays unshown.
impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority")
            .field("path", &self.path())
            .finish_non_exhaustive()
    }
}

/// The key stays unshown.
impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("path", &self.chain_path())
            .finish_non_exhaustive()
    }
}
