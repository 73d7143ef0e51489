//! `terroir diff`: two images at the level people think in.

mod side;
pub(super) mod verb;
