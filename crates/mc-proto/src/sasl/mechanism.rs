//! The ways of proving who we are.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use zeroize::Zeroizing;

use super::Credentials;

/// A way of proving who we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mechanism {
    /// The server sends a challenge, and gets its MD5 keyed with the password.
    CramMd5,
    /// The server gets the password.
    Plain,
}

/// Whether the password itself may be sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Plaintext {
    /// No: somebody on the way could read it.
    #[default]
    Refused,
    /// Yes: the way is TLS or a unix socket, or the user said so.
    Allowed,
}

impl Mechanism {
    /// Every mechanism, the best first.
    pub const ALL: [Self; 2] = [Self::CramMd5, Self::Plain];

    /// The name that servers know it by.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CramMd5 => "CRAM-MD5",
            Self::Plain => "PLAIN",
        }
    }

    /// The best one of those that a server lists, with spaces between them.
    pub(super) fn best(offered: &[u8], plaintext: Plaintext) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|mechanism| mechanism.is_offered(offered) && mechanism.is_allowed(plaintext))
    }

    pub(super) fn is_offered(self, offered: &[u8]) -> bool {
        let mut names = offered.split(|&byte| byte == b' ');
        names.any(|name| name == self.name().as_bytes())
    }

    pub(super) fn is_allowed(self, plaintext: Plaintext) -> bool {
        self != Self::Plain || plaintext == Plaintext::Allowed
    }

    /// What is said first.
    pub(crate) fn first(self, credentials: &Credentials) -> Zeroizing<Vec<u8>> {
        match self {
            Self::CramMd5 => Zeroizing::default(),
            Self::Plain => plain(credentials),
        }
    }

    /// The answer to the only challenge; `None` if there should be none.
    pub(super) fn second(
        self,
        credentials: &Credentials,
        challenge: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        match self {
            Self::CramMd5 => Some(cram_md5(credentials, challenge)),
            Self::Plain => None,
        }
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// `NUL <name> NUL <password>`. In front of the first NUL is the name of who
/// one wants to act as; an empty one is oneself.
fn plain(credentials: &Credentials) -> Zeroizing<Vec<u8>> {
    let parts = [b"", credentials.user(), credentials.expose_password()];
    parts.join(&b'\0').into()
}

/// `<name> <digest>`: HMAC-MD5 of the challenge in 32 digits, lower case.
fn cram_md5(credentials: &Credentials, challenge: &[u8]) -> Zeroizing<Vec<u8>> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut answer = [credentials.user(), b" "].concat();
    // A key of any length will do: there is no error.
    if let Ok(mac) = Hmac::<Md5>::new_from_slice(credentials.expose_password()) {
        let digest = mac.chain_update(challenge).finalize().into_bytes();
        let nibbles = digest.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
        answer.extend(nibbles.filter_map(|nibble| DIGITS.get(usize::from(nibble))));
    }
    answer.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 2195, section 2.
    #[test]
    fn the_example_of_rfc_2195() {
        let tim = Credentials::new(b"tim", b"tanstaaftanstaaf").unwrap();
        let challenge = b"<1896.697170952@postoffice.reston.mci.net>";
        let answer = cram_md5(&tim, challenge);
        assert_eq!(*answer, b"tim b913a602c7eda7a495b4e6e7334d3890");
    }

    /// RFC 4616, section 4, where C: <NUL>tim<NUL>tanstaaftanstaaf.
    #[test]
    fn the_example_of_rfc_4616() {
        let tim = Credentials::new(b"tim", b"tanstaaftanstaaf").unwrap();
        assert_eq!(*plain(&tim), b"\0tim\0tanstaaftanstaaf");
    }

    /// Names are whole words, and the server's order does not matter.
    #[test]
    fn the_best_of_a_list() {
        let check = |offered: &str, plaintext, best| {
            let found = Mechanism::best(offered.as_bytes(), plaintext);
            assert_eq!(found, best, "{offered}");
        };
        use Plaintext::{Allowed, Refused};
        check("PLAIN CRAM-MD5", Allowed, Some(Mechanism::CramMd5));
        check("PLAIN CRAM-MD5", Refused, Some(Mechanism::CramMd5));
        check("LOGIN PLAIN", Allowed, Some(Mechanism::Plain));
        check("LOGIN PLAIN", Refused, None);
        check("XPLAIN PLAINS plain", Allowed, None);
        check("", Allowed, None);
    }
}
