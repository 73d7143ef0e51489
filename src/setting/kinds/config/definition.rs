//! The kind of setting `config`.

use super::check::{check, reads};
use super::declare::{ConfigDeclaration, at_least, declare, show};
use super::write::render;
use crate::setting::contract::definition::{Declare, Definition};
use crate::setting::contract::kind::Kind;

/// The kind `config`.
pub(in crate::setting) const DEFINITION: Definition = Definition {
    about: "Keys of one configuration file.",
    example: "path: /etc/login.defs\n\
        style: space\n\
        values: { UMASK: \"027\" }",
    effect: "The key in the file; the rest of the file is kept.",
    render,
    at_least,
    reads_many_files: true,
    writes_whole_files: false,
    ..Definition::of(Kind::CONFIG, check, reads, show)
};

/// What a document writes below the name of the kind.
pub(in crate::setting) type Declared = ConfigDeclaration;

/// Reads all that one document declares.
pub(in crate::setting) const DECLARE: Declare<Declared> = |declared, _| declare(declared);
