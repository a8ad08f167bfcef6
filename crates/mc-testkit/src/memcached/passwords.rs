//! Passwords: SASL's database, and the file of the text protocol.
//!
//! memcached finds its settings for SASL, `memcached.conf`, by `SASL_CONF_PATH`; they name the
//! database, which is in the same directory, so nothing of the machine's own is read or changed.
//!
//! A user of SASL belongs to a realm. memcached takes what `gethostname` says, as it is, while
//! `saslpasswd2` left alone takes what the resolver says, in lower case: so it is told. It asks
//! the resolver nevertheless, and takes seconds where that does not know this machine.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use mc_proto::sasl::Credentials;

use super::MemcachedBuilder;
use crate::Error;
use crate::process::Program;

/// The variable that names the directory of `memcached.conf`.
pub(super) const CONF_PATH: &str = "SASL_CONF_PATH";

/// The file of `-Y`.
const AUTH_FILE: &str = "auth";

impl MemcachedBuilder {
    /// Demands SASL (`-S`) and knows one more user, with PLAIN and CRAM-MD5; binary protocol only.
    ///
    /// The user is one of this machine's realm, unless the name has an `@` and another realm behind it.
    /// Needs `saslpasswd2` and the mechanisms; Debian has them in `sasl2-bin` and `libsasl2-modules`.
    /// `start` refuses what [`Credentials`] refuses.
    ///
    /// ```
    /// use mc_testkit::Memcached;
    ///
    /// # fn main() -> Result<(), mc_testkit::Error> {
    /// let server = Memcached::builder().sasl("app", "sesame").sasl("web", "mellon").start()?;
    /// assert!(server.version().is_err()); // as that is asked without a password
    ///
    /// let refused = Memcached::builder().sasl("app", "").start().unwrap_err();
    /// assert_eq!(
    ///     refused.to_string(),
    ///     r#"cannot make the user "app": a password of 0 bytes; 1 to 255 are allowed"#
    /// );
    /// # Ok(())
    /// # }
    /// ```
    pub fn sasl(mut self, user: &str, password: &str) -> Self {
        match credentials(user, password) {
            Ok(credentials) => {
                self.sasl.push(credentials);
                self.guard("SASL")
            }
            Err(why) => self.refuse(why),
        }
    }

    /// Demands a password in the text protocol (`-Y`) and knows one more user, at most eight.
    ///
    /// `start` refuses what [`Credentials`] refuses, and a name with a `:`.
    ///
    /// ```
    /// use std::io::{Read, Write};
    /// use mc_testkit::Memcached;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let server = Memcached::builder().auth_file("app", "sesame").start()?;
    /// let mut stream = std::net::TcpStream::connect(server.address().to_string())?;
    /// stream.write_all(b"set auth 0 0 10\r\napp sesame\r\nget a\r\nquit\r\n")?;
    /// let mut answers = String::new();
    /// stream.read_to_string(&mut answers)?;
    /// assert_eq!(answers, "STORED\r\nEND\r\n");
    /// # Ok(())
    /// # }
    /// ```
    pub fn auth_file(mut self, user: &str, password: &str) -> Self {
        if let Err(why) = credentials(user, password) {
            return self.refuse(why);
        }
        if user.contains(':') {
            return self.refuse(format!("cannot make the user {user:?}: `:` ends a name"));
        }
        let line = format!("{user}:{password}\n");
        if let Some(written) = self.written(AUTH_FILE) {
            written.push_str(&line);
            return self;
        }
        self.guard("a password").arg("-Y").file("", AUTH_FILE, line)
    }
}

fn credentials(user: &str, password: &str) -> Result<Credentials, String> {
    Credentials::new(user.as_bytes(), password.as_bytes())
        .map_err(|error| format!("cannot make the user {user:?}: {error}"))
}

/// Writes SASL's settings and database, if there are users for it.
pub(super) fn prepare(users: &[Credentials], dir: &Path) -> Result<(), Error> {
    if users.is_empty() {
        return Ok(());
    }
    let database = dir.join("sasldb");
    let settings = format!(
        "mech_list: plain cram-md5\n\
         pwcheck_method: auxprop\n\
         auxprop_plugin: sasldb\n\
         sasldb_path: {}\n",
        database.display()
    );
    fs::write(dir.join("memcached.conf"), settings).map_err(Error::io("write SASL's settings"))?;
    users.iter().try_for_each(|user| add(user, dir, &database))
}

fn add(user: &Credentials, dir: &Path, database: &Path) -> Result<(), Error> {
    let host = rustix::system::uname();
    let realm = OsStr::from_bytes(host.nodename().to_bytes());
    let mut program = Program::new("saslpasswd2".as_ref(), "sasl2-bin");
    let command = program.command();
    command
        .args(["-p", "-c", "-a", "memcached", "-u"])
        .arg(realm);
    command
        .arg("-f")
        .arg(database)
        .arg("--")
        .arg(OsStr::from_bytes(user.user()));
    command.env(CONF_PATH, dir);
    program.run(user.expose_password())
}
