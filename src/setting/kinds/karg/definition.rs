//! The kind of setting `karg`.

use super::check::{check, reads};
use super::declare::{KargDeclaration, declare};
use super::list::{at_least, show};
use super::render::render;
use crate::origin::{Diagnostic, SourcedMap};
use crate::setting::contract::definition::Definition;
use crate::setting::contract::kind::{Kind, Setting, each};
use crate::setting::input::inputs::Inputs;

/// The kind `karg`.
pub(in crate::setting) const DEFINITION: Definition = Definition {
    kind: Kind::KARG,
    about: "Kernel arguments: `quiet: true`, `console: [tty0, ttyS0]`.",
    example: "quiet: true\n\
        console: [tty0, ttyS0]",
    effect: "One file in `/usr/lib/bootc/kargs.d`, and one more for each architecture that has \
        arguments of its own.",
    render: |all, _, _| render(all),
    check,
    reads: |_| reads(),
    show,
    at_least,
    reads_many_files: false,
    writes_whole_files: true,
};

/// What a document writes below the name of the kind.
pub(in crate::setting) type Declared = SourcedMap<KargDeclaration>;

/// Reads all that one document declares.
pub(in crate::setting) fn settings(
    declared: &Declared,
    _: &dyn Inputs,
) -> Result<Vec<Setting>, Vec<Diagnostic>> {
    each(declared.iter().map(|(name, karg)| declare(name, karg)))
}
