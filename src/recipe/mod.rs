//! Recipes: from files in two dialects to flavours with their whole ancestry.

mod ancestry;
mod bluebuild;
mod claims;
mod document;
mod entries;
mod facts;
mod flavour;
mod inputs;
mod load;
mod native;
mod nested;
mod record;
mod run;
mod schema;
mod shape;
mod stages;

pub use claims::{Claim, Claims, Exception, Mandatory, Proposal, matches};
pub use facts::Facts;
pub use flavour::{Base, Entry, Flavour, Parent, Publish, Stage, StageBase};
pub use inputs::Sources;
pub use load::{Environment, Known, Loader, Parents, Unusable, repository_root};
pub use record::{
    Ancestor, FORMAT, FileText, MAX_RECORD, RECORD_LABEL, RECORD_PATH, Record, RecordError,
    TABLE_PATH, Units,
};
pub use schema::{bluebuild_schema, layer_schema, native_schema};
