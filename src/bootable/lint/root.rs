//! What rules read: a root, and the image that it comes from.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::gather::Gather;
use super::initramfs::Initramfs;
use super::layers::LayerFacts;
use super::print::Print;
use super::secret::Secret;
use crate::bootable::LifeCycle;
use crate::oci::{BlobSource, PlatformImage};
use crate::path::TreePath;
use crate::tree::{Error, Node, NodeKind, Snapshot};

/// The label of images that bootc may update.
pub(super) const LABEL: &str = "containers.bootc";

/// Who says what life cycle an image has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Told {
    /// Who asked for the check.
    Caller,
    /// The image's own file.
    File,
    /// What is in the image.
    Content,
    /// Nobody.
    Nobody,
}

/// A root, and what is known of the image that it comes from.
#[derive(Debug)]
pub struct Root {
    /// Its paths and the texts of settings.
    pub(super) files: Snapshot,
    /// Its initramfs files that could be looked into.
    pub(super) initramfs: BTreeMap<TreePath, Initramfs>,
    /// Its files that an initramfs may hold copies of.
    pub(super) prints: BTreeMap<TreePath, Print>,
    /// What looks like a secret, in whatever layer.
    pub(super) secrets: Vec<Secret>,
    /// The image; none for a folder.
    pub(super) image: Option<ImageFacts>,
    life_cycle: (LifeCycle, Told),
}

/// What only an image has.
#[derive(Debug, Default)]
pub(super) struct ImageFacts {
    /// The layers, the lowest first.
    pub(super) layers: Vec<LayerFacts>,
    /// The labels of its config.
    pub(super) labels: BTreeMap<String, String>,
}

impl Root {
    /// Reads an image; each layer once, nothing is unpacked.
    ///
    /// # Errors
    /// A layer or the config cannot be read.
    pub fn of_image(image: &PlatformImage, source: &dyn BlobSource) -> Result<Self, Error> {
        let config = image
            .config(source)
            .map_err(|error| Error::io("reading the config", std::io::Error::other(error)))?;
        let labels = labels(config);
        let mut gather = Gather::default();
        let mut files = Snapshot::default();
        for layer in image.manifest.layers() {
            gather.layer(&mut files, layer, source)?;
        }
        let layers = std::mem::take(&mut gather.layers);
        let image = ImageFacts { layers, labels };
        Ok(Self::new(files, gather, Some(image)))
    }

    /// Reads a root in a folder.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn of_directory(folder: &Path) -> Result<Self, Error> {
        let mut gather = Gather::default();
        let files = Snapshot::of_directory_seen(folder, &mut |entry, path, content| {
            gather.seen(entry, path, content)
        })?;
        Ok(Self::new(files, gather, None))
    }

    fn new(files: Snapshot, gather: Gather, image: Option<ImageFacts>) -> Self {
        let secrets = gather.secrets.into_iter();
        let secrets = secrets.map(|secret| secret.settle(&files, &gather.last));
        let mut root = Self {
            initramfs: gather.initramfs,
            prints: gather.prints,
            secrets: secrets.collect(),
            image,
            life_cycle: (LifeCycle::Plain, Told::Nobody),
            files,
        };
        root.life_cycle = root.guess();
        root
    }

    /// The same, as an image of that life cycle.
    #[must_use]
    pub fn as_life_cycle(mut self, life_cycle: LifeCycle) -> Self {
        self.life_cycle = (life_cycle, Told::Caller);
        self
    }

    /// The life cycle, and who says so.
    #[must_use]
    pub fn life_cycle(&self) -> (LifeCycle, Told) {
        self.life_cycle
    }

    fn guess(&self) -> (LifeCycle, Told) {
        let said = self.text(LifeCycle::PLACE);
        let said = said.and_then(|word| LifeCycle::of(&word));
        if let Some(said) = said {
            return (said, Told::File);
        }
        let label = self
            .image
            .as_ref()
            .and_then(|image| image.labels.get(LABEL));
        let has = |path: &str| self.node(path).is_some();
        match () {
            () if label.is_some_and(|label| label == "1") => (LifeCycle::Bootc, Told::Content),
            () if has("/usr/bin/bootc") => (LifeCycle::Bootc, Told::Content),
            () if has("/ostree") || has("/usr/lib/ostree/prepare-root.conf") => {
                (LifeCycle::Ostree, Told::Content)
            }
            () => (LifeCycle::Plain, Told::Nobody),
        }
    }

    /// What stands at a path; a link there is not followed.
    pub(super) fn node(&self, path: &str) -> Option<Node> {
        self.files.node(&constant(path))
    }

    /// Tells whether a folder stands at a path; a link there is none.
    pub(super) fn is_folder(&self, path: &str) -> bool {
        let node = self.node(path);
        node.is_some_and(|node| node.kind == NodeKind::Directory)
    }

    /// Tells whether a path leads to something.
    pub(super) fn leads(&self, path: &TreePath) -> bool {
        self.files.followed(path).is_some()
    }

    /// The text of a file, if it is there and was kept.
    pub(super) fn text(&self, path: &str) -> Option<String> {
        self.text_at(&constant(path))
    }

    /// The text of a file, if it is there and was kept.
    pub(super) fn text_at(&self, path: &TreePath) -> Option<String> {
        let text = self.files.text(path).ok()??;
        Some(text.into_owned())
    }

    /// What lies directly in a folder and ends so.
    pub(super) fn files_in(&self, folder: &str, end: &str) -> Vec<TreePath> {
        let mut found = self.files.children(&constant(folder));
        found.retain(|path| path.file_name().ends_with(end.as_bytes()));
        found
    }

    /// Everything below a folder, but not the folder, sorted; no link is followed.
    pub(super) fn below(&self, folder: &str) -> Vec<(&TreePath, Node)> {
        let folder = constant(folder);
        let all = self.files.iter();
        let mut found: Vec<_> = all
            .filter(|(path, _)| **path != folder && path.starts_with(&folder))
            .collect();
        found.sort_by_key(|(path, _)| *path);
        found
    }

    /// The kernels below /usr/lib/modules.
    pub(super) fn kernels(&self) -> Vec<Kernel> {
        let folders = self.files_in("/usr/lib/modules", "");
        let kernels = folders.into_iter().filter_map(|folder| {
            let image = folder.join(b"vmlinuz").ok()?;
            self.leads(&image).then(|| Kernel {
                version: String::from_utf8_lossy(folder.file_name()).into_owned(),
                image,
                folder,
            })
        });
        kernels.collect()
    }
}

/// A kernel below /usr/lib/modules.
#[derive(Debug)]
pub(super) struct Kernel {
    /// The folder of its modules.
    pub(super) folder: TreePath,
    /// The kernel.
    pub(super) image: TreePath,
    /// The name of its folder.
    pub(super) version: String,
}

impl Kernel {
    /// The initramfs beside it, by the names that OSTree looks for.
    pub(super) fn initramfs(&self, root: &Root) -> Option<TreePath> {
        let names: [&[u8]; 2] = [b"initramfs.img", b"initramfs"];
        let paths = names
            .into_iter()
            .filter_map(|name| self.folder.join(name).ok());
        paths.into_iter().find(|path| root.leads(path))
    }

    /// That initramfs, if it can be read; one that cannot is reported where it matters for every image.
    pub(super) fn held<'a>(&self, root: &'a Root) -> Option<(TreePath, &'a Initramfs)> {
        let path = self.initramfs(root)?;
        let (real, _) = root.files.followed(&path)?;
        let held = root.initramfs.get(&real)?;
        held.problem.is_none().then_some((path, held))
    }
}

/// A path that the source code names.
pub(super) fn constant(path: &str) -> TreePath {
    TreePath::parse(path).expect("paths in the source code are valid")
}

/// The labels of an image's config; none of what is no text.
fn labels(config: &[u8]) -> BTreeMap<String, String> {
    let config: Value = serde_json::from_slice(config).unwrap_or_default();
    let labels = config.pointer("/config/Labels").and_then(Value::as_object);
    let labels = labels.into_iter().flatten();
    labels
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect()
}
