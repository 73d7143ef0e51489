//! A root on disk: layers unpacked into it, files put into it, none outside it.

pub(super) mod add;
pub(super) mod copy;
pub(super) mod disk;
pub(super) mod in_root;
pub(super) mod lower;
pub(super) mod overlay;
pub(super) mod renumber;
pub(super) mod target;
pub(super) mod unpack;
