//! The kind of setting `karg`.

use super::check::{check, reads};
use super::declare::{KargDeclaration, declare};
use super::list::{at_least, show};
use super::render::render;
use crate::origin::SourcedMap;
use crate::setting::contract::definition::{Declare, Definition};
use crate::setting::contract::kind::{Kind, each};

/// The kind `karg`.
pub(in crate::setting) const DEFINITION: Definition = Definition {
    about: "Kernel arguments: `quiet: true`, `console: [tty0, ttyS0]`.",
    example: "quiet: true\n\
        console: [tty0, ttyS0]",
    effect: "One file in `/usr/lib/bootc/kargs.d`, and one more for each architecture that has \
        arguments of its own.",
    render: |all, _, _| render(all),
    at_least,
    ..Definition::of(Kind::KARG, check, |_| reads(), show)
};

/// What a document writes below the name of the kind.
pub(in crate::setting) type Declared = SourcedMap<KargDeclaration>;

/// Reads all that one document declares.
pub(in crate::setting) const DECLARE: Declare<Declared> =
    |declared, _| each(declared.iter().map(|(name, karg)| declare(name, karg)));
