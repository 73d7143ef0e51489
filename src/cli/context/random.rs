//! Random numbers, which are made here and passed in.

use crate::bootable::disk;
use crate::cli::output::failure::{Failure, Kind};

/// 128 random bits of the system.
pub(in crate::cli) fn random() -> Result<u128, Failure> {
    let mut bytes = [0; 16];
    disk::random(&mut bytes).map_err(|error| Failure::new(Kind::Outside, &error))?;
    Ok(u128::from_ne_bytes(bytes))
}
