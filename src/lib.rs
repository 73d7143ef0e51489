//! terroir builds an organisation's operating system as a family of bootable OCI images.
//!
//! The folders, from the lowest up. Each imports only folders above it in the table, a folder
//! inside a module only its neighbours and what its module may import; no two files import each
//! other, directly or in a ring (`tests/architecture.rs` checks that).
//!
//! | folder | what lives there | may import |
//! |---|---|---|

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
