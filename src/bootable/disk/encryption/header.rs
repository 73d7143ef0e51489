//! The header of a LUKS2 volume (LUKS2 On-Disk Format Specification 1.1): written twice, each a
//! binary part and metadata in JSON, and behind them the key slots.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::keys::{LANES, MEMORY, ROUNDS, SALT, STRIPES, TIME, derived, digest, locked, random};
use super::xts::KEY;
use crate::bootable::disk::error::Error;

/// Bytes before the data: what cryptsetup takes, with room to change keys in.
pub(super) const ROOM: u64 = 16 << 20;
/// Bytes of a sector of the data.
pub(super) const SECTOR: usize = 4096;

/// Bytes of a binary part, and of one with its metadata.
const BINARY: usize = 4096;
const WHOLE: usize = 16 << 10;
/// Where a binary part has its checksum, and what it is made with.
const CHECKSUM: usize = 448;
const SIGNS: [&[u8; 6]; 2] = [b"LUKS\xba\xbe", b"SKUL\xba\xbe"];
/// What key slots are aligned to.
const ALIGNED: usize = 4096;

/// A volume to be.
pub(super) struct Wanted<'a> {
    /// Its identifier.
    pub uuid: &'a str,
    /// How its data is encrypted, in the words of dm-crypt.
    pub cipher: &'a str,
    /// The key of the data.
    pub key: &'a [u8],
    /// What opens it.
    pub passphrase: &'a [u8],
    /// A word for the program of the layer, as the type of a token.
    pub token: Option<&'a str>,
}

/// Everything before the data, up to the end of the first key slot.
pub(super) fn header(wanted: &Wanted<'_>) -> Result<Vec<u8>, Error> {
    let mut salts = [[0; SALT]; 2];
    for salt in &mut salts {
        random(salt)?;
    }
    let area = locked(wanted.key, &derived(wanted.passphrase, &salts[0])?)?;
    let metadata = metadata(wanted, &salts, area.len().next_multiple_of(ALIGNED)).to_string();
    if metadata.len() >= WHOLE - BINARY {
        let source = std::io::Error::other("its metadata is too long");
        return Err(Error::io("making the header of the encrypted root")(source));
    }
    let mut header = Vec::new();
    for (number, sign) in SIGNS.into_iter().enumerate() {
        let mut salt = [0; KEY];
        random(&mut salt)?;
        header.extend(part(wanted.uuid, (number * WHOLE, sign), &salt, &metadata));
    }
    header.extend(area);
    Ok(header)
}

/// One of the two: the binary part and the metadata.
fn part(uuid: &str, (offset, sign): (usize, &[u8; 6]), salt: &[u8; 64], metadata: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(WHOLE);
    let mut field = |value: &[u8], size: usize| {
        let end = bytes.len() + size;
        bytes.extend_from_slice(value);
        bytes.resize(end, 0);
    };
    field(sign, 6);
    field(&2_u16.to_be_bytes(), 2);
    field(&(WHOLE as u64).to_be_bytes(), 8);
    // The number of times that it was written.
    field(&1_u64.to_be_bytes(), 8);
    // No label.
    field(b"", 48);
    field(b"sha256", 32);
    field(salt, 64);
    field(uuid.as_bytes(), 40);
    // No subsystem.
    field(b"", 48);
    field(&(offset as u64).to_be_bytes(), 8);
    field(b"", BINARY - 264);
    field(metadata.as_bytes(), WHOLE - BINARY);
    let checksum = Sha256::digest(&bytes);
    let place = bytes.iter_mut().skip(CHECKSUM);
    for (to, from) in place.zip(checksum) {
        *to = from;
    }
    bytes
}

fn metadata(wanted: &Wanted<'_>, salts: &[[u8; SALT]; 2], area: usize) -> Value {
    let [slot, own] = salts.map(|salt| STANDARD.encode(salt));
    let [size, digest] = [
        json!(wanted.key.len()),
        json!(STANDARD.encode(digest(wanted.key, &salts[1]))),
    ];
    let tokens = wanted.token.map_or_else(
        || json!({}),
        |token| json!({ "0": { "type": token, "keyslots": [] } }),
    );
    json!({
        "keyslots": { "0": {
            "type": "luks2",
            "key_size": size,
            "af": { "type": "luks1", "stripes": STRIPES, "hash": "sha256" },
            "area": {
                "type": "raw",
                "offset": (2 * WHOLE).to_string(),
                "size": area.to_string(),
                "encryption": "aes-xts-plain64",
                "key_size": KEY,
            },
            "kdf": { "type": "argon2id", "time": TIME, "memory": MEMORY, "cpus": LANES, "salt": slot },
        } },
        "tokens": tokens,
        "segments": { "0": {
            "type": "crypt",
            "offset": ROOM.to_string(),
            "size": "dynamic",
            "iv_tweak": "0",
            "encryption": wanted.cipher,
            "sector_size": SECTOR,
        } },
        "digests": { "0": {
            "type": "pbkdf2",
            "keyslots": ["0"],
            "segments": ["0"],
            "hash": "sha256",
            "iterations": ROUNDS,
            "salt": own,
            "digest": digest,
        } },
        "config": {
            "json_size": (WHOLE - BINARY).to_string(),
            "keyslots_size": (ROOM - 2 * WHOLE as u64).to_string(),
        },
    })
}
