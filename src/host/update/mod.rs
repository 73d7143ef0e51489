//! From one image to the next, and back.

mod archive;
mod back;
mod conflict;
mod find;
mod keep;
mod step;
mod upgrade;

pub use back::{Rolled, rollback};
pub(in crate::host) use back::{give_up, make_default};
pub use conflict::Conflict;
pub use find::Found;
pub use step::Step;
pub use upgrade::{Outcome, Request, upgrade};
