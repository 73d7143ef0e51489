//! Checks of finished images that are to boot: one rule a file, and the table of them.

mod accounts;
mod frames;
mod gather;
mod ini;
mod initramfs;
mod layers;
mod logical;
mod print;
mod report;
mod root;
mod rule;
mod rules;
mod run;
mod secret;
mod table;
mod tmpfiles;
mod units;
mod var;

pub use logical::cannot_activate;
pub use report::{Checked, Outcome, Report};
pub use root::{Root, Told};
pub use rule::{Found, Rule, Severity};
pub use rules::initramfs_unlock::cannot_encrypt;
pub use run::{Options, lint, rule_of};
pub use table::TABLE;
