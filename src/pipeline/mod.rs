//! GitLab pipelines from the graph of flavours: which images are built, in which order, by which jobs.

mod image;
mod job;
mod limits;
mod split;
mod yaml;

#[cfg(test)]
mod tests;

pub use image::{Audit, Image, State};
pub use job::{JOB, NOTHING, Settings};
pub use limits::{LIMITS, Limit};
pub use split::{Error, Written, pipeline};
