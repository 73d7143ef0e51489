//! From flavours to images: plan, resolve, execute. Parents are built first, each once.

mod built;
mod execute;
mod needed;
mod plan;
mod resolve;
mod stages;

pub use built::{Builder, Built, BuiltPlatform};
pub use needed::{asked, bases};
pub use plan::Planned;
