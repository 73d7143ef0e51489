//! How parents are found: in the store or outside, by the lock where there is one.

use std::sync::{Arc, PoisonError};

use serde_json::Value;

use crate::oci::{Descriptor, Digest, Image, Platform, platform_name};
use crate::package::Bootstrap;
use crate::recipe::Base;
use crate::registry::Reference;

use super::base::{Wish, base, known_base};
use super::base_locked::{known_locked_base, locked_base, releases};
use super::error::Error;
use super::locked::Locking;
use super::parent::ParentImage;
use super::parent_chosen::chosen;
use super::place::{Place, Reading, note_place};
use super::target::{Found, Outside, Reach};
use super::vendor::Vendored;

impl Outside {
    pub(super) fn find(
        &self,
        wanted: &Base,
        platform: &Platform,
    ) -> Result<Option<ParentImage>, Error> {
        match wanted {
            Base::Scratch => Ok(Some(ParentImage::scratch(platform))),
            Base::Bootstrap(bootstrap) => self.bootstrapped(bootstrap, platform),
            other => {
                let Some((image, source)) = self.locked_image(other)? else {
                    return Ok(None);
                };
                let name = other.describe();
                let mut parent = ParentImage::read(&image, platform, &name, &source, &self.store)?;
                if !matches!(other, Base::Image(_)) && parent.record.is_none() {
                    // Where a layout lies on this machine is nobody's business.
                    parent.name = None;
                }
                if let Some((locking, locked)) = self.named(other) {
                    locking.use_image(&locked, platform, &parent);
                }
                Ok(Some(parent))
            }
        }
    }

    /// The config of a base, read without its layers; none when it is not known and nothing may be
    /// fetched.
    pub(super) fn image_config(
        &self,
        wanted: &Base,
        platform: &Platform,
    ) -> Result<Option<Value>, Error> {
        if matches!(wanted, Base::Scratch | Base::Bootstrap(_)) {
            // A bootstrapped base states nothing but the usual PATH.
            return Ok(Some(Value::Null));
        }
        let Some((image, source)) = self.locked_image(wanted)? else {
            return Ok(None);
        };
        let name = wanted.describe();
        let (_, config) = chosen(&image, (platform, &name), source.as_ref(), &self.store)?;
        Ok(Some(config))
    }

    /// The lock, and a base's name in it.
    fn named(&self, base: &Base) -> Option<(&Locking, String)> {
        let locking = self.locking()?;
        Some((locking, locking.name(base)?))
    }

    /// A base that is made from packages.
    fn bootstrapped(
        &self,
        wanted: &Bootstrap,
        platform: &Platform,
    ) -> Result<Option<ParentImage>, Error> {
        let mut wanted = wanted.clone();
        wanted.architecture = platform.architecture().to_string();
        let name = self.named(&Base::Bootstrap(wanted.clone()));
        let platform = platform_name(platform);
        let locked = match &name {
            Some((locking, name)) => locking.bootstrap(name, &platform)?,
            None => None,
        };
        let wish = Wish {
            codec: self.codec,
            refresh: self.reach == Reach::Newer,
            epoch: self.epoch.or_else(|| self.locked_epoch()),
            say: self.say.as_ref(),
        };
        let found = match (&locked, self.reach) {
            (None, Reach::Offline) => known_base(&wanted, self.codec, &self.store)?,
            (Some(locked), Reach::Offline) => {
                known_locked_base(&wanted, locked, self.codec, &self.store)?
            }
            (None, _) => Some(base(&wanted, wish, &self.store)?),
            (Some(locked), _) => {
                let vendored = self.vendored()?;
                let with = (wish, vendored.as_deref());
                Some(locked_base(&wanted, locked, with, &self.store)?)
            }
        };
        if let (Some((locking, name)), Some(found)) = (name, &found) {
            let releases = match locked {
                Some(locked) => locked.releases,
                None => releases(&wanted, &self.store)?,
            };
            locking.use_bootstrap(&name, &platform, (found, releases));
        }
        Ok(found)
    }

    /// The image that a base names, as it is locked.
    fn locked_image(&self, wanted: &Base) -> Result<Option<Found>, Error> {
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
    pub(super) fn published(&self, text: &str) -> Result<Option<Found>, Error> {
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
        let remote = Reading {
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
        note_place(&self.store, image, &Place::Registry(reference.to_owned()))?;
        let note = crate::oci::sorted_json(root);
        self.store
            .put_note("references", &Digest::of(reference.as_bytes()), &note)?;
        Ok(())
    }

    /// What keeps packages and bases, if somebody said where.
    pub(super) fn vendored(&self) -> Result<Option<Arc<Vendored>>, Error> {
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

fn digest_of(root: &Descriptor) -> Option<Digest> {
    root.digest().to_string().parse().ok()
}
