//! The tags of a store.

use crate::oci::Descriptor;

use super::file::Lock;
use super::layout::{read_index, set_tag, tags};
use super::{Error, Store};

impl Store {
    /// Every tag with the image it names, sorted.
    pub fn tags(&self) -> Result<Vec<(String, Descriptor)>, Error> {
        match read_index(self.beneath.as_deref().unwrap_or(self.path())) {
            // Tags only name what can be built or pulled again.
            Err(Error::Index { .. }) => Ok(Vec::new()),
            index => Ok(tags(&index?)),
        }
    }

    /// Lets a tag name an image; from then on the image survives a prune and a loss of power.
    pub fn tag(&self, name: &str, image: &Descriptor) -> Result<(), Error> {
        self.settle_index()?;
        set_tag(self.path(), &self.temporary(), name, Some(image))
    }

    /// Moves a damaged index aside: the other tags come back when they are built or pulled again.
    fn settle_index(&self) -> Result<(), Error> {
        let _alone = Lock::alone(&self.path().join("index.lock"))?;
        if let Err(Error::Index { path, .. }) = read_index(self.path()) {
            let aside = self.path().join("damaged/index.json");
            std::fs::rename(&path, aside)
                .map_err(Error::io(format!("moving {} aside", path.display())))?;
        }
        Ok(())
    }

    /// Takes a tag away; tells whether it was there.
    pub fn untag(&self, name: &str) -> Result<bool, Error> {
        let there = self.tags()?.iter().any(|(tag, _)| tag == name);
        set_tag(self.path(), &self.temporary(), name, None)?;
        Ok(there)
    }
}
