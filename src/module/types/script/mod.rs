//! `type: script`: runs scripts and lines of shell while the image is built.
//!
//! A command sees no file of the repository but those that it is known to use, so that a changed
//! file makes only those steps new that read it. A native entry lists them; of a BlueBuild script
//! they are read out of its text (see [`mentions`](self::mentions)).

mod bluebuild;
mod mentions;
mod native;
mod row;
mod seen;

pub(super) use row::TYPE;
