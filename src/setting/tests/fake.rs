//! A repository in memory and a root on disk, to test against.

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use crate::action::Input;
use crate::oci::Digest;
use crate::origin::{Diagnostic, Origin, Sourced};
use crate::path::TreePath;
use crate::setting::systemd::scope::{Scope, unit_directories};
use crate::setting::{Bits, Ground, InputNode, Inputs, Listed, UnitInstall};
use crate::tree::Snapshot;

/// A repository in memory: text files and links by path; `/x` stands at the repository root.
#[derive(Debug, Default)]
pub(crate) struct Repository {
    files: BTreeMap<String, (String, bool)>,
    links: BTreeMap<String, String>,
    folders: Vec<String>,
}

impl Repository {
    pub(crate) fn file(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.into(), (text.into(), false));
        self
    }

    pub(crate) fn program(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.into(), (text.into(), true));
        self
    }

    pub(crate) fn link(mut self, path: &str, target: &str) -> Self {
        self.links.insert(path.into(), target.into());
        self
    }

    pub(crate) fn folder(mut self, path: &str) -> Self {
        self.folders.push(path.into());
        self
    }

    fn input(&self, path: &str) -> Option<Input> {
        let (text, executable) = self.files.get(path)?;
        Some(Input {
            path: path.into(),
            sha256: Digest::of(text.as_bytes()),
            executable: *executable,
            size: text.len() as u64,
            file: PathBuf::from(path),
        })
    }
}

/// What the paths below a folder begin with.
fn folder_prefix(path: &str) -> String {
    match path.trim_end_matches('/') {
        "" | "." => String::new(),
        path => format!("{path}/"),
    }
}

impl Inputs for Repository {
    fn file(&self, path: &Sourced<String>) -> Result<Input, Diagnostic> {
        self.input(path)
            .ok_or_else(|| Diagnostic::error(&path.origin, format!("there is no file {path}")))
    }

    fn tree(&self, path: &Sourced<String>) -> Result<Vec<(String, InputNode)>, Diagnostic> {
        let below = folder_prefix(path);
        let mut nodes = BTreeMap::new();
        let mut add = |full: &str, node: InputNode| {
            if let Some(rest) = full
                .strip_prefix(&below)
                .filter(|rest| !rest.starts_with('/'))
            {
                for (index, _) in rest.match_indices('/') {
                    let folder = rest.split_at(index).0.to_owned();
                    nodes.insert(folder, InputNode::Directory);
                }
                nodes.insert(rest.to_owned(), node);
            }
        };
        for file in self.files.keys() {
            add(
                file,
                InputNode::File(self.input(file).expect("it is there")),
            );
        }
        for (link, target) in &self.links {
            add(link, InputNode::Link(target.clone()));
        }
        for folder in &self.folders {
            add(folder, InputNode::Directory);
        }
        if nodes.is_empty() && !self.is_folder(path) {
            return Err(Diagnostic::error(
                &path.origin,
                format!("there is no folder {path}"),
            ));
        }
        Ok(nodes.into_iter().collect())
    }

    fn list(&self, folder: &Sourced<String>) -> Result<Vec<(String, Listed)>, Diagnostic> {
        let nodes = self.tree(folder)?;
        let direct = nodes.into_iter().filter(|(path, _)| !path.contains('/'));
        Ok(direct
            .map(|(path, node)| match node {
                InputNode::Directory => (path, Listed::Directory),
                InputNode::File(_) => (path, Listed::File),
                InputNode::Link(target) => (path, Listed::Link(target)),
            })
            .collect())
    }

    fn is_folder(&self, path: &Sourced<String>) -> bool {
        let path = path.value.as_str();
        let below = folder_prefix(path);
        let mut all = self.files.keys().chain(self.links.keys());
        all.any(|file| file.starts_with(&below)) || self.folders.iter().any(|folder| folder == path)
    }

    fn at_root(&self, path: &str) -> Result<Option<Input>, Diagnostic> {
        Ok(self.input(&format!("/{path}")))
    }

    fn is_archive(&self, input: &Input) -> bool {
        input.path.contains(".tar")
    }

    fn text(&self, input: &Input) -> Result<String, Diagnostic> {
        let (text, _) = self.files.get(&input.path).expect("it is there");
        if text.contains('\0') {
            return Err(Diagnostic::error(
                &Origin::of_file(&input.path),
                "the file is no text",
            ));
        }
        Ok(text.clone())
    }

    fn render(&self, text: &Sourced<String>) -> Result<String, Diagnostic> {
        if text.contains("{{ missing }}") {
            return Err(Diagnostic::error(&text.origin, "`missing` is not defined"));
        }
        Ok(text.replace("{{ name }}", "acme"))
    }
}

/// A root in a folder of this machine.
pub(crate) struct Disk {
    pub(crate) root: tempfile::TempDir,
}

impl Disk {
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().expect("a temporary folder");
        Self { root }
    }

    pub(crate) fn at(&self, path: &TreePath) -> PathBuf {
        self.root
            .path()
            .join(std::ffi::OsStr::from_bytes(path.as_bytes()))
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let file = self.at(&place(path));
        std::fs::create_dir_all(file.parent().expect("below the root")).expect("a folder");
        std::fs::write(file, text).expect("a file");
    }

    pub(crate) fn symlink(&self, path: &str, target: &str) {
        let link = self.at(&place(path));
        std::fs::create_dir_all(link.parent().expect("below the root")).expect("a folder");
        std::os::unix::fs::symlink(target, link).expect("a link");
    }
}

impl Ground for Disk {
    fn link(&mut self, path: &TreePath) -> Option<Vec<u8>> {
        let target = std::fs::read_link(self.at(path)).ok()?;
        Some(target.as_os_str().as_bytes().to_vec())
    }

    fn directory(&mut self, path: &TreePath) -> bool {
        self.at(path).is_dir()
    }

    fn children(&mut self, path: &TreePath) -> Vec<(TreePath, Option<Vec<u8>>)> {
        let mut children = Vec::new();
        for entry in std::fs::read_dir(self.at(path)).into_iter().flatten() {
            let name = entry.expect("readable").file_name();
            let below = path.join(name.as_bytes()).expect("a valid path");
            let target = self.link(&below);
            if target.is_some() || self.directory(&below) {
                children.push((below, target));
            }
        }
        children.sort();
        children
    }

    fn unit(&mut self, scope: Scope, name: &str) -> Option<UnitInstall> {
        for directory in unit_directories(scope) {
            let mut path = place(directory).join(name.as_bytes()).expect("valid");
            while let Some(target) = self.link(&path) {
                let target = String::from_utf8(target).expect("text");
                path = if target.starts_with('/') {
                    place(&target)
                } else {
                    path.parent()?.join(target.as_bytes()).expect("valid")
                };
            }
            if let Ok(text) = std::fs::read_to_string(self.at(&path)) {
                let unit = UnitInstall::parse(path, &text);
                let drop_in = self.at(&place(&format!("{directory}/{name}.d/install.conf")));
                return Some(match std::fs::read_to_string(drop_in) {
                    Ok(text) => unit.with_drop_in(&text),
                    Err(_) => unit,
                });
            }
        }
        None
    }

    fn unit_names(&mut self, scope: Scope) -> Vec<String> {
        let mut names = Vec::new();
        for directory in unit_directories(scope) {
            let entries = std::fs::read_dir(self.at(&place(directory)));
            for entry in entries.into_iter().flatten() {
                names.push(
                    entry
                        .expect("readable")
                        .file_name()
                        .into_string()
                        .expect("text"),
                );
            }
        }
        names
    }

    fn bits(&mut self, path: &TreePath) -> Result<Option<Bits>, String> {
        use std::os::unix::fs::MetadataExt as _;
        let found = std::fs::metadata(self.at(path)).ok();
        Ok(found.map(|found| Bits {
            mode: found.mode() & 0o7777,
            uid: found.uid(),
            gid: found.gid(),
        }))
    }

    fn configuration(&mut self) -> Snapshot {
        Snapshot::of_directory(self.root.path()).expect("a root")
    }

    fn text(&mut self, path: &TreePath) -> Result<Option<String>, String> {
        match std::fs::read(self.at(path)) {
            Ok(bytes) => String::from_utf8(bytes)
                .map(Some)
                .map_err(|_| "it is no text".into()),
            Err(_) => Ok(None),
        }
    }
}

pub(crate) fn place(path: &str) -> TreePath {
    TreePath::parse(path).expect("a valid path")
}
