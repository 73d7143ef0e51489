//! The running machine: what state it is in, its updates, and the way back.

mod bootc;
mod changes;
mod configuration;
mod error;
mod expected;
mod health;
mod loader;
mod machine;
mod record;
mod status;
mod update;

pub use bootc::Bootc;
pub use changes::{Changed, Touched};
pub use configuration::{Configuration, LoaderUpdates, Reboot, Turn, is_idle, turn};
pub use error::Error;
pub use health::{Verdict, health};
pub use loader::{Loader, Tended, Versions, tend};
pub use machine::{Lock, Machine, Manner, manner, reboot, try_here, writable};
pub use record::{Event, EventKind, Failed, State, events};
pub use status::{Deployed, Status, status};
pub use update::{Conflict, Found, Outcome, Request, Rolled, Step, rollback, upgrade};
