//! Actions: the only language in which anything changes a root.
//!
//! Modules, layers, Containerfile snippets and settings all compile to actions; one interpreter
//! executes them. An action names what shall be there, or the command that makes it, never where on
//! this machine that happens, so a plan can be printed, compared, keyed and tested without root
//! rights.

mod change;
mod command;
mod input;
mod life_cycle;
mod owner;
mod packages;

pub use change::{Action, Content, Edit, EditReader, EditStyle};
pub use command::{
    Command, Mount, MountSource, SCRATCH, Secret, SecretSource, SecretTarget, Sharing, Tree,
};
pub use input::Input;
pub use life_cycle::LifeCycle;
pub use owner::{Id, Owner, User};
pub use packages::{Hold, Packages};
