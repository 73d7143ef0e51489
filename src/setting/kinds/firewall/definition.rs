//! The kind of setting `firewall`.

use super::check::{check, reads};
use super::declare::{FirewallDeclaration, declare, show};
use super::render::render;
use crate::setting::contract::definition::{Declare, Definition};
use crate::setting::contract::kind::Kind;

/// The kind `firewall`.
pub(in crate::setting) const DEFINITION: Definition = Definition {
    about: "What may come in over the network.",
    example: "nftables: { policy: drop, loopback: true, open: [22/tcp] }",
    effect: "`/etc/nftables.conf`, the rules of ufw, or a zone of firewalld.",
    render: |all, _, ground| render(all, ground),
    ..Definition::of(Kind::FIREWALL, check, |_| reads(), show)
};

/// What a document writes below the name of the kind.
pub(in crate::setting) type Declared = FirewallDeclaration;

/// Reads all that one document declares.
pub(in crate::setting) const DECLARE: Declare<Declared> = |declared, _| declare(declared);
