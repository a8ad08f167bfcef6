//! A name and a password, for a server that was started with `-Y`.
//!
//! ```text
//! set <any key> 0 0 <bytes>\r\n<user> <password>\r\n
//!     →  STORED\r\n | CLIENT_ERROR authentication failure\r\n
//! ```

use crate::line::CRLF;
use crate::{Outgoing, Secret, SendError};

pub(super) fn encode(
    user: &[u8],
    password: Secret<'_>,
    out: &mut Outgoing,
) -> Result<(), SendError> {
    let password = password.expose();
    check("user", user)?;
    check("password", password)?;
    let len = user.len().saturating_add(password.len()).saturating_add(1);
    out.put(b"set auth 0 0 ");
    out.put_number(len as u64);
    out.put(CRLF);
    out.put(user);
    out.put(b" ");
    out.put(password);
    out.put(CRLF);
    Ok(())
}

/// Both are words of a line.
fn check(field: &'static str, bytes: &[u8]) -> Result<(), SendError> {
    let wrong = |&byte: &u8| byte <= b' ' || byte == 0x7f;
    match bytes.is_empty() || bytes.iter().any(wrong) {
        true => Err(SendError::BadCredentials { field }),
        false => Ok(()),
    }
}
