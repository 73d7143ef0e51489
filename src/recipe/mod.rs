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
mod load;
mod lock;
mod lock_change;
mod lock_line;
mod lock_text;
mod native;
mod needed;
mod nested;
mod record;
mod rules;
mod run;
mod schema;
mod shape;
mod stages;

#[cfg(test)]
mod lock_tests;

pub use binding::{Bound, bound};
pub use claims::{Claim, Claims, Exception, Mandatory, Proposal};
pub use expectation::{
    AnyText, CommandTest, Expectation, FileMode, FilePath, FileTest, Hex, PackageTest, ServiceTest,
    Test, Unit, UserTest,
};
pub use facts::Facts;
pub use flavour::{AuditGate, Base, Entry, Flavour, Parent, Publish, Stage, StageBase};
pub use inputs::{Sources, Texts};
pub use load::{Environment, Known, Loader, Parents, Unusable, repository_root};
pub use lock::{
    LOCK_FILE, LOCK_FORMAT, Lock, LockedBootstrap, LockedImage, LockedPackages, LockedPlatform,
    MAX_LOCK, bootstrap_name, request_name,
};
pub use lock_change::{Direction, LockChange};
pub use record::{
    Ancestor, FORMAT, FileText, Layers, MAX_RECORD, RECORD_LABEL, RECORD_PATH, Record, RecordError,
    TABLE_PATH, Units,
};
pub use schema::{bluebuild_schema, layer_schema, native_schema};
