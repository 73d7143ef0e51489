//! How the root is encrypted, and the passphrase that opens it.

use std::fmt;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::blocks::{Holds, encrypt};
use super::header::{ROOM, Slot, Wanted, header};
use super::keys::random;
use super::xts::{KEY, Xts};
use crate::bootable::disk::error::Error;
use crate::bootable::disk::part::Part;
use crate::bootable::disk::tools::Tools;

/// What the mapped volume is called on the machine.
const NAME: &str = "root";
/// The type of the token that tells the machine to make a volume key of its own. The layer
/// `disk-encryption` looks for it.
const COPIED: &str = "terroir-copied";
/// Opens a volume whose data is not encrypted yet; no secret.
const OPEN: &[u8] = b"not-encrypted-yet";

/// How the root of a disk is encrypted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Encryption {
    /// A passphrase opens it; it is encrypted on the disk.
    Passphrase(Passphrase),
    /// The TPM of the machine opens it; the machine encrypts it at its first start.
    Tpm2,
    /// Any of several Tang servers opens it, and a passphrase; it is encrypted on the disk.
    Tang(Passphrase, Vec<TangKey>),
}

/// A secret that opens a root, and that a Tang server gives back.
#[derive(Clone, Serialize, Deserialize)]
pub struct TangKey {
    /// The secret; nobody can guess it.
    pub secret: String,
    /// The same, locked as clevis does it (RFC 7516).
    pub locked: Value,
}

impl fmt::Debug for TangKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key of a Tang server")
    }
}

impl Encryption {
    /// The method, as the layer `disk-encryption` calls it.
    #[must_use]
    pub fn method(&self) -> &'static str {
        match self {
            Self::Passphrase(_) => "passphrase",
            Self::Tpm2 => "tpm2",
            Self::Tang(..) => "tang",
        }
    }

    /// Where the content is in the partition.
    pub(in crate::bootable::disk) fn inner(part: Part) -> Part {
        Part {
            start: part.start + ROOM,
            size: part.size - ROOM,
        }
    }

    /// What the volume adds to the size of a partition, in bytes.
    pub(in crate::bootable::disk) fn room() -> u64 {
        ROOM
    }

    /// The kernel argument by which the initramfs opens the volume.
    pub(in crate::bootable::disk) fn argument(uuid: &str) -> String {
        format!("rd.luks.name={uuid}={NAME}")
    }

    /// The keys that Tang servers give back.
    fn servers(&self) -> &[TangKey] {
        match self {
            Self::Tang(_, keys) => keys,
            _ => &[],
        }
    }

    /// Makes a volume of a partition in which what it holds stands; the machine makes another volume key
    /// unless the disk is the only one of its kind.
    pub(in crate::bootable::disk) fn apply(
        &self,
        tools: &Tools,
        (disk, part, holds): (&Path, Part, &Holds),
        (uuid, is_only): (&str, bool),
    ) -> Result<(), Error> {
        let mut key = [0; KEY];
        random(&mut key)?;
        let wanted = match self {
            Self::Passphrase(passphrase) | Self::Tang(passphrase, _) => {
                encrypt(tools, (disk, Self::inner(part)), holds, &Xts::new(&key))?;
                let mut slots = vec![typed(&passphrase.0)];
                slots.extend(self.servers().iter().map(bound));
                Wanted {
                    uuid,
                    cipher: "aes-xts-plain64",
                    key: &key,
                    slots,
                    token: Some(COPIED).filter(|_| !is_only),
                }
            }
            Self::Tpm2 => Wanted {
                uuid,
                cipher: "cipher_null-ecb",
                key: key.get(..KEY / 2).unwrap_or_default(),
                slots: vec![typed(OPEN)],
                token: None,
            },
        };
        let header = header(&wanted)?;
        File::options()
            .write(true)
            .open(disk)
            .and_then(|file| file.write_all_at(&header, part.start))
            .map_err(Error::io("writing the header of the encrypted root"))
    }
}

/// The key slot of what somebody types.
fn typed(secret: &[u8]) -> Slot<'_> {
    Slot {
        secret,
        is_random: false,
        token: None,
    }
}

/// The key slot of what a Tang server gives back.
fn bound(key: &TangKey) -> Slot<'_> {
    Slot {
        secret: key.secret.as_bytes(),
        is_random: true,
        token: Some(json!({ "type": "clevis", "jwe": key.locked })),
    }
}

/// A passphrase, which is never shown.
#[derive(Clone, Serialize, Deserialize)]
pub struct Passphrase(Vec<u8>);

impl Passphrase {
    /// The bytes of a file without the line's end that editors add.
    ///
    /// # Errors
    /// One that is empty, or that nobody can type.
    pub fn of_file(bytes: &[u8]) -> Result<Self, &'static str> {
        let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match () {
            () if line.is_empty() => Err("the passphrase is empty"),
            () if line.iter().any(u8::is_ascii_control) => {
                Err("the passphrase has a control character, such as the end of a line")
            }
            () if line.len() > LONGEST => Err("the passphrase is longer than 512 bytes"),
            () => Ok(Self(line.to_vec())),
        }
    }
}

/// The longest passphrase, in bytes, that programs of cryptsetup ask for.
const LONGEST: usize = 512;

impl fmt::Debug for Passphrase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a passphrase")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_line_is_not_part_of_a_passphrase() {
        type Case<'a> = (&'a [u8], Result<&'a [u8], ()>);
        let cases: [Case<'_>; 8] = [
            (b"secret", Ok(b"secret")),
            (b"secret\n", Ok(b"secret")),
            (b"secret\r\n", Ok(b"secret")),
            (b" two words \n", Ok(b" two words ")),
            (b"", Err(())),
            (b"\n", Err(())),
            (b"one\ntwo\n", Err(())),
            (&[b'x'; 513], Err(())),
        ];
        for (file, expected) in cases {
            let found = Passphrase::of_file(file);
            let shown = String::from_utf8_lossy(file);
            assert_eq!(
                found.as_ref().map(|one| &*one.0).map_err(|_| ()),
                expected,
                "{shown}"
            );
        }
        let shown = format!("{:?}", Passphrase::of_file(b"secret").unwrap());
        assert!(!shown.contains("secret"), "{shown}");
    }
}
