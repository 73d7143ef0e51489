//! Images from archives, and into archives and layouts.

pub(super) mod archive;
pub(super) mod export;
