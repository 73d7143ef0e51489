//! The families of distributions, as facts name them, and what they share.

/// The families whose package manager is known.
pub(in crate::module) const FAMILIES: [&str; 5] = ["alpine", "arch", "debian", "fedora", "suse"];
