//! The kind of setting `mount`.

use super::check::{check, reads};
use super::declare::{MountDeclaration, at_least, declare, show};
use super::render::render;
use crate::origin::{Diagnostic, SourcedMap};
use crate::setting::contract::definition::Definition;
use crate::setting::contract::kind::{Kind, Setting, each};
use crate::setting::input::inputs::Inputs;

/// The kind `mount`.
pub(in crate::setting) const DEFINITION: Definition = Definition {
    kind: Kind::MOUNT,
    about: "File systems and the options that they are mounted with.",
    example: "/dev/shm: { what: tmpfs, type: tmpfs, options: [nodev] }",
    effect: "A line of `/etc/fstab`; a drop-in for `/tmp` and where a unit would take precedence; \
        masks are removed; the installer makes separate file systems.",
    render,
    check,
    reads: |_| reads(),
    show,
    at_least,
    reads_many_files: false,
    writes_whole_files: true,
};

/// What a document writes below the name of the kind.
pub(in crate::setting) type Declared = SourcedMap<MountDeclaration>;

/// Reads all that one document declares.
pub(in crate::setting) fn settings(
    declared: &Declared,
    _: &dyn Inputs,
) -> Result<Vec<Setting>, Vec<Diagnostic>> {
    each(declared.iter().map(|(path, mount)| declare(path, mount)))
}
