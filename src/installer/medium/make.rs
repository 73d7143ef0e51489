//! The making of a medium: the installer, images and documents, and what starts it.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::contents::{CONTENTS, Contents, IMAGES, MEDIUM_ARGUMENT, document_place, tag_of};
use crate::bootable::disk::{Medium, make_medium};
use crate::installer::folder::{Folder, FolderError, LISTING, bios_of};
use crate::oci::{BlobSource, Digest, Image, PlatformImage, sorted_json};
use crate::store::export_layout;

/// The file that keeps two processes from writing the index of a layout.
const LOCK: &str = "index.lock";
/// How labels begin.
const LABEL: &str = "TERROIR_";
/// How many digits of a digest follow.
const DIGITS: usize = 8;

/// An image that is put on a medium.
#[derive(Clone)]
pub struct Carried {
    /// The digest by which documents name it.
    pub digest: String,
    /// What is carried of it.
    pub image: PlatformImage,
    /// Where its blobs are.
    pub source: Arc<dyn BlobSource>,
}

impl std::fmt::Debug for Carried {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Carried")
            .field("digest", &self.digest)
            .finish_non_exhaustive()
    }
}

/// A medium as somebody asks for it.
#[derive(Debug)]
pub struct MediumWish<'a> {
    /// A folder with an installer; it is emptied.
    pub folder: &'a Path,
    /// What the installer is like.
    pub made: &'a Folder,
    /// What starts a medium, as the installer's making left it.
    pub boot: &'a Path,
    /// An empty folder for the work.
    pub work: &'a Path,
    /// What is on the medium.
    pub contents: &'a Contents,
    /// The images.
    pub images: &'a [Carried],
    /// The documents of hosts by name.
    pub documents: &'a [(String, String)],
    /// Secrets by their paths on the medium.
    pub secrets: &'a [(String, String)],
    /// More arguments of the kernel.
    pub arguments: &'a [String],
    /// The file that becomes the medium.
    pub output: &'a Path,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenMedium {
    /// The label of the volume.
    pub label: String,
    /// Whether a BIOS starts it too.
    pub by_bios: bool,
}

/// Writes a medium.
///
/// # Errors
/// Blobs that cannot be had, an image without shim or GRUB, programs that are missing or fail.
pub fn write_medium(wish: &MediumWish<'_>) -> Result<WrittenMedium, FolderError> {
    let files = wish.work.join("files");
    let failed = || FolderError::io("collecting the files of the medium");
    let label = collect(wish, &files).map_err(failed())?;
    export(wish.images, &files.join(IMAGES))?;
    let mut arguments = wish.made.arguments.clone();
    arguments.push(format!("{MEDIUM_ARGUMENT}{label}"));
    arguments.extend(wish.arguments.iter().cloned());
    let bios = bios_of(wish.boot).filter(|_| wish.made.architecture == "amd64");
    let loaders = wish.work.join("loaders");
    fs::create_dir(&loaders).map_err(failed())?;
    let medium = Medium {
        files: &files,
        root: wish.boot,
        architecture: &wish.made.architecture,
        bios: bios.as_ref(),
        label: &label,
        title: &wish.contents.image.reference,
        arguments: &arguments,
        created: wish.made.created,
        seed: &label,
    };
    make_medium(&medium, &loaders, wish.output)?;
    Ok(WrittenMedium {
        label,
        by_bios: bios.is_some(),
    })
}

/// Writes images into one layout.
fn export(images: &[Carried], layout: &Path) -> Result<(), FolderError> {
    for one in images {
        let only = Image {
            root: one.image.document.clone(),
            platforms: vec![one.image.clone()],
        };
        let written = export_layout(&only, one.source.as_ref(), layout, &tag_of(&one.digest));
        written.map_err(crate::engine::Error::from)?;
    }
    // What kept others from writing the index has no use on a medium.
    match fs::remove_file(layout.join(LOCK)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(FolderError::io("writing the images of the medium")(error))
        }
        _ => Ok(()),
    }
}

/// Collects what is no image; gives the label, which derives from all of it.
fn collect(wish: &MediumWish<'_>, files: &Path) -> io::Result<String> {
    let mut seed = fs::read(wish.folder.join(LISTING))?;
    let mut put = |name: &str, bytes: &[u8]| -> io::Result<()> {
        let path = files.join(name);
        fs::create_dir_all(path.parent().unwrap_or(files))?;
        seed.extend(name.bytes().chain(bytes.iter().copied()));
        fs::write(path, bytes)
    };
    put(CONTENTS, &sorted_json(wish.contents))?;
    for (host, text) in wish.documents {
        put(&document_place(host), text.as_bytes())?;
    }
    for (place, text) in wish.secrets {
        put(place, text.as_bytes())?;
    }
    fs::create_dir_all(files.join("boot"))?;
    for name in ["vmlinuz", "initramfs.img"] {
        fs::rename(wish.folder.join(name), files.join("boot").join(name))?;
    }
    for argument in wish.arguments {
        seed.extend(argument.bytes());
    }
    let digest = Digest::of(&seed).hex().to_uppercase();
    Ok(LABEL.chars().chain(digest.chars().take(DIGITS)).collect())
}
