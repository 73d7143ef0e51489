//! Tokens, by which machines show that they are what was armed.

use std::io;

use super::error::Error;

/// A new token: 128 random bits, in hexadecimal.
///
/// # Errors
/// The system has no random bytes.
pub fn new_token() -> Result<String, Error> {
    let mut bytes = [0; 16];
    let got = rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty())
        .map_err(io::Error::from)
        .map_err(Error::io("reading random bytes"))?;
    let token: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    match got == bytes.len() {
        true => Ok(token),
        false => Err(Error::io("reading random bytes")(
            io::ErrorKind::UnexpectedEof.into(),
        )),
    }
}
