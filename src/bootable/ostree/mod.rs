//! Images in OSTree repositories: layers as commits, and the whole as one commit that can be deployed.

mod archive;
mod deploy;
mod error;
mod import;
mod repository;

pub use archive::{Archive, STATEMENT, Statement, stated};
pub use deploy::{Deployment, GENERATOR, GRUBENV, Generator, OS_NAME, Origin, Sysroot};
pub use deploy::{argument_words, changed_arguments, kernel_arguments, rust_architecture};
pub use deploy::{ostree, ostree_offers};
pub use error::Error;
pub use import::{Commit, Layers, Note, Progress, image_reference, import, layer_reference};
pub use repository::{Checksum, Mode, Repository};
