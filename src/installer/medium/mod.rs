//! Media that install: what is on one beside its boot loader, and how a machine finds its host there.

mod contents;
mod make;
mod pick;

pub(in crate::installer) use contents::{
    CONTENTS, IMAGES, MEDIUM_ARGUMENT, document_place, tag_of,
};
pub use contents::{Contents, MediumHost, MediumImage, PLACE, secret_place};
pub use make::{Carried, MediumWish, WrittenMedium, write_medium};
pub use pick::Machine;
pub(in crate::installer) use pick::pick;
