//! Two images at the level people think in: settings, packages, files, controls, layers, sizes.

mod between;
mod config;
mod files;
mod item;
mod layers;
mod listing;
mod markdown;
mod records;
mod rows;
mod text;

pub use between::{Contents, Overview, PackageList};
pub use item::{Item, Part, Shown};
pub use layers::{LayerLine, layer_lines};
pub use listing::{FileLine, Listing, Listings};
pub use markdown::escaped;
pub use records::{Stated, stated_changes};
