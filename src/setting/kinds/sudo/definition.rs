//! The kind of setting `sudo`.

use super::check::{check, reads};
use super::declare::{at_least, declare, render, show};
use crate::origin::{Diagnostic, SourcedMap};
use crate::setting::contract::definition::Definition;
use crate::setting::contract::kind::{Kind, Setting, each};
use crate::setting::input::inputs::Inputs;
use crate::setting::input::scalar::Scalar;

/// The kind `sudo`.
pub(in crate::setting) const DEFINITION: Definition = Definition {
    kind: Kind::SUDO,
    about: "Defaults of sudo, and what its rules may not say.",
    example: "use_pty: true\n\
        timestamp_timeout: 15",
    effect: "`/etc/sudoers.d/60-terroir`; what has to be absent is removed from `/etc/sudoers` and \
        looked for in all files.",
    render,
    check,
    reads: |_| reads(),
    show,
    at_least,
    reads_many_files: false,
    writes_whole_files: true,
};

/// What a document writes below the name of the kind.
pub(in crate::setting) type Declared = SourcedMap<Scalar>;

/// Reads all that one document declares.
pub(in crate::setting) fn settings(
    declared: &Declared,
    _: &dyn Inputs,
) -> Result<Vec<Setting>, Vec<Diagnostic>> {
    each(declared.iter().map(|(name, value)| declare(name, value)))
}
