//! What is known of a root without unpacking it: its directories, its units, the files that matter,
//! what the steps wrote so far.

mod ground;
mod known_file;
mod parent_files;
mod scan;
mod state;

pub(in crate::engine) use known_file::KnownFile;
pub(in crate::engine) use parent_files::ParentFiles;
pub(in crate::engine) use scan::{Scan, expect_diff_id, wants};
pub(in crate::engine) use state::{State, Written};
