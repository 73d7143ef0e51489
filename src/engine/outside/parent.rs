//! The parent image of a flavour, each found or made once.

use std::sync::{Arc, PoisonError};

use serde_json::Value;

use crate::engine::base::{
    BaseOptions, base, known_base, known_locked_base, locked_base, releases,
};
use crate::engine::error::Error;
use crate::engine::parent::{ParentImage, chosen};
use crate::oci::{Platform, platform_name};
use crate::package::Bootstrap;
use crate::recipe::Base;

use super::sources::{Outside, Reach};

impl Outside {
    /// The parent image for a base; none when it is not known and nothing may be fetched.
    pub(in crate::engine) fn parent(
        &self,
        wanted: &Base,
        platform: &Platform,
    ) -> Result<Option<Arc<ParentImage>>, Error> {
        let key = format!("{wanted:?} {}", platform_name(platform));
        let lock = || self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = lock().get(&key) {
            return Ok(Some(Arc::clone(found)));
        }
        let found = self.find(wanted, platform)?.map(Arc::new);
        if let Some(found) = &found {
            lock().insert(key, Arc::clone(found));
        }
        Ok(found)
    }

    pub(in crate::engine) fn find(
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
                    // Where a layout lies on this machine does not belong into an image.
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
    pub(in crate::engine) fn image_config(
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
        let options = BaseOptions {
            codec: self.codec,
            refresh: self.reach == Reach::Newer,
            epoch: self.epoch.or_else(|| self.locked_epoch()),
            say: self.say.as_ref(),
        };
        let reach = match self.makes {
            true => self.reach,
            false => Reach::Offline,
        };
        let found = match (&locked, reach) {
            (None, Reach::Offline) => known_base(&wanted, self.codec, &self.store)?,
            (Some(locked), Reach::Offline) => {
                known_locked_base(&wanted, locked, self.codec, &self.store)?
            }
            (None, _) => Some(base(&wanted, options, &self.store)?),
            (Some(locked), _) => {
                let vendored = self.vendored()?;
                let with = (options, vendored.as_deref());
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
}
