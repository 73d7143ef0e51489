//! Recipes: from files in two dialects to flavours with their whole ancestry.

mod ancestry;
mod binding;
mod bluebuild;
mod claims;
mod document;
mod entries;
mod excepted;
mod expectation;
mod facts;
mod flavour;
mod inputs;
mod kernel_arguments;
mod load;
mod lock;
mod lock_change;
mod lock_line;
mod lock_text;
mod names;
mod native;
mod needed;
mod nested;
mod record;
mod root;
mod rules;
mod run;
mod schema;
mod shape;
mod stages;

#[cfg(test)]
mod kernel_arguments_tests;
#[cfg(test)]
mod lock_tests;

pub use binding::{Bound, bound, in_force};
pub use claims::{Claim, Claims, Exception, Mandatory, Proposal};
pub use document::PLATFORMS;
pub use expectation::{
    AnyText, CommandTest, Expectation, FileMode, FilePath, FileTest, Hex, PackageTest, ServiceTest,
    Test, Unit, UserTest,
};
pub use facts::Facts;
pub use flavour::{AuditGate, Base, Entry, Flavour, Inherited, Parent, Publish, Stage, StageBase};
pub use inputs::{Sources, Texts};
pub use kernel_arguments::KernelArgument;
pub use load::{Environment, Known, Loader, Parents, Unusable};
pub use lock::{
    LOCK_FILE, LOCK_FORMAT, Lock, LockedBootstrap, LockedImage, LockedPackages, LockedPlatform,
    MAX_LOCK, bootstrap_name, request_name,
};
pub use lock_change::{Direction, LockChange};
pub use record::{
    Ancestor, FORMAT, FORMAT_WITH_CONFIGURATION, FileText, Layers, MAX_RECORD, RECORD_LABEL,
    RECORD_PATH, Record, RecordError, TABLE_PATH, Units,
};
pub use root::repository_root;
pub use schema::{bluebuild_schema, layer_schema, native_schema};
