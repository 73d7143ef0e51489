//! The installation: the image, fetched by its digest and written to the disk.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::NamedTempFile;

use super::auth_file;
use super::clear::clear_table;
use super::error::InstallError;
use super::medium::base;
use super::memory::need;
use super::own::gather;
use super::suits::suits;
use super::work::Work;
use crate::bootable::disk::{BEGINS, Device, Encryption, Format};
use crate::engine::{self, DiskWish, Outside, Reach, make_disk};
use crate::installer::document::Document;
use crate::oci::{Descriptor, platform_name};
use crate::recipe::Base;
use crate::registry::{Registry, Settings};
use crate::tree::Codec;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// The digest of the manifest that machines report.
    pub digest: String,
    /// What was left out or deserves attention.
    pub notes: Vec<String>,
}

/// Installs to a disk: a whole device, or a file that stands for one. `failed` hears the error before
/// anything is cleaned.
///
/// # Errors
/// Whatever stands against it. The table of partitions is cleared when something was written already,
/// unless the document says otherwise.
pub fn install(
    document: &Document,
    disk: &Path,
    work: &Work,
    failed: &dyn Fn(&InstallError),
) -> Result<Installed, InstallError> {
    let begun = Arc::new(AtomicBool::new(false));
    let error = match write(document, disk, work, &begun) {
        Ok(installed) => return Ok(installed),
        Err(error) if work.in_memory && is_full(&error) => InstallError::Full(Box::new(error)),
        Err(error) => error,
    };
    failed(&error);
    match (begun.load(Ordering::SeqCst), document.keep_on_failure) {
        (false, _) => (work.say)("nothing was written to the disk"),
        (true, true) => (work.say)("the disk stays as it is"),
        (true, false) => match clear_table(disk) {
            Ok(()) => (work.say)("the table of partitions was cleared"),
            Err(why) => (work.say)(&format!(
                "the table of partitions could not be cleared: {why}"
            )),
        },
    }
    Err(error)
}

fn write(
    document: &Document,
    disk: &Path,
    work: &Work,
    begun: &Arc<AtomicBool>,
) -> Result<Installed, InstallError> {
    let size = size_of(disk)?;
    let folder = work.store.path().join("tmp");
    let authorities = authorities(document, &folder)?;
    // Servers of secrets are trusted by the same authorities as registries.
    let mut settings = work.settings.clone();
    let files = authorities.iter().map(|file| file.path().to_path_buf());
    settings.authorities.extend(files);
    let gathered = gather(document, (work, &settings))?;
    let auth = gathered.auth.as_ref();
    let auth = auth
        .map(|text| auth_file::written(text, &folder))
        .transpose()?;
    let outside = outside(document, (work, &settings), (auth.as_ref(), begun));
    let reference = document.image.to_string();
    let base = base(work, &document.image)?;
    (work.say)(&match &base {
        Base::Layout { .. } => format!("reading {reference} from the medium"),
        _ => format!("asking for {reference}"),
    });
    let missing = || InstallError::Platform {
        image: reference.clone(),
        wanted: platform_name(&work.platform),
    };
    let found = outside.image(&base)?;
    let (image, source) = found.ok_or_else(missing)?;
    let chosen = image.platform(&work.platform, source.as_ref());
    let chosen = chosen.map_err(engine::Error::from)?.ok_or_else(missing)?;
    if work.in_memory {
        need(chosen.manifest.layers().iter().map(Descriptor::size).sum())?;
    }
    let method = gathered.encryption.as_ref().map(Encryption::method);
    let wanted = (method, gathered.own.storage.group.is_some());
    suits((chosen, source.as_ref()), wanted, work)?;
    let digest = chosen.document.descriptor.digest().to_string();
    let name = document.hostname.as_ref();
    let wish = DiskWish {
        reference: document.follow.clone().unwrap_or(reference),
        output: disk.to_path_buf(),
        format: Format::Raw,
        size: Some(size),
        seed: name.map(|name| format!("{digest}\n{name}")),
        encryption: gathered.encryption,
        installer: None,
        own: gathered.own,
    };
    let made = make_disk(chosen, source.as_ref(), (&work.runner, &outside), &wish)?;
    Ok(Installed {
        digest,
        notes: made.notes,
    })
}

/// Where the image comes from; notes when the first byte is about to be written.
fn outside(
    document: &Document,
    (work, settings): (&Work, &Settings),
    (auth, begun): (Option<&NamedTempFile>, &Arc<AtomicBool>),
) -> Outside {
    let mut settings = settings.clone();
    let access = &document.registry;
    settings.insecure.extend(access.plain_http.iter().cloned());
    let auth = auth.map(|file| file.path().to_path_buf());
    settings.auth_files = auth.into_iter().chain(settings.auth_files).collect();
    let (say, begun) = (Arc::clone(&work.say), Arc::clone(begun));
    let (store, registry) = (work.store.clone(), Registry::new(settings));
    Outside::new(store, Some(registry), Reach::Missing, Codec::Zstd)
        .confining(work.runner.isolation)
        .saying(move |what| {
            if what == BEGINS {
                begun.store(true, Ordering::SeqCst);
            }
            say(what);
        })
}

/// Whether something had no room, in this process or in one that it started.
fn is_full(error: &InstallError) -> bool {
    let first: &(dyn std::error::Error + 'static) = error;
    let mut all = std::iter::successors(Some(first), |error| error.source());
    all.any(|error| error.to_string().contains("No space left on device"))
}

/// The size of a device that nobody uses, or of a file.
fn size_of(disk: &Path) -> Result<u64, InstallError> {
    let found = fs::metadata(disk);
    let found = found.map_err(InstallError::io(format!("looking at {}", disk.display())))?;
    match found.file_type().is_block_device() {
        // It is held only while it is looked at: programs of others write it.
        true => Ok(Device::open(disk)?.size()),
        false => Ok(found.len()),
    }
}

/// The certificates of the document as files, which the client reads.
fn authorities(document: &Document, folder: &Path) -> Result<Vec<NamedTempFile>, InstallError> {
    let written = document.registry.authorities.iter().map(|pem| {
        let mut file = NamedTempFile::new_in(folder)?;
        file.write_all(pem.as_bytes())?;
        Ok(file)
    });
    let written: std::io::Result<Vec<_>> = written.collect();
    written.map_err(InstallError::io("writing certificates of authorities"))
}
