//! The keys of a LUKS2 volume: what a passphrase gives, and a key that is spread over many bytes.

use std::fs::File;
use std::io::Read as _;

use argon2::{Algorithm, Argon2, Params, Version};
use sha2::{Digest as _, Sha256};

use super::xts::{KEY, UNIT, Xts};
use crate::bootable::disk::error::Error;

/// What a passphrase costs: rounds, KiB of memory, lanes. A machine of 1 GiB has it to spare when it
/// starts.
pub(super) const TIME: u32 = 4;
pub(super) const MEMORY: u32 = 256 << 10;
pub(super) const LANES: u32 = 4;
/// Rounds of the digest that tells the right volume key.
pub(super) const ROUNDS: u32 = 100_000;
/// Rounds for a secret that nobody can guess.
pub(super) const QUICK_ROUNDS: u32 = 1000;
/// How many times the size of the key its spread form has.
pub(super) const STRIPES: usize = 4000;
/// Bytes of salts.
pub(super) const SALT: usize = 32;

const HASH: usize = 32;

/// Fills a space with random bytes of the system.
///
/// # Errors
/// The system has none.
pub fn random(bytes: &mut [u8]) -> Result<(), Error> {
    File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(bytes))
        .map_err(Error::io("reading /dev/urandom"))
}

/// The key that a passphrase gives.
pub(super) fn derived(passphrase: &[u8], salt: &[u8; SALT]) -> Result<[u8; KEY], Error> {
    let mut key = [0; KEY];
    let parameters = Params::new(MEMORY, TIME, LANES, Some(KEY));
    parameters
        .and_then(|parameters| {
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
            argon2.hash_password_into(passphrase, salt, &mut key)
        })
        .map_err(|error| {
            Error::io("making a key of the passphrase")(std::io::Error::other(error))
        })?;
    Ok(key)
}

/// The key that a secret gives that nobody can guess.
pub(super) fn quickly_derived(secret: &[u8], salt: &[u8; SALT]) -> [u8; KEY] {
    pbkdf2::pbkdf2_hmac_array::<Sha256, KEY>(secret, salt, QUICK_ROUNDS)
}

/// The digest of a volume key.
pub(super) fn digest(volume_key: &[u8], salt: &[u8; SALT]) -> [u8; HASH] {
    pbkdf2::pbkdf2_hmac_array::<Sha256, HASH>(volume_key, salt, ROUNDS)
}

/// A volume key in the form in which a key slot holds it: spread, and encrypted.
pub(super) fn locked(volume_key: &[u8], key: &[u8; KEY]) -> Result<Vec<u8>, Error> {
    let mut stripes = vec![0; volume_key.len() * (STRIPES - 1)];
    random(&mut stripes)?;
    let mut area = spread(volume_key, stripes);
    let unit = usize::try_from(UNIT).unwrap_or(512);
    area.resize(area.len().next_multiple_of(unit), 0);
    Xts::new(key).encrypt(&mut area, unit, 0);
    Ok(area)
}

/// Adds the stripe that brings the key back together with all others (TKS1).
fn spread(key: &[u8], mut stripes: Vec<u8>) -> Vec<u8> {
    let mut mixed = vec![0; key.len()];
    for stripe in stripes.chunks_exact(key.len()) {
        for (to, from) in mixed.iter_mut().zip(stripe) {
            *to ^= from;
        }
        diffuse(&mut mixed);
    }
    stripes.extend(mixed.iter().zip(key).map(|(mask, byte)| mask ^ byte));
    stripes
}

/// Hashes block by block, each with its number.
fn diffuse(bytes: &mut [u8]) {
    for (number, block) in (0_u32..).zip(bytes.chunks_mut(HASH)) {
        let mut hash = Sha256::new();
        hash.update(number.to_be_bytes());
        hash.update(&*block);
        let hash = hash.finalize();
        for (to, from) in block.iter_mut().zip(hash) {
            *to = from;
        }
    }
}
