//! OCI image layouts that somebody else keeps: their tags and blobs (OCI image-spec, image-layout.md).

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::oci::{BlobError, BlobSource, Descriptor, ImageIndex};

use super::blob;
use super::index::{pick, read_index, tags};
use crate::store::Error;

/// An OCI layout that somebody else keeps; it is only read.
#[derive(Clone, Debug)]
pub struct Layout {
    root: PathBuf,
    index: ImageIndex,
}

impl Layout {
    /// Opens a layout.
    pub fn open(root: &Path) -> Result<Self, Error> {
        if !root.join("oci-layout").is_file() {
            return Err(Error::NoLayout {
                path: root.to_path_buf(),
                why: "it has no file `oci-layout`".to_owned(),
            });
        }
        Ok(Self {
            root: root.to_path_buf(),
            index: read_index(root)?,
        })
    }

    /// Every tag with the image it names, sorted.
    #[must_use]
    pub fn tags(&self) -> Vec<(String, Descriptor)> {
        tags(&self.index)
    }

    /// The image of a tag, or the only one when no tag is given.
    pub fn root(&self, tag: Option<&str>) -> Result<Descriptor, Error> {
        pick(&self.root, &self.index, tag)
    }
}

impl BlobSource for Layout {
    fn open(&self, descriptor: &Descriptor) -> Result<Box<dyn Read + Send>, BlobError> {
        Ok(Box::new(blob::open(&self.root, descriptor)?))
    }
}
