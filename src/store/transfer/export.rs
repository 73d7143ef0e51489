//! Images written out for others: as an OCI layout, and as a tar archive of one.

use std::collections::BTreeMap;
use std::io::{BufWriter, IntoInnerError, Read, Write as _};
use std::path::Path;

use tar::{Builder, EntryType, Header};

use crate::oci::{BlobError, BlobSource, Descriptor, Digest, Image, index, sorted_json};

use crate::store::Error;
use crate::store::file::Staged;
use crate::store::file::staged;
use crate::store::file::walk;
use crate::store::layout::{LAYOUT, named, set_tag};
use crate::store::layout::{digest_of, put};

/// Writes an image into a layout, a new one or beside what is there, and tags it.
pub fn export_layout(
    image: &Image,
    source: &dyn BlobSource,
    directory: &Path,
    tag: &str,
) -> Result<(), Error> {
    let blobs = directory.join("blobs/sha256");
    if !blobs.is_dir() && !directory.join("oci-layout").is_file() && holds_something(directory) {
        return Err(Error::NoLayout {
            path: directory.to_path_buf(),
            why: "it is not empty, and nothing is written between other files".to_owned(),
        });
    }
    std::fs::create_dir_all(&blobs).map_err(Error::io(format!("making {}", blobs.display())))?;
    let source = Parts { image, source };
    for (_, blob) in parts(&source)? {
        put(directory, directory, &blob, &mut Lazy::new(&source, &blob))?;
    }
    let head = directory.join("oci-layout");
    if !head.exists() {
        staged::write(directory, &head, "the layout's head", LAYOUT)?;
    }
    set_tag(directory, directory, tag, Some(&image.root.descriptor))
}

/// Tells whether a folder is there and holds anything.
fn holds_something(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .into_iter()
        .any(|entry| entry.file_name() != "lost+found")
}

/// Writes an image as an archive of a layout. The bytes depend on the image and the tag alone.
pub fn export_archive(
    image: &Image,
    source: &dyn BlobSource,
    file: &Path,
    tag: &str,
) -> Result<(), Error> {
    let doing = || Error::io(format!("writing {}", file.display()));
    let directory = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let source = Parts { image, source };
    let staged = Staged::new(directory, "an archive")?;
    let mut archive = Builder::new(BufWriter::with_capacity(1 << 20, staged));
    let root = named(&image.root.descriptor, tag);
    let index = sorted_json(&index(vec![root], []));
    let mut add = |name: &str, size: u64, content: &mut dyn Read| {
        let header = header(name, size);
        archive.append(&header, content).map_err(doing())
    };
    add("oci-layout", LAYOUT.len() as u64, &mut &*LAYOUT)?;
    add("index.json", index.len() as u64, &mut index.as_slice())?;
    add("blobs/", 0, &mut std::io::empty())?;
    add("blobs/sha256/", 0, &mut std::io::empty())?;
    for (digest, blob) in parts(&source)? {
        let name = format!("blobs/sha256/{}", digest.hex());
        add(&name, blob.size(), &mut source.open(&blob)?)?;
    }
    let staged = archive
        .into_inner()
        .and_then(|mut archive| {
            archive.flush()?;
            archive.into_inner().map_err(IntoInnerError::into_error)
        })
        .map_err(doing())?;
    Ok(staged.commit(file)?)
}

/// The blobs of an image, with the documents that are at hand already.
struct Parts<'a> {
    image: &'a Image,
    source: &'a dyn BlobSource,
}

impl BlobSource for Parts<'_> {
    fn open(&self, descriptor: &Descriptor) -> Result<Box<dyn Read + Send>, BlobError> {
        let platforms = self
            .image
            .platforms
            .iter()
            .map(|platform| &platform.document);
        let known = std::iter::once(&self.image.root)
            .chain(platforms)
            .find(|document| document.descriptor.digest() == descriptor.digest());
        match known {
            Some(document) => Ok(Box::new(std::io::Cursor::new(document.bytes.clone()))),
            None => self.source.open(descriptor),
        }
    }
}

/// Opens a blob when it is first read: one that is there already is not asked for.
struct Lazy<'a> {
    source: &'a Parts<'a>,
    blob: &'a Descriptor,
    open: Option<Box<dyn Read + Send>>,
}

impl<'a> Lazy<'a> {
    fn new(source: &'a Parts<'a>, blob: &'a Descriptor) -> Self {
        Self {
            source,
            blob,
            open: None,
        }
    }
}

impl Read for Lazy<'_> {
    fn read(&mut self, space: &mut [u8]) -> std::io::Result<usize> {
        if self.open.is_none() {
            self.open = Some(self.source.open(self.blob).map_err(std::io::Error::other)?);
        }
        self.open.as_mut().map_or(Ok(0), |blob| blob.read(space))
    }
}

/// Every blob of an image once, by digest.
fn parts(source: &Parts<'_>) -> Result<BTreeMap<Digest, Descriptor>, Error> {
    let mut blobs = BTreeMap::new();
    let mut visit = |one: &Descriptor| {
        if let Ok(digest) = digest_of(one) {
            blobs.insert(digest, one.clone());
        }
    };
    let root = &source.image.root.descriptor;
    walk(source, root, &Err, &mut visit)?;
    Ok(blobs)
}

fn header(name: &str, size: u64) -> Header {
    let mut header = Header::new_ustar();
    header.set_path(name).expect("a short relative path");
    let directory = name.ends_with('/');
    header.set_entry_type(if directory {
        EntryType::Directory
    } else {
        EntryType::Regular
    });
    header.set_mode(if directory { 0o755 } else { 0o644 });
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(size);
    header.set_cksum();
    header
}
