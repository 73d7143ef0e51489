//! The items of the module type `files`, and where each goes.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::action::{Action, Content};
use crate::module::module_type::Configuration;
use crate::module::sources::{Copy, below, is_directory};
use crate::module::surroundings::{Compiled, Dialect, FinishRequest, Surroundings};
use crate::origin::{Diagnostic, Sourced};
use crate::path::TreePath;
use crate::setting::{Scalar, parse_mode, parse_owner, parse_place, refuse_fresh, refuse_record};

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
pub(in crate::module) struct Files {
    /// What is copied where, in order.
    pub files: Vec<FileItem>,
}

/// One file or folder to copy.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::module) struct FileItem {
    /// A file or folder of the repository.
    #[serde(default)]
    pub source: Option<Sourced<String>>,
    /// The text of the file, instead of a source.
    #[serde(default)]
    pub content: Option<Sourced<String>>,
    /// Whether the text is a template, which is rendered before the entry is read.
    #[serde(default)]
    pub template: bool,
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

impl Configuration for Files {
    fn compile(&self, around: &Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>> {
        let mut compiled = Compiled::default();
        let mut wrong = Vec::new();
        for item in &self.files {
            let before = compiled.actions.len();
            if let Err(diagnostics) = item.compile(around, &mut compiled) {
                wrong.extend(diagnostics);
            }
            let put = compiled.actions.iter().skip(before);
            let refused = put.filter_map(Action::path).find_map(|path| {
                let refused = refuse_fresh(path, &item.destination.origin);
                refused.err().filter(|_| around.dialect == Dialect::Native)
            });
            wrong.extend(refused);
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
        TreePath::parse(anchors).is_ok_and(|anchors| {
            let path = action.path();
            path.is_some_and(|path| path.starts_with(&anchors))
        })
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
        let mode = self.mode.as_ref().map(parse_mode).transpose();
        let owner = self.owner.as_ref().map(parse_owner).transpose();
        let copy = Copy {
            around: *around,
            mode: mode.map_err(one)?,
            owner: owner.map_err(one)?,
        };
        match (&self.source, &self.content) {
            (Some(source), None) if self.template => Err(one(Diagnostic::error(
                &source.origin,
                "a file that is copied is not a template",
            )
            .hint("give the text as `content`, or leave `template` out"))),
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
