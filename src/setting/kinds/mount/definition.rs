//! The kind of setting `mount`.

use super::check::{check, reads};
use super::declare::{MountDeclaration, at_least, declare, show};
use super::render::render;
use crate::origin::SourcedMap;
use crate::setting::contract::definition::{Declare, Definition};
use crate::setting::contract::kind::{Kind, each};

/// The kind `mount`.
pub(in crate::setting) const DEFINITION: Definition = Definition {
    about: "File systems and the options that they are mounted with.",
    example: "/dev/shm: { what: tmpfs, type: tmpfs, options: [nodev] }",
    effect: "A line of `/etc/fstab`; a drop-in for `/tmp` and where a unit would take precedence; \
        masks are removed; the installer makes separate file systems.",
    render,
    at_least,
    ..Definition::of(Kind::MOUNT, check, |_| reads(), show)
};

/// What a document writes below the name of the kind.
pub(in crate::setting) type Declared = SourcedMap<MountDeclaration>;

/// Reads all that one document declares.
pub(in crate::setting) const DECLARE: Declare<Declared> =
    |declared, _| each(declared.iter().map(|(path, mount)| declare(path, mount)));
