//! Images by what a recipe or a command line calls them, by the lock where there is one.

use std::sync::{Arc, PoisonError};

use crate::engine::error::Error;
use crate::engine::lock::Locking;
use crate::engine::target::Found;
use crate::engine::vendor::Vendored;
use crate::oci::{BlobSource, Descriptor, Digest, Image};
use crate::recipe::Base;
use crate::registry::Reference;
use crate::store;
use crate::store::Layout;

use super::location::{CachedSource, Location, note_location};
use super::sources::{Outside, Reach};

impl Outside {
    /// The image that a base names and where its blobs are; none when it is not known and nothing
    /// may be fetched, or when the base is not an image.
    pub fn image(&self, wanted: &Base) -> Result<Option<Found>, Error> {
        match wanted {
            Base::Scratch | Base::Bootstrap(_) => Ok(None),
            Base::Layout { path, tag } => {
                let layout = Layout::open(path)?;
                let found = local_image(
                    Arc::new(layout.clone()),
                    &layout.tags(),
                    tag.as_deref(),
                    &path.display().to_string(),
                )?;
                note_location(&self.store, &found.0, &Location::layout(path))?;
                Ok(Some(found))
            }
            Base::Archive(path) => {
                let archive = store::read_archive(path)?;
                let found = local_image(
                    Arc::new(archive.clone()),
                    &archive.tags(),
                    None,
                    &path.display().to_string(),
                )?;
                note_location(&self.store, &found.0, &Location::archive(path))?;
                Ok(Some(found))
            }
            Base::Image(reference) => self.published(reference),
        }
    }

    /// The lock, and a base's name in it.
    pub(super) fn named(&self, base: &Base) -> Option<(&Locking, String)> {
        let locking = self.locking()?;
        Some((locking, locking.name(base)?))
    }

    /// The image that a base names, as it is locked.
    pub(super) fn locked_image(&self, wanted: &Base) -> Result<Option<Found>, Error> {
        let Some((locking, name)) = self.named(wanted) else {
            return self.image(wanted);
        };
        if let Base::Image(reference) = wanted {
            return match locking.image(&name)? {
                Some(digest) => self.pinned(reference, digest),
                None => self.published(reference),
            };
        }
        let found = self.image(wanted)?;
        if let Some((image, _)) = &found {
            locking.local(&name, digest_of(&image.root.descriptor))?;
        }
        Ok(found)
    }

    /// A published image at the digest that the lock has for it.
    fn pinned(&self, text: &str, digest: Digest) -> Result<Option<Found>, Error> {
        let noted = self.noted(text)?;
        if let Some(root) = noted.filter(|root| digest_of(root) == Some(digest)) {
            return self.rooted(text, Some(root));
        }
        let pinned = Reference::parse(text)?.with_digest(digest).to_string();
        self.published(&pinned)
    }

    /// A published image.
    pub(in crate::engine) fn published(&self, text: &str) -> Result<Option<Found>, Error> {
        let noted = self.noted(text)?;
        let noted = noted.filter(|_| self.reach != Reach::Newer || self.registry.is_none());
        self.rooted(text, noted)
    }

    /// A published image whose root is known, or asked for.
    fn rooted(&self, text: &str, known: Option<Descriptor>) -> Result<Option<Found>, Error> {
        let reference = Reference::parse(text)?;
        let root = match (known, self.reach, &self.registry) {
            (Some(root), _, _) => root,
            (_, Reach::Offline, _) | (_, _, None) => return Ok(None),
            (_, _, Some(registry)) => registry.resolve(&reference)?,
        };
        let Some(registry) = &self.registry else {
            let source = self.blobs();
            return Ok(Image::load(source.as_ref(), &root)
                .ok()
                .map(|image| (image, source)));
        };
        let remote = CachedSource {
            store: self.store.clone(),
            remote: Arc::new(registry.blobs(&reference)),
        };
        if self.reach == Reach::Offline {
            // Manifests that the store has noted are enough; nothing is asked of the registry.
            return Ok(Image::load(&self.store, &root)
                .ok()
                .map(|image| (image, self.blobs())));
        }
        let image = Image::load(&remote, &root)?;
        self.note(text, &root, &image)?;
        Ok(Some((image, self.blobs())))
    }

    /// The root of a reference as it was when it was last resolved.
    fn noted(&self, reference: &str) -> Result<Option<Descriptor>, Error> {
        let note = self
            .store
            .note("references", &Digest::of(reference.as_bytes()))?;
        Ok(note.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    /// Remembers what a reference stood for, its documents, and where its layers are.
    fn note(&self, reference: &str, root: &Descriptor, image: &Image) -> Result<(), Error> {
        let documents = image
            .platforms
            .iter()
            .map(|one| &one.document)
            .chain([&image.root]);
        for document in documents {
            self.store
                .put_document(document.descriptor.media_type().clone(), &document.bytes)?;
        }
        note_location(
            &self.store,
            image,
            &Location::Registry(reference.to_owned()),
        )?;
        let note = crate::oci::sorted_json(root);
        self.store
            .put_note("references", &Digest::of(reference.as_bytes()), &note)?;
        Ok(())
    }

    /// What keeps packages and bases, if somebody said where.
    pub(in crate::engine) fn vendored(&self) -> Result<Option<Arc<Vendored>>, Error> {
        let Some(place) = self.locking().and_then(Locking::vendor) else {
            return Ok(None);
        };
        let mut held = self.vendored.lock().unwrap_or_else(PoisonError::into_inner);
        if held.is_none() {
            let name = place.describe();
            let found = self.image(&place)?.ok_or_else(|| Error::Vendor {
                place: name.clone(),
                why: "it is not there".to_owned(),
            })?;
            *held = Some(Arc::new(Vendored::read(&name, found)?));
        }
        Ok(held.clone())
    }
}

/// Chooses an image of a layout or an archive.
fn local_image(
    source: Arc<dyn BlobSource>,
    tags: &[(String, Descriptor)],
    wanted: Option<&str>,
    place: &str,
) -> Result<Found, Error> {
    let refuse = |why: String| Error::Parent {
        reference: place.to_owned(),
        why,
    };
    let chosen = match (wanted, tags) {
        (None, [(_, only)]) => only,
        (None, []) => return Err(refuse("it holds no image".to_owned())),
        (None, several) => {
            let names: Vec<&str> = several.iter().map(|(name, _)| name.as_str()).collect();
            return Err(refuse(format!(
                "it holds several images, name one: {}",
                names.join(", ")
            )));
        }
        (Some(wanted), tags) => {
            let found = tags
                .iter()
                .find(|(name, _)| name == wanted)
                .map(|(_, root)| root);
            found.ok_or_else(|| refuse(format!("it holds no image with the tag {wanted}")))?
        }
    };
    Ok((Image::load(source.as_ref(), chosen)?, source))
}

fn digest_of(root: &Descriptor) -> Option<Digest> {
    root.digest().to_string().parse().ok()
}
