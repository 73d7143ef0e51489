//! What keeps a root from its shape.

use crate::path::TreePath;
use crate::tree::Error as TreeError;

/// Why a root cannot be made bootable.
#[derive(Debug, thiserror::Error)]
pub enum ShapeError {
    /// The root could not be read or written.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// There is nothing to boot.
    #[error("there is no kernel: /usr/lib/modules holds none")]
    NoKernel,
    /// A kernel's modules without the kernel.
    #[error(
        "the kernel {0} has modules and no image: neither /boot nor /usr/lib/modules/{0} has its vmlinuz"
    )]
    NoImage(String),
    /// More than one kernel.
    #[error("there are {} kernels, and machines of an image boot one: {}", .0.len(), .0.join(", "))]
    Kernels(Vec<String>),
    /// An image that bootc is to update, without it.
    #[error("the life cycle is bootc, and the image has no /usr/bin/bootc")]
    NoBootc,
    /// A folder stands where a link has to be, or the other way round.
    #[error("{path} leads to {found}, and an image-based root has a link to {wanted} there")]
    Link {
        /// Where.
        path: String,
        /// What is there.
        found: String,
        /// What has to be there.
        wanted: String,
    },
    /// Files below /var of which nobody knows what a machine needs.
    #[error("{}", unclassified(.0))]
    Unclassified(Vec<(TreePath, Option<String>)>),
    /// A file of rules is not valid.
    #[error("{path}, line {line}: {why}")]
    Rule {
        /// The file.
        path: TreePath,
        /// Its line.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// A line of passwd or group.
    #[error("{path}, line {line}, is not valid: {why}")]
    Account {
        /// The file.
        path: &'static str,
        /// Its line.
        line: usize,
        /// What is wrong.
        why: String,
    },
}

impl ShapeError {
    /// What helps.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoKernel => "install one: the layer `bootable` does".to_owned(),
            Self::NoImage(_) => "install the kernel's package again".to_owned(),
            Self::Kernels(kernels) => format!(
                "remove the packages of all but one in the recipe, such as {}",
                kernels.first().map_or("the first", String::as_str)
            ),
            Self::NoBootc => "derive from an image that carries bootc, or use the life cycle ostree".to_owned(),
            Self::Unclassified(_) => {
                "say what becomes of them: `var:` of the module `bootable`, with a path and `copy` or `discard`"
                    .to_owned()
            }
            _ => return None,
        })
    }
}

/// Names the first few files, each with its package.
fn unclassified(files: &[(TreePath, Option<String>)]) -> String {
    const SHOWN: usize = 5;
    let shown = files
        .iter()
        .take(SHOWN)
        .map(|(path, package)| match package {
            Some(package) => format!("{path} (package {package})"),
            None => path.to_string(),
        });
    let more = match files.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "nothing says what machines get of {}{more}: an update never delivers files below /var",
        shown.collect::<Vec<_>>().join(", ")
    )
}
