//! Deployments of commits: system roots, kernel arguments, and where an image came from.

mod arguments;
mod origin;
mod program;
mod sysroot;

#[cfg(test)]
mod tests;

pub use arguments::{argument_words, changed_arguments, kernel_arguments, rust_architecture};
pub use origin::Origin;
pub use program::{ostree, ostree_offers};
pub use sysroot::{Deployment, GENERATOR, GRUBENV, Generator, OS_NAME, Sysroot};
