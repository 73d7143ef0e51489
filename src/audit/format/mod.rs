//! Reports as files: for people, for scripts, and for what shows findings beside a change.

mod code_quality;
mod fingerprint;
mod html;
mod junit;
mod sarif;
mod template;
#[cfg(test)]
mod tests;
mod text;
mod write;

pub use junit::{Case, Outcome, Suite, junit};
pub use sarif::{SARIF_SCHEMA, uri_of_path};
pub use write::Format;
