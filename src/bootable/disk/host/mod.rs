//! What the one machine of a disk has beside its image: files, users and their homes, its network, its language,
//! and what runs at its first start.

mod accounts;
mod files;
mod first_boot;
mod fit;
mod followed;
mod home;
mod locales;
mod network;
mod region;
mod volumes;

pub(super) use fit::fit;
pub(super) use volumes::{Separated, real_place, separate};
