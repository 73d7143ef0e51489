//! Recipes: from files in two dialects to flavours with their whole ancestry.

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
mod document_error_tests;
#[cfg(test)]
mod document_tests;

pub use bluebuild::{BlueBuildDocument, Stage, StageEntry, expand};
pub use entry::{Dialect, Entry, EntryKind};
pub use expectation::{CommandTest, FileTest, PackageTest, ServiceTest, Test, UserTest};
pub use fragment::FragmentDocument;
pub use native::{ApiVersion, Header, NativeDocument, Publish, is_native, render};
pub use parent::{Bootstrap, Parent};
pub use platform::Platform;
pub use rule::{Date, Exception, Exceptions, Mandatory, Subject};
pub use secret::{Mount, Secret};
pub use text::Texts;
