//! Files and folders copied from one root into another, as `COPY --from` of a Containerfile does.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;

use crate::path::TreePath;

use super::disk::Disk;
use super::unpack::{Ownership, Unpacker};
use super::{Entry, EntryKind, Error, InRoot, Row};

/// Copies a file, a folder's content, or all that a pattern in the last component matches.
///
/// A destination that ends in a slash, or is a directory, takes files under their own name; a folder
/// is merged into the destination. Times, permission bits and capabilities are kept, the owner is
/// `owner`.
pub fn copy_tree(
    (from, source): (&Path, &str),
    (to, destination): (&Path, &str),
    (owner, mode): ((u32, u32), Option<u32>),
    ownership: Ownership,
) -> Result<(), Error> {
    let mut root = InRoot::open(to)?;
    let sources = matches(from, source)?;
    let into = destination.ends_with('/') || destination == "." || sources.len() > 1;
    let mut copy = Copy {
        disk: open(from)?,
        unpacker: Unpacker::new(to, ownership)?,
        owner,
        mode,
        directories: BTreeMap::new(),
    };
    for source in sources {
        let is_folder = copy.entry(&source)?.is_directory();
        let target = match is_folder {
            true => {
                root.make_directories(destination)?;
                destination.to_owned()
            }
            false if into || is_directory(&root, destination) => {
                root.make_directories(destination)?;
                let name = String::from_utf8_lossy(source.file_name()).into_owned();
                format!("{}/{name}", destination.trim_end_matches('/'))
            }
            false => {
                let above = destination.rsplit_once('/').map_or("/", |(above, _)| above);
                root.make_directories(above)?;
                destination.to_owned()
            }
        };
        let target = place(&root, to, &target)?;
        match is_folder {
            true => copy.below(&source, &target)?,
            false => copy.path(&source, &target)?,
        }
    }
    copy.finish()
}

struct Copy {
    disk: Disk,
    unpacker: Unpacker,
    owner: (u32, u32),
    mode: Option<u32>,
    directories: BTreeMap<TreePath, (Row, u64)>,
}

impl Copy {
    fn entry(&mut self, path: &TreePath) -> Result<Entry, Error> {
        if path.is_root() {
            return Ok(Entry::new(path.clone(), EntryKind::Directory, 0o755));
        }
        let found = self
            .disk
            .entry(path)
            .map_err(|source| Error::io(format!("reading {path} to copy it"), source.into()))?;
        found.ok_or_else(|| missing(path))
    }

    fn below(&mut self, source: &TreePath, target: &TreePath) -> Result<(), Error> {
        let names = self
            .disk
            .names(source)
            .map_err(|error| Error::io(format!("listing {source} to copy it"), error.into()))?;
        for name in names {
            let join = |path: &TreePath| {
                path.join(&name)
                    .map_err(|error| Error::io(format!("copying {path}"), io::Error::other(error)))
            };
            self.path(&join(source)?, &join(target)?)?;
        }
        Ok(())
    }

    fn path(&mut self, source: &TreePath, target: &TreePath) -> Result<(), Error> {
        let mut entry = self.entry(source)?;
        (entry.uid, entry.gid) = self.owner;
        if let Some(mode) = self.mode
            && !matches!(entry.kind, EntryKind::Symlink { .. })
        {
            entry.mode = mode;
        }
        entry.path = target.clone();
        let mut content: Box<dyn Read> = match entry.kind {
            EntryKind::File { .. } => Box::new(
                self.disk
                    .open_file(source)
                    .map_err(|error| Error::io(format!("reading {source}"), error.into()))?,
            ),
            _ => Box::new(io::empty()),
        };
        self.unpacker
            .put(&entry, target.clone(), None, &mut content)?;
        if entry.is_directory() {
            let row = super::unpack::of(&entry);
            self.directories.insert(target.clone(), (row, entry.mtime));
            self.below(source, target)?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), Error> {
        for (path, (row, mtime)) in self.directories.iter().rev() {
            self.unpacker.metadata(path, row, *mtime)?;
        }
        Ok(())
    }
}

fn open(root: &Path) -> Result<Disk, Error> {
    Disk::open(root).map_err(|source| Error::io(format!("opening {}", root.display()), source))
}

fn missing(path: &TreePath) -> Error {
    let source = io::Error::from(io::ErrorKind::NotFound);
    Error::io(format!("copying {path}"), source)
}

fn is_directory(root: &InRoot, path: &str) -> bool {
    root.real_path(path).is_ok_and(|path| path.is_dir())
}

/// The path without links at which something new of the root would stand.
fn place(root: &InRoot, top: &Path, path: &str) -> Result<TreePath, Error> {
    let (above, name) = path
        .trim_end_matches('/')
        .rsplit_once('/')
        .unwrap_or(("", path.trim_end_matches('/')));
    let above = if above.is_empty() { "/" } else { above };
    let mut real = root.real_path(above)?;
    if !name.is_empty() {
        real.push(name);
        if let Ok(itself) = root.real_path(path) {
            real = if itself.is_dir() { itself } else { real };
        }
    }
    inside(top, &real)
}

/// A path of the machine as a path of the root that holds it.
fn inside(top: &Path, real: &Path) -> Result<TreePath, Error> {
    let wrong = |why: String| {
        Error::io(
            format!("copying to {}", real.display()),
            io::Error::other(why),
        )
    };
    let relative = real
        .strip_prefix(top)
        .map_err(|error| wrong(error.to_string()))?;
    TreePath::parse(&format!("/{}", relative.display())).map_err(|error| wrong(error.to_string()))
}

/// What a source names: itself, or all that its last component matches, sorted.
fn matches(root: &Path, source: &str) -> Result<Vec<TreePath>, Error> {
    let opened = InRoot::open(root)?;
    let trimmed = source.trim_end_matches('/');
    let (above, name) = trimmed.rsplit_once('/').unwrap_or(("", trimmed));
    let above = if above.is_empty() { "/" } else { above };
    if !name.contains(['*', '?', '[']) {
        return Ok(vec![inside(root, &opened.real_path(source)?)?]);
    }
    let folder = inside(root, &opened.real_path(above)?)?;
    let mut names = open(root)?
        .names(&folder)
        .map_err(|error| Error::io(format!("listing {above}"), error.into()))?;
    names.retain(|held| is_match(name.as_bytes(), held));
    names.sort();
    let found: Result<Vec<TreePath>, _> = names.iter().map(|name| folder.join(name)).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(Error::io(
            format!("copying {source}"),
            io::Error::from(io::ErrorKind::NotFound),
        )),
    }
}

/// Matches a name with a pattern of `*`, `?` and `[…]` (glob(7)).
fn is_match(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern, name) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => {
            (0..=name.len()).any(|skip| is_match(rest, name.get(skip..).unwrap_or_default()))
        }
        ([b'?', rest @ ..], [_, others @ ..]) => is_match(rest, others),
        ([b'[', rest @ ..], [first, others @ ..]) => {
            let Some(end) = rest.iter().skip(1).position(|byte| *byte == b']') else {
                return false;
            };
            let (set, after) = rest.split_at(end + 1);
            let (negated, set) = match set {
                [b'!' | b'^', set @ ..] => (true, set),
                set => (false, set),
            };
            in_set(set, *first) != negated && is_match(after.get(1..).unwrap_or_default(), others)
        }
        ([b'\\', byte, rest @ ..], [first, others @ ..])
        | ([byte, rest @ ..], [first, others @ ..]) => byte == first && is_match(rest, others),
        _ => false,
    }
}

fn in_set(set: &[u8], byte: u8) -> bool {
    match set {
        [low, b'-', high, rest @ ..] => (*low..=*high).contains(&byte) || in_set(rest, byte),
        [one, rest @ ..] => *one == byte || in_set(rest, byte),
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_match;

    #[test]
    fn patterns_match_as_a_shell_does() {
        let cases = [
            ("*.deb", "a.deb", true),
            ("*.deb", "a.rpm", false),
            ("a?c", "abc", true),
            ("a[b-d]c", "acc", true),
            ("a[!b-d]c", "acc", false),
            ("*", "", true),
            ("a*b*c", "aXbYc", true),
            ("[", "[", false),
        ];
        for (pattern, name, expected) in cases {
            let found = is_match(pattern.as_bytes(), name.as_bytes());
            assert_eq!(found, expected, "{pattern} {name}");
        }
    }
}
