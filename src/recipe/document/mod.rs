//! Documents as written, in two dialects: text to typed values, no disk, no merging.

#[macro_use]
mod written;

mod bluebuild;
mod entry;
mod expectation;
mod fragment;
mod native;
mod parent;
mod platform;
mod rule;
mod secret;
mod text;

#[cfg(test)]
mod document_tests;

pub(super) use bluebuild::{BlueBuildDocument, Stage, StageEntry, expand};
pub(super) use entry::{Entry, EntryKind};
pub(super) use expectation::{CommandTest, FileTest, PackageTest, ServiceTest, Test, UserTest};
pub(super) use fragment::FragmentDocument;
pub(super) use native::{ApiVersion, Header, NativeDocument, Publish, is_native, render};
pub(super) use parent::{Bootstrap, Parent};
pub(super) use platform::Platform;
pub(super) use rule::{Date, Exception, Exceptions, Mandatory, Subject};
pub(super) use secret::{Mount, Secret};
pub(super) use text::Texts;
