//! What may come in over the network, by one of nftables, ufw and firewalld.

mod check;
mod declare;
mod firewalld;
mod nftables;
mod render;
mod ruleset;
mod ufw;

pub use declare::{FirewallDeclaration, FirewallPart, FirewallPolicy, FirewallRules};

pub(super) use check::{check, reads};
pub(super) use declare::{declare, show};
pub(super) use render::render;
