//! Recipes: files in two dialects become flavours with their whole ancestry.

mod ancestry;
mod claims;
mod document;
mod entries;
mod flavour;
mod load;
mod lock;
mod repository;

pub use claims::binding::{Bound, bound, in_force};
pub use claims::chain::{Claim, Claims, Exception, Mandatory, Proposal};
pub use claims::kernel_arguments::KernelArgument;
pub use document::PLATFORMS;
pub use document::schema::{bluebuild_schema, layer_schema, native_schema};
pub use flavour::expectation::{
    AnyText, CommandTest, Expectation, FileMode, FilePath, FileTest, Hex, PackageTest, ServiceTest,
    Test, Unit, UserTest,
};
pub use flavour::facts::Facts;
pub use flavour::record::{
    Ancestor, FORMAT, FORMAT_WITH_CONFIGURATION, FileText, Layers, MAX_RECORD, RECORD_LABEL,
    RECORD_PATH, Record, RecordError, TABLE_PATH, Units,
};
pub use flavour::resolved::{
    AuditGate, Base, Entry, Flavour, Inherited, Parent, Publish, Stage, StageBase,
};
pub use load::loader::Loader;
pub use lock::change::{Direction, LockChange};
pub use lock::content::{
    LOCK_FILE, LOCK_FORMAT, Lock, LockedBootstrap, LockedImage, LockedPackages, LockedPlatform,
    MAX_LOCK, bootstrap_name, request_name,
};
pub use repository::documents::Environment;
pub use repository::inputs::{Sources, Texts};
pub use repository::parents::{Known, Parents, Unusable};
pub use repository::root::repository_root;
