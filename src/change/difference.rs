//! Images that are compared, and the difference found between two of them.

use std::fmt;

use serde::Serialize;

use crate::oci::{BlobSource, Image};

/// An image that is compared.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// What it is called in words: `the published image`.
    pub name: &'a str,
    /// The image.
    pub image: &'a Image,
    /// Where its blobs are.
    pub source: &'a dyn BlobSource,
}

impl fmt::Debug for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The first difference between two images.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// `platform`, `layers`, `missing`, `order`, `kind`, `mode`, `owner`, `mtime`, `xattr`, `link`,
    /// `content`, `encoding`, `compression`, `config`, `manifest` or `index`.
    pub field: &'static str,
    /// The platform.
    pub platform: Option<String>,
    /// The layer, counted from 1.
    pub layer: Option<usize>,
    /// The layer's line of history.
    pub label: Option<String>,
    /// The path in the layer.
    pub path: Option<String>,
    /// The first byte that differs, counted from 0.
    pub offset: Option<u64>,
    /// The difference in words.
    pub what: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(platform) = &self.platform {
            write!(f, "{platform}: ")?;
        }
        if let Some(layer) = self.layer {
            let label = self.label.as_deref().unwrap_or("no history");
            write!(f, "layer {layer} ({label}): ")?;
        }
        if let Some(path) = &self.path {
            write!(f, "{path}: ")?;
        }
        f.write_str(&self.what)
    }
}

impl Difference {
    pub(super) fn new(field: &'static str, what: impl Into<String>) -> Self {
        Self {
            field,
            what: what.into(),
            ..Self::default()
        }
    }
}
