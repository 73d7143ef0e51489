//! Layer documents: named, parametrised bundles of controls and modules.

mod control;
mod document;
mod instance;
mod level;
mod options;
mod requirement;
mod selection;
mod shipped;

#[cfg(test)]
mod shipped_tests;
#[cfg(test)]
mod tests;

pub use control::{Acts, Control, ControlId, ControlIdError};
pub use document::LayerDocument;
pub use instance::{Demand, Dismissed, Instance, Undecided};
pub use level::Level;
pub use options::{FACTS, LayerOption, OptionKind, OptionType, Options, Values};
pub use requirement::Requirement;
pub use shipped::{SHIPPED, Shipped};
