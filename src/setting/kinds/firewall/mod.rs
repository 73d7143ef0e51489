//! What may come in over the network, by one of nftables, ufw and firewalld.

mod check;
mod declare;
mod definition;
mod firewalld;
mod nftables;
mod render;
mod ruleset;
mod ufw;

pub use declare::{FirewallDeclaration, FirewallPart, FirewallPolicy, FirewallRules};

pub(in crate::setting) use definition::{DECLARE, DEFINITION, Declared};
