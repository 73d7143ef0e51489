//! Every path of a root with its metadata and the digest of its content.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;

use serde::Serialize;

use crate::oci::{BlobSource, Descriptor, Digest, Hasher};
use crate::path::TreePath;
use crate::recipe::{RECORD_PATH, TABLE_PATH};
use crate::tree::{Entry, EntryKind, Error, Node, NodeKind, Snapshot};

/// One path of a root, without the time of its last change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileLine {
    /// `file`, `directory`, `link` or `special`.
    pub kind: &'static str,
    /// Permission bits; none for links, which have none of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// `user:group`, by number.
    pub owner: String,
    /// Length of a file in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Digest of the content of a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// Where a link leads to, or the numbers of a device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Extended attributes, with the digests of their values.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Digest>,
}

/// All paths of a root.
pub type Listings = BTreeMap<TreePath, FileLine>;

/// What an entry has beside its node.
#[derive(Clone, Debug, Default)]
struct Body {
    content: Option<(Digest, u64)>,
    /// The file that this is another name of, where its content is not known yet.
    same: Option<TreePath>,
    device: Option<String>,
    attributes: BTreeMap<String, Digest>,
}

/// A root while it is read.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// The root as audits read it.
    pub root: Snapshot,
    bodies: BTreeMap<TreePath, Body>,
}

impl Listing {
    /// Takes the next layer of an image in, the lowest first.
    ///
    /// # Errors
    /// The layer cannot be read.
    pub fn layer(&mut self, layer: &Descriptor, source: &dyn BlobSource) -> Result<(), Error> {
        let reader = source.open(layer).map_err(Error::from)?;
        let bodies = &mut self.bodies;
        let mut seen = |entry: &Entry, path: &TreePath, content: &mut dyn Read| {
            note(bodies, (entry, path), content)
        };
        self.root
            .layer_seen(reader, layer.media_type(), &mut seen)
            .map(drop)
    }

    /// Reads a root in a folder.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn of_directory(folder: &Path) -> Result<Self, Error> {
        let mut bodies = BTreeMap::new();
        let mut seen = |entry: &Entry, path: &TreePath, content: &mut dyn Read| {
            note(&mut bodies, (entry, path), content)
        };
        let root = Snapshot::of_directory_seen(folder, &mut seen)?;
        Ok(Self { root, bodies })
    }

    /// Every path, but for the record of the flavour, which states what is compared anyway.
    #[must_use]
    pub fn lines(&self) -> Listings {
        let is_record = |path: &TreePath| {
            let own = [RECORD_PATH, TABLE_PATH];
            own.iter().any(|own| path.to_string() == *own)
        };
        let paths = self.root.iter().filter(|(path, _)| !is_record(path));
        paths
            .map(|(path, node)| (path.clone(), self.line(path, &node)))
            .collect()
    }

    fn line(&self, path: &TreePath, node: &Node) -> FileLine {
        let body = self.bodies.get(path);
        let content = body.and_then(|body| match &body.same {
            Some(same) => self.content_of(same),
            None => body.content,
        });
        let content = content.filter(|_| node.kind.is_file());
        let (kind, target) = match &node.kind {
            NodeKind::Directory => ("directory", None),
            NodeKind::Link(target) => ("link", Some(String::from_utf8_lossy(target).into_owned())),
            NodeKind::File => ("file", None),
            NodeKind::Special => ("special", body.and_then(|body| body.device.clone())),
        };
        FileLine {
            kind,
            mode: (kind != "link").then(|| format!("{:04o}", node.mode)),
            owner: format!("{}:{}", node.uid, node.gid),
            size: content.map(|(_, size)| size),
            digest: content.map(|(digest, _)| digest),
            target,
            attributes: body.map_or_else(BTreeMap::new, |body| body.attributes.clone()),
        }
    }

    /// The content of the file that another name was made of.
    fn content_of(&self, path: &TreePath) -> Option<(Digest, u64)> {
        let real = self.root.followed(path)?.0;
        self.bodies.get(&real)?.content
    }
}

/// Notes what an entry has beside its node.
fn note(
    bodies: &mut BTreeMap<TreePath, Body>,
    (entry, path): (&Entry, &TreePath),
    content: &mut dyn Read,
) -> Result<(), Error> {
    if entry.whiteout().is_some() {
        return Ok(());
    }
    let attribute = |(name, value): (&Vec<u8>, &Vec<u8>)| {
        let name = String::from_utf8_lossy(name).into_owned();
        (name, Digest::of(value))
    };
    let mut body = Body {
        attributes: entry.xattrs.iter().map(attribute).collect(),
        ..Body::default()
    };
    match &entry.kind {
        EntryKind::File { .. } => {
            let mut hasher = Hasher::default();
            io::copy(content, &mut hasher)
                .map_err(|source| Error::io(format!("reading {path}"), source))?;
            body.content = Some(hasher.finish());
        }
        EntryKind::Hardlink { target } => match bodies.get(target) {
            Some(held) => body = held.clone(),
            None => body.same = Some(target.clone()),
        },
        EntryKind::CharDevice { major, minor } => body.device = Some(format!("c {major}:{minor}")),
        EntryKind::BlockDevice { major, minor } => body.device = Some(format!("b {major}:{minor}")),
        EntryKind::Fifo => body.device = Some("pipe".to_owned()),
        EntryKind::Directory | EntryKind::Symlink { .. } => {}
    }
    bodies.insert(path.clone(), body);
    Ok(())
}
