//! terroir builds an organisation's operating system as a family of bootable OCI images.
//!
//! The modules by level, from the lowest up; each imports only modules of lower levels
//! (`tests/architecture.rs` checks that):
//!
//! | level | modules |
//! |---|---|
//! | 0 | [`oci`], [`origin`], [`path`], [`process`] |
//! | 1 | [`action`], [`tree`], [`registry`], [`yaml`] |
//! | 2 | [`store`], [`package`], [`sandbox`] |
//! | 3 | [`setting`] |
//! | 4 | [`module`] |
//! | 5 | [`layer`] |
//! | 6 | [`recipe`] |
//! | 7 | [`audit`] |
//! | 8 | [`engine`] |
//! | 9 | [`change`], [`kickstart`] |
//! | 10 | [`cli`] |

pub mod action;
pub mod audit;
pub mod change;
pub mod cli;
pub mod engine;
pub mod kickstart;
pub mod layer;
pub mod module;
pub mod oci;
pub mod origin;
pub mod package;
pub mod path;
pub mod process;
pub mod recipe;
pub mod registry;
pub mod sandbox;
pub mod setting;
pub mod store;
pub mod tree;
pub mod yaml;
