//! `terroir disk --encrypt`: the passphrase, and the images that it can be done with.

use std::io::Read as _;
use std::path::Path;

use crate::bootable::disk::{Encryption, Passphrase};
use crate::bootable::lint::{Root, cannot_encrypt};
use crate::cli::arguments::machine_image::{Disk, Unlocking};
use crate::cli::output::failure::{Failure, Kind};
use crate::oci::{BlobSource, PlatformImage};

/// Most bytes of a file with a passphrase that are read.
const MOST: u64 = 64 << 10;

/// How the root is to be encrypted, if it is.
pub(super) fn encryption(arguments: &Disk) -> Result<Option<Encryption>, Failure> {
    let refused = |message: &str| Failure::say(Kind::Usage, message);
    match (arguments.encrypt, &arguments.passphrase_file) {
        (None, _) => Ok(None),
        (Some(Unlocking::Tpm2), None) => Ok(Some(Encryption::Tpm2)),
        (Some(Unlocking::Tpm2), Some(_)) => Err(refused(
            "--passphrase-file has no effect with --encrypt tpm2: the machine makes its own key",
        )
        .hint("on the machine, /usr/libexec/terroir/disk-keys passphrase adds a passphrase")),
        (Some(Unlocking::Passphrase), None) => Err(refused(
            "--encrypt passphrase needs a passphrase",
        )
        .hint("--passphrase-file FILE reads it from a file, --passphrase-file - from the standard input")),
        (Some(Unlocking::Passphrase), Some(file)) => {
            let read = read(file).map_err(|error| {
                let message = format!("{} cannot be read: {error}", file.display());
                Failure::say(Kind::Outside, message)
            })?;
            let passphrase = Passphrase::of_file(&read).map_err(|why| {
                refused(&format!("{}: {why}", file.display()))
                    .hint("it is one line; the end of the line is not part of it")
            })?;
            Ok(Some(Encryption::Passphrase(passphrase)))
        }
    }
}

fn read(file: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match file == Path::new("-") {
        true => std::io::stdin().take(MOST).read_to_end(&mut bytes)?,
        false => std::fs::File::open(file)?
            .take(MOST)
            .read_to_end(&mut bytes)?,
    };
    Ok(bytes)
}

/// Refuses an image whose machines could not open an encrypted root.
pub(super) fn may_encrypt(
    image: &PlatformImage,
    source: &dyn BlobSource,
    method: &str,
) -> Result<(), Failure> {
    let root =
        Root::of_image(image, source).map_err(|error| Failure::new(Kind::Outside, &error))?;
    let against = cannot_encrypt(&root, method);
    match against.is_empty() {
        true => Ok(()),
        false => Err(Failure::say(
            Kind::Usage,
            format!(
                "machines could not open a root that is encrypted with {method}: {}",
                against.join("; ")
            ),
        )
        .hint(format!(
            "add the layer `disk-encryption` with `{method}` among its methods to the recipe, and build it again"
        ))),
    }
}
