//! One of the two images that are compared, with all that is compared of it.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use crate::change::{Contents, LayerLine, Listing, PackageList, layer_lines};
use crate::cli::arguments::options::Compression;
use crate::cli::audit::root::{Audited, Place, of_root, record_in, unread};
use crate::cli::context::platform::host;
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::target::find::find_for;
use crate::cli::target::record::read_record;
use crate::engine::{Reach, Target};
use crate::oci::{BlobSource, PlatformImage, platform_name};
use crate::package::Installed;

/// An image or a folder, found and not read yet.
pub(super) enum Found {
    /// A folder.
    Folder(String),
    /// An image.
    Image(Box<FoundImage>),
}

/// An image of a platform.
pub(super) struct FoundImage {
    target: String,
    image: PlatformImage,
    source: Arc<dyn BlobSource>,
    architecture: String,
    platform: String,
    config: Value,
    record: Option<Arc<crate::recipe::Record>>,
}

/// One of the two, read.
pub(super) struct Side {
    /// What is compared.
    pub contents: Contents,
    /// What is audited.
    pub audited: Audited,
}

/// Finds a target; a recipe is built if need be.
pub(super) fn found(
    session: &Session,
    (target, platform): (&str, Option<&String>),
) -> Result<Found, Failure> {
    if let Some(folder) = target.strip_prefix("dir:") {
        return Ok(Found::Folder(folder.to_owned()));
    }
    // Each has the lock of its own repository.
    let store = match Target::parse(target) {
        Target::Recipe(_) => session.store_for(target)?,
        Target::Base(_) => session.reader()?,
    };
    let outside = session.outside(store, Reach::Missing, Compression::Zstd);
    let (image, source, wanted) = find_for(session, &outside, (target, platform))?;
    let (config, record) = read_record(&image, &source, &outside)?;
    let said = image
        .platform(source.as_ref())
        .map_err(|error| Failure::new(Kind::Outside, &error))?;
    let said = said.unwrap_or(wanted);
    Ok(Found::Image(Box::new(FoundImage {
        target: target.to_owned(),
        architecture: said.architecture().to_string(),
        platform: platform_name(&said),
        image,
        source,
        config,
        record,
    })))
}

/// Reads both; layers that both have at their bottom are read once.
pub(super) fn read(session: &Session, old: Found, new: Found) -> Result<(Side, Side), Failure> {
    session.printer.progress("reading layers");
    let (mut left, mut right) = (Listing::default(), Listing::default());
    let mut from = 0;
    if let (Found::Image(old), Found::Image(new)) = (&old, &new) {
        let pairs = old.image.manifest.layers().iter();
        let pairs = pairs.zip(new.image.manifest.layers());
        from = pairs.take_while(|(a, b)| a.digest() == b.digest()).count();
        take(&mut left, old, 0..from)?;
        right = left.clone();
    }
    Ok((
        side(session, old, (left, from))?,
        side(session, new, (right, from))?,
    ))
}

fn take(
    listing: &mut Listing,
    found: &FoundImage,
    layers: std::ops::Range<usize>,
) -> Result<(), Failure> {
    let all = found.image.manifest.layers();
    for layer in all.get(layers).unwrap_or_default() {
        listing
            .layer(layer, found.source.as_ref())
            .map_err(|error| {
                let failure = Failure::new(Kind::Outside, &error);
                let message = format!("{}: {}", found.target, failure.message);
                Failure { message, ..failure }
            })?;
    }
    Ok(())
}

/// Reads what was not read yet.
fn side(
    session: &Session,
    found: Found,
    (mut listing, from): (Listing, usize),
) -> Result<Side, Failure> {
    match found {
        Found::Folder(folder) => {
            let path = Path::new(&folder);
            let listing = Listing::of_directory(path).map_err(|error| unread(&error))?;
            let record = record_in(session, &listing.root);
            let files = listing.lines();
            let place = Place::Folder(path.to_path_buf());
            let architecture = host().architecture().to_string();
            let audited = of_root((listing.root, place), &architecture, record);
            let contents = contents((format!("dir:{folder}"), files), &audited, None);
            Ok(Side { contents, audited })
        }
        Found::Image(found) => {
            let count = found.image.manifest.layers().len();
            take(&mut listing, &found, from..count)?;
            let files = listing.lines();
            let layers = layer_lines(&found.image, &found.config);
            let digest = found.image.document.descriptor.digest().to_string();
            let place = Place::Image(Box::new(found.image), found.source);
            let root = (listing.root, place);
            let audited = Audited {
                digest: Some(digest),
                ..of_root(root, &found.architecture, found.record)
            };
            let image = Some((layers, found.config));
            let contents = Contents {
                platform: Some(found.platform),
                ..contents((found.target, files), &audited, image)
            };
            Ok(Side { contents, audited })
        }
    }
}

fn contents(
    (target, files): (String, crate::change::Listings),
    audited: &Audited,
    image: Option<(Vec<LayerLine>, Value)>,
) -> Contents {
    Contents {
        target,
        digest: audited.digest.clone(),
        platform: None,
        distribution: audited.distribution.clone(),
        record: audited.record.clone(),
        files,
        packages: packages(audited),
        image,
    }
}

/// The packages of a root; one without any database has none.
fn packages(audited: &Audited) -> PackageList {
    if let Some(manager) = Installed::unread(&audited.root) {
        return Err(format!("terroir does not read the database of {manager}"));
    }
    match Installed::of(&audited.root) {
        Ok(installed) => Ok(installed.map(|all| all.list()).unwrap_or_default()),
        Err(unread) => Err(unread.to_string()),
    }
}
