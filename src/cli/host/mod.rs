//! `terroir host`: the verbs about the machine that runs.

mod bootc;
mod fail;
mod health;
mod history;
mod place;
mod rollback;
mod status;
mod upgrade;
pub(super) mod verb;
