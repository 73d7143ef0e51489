//! Why no installer can be made of an image.

use std::collections::BTreeSet;
use std::io;

use crate::bootable::{disk, machine};
use crate::engine;

/// Why the folder could not be written.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// An image of which machines are not installed.
    #[error("no installer is made of it: {0}")]
    LifeCycle(String),
    /// Programs and modules that the image lacks, each with the Debian package that has it.
    #[error("no installer is made of it, since it lacks {}", lacks(.0))]
    Lacks(Vec<(String, String)>),
    /// No kernel, or several.
    #[error("no installer is made of it: {}", kernels(.0))]
    Kernels(Vec<String>),
    /// The program is for other machines.
    #[error(transparent)]
    Program(#[from] machine::Error),
    /// The run in the root of the image.
    #[error(transparent)]
    Engine(#[from] engine::Error),
    /// The medium.
    #[error(transparent)]
    Medium(#[from] disk::Error),
    /// A file failed.
    #[error("{doing}")]
    Io {
        /// What was being done, as a fragment.
        doing: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl FolderError {
    /// Turns what the system said into an error.
    pub(in crate::installer) fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::LifeCycle(_) => {
                "add the layer `bootable` to its recipe, with the life cycle ostree or plain"
                    .to_owned()
            }
            Self::Lacks(lacking) => {
                let brings = |name: &str| match name {
                    "dracut" | "zstd" | "ostree" => "bootable",
                    _ => "installer",
                };
                let layers: BTreeSet<&str> = lacking.iter().map(|(name, _)| brings(name)).collect();
                let layers: Vec<String> = layers.iter().map(|name| format!("`{name}`")).collect();
                format!(
                    "add to its recipe what brings them: the layer {}",
                    layers.join(" and the layer ")
                )
            }
            Self::Kernels(found) if found.is_empty() => {
                "add the layer `bootable`, which installs a kernel".to_owned()
            }
            Self::Kernels(_) => "a bootable image has one kernel: remove the others".to_owned(),
            Self::Program(error) => return error.hint(),
            Self::Medium(error) => return error.hint(),
            _ => return None,
        })
    }
}

fn lacks(lacking: &[(String, String)]) -> String {
    let names: Vec<String> = lacking
        .iter()
        .map(|(program, package)| format!("{program} (package {package})"))
        .collect();
    names.join(", ")
}

fn kernels(found: &[String]) -> String {
    match found {
        [] => "it has no kernel".to_owned(),
        several => format!("it has {} kernels: {}", several.len(), several.join(", ")),
    }
}
