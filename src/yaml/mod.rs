//! YAML as people write it: nodes with origins, templates, typed values and all errors at once.

mod api_version;
mod decode;
mod limits;
mod node;
mod parse;
mod plain;
mod template;
mod written;

#[cfg(test)]
mod written_tests;

pub use api_version::ApiVersion;
pub use decode::{check, decode};
pub use limits::{MAX_DEPTH, MAX_NODES, MAX_SIZE};
pub use node::{Node, Scalar, Value, WithNode};
pub use parse::{parse, parse_any_size};
pub use template::{condition, names};
pub use template::{render, render_except, render_text, template_names};
pub use written::Scope;
