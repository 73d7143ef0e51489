//! What the one machine of a disk has beside its image: files, users and their homes, its network.

mod accounts;
mod files;
mod fit;
mod followed;
mod home;
mod network;

pub(super) use fit::fit;
