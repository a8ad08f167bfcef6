//! What must not be shown, in which forms it could be, and the log in which it could be, too.

use std::io;
use std::sync::{Arc, Mutex};

use anyhow::{Result, anyhow};
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::fmt::writer::MakeWriter;

use super::servers::{PASSWORD, Servers, WRONG_PASSWORD};

/// Each secret's name, and a form of it.
#[derive(Debug)]
pub(super) struct Secrets(Vec<(&'static str, String)>);

impl Secrets {
    pub(super) fn new(servers: &Servers) -> Self {
        let keys = [&servers.client, &servers.stranger];
        let lines = keys.into_iter().flat_map(|it| it.key().lines());
        let of_keys = lines.filter(|line| !line.starts_with("---"));
        let passwords = [
            ("the password", PASSWORD),
            ("a wrong password", WRONG_PASSWORD),
        ];
        let secrets = of_keys.map(|line| ("a private key", line)).chain(passwords);
        let forms = secrets.flat_map(|(name, it)| forms(it).map(move |form| (name, form)));
        Self(forms.collect())
    }

    /// The name of one that is in this text.
    pub(super) fn found_in(&self, text: &str) -> Option<&'static str> {
        let found = self.0.iter().find(|(_, form)| text.contains(form));
        found.map(|(name, _)| *name)
    }
}

/// As text; as `Debug` lists bytes, on one line and on many; in hex.
fn forms(secret: &str) -> [String; 5] {
    let bytes = secret.as_bytes();
    let inner = |list: String| list.trim_matches(['[', ']', '\n', ' ']).to_owned();
    let hex = |digit: fn(&u8) -> String| bytes.iter().map(digit).collect();
    [
        secret.to_owned(),
        inner(format!("{bytes:?}")),
        inner(format!("{bytes:#?}")),
        hex(|byte| format!("{byte:02x}")),
        hex(|byte| format!("{byte:02X}")),
    ]
}

/// Keeps every span and event of this process, of every level.
#[derive(Debug, Clone, Default)]
pub(super) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub(super) fn start() -> Result<Self> {
        let log = Self::default();
        tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_writer(log.clone())
            .try_init()
            .map_err(|error| anyhow!(error))?;
        Ok(log)
    }

    /// What is in it so far.
    pub(super) fn text(&self) -> String {
        let bytes = self.0.lock().expect("nobody panics while writing");
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .expect("nobody panics while writing")
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_in_whatever_form() {
        let secrets = Secrets(forms(PASSWORD).map(|form| ("it", form)).to_vec());
        let bytes = PASSWORD.as_bytes();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let lists = [
            format!("{bytes:?}"),
            format!("{bytes:#?}"),
            format!("{:?}", Some(bytes)),
        ];
        for shown in [format!("a {PASSWORD} b"), hex.to_uppercase(), hex]
            .iter()
            .chain(&lists)
        {
            assert_eq!(secrets.found_in(shown), Some("it"), "{shown}");
        }
        assert_eq!(secrets.found_in("nothing [1, 2, 3]"), None);
    }
}
