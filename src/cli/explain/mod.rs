//! `terroir explain`: settings, controls and kernel arguments of a flavour.

pub(super) mod control;
pub(super) mod karg;
pub(super) mod verb;
