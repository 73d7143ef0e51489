//! The kind of setting `config`.

use super::check::{check, reads};
use super::declare::{ConfigDeclaration, at_least, declare, show};
use super::write::render;
use crate::origin::Diagnostic;
use crate::setting::contract::definition::Definition;
use crate::setting::contract::kind::{Kind, Setting};
use crate::setting::input::inputs::Inputs;

/// The kind `config`.
pub(in crate::setting) const DEFINITION: Definition = Definition {
    kind: Kind::CONFIG,
    about: "Keys of one configuration file.",
    example: "path: /etc/login.defs\n\
        style: space\n\
        values: { UMASK: \"027\" }",
    effect: "The key in the file; the rest of the file is kept.",
    render,
    check,
    reads,
    show,
    at_least,
    reads_many_files: true,
    writes_whole_files: false,
};

/// What a document writes below the name of the kind.
pub(in crate::setting) type Declared = ConfigDeclaration;

/// Reads all that one document declares.
pub(in crate::setting) fn settings(
    declared: &Declared,
    _: &dyn Inputs,
) -> Result<Vec<Setting>, Vec<Diagnostic>> {
    declare(declared)
}
