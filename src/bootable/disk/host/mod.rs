//! What the one machine of a disk has beside its image: files, users and their homes, its network.

mod accounts;
mod files;
mod fit;
mod followed;
mod home;
mod network;
mod volumes;

pub(super) use fit::fit;
pub(super) use volumes::{Separated, real_place, separate};
