//! What registries and archives have now of what is locked.

use std::collections::{BTreeMap, BTreeSet};

use super::flavours::Known;
use crate::change::{Archive, Current, Seen};
use crate::cli::arguments::options::Compression;
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};
use crate::engine::{Outside, Reach, parallel};
use crate::oci::{BlobError, BlobSource, Descriptor, Digest, Image, platform_name};
use crate::package::{ReleaseError, fetch_digest, newest};
use crate::recipe::{Base, Lock};
use crate::registry::{self, Reference};

/// Asks each registry and each archive once; one that does not answer hides no other.
pub(super) fn ask(session: &Session, known: &[Known], lock: &Lock) -> Result<Seen, Failure> {
    let mut images: BTreeMap<&String, &Base> = BTreeMap::new();
    let mut archives: BTreeMap<&String, (BTreeSet<Digest>, BTreeSet<String>)> = BTreeMap::new();
    for flavour in known {
        for (name, base) in &flavour.bases {
            match base {
                Base::Scratch => {}
                Base::Bootstrap(bootstrap) => {
                    let platform = platform_name(&flavour.platform);
                    let locked = lock.bootstraps.get(name);
                    let locked = locked.and_then(|platforms| platforms.get(&platform));
                    for (url, digest) in locked.iter().flat_map(|locked| &locked.releases) {
                        let (digests, architectures) = archives.entry(url).or_default();
                        digests.insert(*digest);
                        architectures.insert(bootstrap.architecture.clone());
                    }
                }
                // What is not locked is told without asking.
                other if lock.images.contains_key(name) => drop(images.insert(name, other)),
                _ => {}
            }
        }
    }
    let outside = session.outside(session.reader()?, Reach::Missing, Compression::Zstd);
    let images: Vec<(&String, &Base)> = images.into_iter().collect();
    let archives: Vec<_> = archives.into_iter().collect();
    if !images.is_empty() || !archives.is_empty() {
        session.printer.progress("asking registries and archives");
    }
    let current = |(name, base): &(&String, &Base)| {
        let locked = lock.images.get(*name).map(|image| image.digest);
        let found = current(session, &outside, (base, locked));
        Ok::<_, Failure>(((*name).clone(), found))
    };
    let archived =
        |(url, (digests, architectures)): &(&String, (BTreeSet<Digest>, BTreeSet<String>))| {
            Ok::<_, Failure>(((*url).clone(), archive(url, digests, architectures)))
        };
    Ok(Seen {
        images: parallel::map(&images, current)?.into_iter().collect(),
        archives: parallel::map(&archives, archived)?.into_iter().collect(),
    })
}

/// What a base stands for now.
fn current(
    session: &Session,
    outside: &Outside,
    (base, locked): (&Base, Option<Digest>),
) -> Result<Current, String> {
    let Base::Image(text) = base else {
        let found = outside.image(base).map_err(words)?;
        let (image, source) = found.ok_or_else(|| "it is not there".to_owned())?;
        return platforms(&image, source.as_ref()).map_err(words);
    };
    let reference = Reference::parse(text).map_err(words)?;
    let registry = session.registry();
    let reference = match (reference.tag(), reference.digest()) {
        (_, None) => reference,
        // The tag tells whether there is something newer than the digest beside it.
        (Some(tag), Some(_)) => untagged(&reference, tag).map_err(words)?,
        // Whoever names a digest alone wants nothing newer.
        (None, Some(digest)) => {
            return Ok(Current {
                digest: *digest,
                platforms: BTreeMap::new(),
            });
        }
    };
    let root = registry.resolve(&reference).map_err(words)?;
    if let Some(locked) = locked.filter(|locked| root.digest().to_string() == locked.to_string()) {
        return Ok(Current {
            digest: locked,
            platforms: BTreeMap::new(),
        });
    }
    let source = registry.blobs(&reference);
    let image = Image::load(&source, &root).map_err(words)?;
    platforms(&image, &source).map_err(words)
}

/// A reference by its tag alone.
fn untagged(reference: &Reference, tag: &str) -> Result<Reference, registry::Error> {
    let (registry, repository) = (reference.registry(), reference.repository());
    Reference::parse(&format!("{registry}/{repository}:{tag}"))
}

fn platforms(image: &Image, source: &dyn BlobSource) -> Result<Current, BlobError> {
    let digest = |descriptor: &Descriptor| -> Result<Digest, BlobError> {
        let text = descriptor.digest().to_string();
        let parsed = text.parse();
        parsed.map_err(|error| BlobError::Descriptor(format!("{text}: {error}")))
    };
    let mut platforms = BTreeMap::new();
    for one in &image.platforms {
        if let Some(platform) = one.platform(source)? {
            platforms.insert(platform_name(&platform), digest(&one.document.descriptor)?);
        }
    }
    Ok(Current {
        digest: digest(&image.root.descriptor)?,
        platforms,
    })
}

/// What an archive has now; its indexes are read only if its release file is another.
fn archive(
    url: &str,
    locked: &BTreeSet<Digest>,
    architectures: &BTreeSet<String>,
) -> Result<Archive, String> {
    let folder = tempfile::tempdir().map_err(words)?;
    let file = folder.path().join("InRelease");
    let digest = fetch_digest(url, &file).map_err(words)?;
    let mut found = BTreeMap::new();
    if locked.iter().any(|locked| *locked != digest) {
        let release = std::fs::read_to_string(&file).map_err(words)?;
        for architecture in architectures {
            let packages = newest((url, &release), architecture, folder.path());
            let packages = packages.map_err(|error: ReleaseError| words(error));
            found.insert(architecture.clone(), packages);
        }
    }
    Ok(Archive {
        digest,
        newest: found,
    })
}

/// An error with its causes, in one line.
fn words(error: impl std::error::Error + 'static) -> String {
    let message = Failure::new(Kind::Outside, &error).message;
    let lines: Vec<&str> = message.lines().map(str::trim).collect();
    lines.join("; ")
}
