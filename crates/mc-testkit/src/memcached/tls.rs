//! memcached behind TLS.

use super::MemcachedBuilder;
use super::builder::TLS;
use crate::{Authority, Certificate};

impl MemcachedBuilder {
    /// Speaks TLS, and nothing else, with this certificate (`-Z -o ssl_chain_cert=…,ssl_key=…`).
    ///
    /// TCP only: on a unix socket memcached 1.6 stays in the clear, whatever its options, so
    /// `start` refuses [`unix`](Self::unix) with it; a [`FaultProxy`](crate::FaultProxyBuilder::unix)
    /// leads there from one. At least TLS 1.2.
    ///
    /// ```
    /// use mc_testkit::{Authority, Memcached};
    ///
    /// # fn main() -> Result<(), mc_testkit::Error> {
    /// let authority = Authority::new()?;
    /// let server = Memcached::builder().tls(&authority.server()?).start()?;
    /// println!("clients of {} trust {}", server.address(), authority.path().display());
    /// assert!(server.version().is_err()); // as that is asked in the clear
    /// # Ok(())
    /// # }
    /// ```
    pub fn tls(self, certificate: &Certificate) -> Self {
        self.guard(TLS)
            .arg("-Z")
            .arg("-o")
            .file(
                "ssl_chain_cert=",
                "chain.pem",
                certificate.chain().to_owned(),
            )
            .arg("-o")
            .file("ssl_key=", "key.pem", certificate.key().to_owned())
    }

    /// With [`tls`](Self::tls): closes connections of clients without a certificate of this authority.
    ///
    /// (`-o ssl_verify_mode=2,ssl_ca_cert=…`; it does nothing without `tls`.) In TLS 1.3 the client
    /// learns of it when it reads, after its own handshake was done. A client with a certificate
    /// cannot resume a session: memcached breaks off with `internal_error`, unless it has
    /// `-o ssl_session_cache`.
    ///
    /// ```
    /// use mc_testkit::{Authority, Memcached};
    ///
    /// # fn main() -> Result<(), mc_testkit::Error> {
    /// let authority = Authority::new()?;
    /// let client = authority.client("app")?;
    /// let server = Memcached::builder().tls(&authority.server()?).client_authority(&authority).start()?;
    /// println!("{} wants {}", server.address(), client.chain_path().display());
    /// # Ok(())
    /// # }
    /// ```
    pub fn client_authority(self, authority: &Authority) -> Self {
        self.arg("-o").arg("ssl_verify_mode=2").arg("-o").file(
            "ssl_ca_cert=",
            "ca.pem",
            authority.certificate().to_owned(),
        )
    }
}
