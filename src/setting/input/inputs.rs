//! Files of the repository that a module or a setting reads.

use crate::action::Input;
use crate::origin::{Diagnostic, Sourced};

/// The repository as a module sees it.
///
/// Paths are relative to the folder of the file that holds the entry (native), or to `files/`
/// (BlueBuild); they never climb out of the repository.
pub trait Inputs {
    /// One regular file; missing, a folder or outside of the repository is an error.
    fn file(&self, path: &Sourced<String>) -> Result<Input, Diagnostic>;

    /// Everything below a folder, by path relative to it, sorted by bytes.
    ///
    /// Of a regular file it is an error; [`Inputs::is_folder`] tells them apart.
    fn tree(&self, path: &Sourced<String>) -> Result<Vec<(String, InputNode)>, Diagnostic>;

    /// What stands directly in a folder, by name, sorted by bytes; no file is read.
    fn list(&self, folder: &Sourced<String>) -> Result<Vec<(String, Listed)>, Diagnostic>;

    /// Tells whether a folder is there.
    fn is_folder(&self, path: &Sourced<String>) -> bool;

    /// A file at the repository root, whatever paths are relative to; none when there is none.
    fn at_root(&self, path: &str) -> Result<Option<Input>, Diagnostic>;

    /// The text of a file; not UTF-8 is an error.
    fn text(&self, input: &Input) -> Result<String, Diagnostic>;

    /// Tells whether a file is a tar archive, compressed or not, whatever its name is.
    fn is_archive(&self, input: &Input) -> bool;

    /// Renders a text as template with the values that are visible at the entry.
    fn render(&self, text: &Sourced<String>) -> Result<String, Diagnostic>;
}

/// One entry below a folder of the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputNode {
    /// A folder.
    Directory,
    /// A regular file.
    File(Input),
    /// A symbolic link, with its target as written.
    Link(String),
}

/// What stands in a folder, before anything of it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listed {
    /// A folder.
    Directory,
    /// A regular file.
    File,
    /// A symbolic link, with its target as written.
    Link(String),
}
