//! The kind of setting `file`.

use super::check::{check, reads};
use super::declare::{FileDeclaration, at_least, declare, render, show};
use crate::origin::{Diagnostic, SourcedMap};
use crate::setting::contract::definition::Definition;
use crate::setting::contract::kind::{Kind, Setting, each};
use crate::setting::input::inputs::Inputs;

/// The kind `file`.
pub(in crate::setting) const DEFINITION: Definition = Definition {
    kind: Kind::FILE,
    about: "Files by path.",
    example: "/etc/motd: { content: \"Property of ACME.\\n\
        \", mode: \"0644\", owner: root }",
    effect: "The file itself, or only its mode and owner.",
    render,
    check,
    reads,
    show,
    at_least,
    reads_many_files: false,
    writes_whole_files: false,
};

/// What a document writes below the name of the kind.
pub(in crate::setting) type Declared = SourcedMap<FileDeclaration>;

/// Reads all that one document declares.
pub(in crate::setting) fn settings(
    declared: &Declared,
    inputs: &dyn Inputs,
) -> Result<Vec<Setting>, Vec<Diagnostic>> {
    each(
        declared
            .iter()
            .map(|(path, file)| declare(path, file, inputs)),
    )
}
