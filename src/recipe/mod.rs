//! Recipes: from files in two dialects to flavours with their whole ancestry.

mod ancestry;
mod binding;
mod bluebuild;
mod chain;
mod command;
mod compile;
mod document;
mod excepted;
mod expectation;
mod facts;
mod flavour;
mod inputs;
mod kernel_arguments;
mod list;
mod load;
mod lock;
mod lock_change;
mod lock_line;
mod lock_text;
mod merge;
mod names;
mod native;
mod needed;
mod nested;
mod parents;
mod public_key;
mod reading;
mod record;
mod repository;
mod root;
mod rules;
mod run;
mod schema;
mod settings;
mod stages;
mod types;

#[cfg(test)]
mod lock_tests;
#[cfg(test)]
mod tests;

pub use binding::{Bound, bound, in_force};
pub use chain::{Claim, Claims, Exception, Mandatory, Proposal};
pub use document::PLATFORMS;
pub use expectation::{
    AnyText, CommandTest, Expectation, FileMode, FilePath, FileTest, Hex, PackageTest, ServiceTest,
    Test, Unit, UserTest,
};
pub use facts::Facts;
pub use flavour::{AuditGate, Base, Entry, Flavour, Inherited, Parent, Publish, Stage, StageBase};
pub use inputs::{Sources, Texts};
pub use kernel_arguments::KernelArgument;
pub use load::Loader;
pub use lock::{
    LOCK_FILE, LOCK_FORMAT, Lock, LockedBootstrap, LockedImage, LockedPackages, LockedPlatform,
    MAX_LOCK, bootstrap_name, request_name,
};
pub use lock_change::{Direction, LockChange};
pub use parents::{Known, Parents, Unusable};
pub use record::{
    Ancestor, FORMAT, FORMAT_WITH_CONFIGURATION, FileText, Layers, MAX_RECORD, RECORD_LABEL,
    RECORD_PATH, Record, RecordError, TABLE_PATH, Units,
};
pub use repository::Environment;
pub use root::repository_root;
pub use schema::{bluebuild_schema, layer_schema, native_schema};
