//! The kind of setting `sudo`.

use super::check::{check, reads};
use super::declare::{at_least, declare, render, show};
use crate::origin::SourcedMap;
use crate::setting::contract::definition::{Declare, Definition};
use crate::setting::contract::kind::{Kind, each};
use crate::setting::input::scalar::Scalar;

/// The kind `sudo`.
pub(in crate::setting) const DEFINITION: Definition = Definition {
    about: "Defaults of sudo, and what its rules may not say.",
    example: "use_pty: true\n\
        timestamp_timeout: 15",
    effect: "`/etc/sudoers.d/60-terroir`; what has to be absent is removed from `/etc/sudoers` and \
        looked for in all files.",
    render,
    at_least,
    ..Definition::of(Kind::SUDO, check, |_| reads(), show)
};

/// What a document writes below the name of the kind.
pub(in crate::setting) type Declared = SourcedMap<Scalar>;

/// Reads all that one document declares.
pub(in crate::setting) const DECLARE: Declare<Declared> =
    |declared, _| each(declared.iter().map(|(name, value)| declare(name, value)));
