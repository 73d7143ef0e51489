//! The image that a flavour derives from, with its layers, its config, its record and what a scan
//! found in it.

mod config;
mod image;
mod layers;
mod platform;
mod record;
mod scan;

pub use record::record_of;

pub(in crate::engine) use config::{diff_ids, fresh_config, rfc3339, stated_environment};
pub(in crate::engine) use image::{ParentImage, of_parent};
pub(in crate::engine) use layers::{LayerId, chain};
pub(in crate::engine) use platform::chosen;
pub(in crate::engine) use scan::{initial_state, note_scan, noted_scan};
