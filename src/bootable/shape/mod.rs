//! The finish of a bootable root: kernel, links, accounts and /var where its life cycle wants them.
