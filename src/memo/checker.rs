//! Whether facts still hold, each looked at once in a process.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::fact::{Fact, Look, Place, kind, listing};
use crate::oci::{Digest, Hasher};

/// How much older than an entry the times of a file have to be, so that its look says that it is the same:
/// clocks of file systems tick slowly.
const OLDER: Duration = Duration::from_secs(2);

/// Whether a fact holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holds {
    /// It does not, or nobody can tell.
    No,
    /// It does, by the content.
    ByContent,
    /// It does, by how it looks.
    ByLook,
}

/// Looks at places, each once.
#[derive(Debug)]
pub struct Checker {
    now: i128,
    /// Folders above which links are not followed: the root of the repository.
    root: String,
    known: BTreeMap<Place, Known>,
    folders: BTreeMap<String, bool>,
}

/// What is at a place now, as far as it was needed.
#[derive(Debug, Default)]
struct Known {
    look: Option<Look>,
    digest: Option<Digest>,
    kind: Option<String>,
    is_read: bool,
}

impl Checker {
    /// A checker for facts about a repository in a folder.
    #[must_use]
    pub fn new(root: &str, now: SystemTime) -> Self {
        Self {
            now: nanoseconds(now),
            root: root.to_owned(),
            known: BTreeMap::new(),
            folders: BTreeMap::new(),
        }
    }

    /// Whether a fact holds that was noted at some time; `variable` looks the environment up.
    pub fn holds(
        &mut self,
        (place, fact): (&Place, &Fact),
        noted: SystemTime,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Holds {
        let same = |same: bool| if same { Holds::ByLook } else { Holds::No };
        match (place, fact) {
            (Place::Variable(name), Fact::Value(digest)) => {
                same(variable(name).map(|value| Digest::of(value.as_bytes())) == *digest)
            }
            (Place::Kind(path), Fact::Kind(noted)) => {
                let is_below = self.is_below(path);
                let known = self.known.entry(place.clone()).or_default();
                let now = known.kind.get_or_insert_with(|| kind(Path::new(path)));
                same(is_below && now == noted)
            }
            (Place::File(path) | Place::Folder(path), Fact::Content(look, digest)) => {
                match self.is_below(path) {
                    true => self.content((place, path), (look, digest), nanoseconds(noted)),
                    false => Holds::No,
                }
            }
            _ => Holds::No,
        }
    }

    /// How a place looked when it was checked.
    pub(super) fn look(&self, place: &Place) -> Option<Look> {
        self.known.get(place)?.look
    }

    fn content(
        &mut self,
        (place, path): (&Place, &str),
        (look, digest): (&Look, &Digest),
        noted: i128,
    ) -> Holds {
        let path = Path::new(path);
        let known = self.known.entry(place.clone()).or_insert_with(|| Known {
            look: path.symlink_metadata().ok().map(|look| Look::of(&look)),
            ..Known::default()
        });
        let Some(now) = known.look else {
            return Holds::No;
        };
        let is_older = look.newest() + nanoseconds(UNIX_EPOCH + OLDER) < noted;
        if now == *look && is_older && self.now >= noted {
            return Holds::ByLook;
        }
        if now.is_executable() != look.is_executable() {
            return Holds::No;
        }
        if !known.is_read {
            known.is_read = true;
            known.digest = match place {
                Place::Folder(_) => listing(path).ok(),
                _ => digested(path).ok(),
            };
        }
        match known.digest == Some(*digest) {
            true => Holds::ByContent,
            false => Holds::No,
        }
    }

    /// Whether no folder between the root and a path is a link.
    fn is_below(&mut self, path: &str) -> bool {
        let Some(folder) = path.rsplit_once('/').map(|(folder, _)| folder) else {
            return false;
        };
        if folder.len() <= self.root.len() {
            return true;
        }
        if let Some(known) = self.folders.get(folder) {
            return *known;
        }
        let is_link = Path::new(folder)
            .symlink_metadata()
            .is_ok_and(|folder| folder.is_symlink());
        let is_below = !is_link && self.is_below(folder);
        self.folders.insert(folder.to_owned(), is_below);
        is_below
    }
}

/// The digest of a regular file.
fn digested(path: &Path) -> io::Result<Digest> {
    if !path.symlink_metadata()?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let mut hasher = Hasher::default();
    io::copy(&mut std::fs::File::open(path)?, &mut hasher)?;
    Ok(hasher.finish().0)
}

pub(super) fn nanoseconds(time: SystemTime) -> i128 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i128::try_from(since.as_nanos()).unwrap_or(i128::MAX)
}
