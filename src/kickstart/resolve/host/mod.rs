//! One host: its image, disks, volumes, encryption and network, each checked and completed.

pub(in crate::kickstart) mod bond;
pub(in crate::kickstart) mod complete;
pub(in crate::kickstart) mod disk;
pub(in crate::kickstart) mod draft;
pub(in crate::kickstart) mod encryption;
pub(in crate::kickstart) mod image;
pub(in crate::kickstart) mod link;
mod own;
pub(in crate::kickstart) mod storage;
mod volume_names;
