//! `type: files`: copies files of the repository.
//!
//! A folder's contents go into the destination; a file becomes the destination. As with cp(1), a
//! file goes *into* a destination that is a directory; since the root is not looked at, one counts
//! as a directory when it ends in `/`, is among the directories that every system has, or is made
//! by an earlier item of the same entry.

mod bluebuild;
mod native;
mod row;

pub(super) use row::TYPE;
