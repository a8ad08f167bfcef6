//! Where a host name leads: asked anew for each connection, and remembered for when nobody answers.

use std::io;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
#[cfg(feature = "tokio")]
use std::time::Duration;

/// The last good answer of the resolver about one host.
#[derive(Debug, Default)]
pub(crate) struct Addresses(Mutex<Vec<SocketAddr>>);

impl Addresses {
    /// What the resolver says now; what it said last, if it fails or knows no address any more.
    pub(crate) fn resolved(
        &self,
        answer: io::Result<impl Iterator<Item = SocketAddr>>,
    ) -> io::Result<Vec<SocketAddr>> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match answer.map(Vec::from_iter) {
            Ok(addresses) if addresses.is_empty() => Ok(last.clone()),
            Ok(addresses) => {
                last.clone_from(&addresses);
                Ok(addresses)
            }
            Err(failure) if last.is_empty() => Err(failure),
            Err(_) => Ok(last.clone()),
        }
    }

    /// How much of the time that is left the resolver may take: half, if there is something to fall back on.
    #[cfg(feature = "tokio")]
    pub(crate) fn patience(&self, left: Duration) -> Duration {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_empty() { left } else { left / 2 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_good_answer_stands_in_for_a_bad_one() {
        let addresses = Addresses::default();
        let [first, other]: [SocketAddr; 2] =
            ["127.0.0.1:1", "127.0.0.2:1"].map(|it| it.parse().unwrap());
        let resolved = |answer: Result<&[SocketAddr], io::ErrorKind>| {
            let answer = answer.map(|it| it.iter().copied());
            addresses.resolved(answer.map_err(io::Error::from))
        };
        let failure = Err(io::ErrorKind::NotFound);
        assert_eq!(
            resolved(failure).unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
        assert_eq!(resolved(Ok(&[])).unwrap(), []);
        assert_eq!(resolved(Ok(&[first, other])).unwrap(), [first, other]);
        assert_eq!(resolved(failure).unwrap(), [first, other]);
        // A host that has moved is not looked for where it was.
        assert_eq!(resolved(Ok(&[other])).unwrap(), [other]);
        assert_eq!(resolved(Ok(&[])).unwrap(), [other]);
    }

    #[test]
    fn a_silent_resolver_leaves_time_for_what_it_said_last() {
        let (addresses, second) = (Addresses::default(), Duration::from_secs(1));
        assert_eq!(addresses.patience(second), second);
        let known = ["127.0.0.1:1".parse().unwrap()];
        addresses.resolved(Ok(known.into_iter())).unwrap();
        assert_eq!(addresses.patience(second), second / 2);
    }
}
