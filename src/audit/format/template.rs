//! The templates of reports, in which every text is escaped.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde_json::Value;

/// Fills a template of terroir's own.
///
/// What is escaped for HTML is escaped for XML too: the character references are XML's as well.
pub(super) fn render(name: &str, template: &str, values: &Value) -> String {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let mut syntax = SyntaxConfig::builder();
    let syntax = syntax.trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.unwrap_or_default());
    environment
        .template_from_named_str(name, template)
        .and_then(|template| template.render(Serde(values)))
        .expect("a template of terroir's own names only what it is given")
}
