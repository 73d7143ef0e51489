//! Module types: configuration in, settings, actions and finish requests out.

pub mod bluebuild;
