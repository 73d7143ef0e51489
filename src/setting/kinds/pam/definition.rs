//! The kind of setting `pam`.

use super::check::{check, reads};
use super::declare::{PamDeclaration, at_least, declare, show};
use super::render::render;
use crate::origin::Diagnostic;
use crate::setting::contract::definition::Definition;
use crate::setting::contract::kind::{Kind, Setting};
use crate::setting::input::inputs::Inputs;

/// The kind `pam`.
pub(in crate::setting) const DEFINITION: Definition = Definition {
    kind: Kind::PAM,
    about: "The stacks of PAM.",
    example: "faillock: true\n\
        pwquality: true\n\
        pwhistory: 24",
    effect: "Profiles in `/usr/share/pam-configs`, the stacks and the state that \
        `pam-auth-update` would make of them, so that packages may still add theirs; \
        `/etc/pam.d/su`.",
    render,
    check,
    reads: |_| reads(),
    show,
    at_least,
    reads_many_files: true,
    writes_whole_files: true,
};

/// What a document writes below the name of the kind.
pub(in crate::setting) type Declared = Box<PamDeclaration>;

/// Reads all that one document declares.
pub(in crate::setting) fn settings(
    declared: &Declared,
    _: &dyn Inputs,
) -> Result<Vec<Setting>, Vec<Diagnostic>> {
    declare(declared)
}
