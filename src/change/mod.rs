//! The differences between two images.

mod compare;
mod difference;
mod documents;
mod outdated;
mod overview;
mod sides;

#[cfg(test)]
mod compare_tests;

pub use compare::{Error, compare};
pub use difference::{Difference, Subject};
pub use outdated::{Answer, Archive, Asked, Cause, Current, Freshness, Seen, Why, compare_to_lock};
pub use overview::{
    Contents, FileLine, Item, LayerLine, Listing, Listings, Overview, PackageList, Part, Shown,
    Stated, escaped, layer_lines, stated_changes,
};
