//! `type: files`: copies files of the repository.
//!
//! A folder's contents go into the destination; a file becomes the destination. As with cp(1), a
//! file goes *into* a destination that is a directory; since the root is not looked at, one counts
//! as a directory when it ends in `/`, is among the directories that every system has, or is made
//! by an earlier item of the same entry.

mod bluebuild;

use schemars::JsonSchema;
use serde::Deserialize;

use super::surroundings::{Compiled, FinishRequest, Surroundings};
use crate::action::{Action, Content, Input, Owner};
use crate::origin::{Diagnostic, Origin, Sourced};
use crate::path::TreePath;
use crate::setting::{InputNode, Scalar, parse_mode, parse_owner, parse_place, refuse_record};

pub(super) use bluebuild::BlueBuildFiles;

/// Name of the files that only make git keep a folder; never copied.
const GITKEEP: &str = ".gitkeep";

/// Directories that every system has.
const DIRECTORIES: [&str; 24] = [
    "/",
    "/bin",
    "/boot",
    "/etc",
    "/home",
    "/lib",
    "/lib64",
    "/mnt",
    "/opt",
    "/root",
    "/sbin",
    "/srv",
    "/usr",
    "/usr/bin",
    "/usr/lib",
    "/usr/lib64",
    "/usr/libexec",
    "/usr/local",
    "/usr/local/bin",
    "/usr/local/sbin",
    "/usr/sbin",
    "/usr/share",
    "/usr/src",
    "/var",
];

/// Folders whose contents the certificate stores are made from.
const ANCHORS: [&str; 6] = [
    "/etc/ca-certificates/trust-source/anchors",
    "/etc/pki/ca-trust/source/anchors",
    "/etc/pki/trust/anchors",
    "/usr/local/share/ca-certificates",
    "/usr/share/ca-certificates",
    "/usr/share/pki/ca-trust-source/anchors",
];

/// Configuration of the module type `files`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// What is copied where, in order.
    pub files: Vec<FileItem>,
}

/// One file or folder to copy.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileItem {
    /// A file or folder of the repository.
    #[serde(default)]
    pub source: Option<Sourced<String>>,
    /// The text of the file, instead of a source.
    #[serde(default)]
    pub content: Option<Sourced<String>>,
    /// Where it goes in the image.
    pub destination: Sourced<String>,
    /// Permission bits of every copied file as octal text, such as "0644"; else 0755 for what its
    /// owner may execute and 0644 for the rest.
    #[serde(default)]
    pub mode: Option<Sourced<Scalar>>,
    /// `user` or `user:group` of every copied file; else root.
    #[serde(default)]
    pub owner: Option<Sourced<String>>,
}

impl Files {
    pub(super) fn compile(&self, around: &Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>> {
        let mut compiled = Compiled::default();
        let mut wrong = Vec::new();
        for item in &self.files {
            if let Err(diagnostics) = item.compile(around, &mut compiled) {
                wrong.extend(diagnostics);
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        if compiled.actions.iter().any(is_anchor) {
            compiled.finish.push(FinishRequest::TrustStore);
        }
        Ok(compiled)
    }
}

fn is_anchor(action: &Action) -> bool {
    ANCHORS.iter().any(|anchors| {
        TreePath::parse(anchors).is_ok_and(|anchors| action.path().starts_with(&anchors))
    })
}

impl FileItem {
    fn compile(
        &self,
        around: &Surroundings<'_>,
        compiled: &mut Compiled,
    ) -> Result<(), Vec<Diagnostic>> {
        let one = |diagnostic| vec![diagnostic];
        let destination = parse_place(&self.destination).map_err(one)?;
        let copy = Copy {
            around: *around,
            mode: self
                .mode
                .as_ref()
                .map(parse_mode)
                .transpose()
                .map_err(one)?,
            owner: self
                .owner
                .as_ref()
                .map(parse_owner)
                .transpose()
                .map_err(one)?,
        };
        match (&self.source, &self.content) {
            (Some(source), None) if around.inputs.is_folder(source) => {
                copy.folder(source, &destination, compiled)
            }
            (Some(source), None) => {
                let input = around.inputs.file(source).map_err(one)?;
                let place = self
                    .place_of_file(source, destination, compiled)
                    .map_err(one)?;
                compiled.actions.push(copy.file(place, input));
                Ok(())
            }
            (None, Some(content)) => {
                if self.destination.ends_with('/') || is_directory(&destination, compiled) {
                    return Err(one(Diagnostic::error(
                        &self.destination.origin,
                        format!(
                            "`{}` is a directory, and content has no name",
                            self.destination
                        ),
                    )
                    .hint("write the whole path of the file")));
                }
                compiled.actions.push(Action::Write {
                    path: destination,
                    content: Content::Text(content.as_str().into()),
                    mode: copy.mode.unwrap_or(0o644),
                    owner: copy.owner.unwrap_or_default(),
                });
                Ok(())
            }
            (Some(source), Some(content)) => Err(one(Diagnostic::error(
                &content.origin,
                format!("{destination} has two contents"),
            )
            .and(&source.origin, "the first is here")
            .hint("keep `source` or `content`"))),
            (None, None) => Err(one(Diagnostic::error(
                &self.destination.origin,
                format!("nothing is copied to {destination}"),
            )
            .hint("give `source` or `content`"))),
        }
    }

    /// Where a file goes: to the destination, or into it when that is a directory.
    fn place_of_file(
        &self,
        source: &Sourced<String>,
        destination: TreePath,
        compiled: &Compiled,
    ) -> Result<TreePath, Diagnostic> {
        if !self.destination.ends_with('/') && !is_directory(&destination, compiled) {
            return Ok(destination);
        }
        let name = source.rsplit('/').next().unwrap_or_default();
        let place = below(&destination, name, &source.origin)?;
        refuse_record(&place, &source.origin)?;
        Ok(place)
    }
}

fn is_directory(path: &TreePath, compiled: &Compiled) -> bool {
    let made = |action: &Action| {
        let known = action.path();
        (known != path && known.starts_with(path))
            || (known == path && matches!(action, Action::Directory { .. }))
    };
    DIRECTORIES
        .iter()
        .any(|known| TreePath::parse(known).is_ok_and(|known| known == *path))
        || compiled.actions.iter().any(made)
}

fn below(folder: &TreePath, relative: &str, origin: &Origin) -> Result<TreePath, Diagnostic> {
    folder
        .join(relative.as_bytes())
        .map_err(|error| Diagnostic::error(origin, error.to_string()).hint("use a shorter name"))
}

/// How files are copied.
pub(super) struct Copy<'a> {
    around: Surroundings<'a>,
    mode: Option<u32>,
    owner: Option<Owner>,
}

impl<'a> Copy<'a> {
    /// Copies as root's files, executable where the repository's are.
    pub(super) fn plain(around: &Surroundings<'a>) -> Self {
        Self {
            around: *around,
            mode: None,
            owner: None,
        }
    }

    /// Copies what a folder holds into a directory of the image; links stay links.
    pub(super) fn folder(
        &self,
        source: &Sourced<String>,
        destination: &TreePath,
        compiled: &mut Compiled,
    ) -> Result<(), Vec<Diagnostic>> {
        let mut nodes = self
            .around
            .inputs
            .tree(source)
            .map_err(|diagnostic| vec![diagnostic])?;
        nodes.retain(|(path, _)| path.rsplit('/').next() != Some(GITKEEP));
        let mut wrong = Vec::new();
        let before = compiled.actions.len();
        for (path, node) in &nodes {
            let place = below(destination, path, &source.origin).and_then(|place| {
                refuse_record(&place, &source.origin)?;
                Ok(place)
            });
            let path_below = format!("{path}/");
            match (place, node) {
                (Err(diagnostic), _) => wrong.push(diagnostic),
                // A directory that holds something is made by what it holds, and one of the image
                // that a link leads to then stays that link.
                (Ok(path), InputNode::Directory) => {
                    if !nodes
                        .iter()
                        .any(|(other, _)| other.starts_with(&path_below))
                    {
                        compiled.actions.push(directory(path));
                    }
                }
                (Ok(path), InputNode::File(input)) => {
                    compiled.actions.push(self.file(path, input.clone()));
                }
                (Ok(path), InputNode::Link(target)) => {
                    let target = target.clone();
                    compiled.actions.push(Action::Link { path, target });
                }
            }
        }
        let made = compiled.actions.len() > before || destination.is_root();
        if !made && wrong.is_empty() {
            compiled.actions.push(directory(destination.clone()));
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    fn file(&self, path: TreePath, input: Input) -> Action {
        let mode = if input.executable { 0o755 } else { 0o644 };
        Action::Write {
            path,
            mode: self.mode.unwrap_or(mode),
            owner: self.owner.clone().unwrap_or_default(),
            content: Content::Input(input),
        }
    }
}

fn directory(path: TreePath) -> Action {
    Action::Directory {
        path,
        mode: None,
        owner: None,
    }
}
