//! The root that an audit or a test reads: its files, and its flavour record.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::context::platform::host;
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::target::find::find_for;
use crate::cli::target::record::read_record;
use crate::engine::Outside;
use crate::oci::{BlobSource, Platform, PlatformImage};
use crate::path::TreePath;
use crate::recipe::{Facts, RECORD_PATH, Record};
use crate::tree::Snapshot;

/// A root, and what is known of it.
pub(in crate::cli) struct Audited {
    /// The files.
    pub root: Snapshot,
    /// Where they lie.
    pub place: Place,
    /// The digest of the image; none for a folder.
    pub digest: Option<String>,
    /// The distribution's facts.
    pub facts: Facts,
    /// The distribution as it names itself.
    pub distribution: String,
    /// The flavour's record, if terroir built it.
    pub record: Option<Arc<Record>>,
}

/// Where the files of a target lie.
pub(in crate::cli) enum Place {
    /// In a folder.
    Folder(PathBuf),
    /// In the layers of an image.
    Image(Box<PlatformImage>, Arc<dyn BlobSource>),
}

/// Reads the files of a target; each layer is read once, nothing is unpacked.
pub(in crate::cli) fn read(
    session: &Session,
    outside: &Outside,
    (target, platform): (&str, Option<&String>),
) -> Result<Audited, Failure> {
    match target.strip_prefix("dir:") {
        Some(folder) => of_folder(session, Path::new(folder)),
        None => image(session, outside, (target, platform))?.read(session),
    }
}

/// An image whose layers are not read yet.
pub(in crate::cli) struct FoundImage {
    image: PlatformImage,
    source: Arc<dyn BlobSource>,
    wanted: Platform,
    record: Option<Arc<Record>>,
}

/// Finds the image that a target names.
pub(in crate::cli) fn image(
    session: &Session,
    outside: &Outside,
    (target, platform): (&str, Option<&String>),
) -> Result<FoundImage, Failure> {
    let (image, source, wanted) = find_for(session, outside, (target, platform))?;
    let (_, record) = read_record(&image, &source, outside)?;
    Ok(FoundImage {
        image,
        source,
        wanted,
        record,
    })
}

impl FoundImage {
    /// The digest of its manifest.
    pub(in crate::cli) fn digest(&self) -> String {
        self.image.document.descriptor.digest().to_string()
    }

    /// The platform that was asked for.
    pub(in crate::cli) fn wanted(&self) -> &Platform {
        &self.wanted
    }

    /// Reads its layers.
    pub(in crate::cli) fn read(self, session: &Session) -> Result<Audited, Failure> {
        session.printer.progress("reading layers");
        let (image, source) = (&self.image, self.source.as_ref());
        let root = Snapshot::of_layers(image.manifest.layers(), source)
            .map_err(|error| Failure::new(Kind::Outside, &error))?;
        let said = image
            .platform(source)
            .map_err(|error| Failure::new(Kind::Outside, &error))?;
        let said = said.as_ref().unwrap_or(&self.wanted);
        let architecture = said.architecture().to_string();
        let digest = self.digest();
        let place = Place::Image(Box::new(self.image), self.source);
        Ok(Audited {
            digest: Some(digest),
            ..of_root((root, place), &architecture, self.record)
        })
    }
}

/// Reads the files of a target once more, and keeps the content of further ones.
pub(in crate::cli) fn again(
    audited: Audited,
    wanted: BTreeSet<TreePath>,
) -> Result<Audited, Failure> {
    let root = match &audited.place {
        Place::Folder(folder) => Snapshot::of_directory_and(folder, wanted),
        Place::Image(image, source) => {
            Snapshot::of_layers_and(image.manifest.layers(), source.as_ref(), wanted)
        }
    };
    let root = root.map_err(|error| Failure::new(Kind::Outside, &error))?;
    Ok(Audited { root, ..audited })
}

fn of_folder(session: &Session, folder: &Path) -> Result<Audited, Failure> {
    let root = Snapshot::of_directory(folder).map_err(|error| unread(&error))?;
    let architecture = host().architecture().to_string();
    let record = record_in(session, &root);
    let place = Place::Folder(folder.to_path_buf());
    Ok(of_root((root, place), &architecture, record))
}

/// The failure for a folder that cannot be read.
pub(in crate::cli) fn unread(error: &crate::tree::Error) -> Failure {
    let failure = Failure::new(Kind::Outside, error);
    match rustix::process::geteuid().is_root() {
        true => failure,
        false => failure
            .hint("a root has files that only root reads: run it as root, or audit the image"),
    }
}

/// The record that an unpacked or installed root has; one that cannot be read is reported.
pub(in crate::cli) fn record_in(session: &Session, root: &Snapshot) -> Option<Arc<Record>> {
    let path = TreePath::parse(RECORD_PATH).ok()?;
    let read = match root.bytes(&path) {
        Ok(None) => return None,
        Ok(Some(bytes)) => Record::parse(bytes).map_err(|error| error.to_string()),
        Err(unread) => Err(unread.to_string()),
    };
    match read {
        Ok(record) => Some(Arc::new(record)),
        Err(why) => {
            let note = format!("warning: the flavour record of the root is ignored: {why}");
            session.printer.note(&note);
            None
        }
    }
}

/// What is known of a root with its files.
pub(in crate::cli) fn of_root(
    (root, place): (Snapshot, Place),
    architecture: &str,
    record: Option<Arc<Record>>,
) -> Audited {
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
        place,
        digest: None,
        facts,
        distribution,
        record,
    }
}
