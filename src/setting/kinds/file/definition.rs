//! The kind of setting `file`.

use super::check::{check, reads};
use super::declare::{FileDeclaration, at_least, declare, render, show};
use crate::origin::SourcedMap;
use crate::setting::contract::definition::{Declare, Definition};
use crate::setting::contract::kind::{Kind, each};

/// The kind `file`.
pub(in crate::setting) const DEFINITION: Definition = Definition {
    about: "Files by path.",
    example: "/etc/motd: { content: \"Property of ACME.\\n\
        \", mode: \"0644\", owner: root }",
    effect: "The file itself, or only its mode and owner.",
    render,
    at_least,
    writes_whole_files: false,
    ..Definition::of(Kind::FILE, check, reads, show)
};

/// What a document writes below the name of the kind.
pub(in crate::setting) type Declared = SourcedMap<FileDeclaration>;

/// Reads all that one document declares.
pub(in crate::setting) const DECLARE: Declare<Declared> = |declared, inputs| {
    each(
        declared
            .iter()
            .map(|(path, file)| declare(path, file, inputs)),
    )
};
