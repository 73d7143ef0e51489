//! YAML as people write it: nodes with origins, templates, typed values and all errors at once.

mod access;
mod blank;
mod bound;
mod cursor;
mod decode;
mod deserializer;
mod environment;
mod expression;
mod indent;
mod limits;
mod node;
mod operand;
mod origin_entries;
mod parse;
mod place;
mod plain;
mod problem;
mod state;
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

pub use decode::{Reader, check, check_with, decode, decode_with};
pub use expression::{condition, names};
pub use limits::{MAX_DEPTH, MAX_NODES, MAX_SIZE};
pub use node::{Node, Scalar, Value, WithNode};
pub use parse::{parse, parse_any_size};
pub use template::{render, render_except, render_text, template_names};
pub use written::Scope;
