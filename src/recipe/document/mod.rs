//! Documents as written, in two dialects: text to typed values, no disk, no merging.

#[macro_use]
mod written;

mod audit;
mod bluebuild;
mod check;
mod entry;
mod fragment;
mod language;
pub(super) mod names;
mod native;
mod parent;
mod platform;
mod rule;
pub(super) mod schema;
mod secret;
mod stage;
mod text;

#[cfg(test)]
mod error_tests;
#[cfg(test)]
mod reading_tests;

pub(super) use audit::{AuditGate, AuditProfile};
pub(super) use bluebuild::BlueBuildDocument;
pub(super) use check::readable;
pub(super) use entry::{Entry, EntryKind};
pub(super) use fragment::FragmentDocument;
pub(super) use language::unsaid;
pub(super) use native::{Header, NativeDocument, is_native, render};
pub(super) use parent::{Bootstrap, Parent};
pub use platform::PLATFORMS;
pub(super) use rule::{Exception, Exceptions, Mandatory, Subject};
pub(super) use secret::{Mount, Secret};
pub(super) use stage::{Stage, StageEntry};
pub(super) use text::Texts;
