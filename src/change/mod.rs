//! The differences between two images.

mod compare;
mod difference;
mod documents;
mod overview;
mod sides;

#[cfg(test)]
mod compare_tests;

pub use compare::{Error, compare};
pub use difference::{Difference, Subject};
pub use overview::{
    Contents, FileLine, LayerLine, Listing, Listings, Overview, PackageList, Part, Shown,
    layer_lines,
};
