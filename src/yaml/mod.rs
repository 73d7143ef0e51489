//! YAML as people write it: nodes with origins, templates, typed values and all errors at once.

mod access;
mod api_version;
mod blank;
mod bound;
mod decode;
mod deserializer;
mod expression;
mod indent;
mod node;
mod operand;
mod parse;
mod plain;
mod problem;
mod syntax;
mod template;
mod undefined;
mod written;

#[cfg(test)]
mod decode_tests;
#[cfg(test)]
mod parse_tests;
#[cfg(test)]
mod template_tests;
#[cfg(test)]
mod written_tests;

pub use api_version::ApiVersion;
pub use decode::{Reader, check, check_with, decode, decode_with};
pub use expression::{Scope, condition, names};
pub use node::{Node, Scalar, Value, WithNode};
pub use parse::{MAX_DEPTH, MAX_NODES, MAX_SIZE, parse, parse_any_size};
pub use template::{render, render_except, render_text, template_names};
