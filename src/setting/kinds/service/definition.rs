//! The kind of setting `service`.

use super::check::{check, reads};
use super::state::{ServiceState, at_least, declare, render, show};
use crate::origin::{Diagnostic, SourcedMap};
use crate::setting::contract::definition::Definition;
use crate::setting::contract::kind::{Kind, Setting, each};
use crate::setting::input::inputs::Inputs;

/// The kind `service`.
pub(in crate::setting) const DEFINITION: Definition = Definition {
    kind: Kind::SERVICE,
    about: "Units: `ssh.service: enabled`, `user/foo.service: masked`.",
    example: "ssh.service: enabled\n\
        user/foo.service: masked",
    effect: "The links that `systemctl` would make.",
    render,
    check,
    reads,
    show,
    at_least,
    reads_many_files: false,
    writes_whole_files: true,
};

/// What a document writes below the name of the kind.
pub(in crate::setting) type Declared = SourcedMap<ServiceState>;

/// Reads all that one document declares.
pub(in crate::setting) fn settings(
    declared: &Declared,
    _: &dyn Inputs,
) -> Result<Vec<Setting>, Vec<Diagnostic>> {
    each(declared.iter().map(|(unit, state)| declare(unit, *state)))
}
