//! The kind of setting `firewall`.

use super::check::{check, reads};
use super::declare::{FirewallDeclaration, declare, show};
use super::render::render;
use crate::origin::Diagnostic;
use crate::setting::contract::definition::Definition;
use crate::setting::contract::kind::{Kind, Setting};
use crate::setting::input::inputs::Inputs;

/// The kind `firewall`.
pub(in crate::setting) const DEFINITION: Definition = Definition {
    kind: Kind::FIREWALL,
    about: "What may come in over the network.",
    example: "nftables: { policy: drop, loopback: true, open: [22/tcp] }",
    effect: "`/etc/nftables.conf`, the rules of ufw, or a zone of firewalld.",
    render: |all, _, ground| render(all, ground),
    check,
    reads: |_| reads(),
    show,
    at_least: Definition::none_stricter,
    reads_many_files: false,
    writes_whole_files: true,
};

/// What a document writes below the name of the kind.
pub(in crate::setting) type Declared = FirewallDeclaration;

/// Reads all that one document declares.
pub(in crate::setting) fn settings(
    declared: &Declared,
    _: &dyn Inputs,
) -> Result<Vec<Setting>, Vec<Diagnostic>> {
    declare(declared)
}
