//! Checks of a rendered site: terroir's own, and those of the programs that read its files.

pub(super) mod consistency;
pub(super) mod copies;
pub(super) mod ipxe_https;
pub(super) mod ksvalidator;
pub(super) mod messages;
pub(super) mod needed;
pub(super) mod program;
pub(super) mod programs;
pub(super) mod rendered;
pub(super) mod report;
pub(super) mod run;
pub(super) mod scripts;
