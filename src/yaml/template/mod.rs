//! Templates and expressions in nodes.

mod bound;
mod environment;
mod expression;
mod operand;
mod place;
mod render;
#[cfg(test)]
mod tests;
mod undefined;

pub(super) use environment::is_template;
pub use expression::{condition, names};
pub use render::{render, render_except, render_text, template_names};
