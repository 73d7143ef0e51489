//! The header of a LUKS2 volume (LUKS2 On-Disk Format Specification 1.1): written twice, each a
//! binary part and metadata in JSON, and behind them the key slots.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::keys::{
    LANES, MEMORY, QUICK_ROUNDS, ROUNDS, SALT, STRIPES, TIME, derived, digest, locked,
    quickly_derived, random,
};
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
    /// What opens it, each in a key slot of its own.
    pub slots: Vec<Slot<'a>>,
    /// A word for the program of the layer, as the type of a token.
    pub token: Option<&'a str>,
}

/// What opens a volume.
pub(super) struct Slot<'a> {
    /// The bytes that open it.
    pub secret: &'a [u8],
    /// Whether nobody can guess it, so that trying it costs nothing.
    pub is_random: bool,
    /// The token that gives it, but for its key slots.
    pub token: Option<Value>,
}

/// Everything before the data, up to the end of the last key slot in use.
pub(super) fn header(wanted: &Wanted<'_>) -> Result<Vec<u8>, Error> {
    let mut areas = Vec::new();
    let mut salts = Vec::new();
    for slot in &wanted.slots {
        let mut salt = [0; SALT];
        random(&mut salt)?;
        let key = match slot.is_random {
            true => quickly_derived(slot.secret, &salt),
            false => derived(slot.secret, &salt)?,
        };
        let mut area = locked(wanted.key, &key)?;
        area.resize(area.len().next_multiple_of(ALIGNED), 0);
        areas.push(area);
        salts.push(salt);
    }
    let mut own = [0; SALT];
    random(&mut own)?;
    let size = areas.first().map_or(0, Vec::len);
    let metadata = metadata(wanted, (&salts, &own), size).to_string();
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
    header.extend(areas.concat());
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

fn metadata(wanted: &Wanted<'_>, (salts, own): (&[[u8; SALT]], &[u8; SALT]), area: usize) -> Value {
    let mut slots = Map::new();
    let mut tokens = Map::new();
    for (number, (slot, salt)) in wanted.slots.iter().zip(salts).enumerate() {
        let place = (2 * WHOLE + number * area, area);
        slots.insert(number.to_string(), described(wanted, (slot, salt), place));
        if let Some(Value::Object(mut token)) = slot.token.clone() {
            token.insert("keyslots".to_owned(), json!([number.to_string()]));
            tokens.insert(tokens.len().to_string(), Value::Object(token));
        }
    }
    if let Some(kind) = wanted.token {
        let token = json!({ "type": kind, "keyslots": [] });
        tokens.insert(tokens.len().to_string(), token);
    }
    let numbers: Vec<&String> = slots.keys().collect();
    let digest = json!({
        "type": "pbkdf2",
        "keyslots": numbers,
        "segments": ["0"],
        "hash": "sha256",
        "iterations": ROUNDS,
        "salt": STANDARD.encode(own),
        "digest": STANDARD.encode(digest(wanted.key, own)),
    });
    json!({
        "keyslots": slots,
        "tokens": tokens,
        "segments": { "0": {
            "type": "crypt",
            "offset": ROOM.to_string(),
            "size": "dynamic",
            "iv_tweak": "0",
            "encryption": wanted.cipher,
            "sector_size": SECTOR,
        } },
        "digests": { "0": digest },
        "config": {
            "json_size": (WHOLE - BINARY).to_string(),
            "keyslots_size": (ROOM - 2 * WHOLE as u64).to_string(),
        },
    })
}

/// A key slot, whose area is at an offset and has a size.
fn described(
    wanted: &Wanted<'_>,
    (slot, salt): (&Slot<'_>, &[u8; SALT]),
    (offset, size): (usize, usize),
) -> Value {
    let salt = STANDARD.encode(salt);
    let kdf = match slot.is_random {
        true => {
            json!({ "type": "pbkdf2", "hash": "sha256", "iterations": QUICK_ROUNDS, "salt": salt })
        }
        false => {
            json!({ "type": "argon2id", "time": TIME, "memory": MEMORY, "cpus": LANES, "salt": salt })
        }
    };
    json!({
        "type": "luks2",
        "key_size": wanted.key.len(),
        "af": { "type": "luks1", "stripes": STRIPES, "hash": "sha256" },
        "area": {
            "type": "raw",
            "offset": offset.to_string(),
            "size": size.to_string(),
            "encryption": "aes-xts-plain64",
            "key_size": KEY,
        },
        "kdf": kdf,
    })
}
