//! Single values of an inventory: targets, addresses, sizes, choices, and the rules of texts.
//!
//! Nothing here knows of hosts or sites; everything else in `kickstart` may import it.

pub(super) mod address;
pub(crate) mod bond_option;
pub(super) mod choice;
pub(super) mod from_text;
pub(super) mod interface_address;
pub(super) mod mac;
pub(super) mod secret;
pub(super) mod size;
pub(super) mod ssh_key;
pub(super) mod target;
pub(crate) mod text_rule;
