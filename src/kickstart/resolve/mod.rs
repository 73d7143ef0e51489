//! From an inventory to the complete site: every value checked, every error at once.

pub(super) mod concerned;
mod contradictions;
pub(super) mod head;
pub(super) mod host;
pub(super) mod network;
pub(super) mod no_effect;
pub(super) mod no_effect_warnings;
pub(super) mod site;
pub(super) mod surroundings;
