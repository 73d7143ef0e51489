//! Layer documents: named, parametrised bundles of controls and modules.

mod control;
mod document;
mod instance;
mod options;
mod shipped;

#[cfg(test)]
mod shipped_tests;
#[cfg(test)]
mod tests;

pub use control::{Control, ControlId, ControlIdError};
pub use document::LayerDocument;
pub use instance::{Demand, Instance, Undecided};
pub use options::{FACTS, LayerOption, OptionKind, OptionType, Options, Values};
pub use shipped::{SHIPPED, Shipped};
