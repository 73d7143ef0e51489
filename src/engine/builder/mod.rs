//! From flavours to images: plan, resolve, execute. Parents are built first, each once.

mod built;
mod execute;
mod inputs;
mod needed;
mod plan;
mod resolve;
mod stages;

pub use built::{Builder, Built, BuiltPlatform};
pub use inputs::{InputKeys, Inputs};
pub use needed::{asked, bases};
pub use plan::Planned;
