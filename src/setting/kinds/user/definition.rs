//! The kind of setting `user`.

use super::check::{check, reads};
use super::declare::{UserDeclaration, at_least, declare, show};
use super::render::render;
use crate::origin::SourcedMap;
use crate::setting::contract::definition::{Declare, Definition};
use crate::setting::contract::kind::{Kind, many};

/// The kind `user`.
pub(in crate::setting) const DEFINITION: Definition = Definition {
    about: "Users, and rules for all of them.",
    example: "alice: { uid: 1500, groups: [sudo], shell: /bin/bash }\n\
        root: { locked: true }\n\
        \"*\": { home-mode: \"0750\" }",
    effect: "The databases of accounts, a file in `/usr/lib/sysusers.d`, the home and the keys; \
        `/etc/skel` is copied at boot.",
    render: |all, _, ground| render(all, ground),
    at_least,
    ..Definition::of(Kind::USER, check, reads, show)
};

/// What a document writes below the name of the kind.
pub(in crate::setting) type Declared = SourcedMap<UserDeclaration>;

/// Reads all that one document declares.
pub(in crate::setting) const DECLARE: Declare<Declared> =
    |declared, _| many(declared.iter().map(|(name, value)| declare(name, value)));
