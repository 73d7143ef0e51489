//! Disks that the image's own bootc fills, inside a machine that starts the image's kernel.

mod arguments;
mod image;
mod run;

pub(in crate::bootable::disk) use run::install;
