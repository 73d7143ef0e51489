//! The kind of setting `service`.

use super::check::{check, reads};
use super::state::{ServiceState, at_least, declare, render, show};
use crate::origin::SourcedMap;
use crate::setting::contract::definition::{Declare, Definition};
use crate::setting::contract::kind::{Kind, each};

/// The kind `service`.
pub(in crate::setting) const DEFINITION: Definition = Definition {
    about: "Units: `ssh.service: enabled`, `user/foo.service: masked`.",
    example: "ssh.service: enabled\n\
        user/foo.service: masked",
    effect: "The links that `systemctl` would make.",
    render,
    at_least,
    ..Definition::of(Kind::SERVICE, check, reads, show)
};

/// What a document writes below the name of the kind.
pub(in crate::setting) type Declared = SourcedMap<ServiceState>;

/// Reads all that one document declares.
pub(in crate::setting) const DECLARE: Declare<Declared> =
    |declared, _| each(declared.iter().map(|(unit, state)| declare(unit, *state)));
