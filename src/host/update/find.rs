//! The image that the machine follows, as the registry has it now.

use crate::host::error::Error;
use crate::host::machine::Machine;
use crate::host::record::State;
use crate::oci::{Digest, Image, PlatformImage, parse_platform, platform_name};
use crate::registry::{Blobs, Reference, Registry, is_short};

/// An image in a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// As somebody named it.
    pub reference: String,
    /// The digest of the platform's manifest.
    pub manifest: Digest,
    /// Its version.
    pub version: String,
}

/// The reference that the machine follows: that of the deployment which starts next.
pub(super) fn followed(machine: &Machine, state: &State) -> Result<Reference, Error> {
    let origin = machine.next().and_then(|next| next.origin.as_ref());
    let written = origin.map(|origin| origin.reference.clone());
    let written = written.filter(|reference| !reference.is_empty());
    let Some(written) = written.or_else(|| state.image.clone()) else {
        let why = "it is not known which image this machine follows; say it once with `terroir \
                   host switch REFERENCE`";
        return Err(Error::Unfollowed(why.to_owned()));
    };
    let local = ["oci:", "oci-archive:"]
        .iter()
        .any(|kind| written.starts_with(kind));
    match Reference::parse(&written) {
        Ok(reference) if !local && !is_short(&written) => Ok(reference),
        _ => Err(Error::Unfollowed(format!(
            "this machine was made from {written}, which is in no registry; say which image it \
             follows with `terroir host switch REFERENCE`"
        ))),
    }
}

/// The same image in a mirror.
pub(super) fn mirrored(reference: &Reference, mirror: &str) -> Result<Reference, Error> {
    let written = reference.to_string();
    let rest = written
        .strip_prefix(reference.registry())
        .unwrap_or(&written);
    let text = format!("{}{rest}", mirror.trim_end_matches('/'));
    Ok(Reference::parse(&text)?)
}

/// Asks a registry for the image of this machine's platform.
pub(super) fn ask(
    registry: &Registry,
    reference: &Reference,
) -> Result<(PlatformImage, Blobs), Error> {
    let root = registry.resolve(reference)?;
    let blobs = registry.blobs(reference);
    let image = Image::load(&blobs, &root)?;
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "powerpc64" => "ppc64le",
        other => other,
    };
    let wanted = parse_platform(&format!("linux/{architecture}"));
    let wanted = wanted.ok_or_else(|| Error::State("this platform has no name".to_owned()))?;
    match image.platform(&wanted, &blobs)? {
        Some(found) => Ok((found.clone(), blobs)),
        None => Err(Error::State(format!(
            "{reference} has no image for {}",
            platform_name(&wanted)
        ))),
    }
}
