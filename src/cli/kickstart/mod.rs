//! `terroir kickstart`: the verbs about unattended installation.

pub(super) mod artifact;
pub(super) mod check;
pub(super) mod explain;
mod from;
pub(super) mod hosts;
mod images;
pub(super) mod inventory;
pub(super) mod render;
pub(super) mod secret;
pub(super) mod serve;
pub(super) mod verb;
pub(super) mod volume;
pub(super) mod write;
