//! The complete site and its hosts, which everything is rendered from.

pub(super) mod flavour;
pub(super) mod host;
pub(super) mod secrets;
pub(super) mod site;
