//! Modules for desktops and their users: what of them needs no network while an image is built.

mod entry;

pub use entry::Desktop;
pub(super) use crate::module::types::fonts::MISSING as FONTS_MISSING;
pub(super) use crate::module::types::fonts::NativeFonts;
