//! Files and folders copied from one root into another, as `COPY --from` of a Containerfile does.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;

use rustix::io::Errno;

use crate::path::TreePath;

use super::disk::{Disk, OWNER_NOTE};
use super::target::{Target, inside};
use super::unpack::Ownership;
use crate::tree::{Entry, EntryKind, Error, InRoot, Row};

/// Copies a file, a folder's content, or all that a pattern matches.
///
/// A destination that ends in a slash, or is a directory, takes files under their own name; a folder
/// is merged into the destination. Links that are named themselves are followed. Owners, times,
/// permission bits, attributes and hard links are kept; `owner` and `mode` replace those of all
/// copies, and what has to be made of the destination belongs to `owner` too.
///
/// Gives the paths that were put, directories left out.
pub fn copy_tree(
    (from, source): (&Path, &str),
    (to, destination): (&Path, &str),
    (owner, mode): (Option<(u32, u32)>, Option<u32>),
    ownership: Ownership,
) -> Result<Vec<TreePath>, Error> {
    let sources = matches(from, source)?;
    let into = destination.ends_with('/') || destination == "." || sources.len() > 1;
    let mut copy = Copy {
        disk: open(from)?,
        root: Target::open(to, ownership)?,
        owner,
        mode,
        links: BTreeMap::new(),
        directories: BTreeMap::new(),
        put: Vec::new(),
    };
    for (name, source) in sources {
        copy.links.clear();
        let is_folder = copy.entry(&source)?.is_directory();
        let target = if is_folder {
            copy.root.folder(destination, owner)?;
            destination.to_owned()
        } else if into || copy.root.is_directory(destination) {
            copy.root.folder(destination, owner)?;
            format!("{}/{name}", destination.trim_end_matches('/'))
        } else {
            let above = destination.rsplit_once('/').map_or("/", |(above, _)| above);
            copy.root.folder(above, owner)?;
            destination.to_owned()
        };
        let target = copy.root.place(&target)?;
        match is_folder {
            true => copy.below(&source, &target)?,
            false => copy.path(&source, &target)?,
        }
    }
    copy.finish()
}

struct Copy {
    disk: Disk,
    root: Target,
    owner: Option<(u32, u32)>,
    mode: Option<u32>,
    /// Files with several names, and where the first of them went.
    links: BTreeMap<(u64, u64), TreePath>,
    directories: BTreeMap<TreePath, (Row, u64)>,
    put: Vec<TreePath>,
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
        let mut names = self
            .disk
            .names(source)
            .map_err(|error| Error::io(format!("listing {source} to copy it"), error.into()))?;
        names.sort();
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
        entry.xattrs.remove(OWNER_NOTE);
        (entry.uid, entry.gid) = self.owner.unwrap_or((entry.uid, entry.gid));
        if let Some(mode) = self.mode
            && !matches!(entry.kind, EntryKind::Symlink { .. })
        {
            entry.mode = mode;
        }
        if entry.is_directory() {
            // Where the root has a link to a directory, what is copied goes through it.
            if let Some(target) = self.root.through(target)? {
                return self.below(source, &target);
            }
            self.root
                .put(entry.clone(), target, None, &mut io::empty())?;
            let row = super::unpack::of(&entry);
            self.directories.insert(target.clone(), (row, entry.mtime));
            return self.below(source, target);
        }
        self.put.push(target.clone());
        let mut content: Box<dyn Read> = Box::new(io::empty());
        let mut first = None;
        if matches!(entry.kind, EntryKind::File { .. }) {
            let failed = |error: Errno| Error::io(format!("reading {source}"), error.into());
            if let Some(identity) = self.disk.several_names(source).map_err(failed)? {
                first = self.links.get(&identity).cloned();
                self.links.entry(identity).or_insert_with(|| target.clone());
            }
            match &first {
                Some(first) => {
                    entry.kind = EntryKind::Hardlink {
                        target: first.clone(),
                    };
                }
                None => content = Box::new(self.disk.open_file(source).map_err(failed)?),
            }
        }
        self.root.put(entry, target, first, &mut content)
    }

    fn finish(mut self) -> Result<Vec<TreePath>, Error> {
        self.root.settle(&self.directories)?;
        Ok(self.put)
    }
}

fn open(root: &Path) -> Result<Disk, Error> {
    Disk::open(root).map_err(|source| Error::io(format!("opening {}", root.display()), source))
}

fn missing(path: &TreePath) -> Error {
    let source = io::Error::from(io::ErrorKind::NotFound);
    Error::io(format!("copying {path}"), source)
}

/// What a source names, and the name that each has: itself, or all that its pattern matches, sorted.
fn matches(root: &Path, source: &str) -> Result<Vec<(String, TreePath)>, Error> {
    let opened = InRoot::open(root)?;
    let disk = open(root)?;
    // The root may be named by a link to it.
    let top = opened.real_path("/")?;
    let trimmed = source.trim_end_matches('/');
    let mut found = vec![String::new()];
    for part in trimmed.split('/').filter(|part| !part.is_empty()) {
        let mut next = Vec::new();
        for folder in found {
            if !part.contains(['*', '?', '[']) {
                next.push(format!("{folder}/{part}"));
                continue;
            }
            let above = if folder.is_empty() { "/" } else { &folder };
            let Ok(above) = opened.real_path(above) else {
                continue;
            };
            let mut names = disk
                .names(&inside(&top, &above)?)
                .map_err(|error| Error::io(format!("listing {folder}"), error.into()))?;
            names.retain(|held| is_match(part.as_bytes(), held));
            names.sort();
            let names = names.iter().map(|name| String::from_utf8_lossy(name));
            next.extend(names.map(|name| format!("{folder}/{name}")));
        }
        found = next;
    }
    let several = trimmed.contains(['*', '?', '[']);
    let mut sources = Vec::new();
    for path in found {
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        let at = if path.is_empty() { "/" } else { &path };
        match opened.real_path(at) {
            Ok(real) => sources.push((name, inside(&top, &real)?)),
            // A pattern names what is there.
            Err(_) if several => {}
            Err(error) => return Err(error),
        }
    }
    match sources.is_empty() {
        true => Err(Error::io(
            format!("copying {source}"),
            io::Error::from(io::ErrorKind::NotFound),
        )),
        false => Ok(sources),
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
