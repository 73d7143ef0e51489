//! What an audit or a test looks at: the files of a target, and what its flavour says of itself.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::failure::{Failure, Kind};
use super::inspect::find;
use super::session::{Session, host, platforms};
use crate::build::{Outside, record_of};
use crate::oci::{BlobSource, MAX_DOCUMENT, PlatformImage, platform_name};
use crate::path::TreePath;
use crate::recipe::{Facts, Record};
use crate::tree::Snapshot;

/// A root, and what is known of it.
pub(super) struct Audited {
    /// The files.
    pub root: Snapshot,
    /// The digest of the image; none for a folder.
    pub digest: Option<String>,
    /// The distribution's facts.
    pub facts: Facts,
    /// The distribution as it names itself.
    pub distribution: String,
    /// The flavour's record, if terroir built it.
    pub record: Option<Arc<Record>>,
}

/// Reads the files of a target; each layer is read once, nothing is unpacked.
pub(super) fn read(
    session: &Session,
    outside: &Outside,
    (target, platform): (&str, Option<&String>),
) -> Result<Audited, Failure> {
    if let Some(folder) = target.strip_prefix("dir:") {
        return of_folder(Path::new(folder));
    }
    let (image, source) = find(session, outside, target)?;
    let wanted = match platform {
        Some(name) => platforms(std::slice::from_ref(name))?.remove(0),
        None => host(),
    };
    let only = (platform.is_none() && image.platforms.len() == 1).then(|| image.platforms.first());
    let chosen = image.platform(&wanted).or(only.flatten()).ok_or_else(|| {
        let name = platform_name(&wanted);
        Failure::say(Kind::Usage, format!("it has no image for {name}"))
    })?;
    session.printer.progress("reading layers");
    let record = record(chosen, &source, outside)?;
    let root = Snapshot::of_layers(chosen.manifest.layers(), source.as_ref())
        .map_err(|error| Failure::new(Kind::Outside, &error))?;
    let architecture = chosen.document.descriptor.platform().as_ref();
    let architecture = architecture.unwrap_or(&wanted).architecture().to_string();
    let digest = chosen.document.descriptor.digest().to_string();
    Ok(Audited {
        digest: Some(digest),
        ..of_root(root, &architecture, record)
    })
}

fn of_folder(folder: &Path) -> Result<Audited, Failure> {
    let root = Snapshot::of_directory(folder).map_err(|error| {
        let failure = Failure::new(Kind::Outside, &error);
        match rustix::process::geteuid().is_root() {
            true => failure,
            false => failure
                .hint("a root has files that only root reads: run it as root, or audit the image"),
        }
    })?;
    let architecture = host().architecture().to_string();
    Ok(of_root(root, &architecture, None))
}

fn of_root(root: Snapshot, architecture: &str, record: Option<Arc<Record>>) -> Audited {
    let text = ["/etc/os-release", "/usr/lib/os-release"]
        .into_iter()
        .filter_map(|path| TreePath::parse(path).ok())
        .find_map(|path| Some(root.text(&path).ok()??.into_owned()))
        .unwrap_or_default();
    let facts = Facts::from_os_release(&text, architecture);
    let mut named = text
        .lines()
        .filter_map(|line| line.strip_prefix("PRETTY_NAME="));
    let distribution = match named.next() {
        Some(name) => name.trim_matches(['"', '\'']).to_owned(),
        None => format!("{} {}", facts.id, facts.version_id)
            .trim()
            .to_owned(),
    };
    Audited {
        root,
        digest: None,
        facts,
        distribution,
        record,
    }
}

fn record(
    image: &PlatformImage,
    source: &Arc<dyn BlobSource>,
    outside: &Outside,
) -> Result<Option<Arc<Record>>, Failure> {
    let config = source
        .read(image.manifest.config(), MAX_DOCUMENT)
        .map_err(|error| Failure::new(Kind::Outside, &error))?;
    let config: Value = serde_json::from_slice(&config).map_err(|error| {
        Failure::say(Kind::Outside, format!("the config is not valid: {error}"))
    })?;
    record_of(image, &config, source, outside.store()).map_err(|error| super::build::fail(&error))
}
