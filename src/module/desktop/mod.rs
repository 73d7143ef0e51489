//! Modules for desktops and their users: what of them needs no network while an image is built.

mod chezmoi;
mod entry;
mod flatpaks;
mod fonts;
mod gschema;
mod justfiles;
mod unit;

pub use entry::Desktop;
pub(super) use fonts::MISSING as FONTS_MISSING;
pub(super) use fonts::NativeFonts;
