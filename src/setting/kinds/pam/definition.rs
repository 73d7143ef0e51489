//! The kind of setting `pam`.

use super::check::{check, reads};
use super::declare::{PamDeclaration, at_least, declare, show};
use super::render::render;
use crate::setting::contract::definition::{Declare, Definition};
use crate::setting::contract::kind::Kind;

/// The kind `pam`.
pub(in crate::setting) const DEFINITION: Definition = Definition {
    about: "The stacks of PAM.",
    example: "faillock: true\n\
        pwquality: true\n\
        pwhistory: 24",
    effect: "Profiles in `/usr/share/pam-configs`, the stacks and the state that \
        `pam-auth-update` would make of them, so that packages may still add theirs; \
        `/etc/pam.d/su`.",
    render,
    at_least,
    reads_many_files: true,
    ..Definition::of(Kind::PAM, check, |_| reads(), show)
};

/// What a document writes below the name of the kind.
pub(in crate::setting) type Declared = Box<PamDeclaration>;

/// Reads all that one document declares.
pub(in crate::setting) const DECLARE: Declare<Declared> = |declared, _| declare(declared);
