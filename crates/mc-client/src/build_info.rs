//! What this build can do, to be asked at run time: what pylibmc's module says of itself.

use std::fmt;

use mc_dist::Compat;

/// What this build can do.
///
/// ```
/// let build = mc_client::build_info();
/// assert_eq!(build.compression, mc_client::support_compression());
/// println!("{build}"); // mc-client 0.1.0 for libmemcached 1.1.4 (compression=true, sasl=true, tls=false)
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BuildInfo {
    /// Of this crate.
    pub version: &'static str,
    /// See [`libmemcached_version`].
    pub libmemcached_version: &'static str,
    /// See [`support_compression`].
    pub compression: bool,
    /// See [`support_sasl`].
    pub sasl: bool,
    /// Whether connections can be encrypted: the feature `tls`.
    pub tls: bool,
}

/// What this build can do; printed, it is a line for a log. pylibmc's `build_info()`.
pub const fn build_info() -> BuildInfo {
    BuildInfo {
        version: env!("CARGO_PKG_VERSION"),
        libmemcached_version: libmemcached_version(),
        compression: support_compression(),
        sasl: support_sasl(),
        tls: cfg!(feature = "tls"),
    }
}

/// Whether values can be compressed and compressed ones be read: the feature `zlib`. pylibmc's `support_compression`.
pub const fn support_compression() -> bool {
    cfg!(feature = "zlib")
}

/// Whether clients can say who they are by SASL: always. pylibmc's `support_sasl`.
pub const fn support_sasl() -> bool {
    true
}

/// The version of libmemcached that placement and behaviors agree with. pylibmc's `libmemcached_version`.
///
/// A client may follow another one:
///
/// ```
/// use mc_client::{Behaviors, libmemcached_version};
///
/// assert_eq!(libmemcached_version(), "1.1.4");
/// assert_eq!(Behaviors::default().compat.libmemcached_version(), "1.1.4");
/// ```
pub const fn libmemcached_version() -> &'static str {
    Compat::V1_1.libmemcached_version()
}

/// As pylibmc's.
impl fmt::Display for BuildInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            version,
            libmemcached_version,
            compression,
            sasl,
            tls,
        } = self;
        write!(
            f,
            "mc-client {version} for libmemcached {libmemcached_version} \
             (compression={compression}, sasl={sasl}, tls={tls})"
        )
    }
}

#[cfg(test)]
mod tests {
    use mc_behaviors::Behaviors;

    use super::*;
    use crate::value::{Codec, Compress, IntoValue, Pylibmc};

    #[test]
    fn a_build_says_what_it_is() {
        let build = BuildInfo {
            version: "1.2.3",
            compression: true,
            tls: false,
            ..build_info()
        };
        assert_eq!(
            build.to_string(),
            "mc-client 1.2.3 for libmemcached 1.1.4 (compression=true, sasl=true, tls=false)"
        );
        let default = Behaviors::default().compat;
        assert_eq!(default.libmemcached_version(), libmemcached_version());
    }

    #[test]
    fn values_are_compressed_if_a_build_says_so() {
        let value = "a".repeat(1000);
        let stored = Pylibmc::default().encode(value.into_value().unwrap(), Compress::over(1));
        assert_eq!(stored.is_ok(), support_compression());
    }
}
