//! Two images compared down to the first byte that differs.

use serde_json::Value;

use super::difference::{Difference, Subject};
use super::documents::documents;
use super::sides::{Side, side_by_side};
use crate::oci::{BlobError, Descriptor, MAX_DOCUMENT, PlatformImage};
use crate::tree::{self, Entry, EntryKind, Whiteout};

/// Why two images could not be compared.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A blob could not be read.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// A layer could not be read.
    #[error(transparent)]
    Tree(#[from] tree::Error),
    /// A document is not JSON.
    #[error("a document of {0} is not JSON")]
    Json(String),
}

/// Finds the first difference: platforms, then layers from the lowest, then documents.
///
/// # Errors
/// When something of either image cannot be read, which says nothing.
pub fn compare(one: Subject<'_>, other: Subject<'_>) -> Result<Option<Difference>, Error> {
    if one.image.root.bytes == other.image.root.bytes {
        return Ok(None);
    }
    let (ours, theirs) = (platforms(one)?, platforms(other)?);
    for (name, left, config) in &ours {
        let right = theirs.iter().find(|(known, ..)| known == name);
        let Some((_, right, other_config)) = right else {
            let what = format!("{name} is only in {}", one.name);
            return Ok(Some(Difference::new("platform", what)));
        };
        let pair = Pair {
            one: (one, left, config),
            other: (other, right, other_config),
        };
        if let Some(found) = pair.difference()? {
            return Ok(Some(Difference {
                platform: Some(name.clone()),
                ..found
            }));
        }
    }
    let is_ours = |name: &str| ours.iter().any(|(known, ..)| known == name);
    if let Some((name, ..)) = theirs.iter().find(|(name, ..)| !is_ours(name)) {
        let what = format!("{name} is only in {}", other.name);
        return Ok(Some(Difference::new("platform", what)));
    }
    let (left, right) = (
        json(one, &one.image.root.bytes)?,
        json(other, &other.image.root.bytes)?,
    );
    Ok(Some(documents("index", (&left, one), (&right, other))))
}

/// The platforms of an image with their configs.
type Known<'a> = (String, &'a PlatformImage, Value);

fn platforms(subject: Subject<'_>) -> Result<Vec<Known<'_>>, Error> {
    let known = |image| -> Result<Known<'_>, Error> {
        let image: &PlatformImage = image;
        let config = subject.source.read(image.manifest.config(), MAX_DOCUMENT)?;
        let config = json(subject, &config)?;
        let text = |key: &str| config.get(key).and_then(Value::as_str).unwrap_or_default();
        let variant = match text("variant") {
            "" => String::new(),
            variant => format!("/{variant}"),
        };
        let name = format!("{}/{}{variant}", text("os"), text("architecture"));
        Ok((name, image, config))
    };
    subject.image.platforms.iter().map(known).collect()
}

fn json(subject: Subject<'_>, bytes: &[u8]) -> Result<Value, Error> {
    serde_json::from_slice(bytes).map_err(|_| Error::Json(subject.name.to_owned()))
}

/// One image of a platform, and what it is part of.
type One<'a> = (Subject<'a>, &'a PlatformImage, &'a Value);

/// The images of one platform.
struct Pair<'a> {
    one: One<'a>,
    other: One<'a>,
}

impl Pair<'_> {
    fn difference(&self) -> Result<Option<Difference>, Error> {
        let (one, left, config) = self.one;
        let (other, right, other_config) = self.other;
        if left.document.bytes == right.document.bytes {
            return Ok(None);
        }
        let (ours, theirs) = (diff_ids(config), diff_ids(other_config));
        for number in 0..ours.len().max(theirs.len()) {
            let found = match (ours.get(number), theirs.get(number)) {
                (Some(a), Some(b)) if a == b => continue,
                (Some(_), Some(_)) => self.layer(number)?,
                (Some(_), None) => only("layers", "it", one),
                (None, _) => only("layers", "it", other),
            };
            let longer = if number < ours.len() {
                config
            } else {
                other_config
            };
            return Ok(Some(Difference {
                layer: Some(number + 1),
                label: label(longer, number),
                ..found
            }));
        }
        let digests = |image: &PlatformImage| -> Vec<String> {
            let layers = image.manifest.layers().iter();
            layers.map(|layer| layer.digest().to_string()).collect()
        };
        let same = digests(left)
            .iter()
            .zip(digests(right))
            .position(|(a, b)| *a != b);
        if let Some(number) = same {
            return Ok(Some(Difference {
                layer: Some(number + 1),
                label: label(config, number),
                ..Difference::new("compression", "the same archive, compressed differently")
            }));
        }
        if config != other_config {
            return Ok(Some(documents(
                "config",
                (config, one),
                (other_config, other),
            )));
        }
        let (a, b) = (
            json(one, &left.document.bytes)?,
            json(other, &right.document.bytes)?,
        );
        Ok(Some(documents("manifest", (&a, one), (&b, other))))
    }

    /// The first difference of two layers that differ.
    fn layer(&self, number: usize) -> Result<Difference, Error> {
        let (one, left, _) = self.one;
        let (other, right, _) = self.other;
        let layer = |image: &PlatformImage| image.manifest.layers().get(number).cloned();
        let (Some(a), Some(b)) = (layer(left), layer(right)) else {
            return Ok(Difference::new("layers", "its blob is not in the manifest"));
        };
        let sides: ((&Descriptor, _), (&Descriptor, _)) = ((&a, one.source), (&b, other.source));
        let found = side_by_side(sides.0, sides.1, |left, right| {
            entries((left, one), (right, other))
        })?;
        Ok(found.unwrap_or_else(|| {
            Difference::new("encoding", "every entry is the same, the archives are not")
        }))
    }
}

/// The first difference between the entries of two layers.
fn entries(
    (left, one): (&mut Side, Subject<'_>),
    (right, other): (&mut Side, Subject<'_>),
) -> Result<Option<Difference>, tree::Error> {
    loop {
        let found = match (left.entry()?, right.entry()?) {
            (None, None) => return Ok(None),
            (Some(a), None) => missing(&a, one),
            (None, Some(b)) => missing(&b, other),
            (Some(a), Some(b)) if a.path < b.path => missing(&a, one),
            (Some(a), Some(b)) if a.path > b.path => missing(&b, other),
            (Some(a), Some(b)) => {
                let found = match metadata((&a, one), (&b, other)) {
                    None => contents((left, one), (right, other))?,
                    found => found,
                };
                match found {
                    None => continue,
                    Some(found) => Difference {
                        path: Some(a.path.to_string()),
                        ..found
                    },
                }
            }
        };
        return Ok(Some(found));
    }
}

/// An entry that only one of two sorted layers has.
fn missing(entry: &Entry, subject: Subject<'_>) -> Difference {
    let (path, what) = match entry.whiteout() {
        None => (entry.path.to_string(), "it"),
        Some(Whiteout::Path(path)) => (path.to_string(), "its removal"),
        Some(Whiteout::Opaque(path)) => (path.to_string(), "the removal of all below it"),
    };
    Difference {
        path: Some(path),
        ..only("missing", what, subject)
    }
}

fn only(field: &'static str, what: &str, subject: Subject<'_>) -> Difference {
    Difference::new(field, format!("{what} is only in {}", subject.name))
}

/// The first difference of what is known of an entry beside its content.
fn metadata(
    (a, one): (&Entry, Subject<'_>),
    (b, other): (&Entry, Subject<'_>),
) -> Option<Difference> {
    let says = |field: &'static str, left: String, right: String| {
        let what = format!("{left} in {}, {right} in {}", one.name, other.name);
        (left != right).then(|| Difference::new(field, what))
    };
    let mode = |entry: &Entry| format!("mode {:04o}", entry.mode);
    let owner = |entry: &Entry| format!("owner {}:{}", entry.uid, entry.gid);
    let time = |entry: &Entry| format!("mtime {}", entry.mtime);
    says("kind", kind(a), kind(b))
        .or_else(|| says("mode", mode(a), mode(b)))
        .or_else(|| says("owner", owner(a), owner(b)))
        .or_else(|| says("mtime", time(a), time(b)))
        .or_else(|| says("link", target(a), target(b)))
        .or_else(|| {
            let names = a.xattrs.keys().chain(b.xattrs.keys());
            let name = names
                .filter(|name| a.xattrs.get(*name) != b.xattrs.get(*name))
                .min()?;
            let name = String::from_utf8_lossy(name);
            let what = format!("the attribute {name} differs");
            Some(Difference::new("xattr", what))
        })
}

fn kind(entry: &Entry) -> String {
    match &entry.kind {
        EntryKind::File { .. } => "a file".to_owned(),
        EntryKind::Directory => "a directory".to_owned(),
        EntryKind::Symlink { .. } => "a symbolic link".to_owned(),
        EntryKind::Hardlink { .. } => "a hard link".to_owned(),
        EntryKind::CharDevice { major, minor } => format!("character device {major}:{minor}"),
        EntryKind::BlockDevice { major, minor } => format!("block device {major}:{minor}"),
        EntryKind::Fifo => "a named pipe".to_owned(),
    }
}

fn target(entry: &Entry) -> String {
    match &entry.kind {
        EntryKind::Symlink { target } => format!("-> {}", String::from_utf8_lossy(target)),
        EntryKind::Hardlink { target } => format!("-> {target}"),
        _ => String::new(),
    }
}

/// The first byte in which the contents of two files differ.
fn contents(
    (left, one): (&mut Side, Subject<'_>),
    (right, other): (&mut Side, Subject<'_>),
) -> Result<Option<Difference>, tree::Error> {
    let mut before = 0;
    loop {
        let (a, b) = (left.piece()?, right.piece()?);
        if a.is_none() && b.is_none() {
            return Ok(None);
        }
        let (a, b) = (a.unwrap_or_default(), b.unwrap_or_default());
        if a == b {
            before += a.len() as u64;
            continue;
        }
        let same = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
        let offset = before + same as u64;
        let byte = |piece: &[u8]| match piece.get(same) {
            Some(byte) => format!("{byte:#04x}"),
            None => "the end".to_owned(),
        };
        let what = format!(
            "byte {offset} is {} in {}, {} in {}",
            byte(&a),
            one.name,
            byte(&b),
            other.name
        );
        return Ok(Some(Difference {
            offset: Some(offset),
            ..Difference::new("content", what)
        }));
    }
}

fn diff_ids(config: &Value) -> Vec<&str> {
    let ids = config.pointer("/rootfs/diff_ids").and_then(Value::as_array);
    let ids = ids.into_iter().flatten();
    ids.map(|id| id.as_str().unwrap_or_default()).collect()
}

/// The line of history of a layer.
fn label(config: &Value, number: usize) -> Option<String> {
    let lines = config.get("history").and_then(Value::as_array)?;
    let full = |line: &&Value| line.get("empty_layer").and_then(Value::as_bool) != Some(true);
    let line = lines.iter().filter(full).nth(number)?;
    Some(line.get("created_by")?.as_str()?.to_owned())
}
