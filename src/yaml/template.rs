//! Templates in nodes, and the bare expressions of `when`.
//!
//! The language is minijinja's without what could read files or grow without bound: expressions,
//! `if`, `for` and `raw`. Names that are not defined are errors.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::Range;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior};

use super::node::{Node, Value};
use super::parse::MAX_NODES;
use super::undefined;
use crate::origin::{Diagnostic, Origin, Sourced};

/// The names that templates and expressions can use.
pub type Scope = BTreeMap<String, serde_json::Value>;

/// Most instructions of one template or expression.
const FUEL: u64 = 10_000;
/// Most text that one call gives, in bytes.
const MAX_OUTPUT: usize = 1 << 20;
/// Deepest nesting of `for` in one template.
const MAX_LOOPS: usize = 3;

/// Renders every text and key of a node that holds `{{` or `{%`.
///
/// A scalar that is exactly one `{{ expression }}` takes the expression's value with its type.
///
/// # Errors
/// All templates that cannot be rendered, at their places.
pub fn render(node: &Node, scope: &Scope) -> Result<Node, Vec<Diagnostic>> {
    render_except(node, scope, &|_, _| false)
}

/// Renders a node, but leaves values alone for which `literal(mapping, key)` says so.
///
/// # Errors
/// All templates that cannot be rendered, at their places.
pub fn render_except(
    node: &Node,
    scope: &Scope,
    literal: &dyn Fn(&Node, &str) -> bool,
) -> Result<Node, Vec<Diagnostic>> {
    let mut renderer = Renderer::new(scope, literal);
    let rendered = renderer.node(node);
    if renderer.problems.is_empty() {
        Ok(rendered)
    } else {
        Err(renderer.problems)
    }
}

/// Renders the text of a file; `origin` is where errors point.
///
/// # Errors
/// What the template has wrong.
pub fn render_text(text: &str, origin: &Origin, scope: &Scope) -> Result<String, Diagnostic> {
    let renderer = Renderer::new(scope, &|_, _| false);
    renderer
        .text(text, origin)
        .map_err(|diagnostic| *diagnostic)
}

/// Evaluates the bare expression of `when`.
///
/// # Errors
/// An expression that is not valid, uses unknown names, or gives anything but true or false.
pub fn condition(expression: &Sourced<String>, scope: &Scope) -> Result<bool, Diagnostic> {
    let (text, origin) = (expression.value.as_str(), &expression.origin);
    if is_template(text) {
        return Err(
            Diagnostic::error(origin, "a condition is a bare expression")
                .hint("remove the `{{ }}`: when: family == 'debian'"),
        );
    }
    let environment = environment();
    let place = Place {
        text,
        origin,
        start: 0,
    };
    let compiled = environment
        .compile_expression(text)
        .map_err(|error| place.reword(&error, scope, &BTreeSet::new()))?;
    let names = compiled.undeclared_variables(true).into_iter().collect();
    let value = compiled
        .eval(context(scope))
        .map_err(|error| place.reword(&error, scope, &names))?;
    if value.is_undefined() {
        return Err(undefined::diagnostic(origin, scope, &names));
    }
    bool::try_from(value.clone())
        .ok()
        .filter(|_| is_bool(&value))
        .ok_or_else(|| {
            let message = format!(
                "a condition gives true or false, this gives {}",
                shown(&value)
            );
            Diagnostic::error(origin, message).hint("compare it: name == 'value'")
        })
}

/// The names that an expression needs; empty when it is not valid.
#[must_use]
pub fn names(expression: &str) -> BTreeSet<String> {
    let environment = environment();
    let used = environment
        .compile_expression(expression)
        .map(|compiled| compiled.undeclared_variables(false).into_iter().collect());
    without_functions(used.unwrap_or_default(), &environment)
}

/// The names that the templates of a node need.
#[must_use]
pub fn template_names(node: &Node) -> BTreeSet<String> {
    match &node.value {
        Value::Null => BTreeSet::new(),
        Value::Scalar(scalar) if is_template(&scalar.text) => {
            let environment = environment();
            let used = environment
                .template_from_str(&scalar.text)
                .map(|template| template.undeclared_variables(false).into_iter().collect());
            without_functions(used.unwrap_or_default(), &environment)
        }
        Value::Scalar(_) => BTreeSet::new(),
        Value::Sequence(items) => items.iter().flat_map(template_names).collect(),
        Value::Mapping(entries) => entries
            .iter()
            .flat_map(|(key, value)| template_names(key).into_iter().chain(template_names(value)))
            .collect(),
    }
}

/// Tells whether a text is a template.
pub(super) fn is_template(text: &str) -> bool {
    text.contains("{{") || text.contains("{%")
}

fn without_functions(names: BTreeSet<String>, environment: &Environment<'_>) -> BTreeSet<String> {
    let functions: BTreeSet<&str> = environment.globals().map(|(name, _)| name).collect();
    let needed = names.into_iter();
    needed
        .filter(|name| !functions.contains(name.as_str()))
        .collect()
}

fn context(scope: &Scope) -> minijinja::Value {
    Serde(scope).into()
}

fn environment<'s>() -> Environment<'s> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_debug(true);
    let syntax = SyntaxConfig::builder().keep_trailing_newline(true).build();
    environment.set_syntax(syntax.unwrap_or_default());
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(64);
    environment.remove_global("debug");
    environment.remove_global("namespace");
    environment.remove_filter("format");
    environment.add_filter("replace", replace);
    environment
}

/// minijinja's `replace`, bounded.
fn replace(text: &str, from: &str, to: &str) -> Result<String, Error> {
    let grown = text.matches(from).count().saturating_mul(to.len());
    if grown > MAX_OUTPUT {
        return Err(Error::new(
            ErrorKind::InvalidOperation,
            "the replaced text is too long",
        ));
    }
    Ok(text.replace(from, to))
}

struct Renderer<'a> {
    context: minijinja::Value,
    scope: &'a Scope,
    literal: &'a dyn Fn(&Node, &str) -> bool,
    nodes: usize,
    output: usize,
    problems: Vec<Diagnostic>,
}

type Outcome<T> = Result<T, Box<Diagnostic>>;

impl<'a> Renderer<'a> {
    fn new(scope: &'a Scope, literal: &'a dyn Fn(&Node, &str) -> bool) -> Self {
        Self {
            context: context(scope),
            scope,
            literal,
            nodes: 0,
            output: 0,
            problems: Vec::new(),
        }
    }

    fn node(&mut self, node: &Node) -> Node {
        let value = match &node.value {
            Value::Null => Value::Null,
            Value::Scalar(scalar) if is_template(&scalar.text) => {
                return match self.scalar(&scalar.text, &node.origin) {
                    Ok(rendered) => rendered,
                    Err(problem) => {
                        self.problems.push(*problem);
                        node.clone()
                    }
                };
            }
            Value::Scalar(scalar) => Value::Scalar(scalar.clone()),
            Value::Sequence(items) => {
                Value::Sequence(items.iter().map(|item| self.node(item)).collect())
            }
            Value::Mapping(entries) => Value::Mapping(self.entries(node, entries)),
        };
        Node::new(value, node.origin.clone())
    }

    fn entries(&mut self, mapping: &Node, entries: &[(Node, Node)]) -> Vec<(Node, Node)> {
        let mut seen: BTreeMap<String, Origin> = BTreeMap::new();
        let mut out = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let name = key.as_text().unwrap_or_default();
            let value = if (self.literal)(mapping, name) {
                value.clone()
            } else {
                self.node(value)
            };
            let key = if is_template(name) {
                self.key(name, &key.origin)
            } else {
                key.clone()
            };
            let name = key.as_text().unwrap_or_default();
            match seen.get(name) {
                Some(first) => self.problems.push(
                    Diagnostic::error(&key.origin, format!("the key `{name}` is set twice"))
                        .labelled("set again by this template")
                        .and(first, "first set here"),
                ),
                None => {
                    seen.insert(name.to_owned(), key.origin.clone());
                    out.push((key, value));
                }
            }
        }
        out
    }

    fn key(&mut self, text: &str, origin: &Origin) -> Node {
        match self.text(text, origin) {
            Ok(rendered) => Node::text(rendered, origin),
            Err(problem) => {
                self.problems.push(*problem);
                Node::text(text, origin)
            }
        }
    }

    /// Renders a text; one that is a single expression gives the expression's value.
    fn scalar(&mut self, text: &str, origin: &Origin) -> Outcome<Node> {
        let Some(inner) = single_expression(text) else {
            return self.counted(text, origin);
        };
        let environment = environment();
        let Ok(compiled) =
            environment.compile_expression(text.get(inner.clone()).unwrap_or_default())
        else {
            return self.counted(text, origin);
        };
        let place = Place {
            text,
            origin,
            start: inner.start,
        };
        let names = compiled.undeclared_variables(true).into_iter().collect();
        let value = compiled
            .eval(self.context.clone())
            .map_err(|error| Box::new(place.reword(&error, self.scope, &names)))?;
        if value.is_undefined() {
            return Err(Box::new(undefined::diagnostic(origin, self.scope, &names)));
        }
        let json = serde_json::to_value(&value).map_err(|_| {
            let message = format!("the template gives {}, which is no value", shown(&value));
            Box::new(Diagnostic::error(origin, message))
        })?;
        self.nodes += count(&json);
        if self.nodes > MAX_NODES {
            return Err(Box::new(too_much(origin)));
        }
        Ok(Node::from_json(&json, origin))
    }

    fn counted(&mut self, text: &str, origin: &Origin) -> Outcome<Node> {
        let rendered = self.text(text, origin)?;
        self.output += rendered.len();
        if self.output > MAX_OUTPUT {
            return Err(Box::new(too_much(origin)));
        }
        Ok(Node::text(rendered, origin))
    }

    fn text(&self, text: &str, origin: &Origin) -> Outcome<String> {
        let place = Place {
            text,
            origin,
            start: 0,
        };
        refuse_statements(text, origin)?;
        let environment = environment();
        let template = environment
            .template_from_named_str("template", text)
            .map_err(|error| Box::new(place.reword(&error, self.scope, &BTreeSet::new())))?;
        let mut sink = Sink(Vec::new());
        let result = template.render_captured_to(self.context.clone(), &mut sink);
        if let Err(error) = result {
            let names = template.undeclared_variables(true).into_iter().collect();
            return Err(Box::new(place.reword(&error, self.scope, &names)));
        }
        String::from_utf8(sink.0).map_err(|_| {
            Box::new(Diagnostic::error(
                origin,
                "the template gives no valid text",
            ))
        })
    }
}

fn too_much(origin: &Origin) -> Diagnostic {
    Diagnostic::error(origin, "the template gives too much").hint(format!(
        "up to {MAX_OUTPUT} bytes and {MAX_NODES} values are allowed"
    ))
}

fn count(json: &serde_json::Value) -> usize {
    match json {
        serde_json::Value::Array(items) => 1 + items.iter().map(count).sum::<usize>(),
        serde_json::Value::Object(entries) => 1 + entries.values().map(count).sum::<usize>(),
        _ => 1,
    }
}

/// Collects text up to the limit.
struct Sink(Vec<u8>);

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_OUTPUT {
            return Err(io::Error::other("too much output"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The range of the expression when the text is `{{ expression }}` and nothing else.
fn single_expression(text: &str) -> Option<Range<usize>> {
    let trimmed = text.trim();
    let inner = trimmed.strip_prefix("{{")?.strip_suffix("}}")?;
    let before = text.len() - text.trim_start().len() + 2;
    let start = usize::from(inner.starts_with(['-', '+']));
    let end = inner.len() - usize::from(inner.len() > start && inner.ends_with(['-', '+']));
    Some(before + start..before + end)
}

/// Refuses statements other than `if`, `for` and `raw`.
fn refuse_statements(text: &str, origin: &Origin) -> Outcome<()> {
    let mut rest = text;
    let (mut loops, mut deepest) = (0usize, 0usize);
    while let Some((_, after)) = rest.split_once("{%") {
        let tag = after.trim_start_matches(['-', '+']).trim_start();
        let end = tag.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let (word, _) = tag.split_at(end.unwrap_or(tag.len()));
        rest = after;
        match word {
            "if" | "elif" | "else" | "endif" | "endraw" => {}
            "for" => loops += 1,
            "endfor" => loops = loops.saturating_sub(1),
            "raw" => rest = after.split_once("endraw").map_or("", |(_, after)| after),
            _ => {
                let message = format!("the statement `{word}` is not available in templates");
                return Err(Box::new(
                    Diagnostic::error(origin, message)
                        .hint("use `if`, `for` and expressions; name values under `vars`"),
                ));
            }
        }
        deepest = deepest.max(loops);
    }
    if deepest > MAX_LOOPS {
        let message = format!("loops are nested more than {MAX_LOOPS} deep");
        return Err(Box::new(Diagnostic::error(origin, message)));
    }
    Ok(())
}

fn is_bool(value: &minijinja::Value) -> bool {
    value.kind() == minijinja::value::ValueKind::Bool
}

fn shown(value: &minijinja::Value) -> String {
    use minijinja::value::ValueKind as K;
    match value.kind() {
        K::String => format!("the text `{value}`"),
        K::Number => format!("the number {value}"),
        K::None => "nothing".to_owned(),
        K::Seq | K::Iterable => "a list".to_owned(),
        K::Map => "a mapping".to_owned(),
        _ => "a function".to_owned(),
    }
}

/// A template's text and where it stands.
struct Place<'a> {
    text: &'a str,
    origin: &'a Origin,
    /// Where in the text the compiled part starts, in bytes.
    start: usize,
}

impl Place<'_> {
    /// Says what is wrong with a template in words for people, at the very place if that is known.
    fn reword(&self, error: &Error, scope: &Scope, names: &BTreeSet<String>) -> Diagnostic {
        let origin = self.exact(error.range());
        let detail = error.detail().unwrap_or_default();
        match error.kind() {
            ErrorKind::UndefinedError => undefined::diagnostic(&origin, scope, names),
            ErrorKind::OutOfFuel => Diagnostic::error(&origin, "the template runs for too long")
                .hint(format!(
                    "{FUEL} steps are allowed: loop over fewer elements"
                )),
            ErrorKind::WriteFailure => too_much(&origin),
            ErrorKind::SyntaxError => {
                Diagnostic::error(&origin, format!("the template is not valid: {detail}")).hint(
                    "text that holds `{{` or `{%` as such goes between {% raw %} and {% endraw %}",
                )
            }
            ErrorKind::UnknownFilter => {
                Diagnostic::error(&origin, format!("unknown filter: {detail}"))
            }
            kind if detail.is_empty() => Diagnostic::error(&origin, format!("template: {kind}")),
            _ => Diagnostic::error(&origin, format!("the template fails: {detail}")),
        }
    }

    /// Narrows the origin to a range of bytes, where the text stands in the file as it is.
    fn exact(&self, range: Option<Range<usize>>) -> Origin {
        let mut origin = self.origin.clone();
        let Some(range) = range.filter(|range| range.start < range.end) else {
            return origin;
        };
        let chars = |end: usize| self.text.get(..end).map(|part| part.chars().count());
        let bounds = (
            chars(self.start + range.start),
            chars(self.start + range.end),
        );
        let (Some(start), Some(end)) = bounds else {
            return origin;
        };
        let length = u32::try_from(self.text.chars().count()).unwrap_or(u32::MAX);
        let quote = match origin.length.checked_sub(length) {
            Some(0) => 0,
            Some(2) => 1,
            _ => return origin,
        };
        if self.text.contains('\n') {
            return origin;
        }
        let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        origin.column += quote + small(start);
        origin.length = small(end - start);
        origin
    }
}
