//! Templates, compiled: terroir's, and an organisation's that replace them file by file.
//!
//! They are minijinja, with strict undefined, a limit on steps, and `include` and `import` of other
//! templates by name; they read no files.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};
use serde::Serialize;

use super::quote;
use super::shipped::SHIPPED;
use crate::origin::{Diagnostic, Origin, did_you_mean};

/// Most steps of one rendering.
const FUEL: u64 = 200_000;
/// Largest template that is read, in bytes.
pub const MAX_TEMPLATE: usize = 1 << 20;

/// Templates, ready to be rendered from several threads.
#[derive(Debug)]
pub struct Templates {
    environment: Environment<'static>,
    origins: BTreeMap<String, Arc<str>>,
}

impl Templates {
    /// The shipped templates, with an organisation's own instead of those of the same name.
    ///
    /// `own` is by name; the path that errors show, and the text.
    ///
    /// # Errors
    /// Templates that cannot be compiled, at their lines; all of them.
    pub fn new(own: &BTreeMap<String, (Arc<str>, String)>) -> Result<Self, Vec<Diagnostic>> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_debug(true);
        environment.set_fuel(Some(FUEL));
        environment.set_recursion_limit(64);
        let mut syntax = SyntaxConfig::builder();
        syntax
            .keep_trailing_newline(true)
            .trim_blocks(true)
            .lstrip_blocks(true);
        environment.set_syntax(syntax.build().unwrap_or_default());
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.remove_global("debug");
        quote::filters(&mut environment);
        let mut templates = Self {
            environment,
            origins: BTreeMap::new(),
        };
        let mut problems = Vec::new();
        for shipped in SHIPPED {
            if !own.contains_key(shipped.name) {
                let file = format!("<terroir>/kickstart/templates/{}", shipped.name);
                problems.extend(templates.add(shipped.name, &file, shipped.text));
            }
        }
        for (name, (file, text)) in own {
            problems.extend(templates.add(name, file, text));
        }
        if problems.is_empty() {
            Ok(templates)
        } else {
            Err(problems)
        }
    }

    fn add(&mut self, name: &str, file: &str, text: &str) -> Option<Diagnostic> {
        self.origins.insert(name.to_owned(), Arc::from(file));
        let result = self
            .environment
            .add_template_owned(name.to_owned(), text.to_owned());
        result.err().map(|error| self.reword(name, &error))
    }

    /// Where a template comes from, as rendered files tell it.
    #[must_use]
    pub fn source<'a>(&'a self, name: &'a str) -> &'a str {
        self.origins.get(name).map_or(name, |file| file)
    }

    /// Renders a template.
    ///
    /// # Errors
    /// The template and the line that fail, and why.
    pub fn render(&self, name: &str, values: &impl Serialize) -> Result<String, Box<Diagnostic>> {
        let template = self.environment.get_template(name);
        template
            .and_then(|template| template.render(Serde(values)))
            .map_err(|error| Box::new(self.reword(name, &error)))
    }

    /// The error of a template in plain words, at its line.
    fn reword(&self, asked: &str, error: &Error) -> Diagnostic {
        // The including template reports errors of the included one, with the cause inside.
        let mut error = error;
        while let Some(inner) = error
            .source()
            .and_then(|inner| inner.downcast_ref::<Error>())
        {
            error = inner;
        }
        let name = error.name().unwrap_or(asked);
        let origin = Origin {
            line: error.line().map_or(0, |line| line.try_into().unwrap_or(0)),
            column: 1,
            ..Origin::of_file(self.source(name))
        };
        let detail = error.detail().unwrap_or_default();
        let diagnostic = |message: String| Diagnostic::error(&origin, message);
        match error.kind() {
            ErrorKind::UndefinedError => {
                let asked = self.expression(name, error);
                diagnostic(match asked {
                    Some(asked) if asked.contains('|') || asked.contains('(') => {
                        format!("a value in `{asked}` is not defined")
                    }
                    Some(asked) => format!("`{asked}` is not defined"),
                    None => "a value of this line is not defined".to_owned(),
                })
                .hint("the values that templates get are in docs/src/kickstart.md")
            }
            ErrorKind::OutOfFuel => diagnostic("the template runs for too long".to_owned()).hint(
                format!("{FUEL} steps are allowed: loop over fewer elements"),
            ),
            ErrorKind::TemplateNotFound => {
                let known = self.origins.keys().map(String::as_str);
                let error = diagnostic(format!("there is no such template: {detail}"));
                let near = detail
                    .split(['"', '\''])
                    .nth(1)
                    .and_then(|name| did_you_mean(name, known));
                match near {
                    Some(near) => error.hint(format!("did you mean `{near}`?")),
                    None => error,
                }
            }
            ErrorKind::SyntaxError => diagnostic(format!("the template is not valid: {detail}")),
            kind if detail.is_empty() => diagnostic(format!("the template fails: {kind}")),
            _ => diagnostic(format!("the template fails: {detail}")),
        }
    }

    /// The text of a template that an error is about; the whole expression where they are the name
    /// of a filter, which is not what is missing.
    fn expression(&self, name: &str, error: &Error) -> Option<String> {
        let template = self.environment.get_template(name).ok()?;
        let source = template.source();
        let range = error.range()?;
        let asked = source.get(range.clone())?.trim();
        let before = source.get(..range.start)?.trim_end();
        if asked.is_empty() || !before.ends_with('|') {
            return Some(asked.to_owned()).filter(|text| !text.is_empty());
        }
        let start = before.rfind(['{', '%']).map_or(0, |place| place + 1);
        let rest = source.get(start..)?;
        let end = rest.find(['}', '%']).unwrap_or(rest.len());
        rest.get(..end).map(|text| text.trim().to_owned())
    }
}
