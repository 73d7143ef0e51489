//! Targets: what a command line or a `from` names.

use std::path::PathBuf;
use std::sync::Arc;

use crate::oci::{BlobSource, Image};
use crate::recipe::Base;
use crate::registry::Reference;

/// What a user may name wherever an image or a flavour is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A recipe file.
    Recipe(PathBuf),
    /// Anything that exists already.
    Base(Base),
}

impl Target {
    /// Reads a target as the command line writes it.
    ///
    /// What ends in `.yml` or `.yaml` is a recipe; `oci:` and `oci-archive:` are those of
    /// containers-transports(5); everything else is an image reference.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if let Some(rest) = text.strip_prefix("oci-archive:") {
            return Self::Base(Base::Archive(rest.into()));
        }
        if let Some(rest) = text.strip_prefix("oci:") {
            return Self::Base(layout(rest));
        }
        if text.ends_with(".yml") || text.ends_with(".yaml") {
            return Self::Recipe(text.into());
        }
        Self::Base(Base::Image(match text.strip_prefix("docker://") {
            // Who writes the transport asks for the registry, Docker Hub where none is named.
            Some(name) => Reference::parse(name)
                .map_or_else(|_| name.to_owned(), |reference| reference.to_string()),
            None => text.to_owned(),
        }))
    }
}

/// Splits `DIR[:TAG]`.
pub(super) fn layout(text: &str) -> Base {
    match text.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') && !path.is_empty() => Base::Layout {
            path: path.into(),
            tag: Some(tag.to_owned()),
        },
        _ => Base::Layout {
            path: text.into(),
            tag: None,
        },
    }
}

/// An image, and where its blobs are.
pub type Found = (Image, Arc<dyn BlobSource>);
