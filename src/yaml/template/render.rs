//! Templates in nodes.
//!
//! The language is minijinja's without what could read files or grow without bound: expressions,
//! `if`, `for` and `raw`. Names that are not defined are errors.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::Range;

use minijinja::{Error, ErrorKind};

use super::bound::check_template;
use super::environment::{environment, is_template, shown, without_functions};
use super::operand;
use super::place::{Place, too_much};
use super::undefined;
use crate::origin::{Diagnostic, Origin};
use crate::yaml::limits::{MAX_DEPTH, MAX_NODES, MAX_OUTPUT};
use crate::yaml::node::{Node, Scalar, Value};
use crate::yaml::written::{Scope, Written, context};

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
pub fn render_text(text: &str, origin: &Origin, scope: &Scope) -> Result<String, Box<Diagnostic>> {
    let renderer = Renderer::new(scope, &|_, _| false);
    renderer.text(text, origin)
}

/// The names that the templates of a node need.
#[must_use]
pub fn template_names(node: &Node) -> BTreeSet<String> {
    match &node.value {
        Value::Null => BTreeSet::new(),
        Value::Scalar(scalar) if is_template(&scalar.text) => {
            if check_template(&scalar.text, &node.origin).is_err() {
                return BTreeSet::new();
            }
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

struct Renderer<'a> {
    context: minijinja::Value,
    /// Whether operands have to be told from what is printed.
    any: bool,
    scope: &'a Scope,
    literal: &'a dyn Fn(&Node, &str) -> bool,
    nodes: usize,
    output: usize,
    problems: Vec<Diagnostic>,
}

type Outcome<T> = Result<T, Box<Diagnostic>>;

impl<'a> Renderer<'a> {
    fn new(scope: &'a Scope, literal: &'a dyn Fn(&Node, &str) -> bool) -> Self {
        let (context, any) = context(scope);
        Self {
            context,
            any,
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
        check_template(text, origin)?;
        let Some(inner) = single_expression(text) else {
            return self.counted(text, origin);
        };
        let environment = environment();
        let written = text.get(inner.clone()).unwrap_or_default();
        let widened = operand::expression(written, self.any);
        let Ok(compiled) = environment.compile_expression(&widened.text) else {
            return self.counted(text, origin);
        };
        let place = Place {
            text,
            origin,
            start: inner.start,
            widened: &widened,
        };
        let names = compiled.undeclared_variables(true).into_iter().collect();
        let value = compiled
            .eval(self.context.clone())
            .map_err(|error| Box::new(place.reword(&error, self.scope, &names)))?;
        if value.is_undefined() {
            let origin = place.exact(Some(0..inner.len()));
            return Err(Box::new(undefined::diagnostic(&origin, self.scope, &names)));
        }
        self.convert(&value, origin, 0)
    }

    /// Turns the value of an expression into a node; all its parts stand at the same place.
    fn convert(
        &mut self,
        value: &minijinja::Value,
        origin: &Origin,
        depth: usize,
    ) -> Outcome<Node> {
        use minijinja::value::ValueKind as K;
        self.nodes += 1;
        if self.nodes > MAX_NODES || depth > MAX_DEPTH {
            return Err(Box::new(too_much(origin)));
        }
        let broken = |_: Error| {
            let message = format!("the template gives {}, which is not a value", shown(value));
            Box::new(Diagnostic::error(origin, message))
        };
        if let Some(written) = value.downcast_object_ref::<Written>() {
            let scalar = Scalar {
                text: written.text.clone(),
                plain: true,
            };
            return Ok(Node::new(Value::Scalar(scalar), origin.clone()));
        }
        let value = match value.kind() {
            K::None => Value::Null,
            K::Bool => Value::Scalar(Scalar {
                text: value.is_true().to_string(),
                plain: true,
            }),
            K::Number => Value::Scalar(Scalar {
                text: value.to_string(),
                plain: true,
            }),
            K::String => return self.emit(value.as_str().unwrap_or_default().to_owned(), origin),
            K::Seq | K::Iterable => {
                let mut items = Vec::new();
                for item in value.try_iter().map_err(broken)? {
                    items.push(self.convert(&item, origin, depth + 1)?);
                }
                Value::Sequence(items)
            }
            K::Map => {
                let mut entries = Vec::new();
                for key in value.try_iter().map_err(broken)? {
                    let below = value.get_item(&key).map_err(broken)?;
                    let below = self.convert(&below, origin, depth + 1)?;
                    entries.push((self.emit(key.to_string(), origin)?, below));
                }
                Value::Mapping(entries)
            }
            _ => return Err(broken(Error::new(ErrorKind::NonPrimitive, ""))),
        };
        Ok(Node::new(value, origin.clone()))
    }

    fn counted(&mut self, text: &str, origin: &Origin) -> Outcome<Node> {
        let rendered = self.text(text, origin)?;
        self.emit(rendered, origin)
    }

    fn emit(&mut self, rendered: String, origin: &Origin) -> Outcome<Node> {
        self.output += rendered.len();
        if self.output > MAX_OUTPUT {
            return Err(Box::new(too_much(origin)));
        }
        Ok(Node::text(rendered, origin))
    }

    fn text(&self, text: &str, origin: &Origin) -> Outcome<String> {
        let widened = operand::template(text, self.any);
        let place = Place {
            text,
            origin,
            start: 0,
            widened: &widened,
        };
        check_template(text, origin)?;
        refuse_statements(text, origin)?;
        let environment = environment();
        let template = environment
            .template_from_named_str("template", &widened.text)
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
    let inner = text.strip_prefix("{{")?.strip_suffix("}}")?;
    let start = usize::from(inner.starts_with(['-', '+']));
    let end = inner.len() - usize::from(inner.len() > start && inner.ends_with(['-', '+']));
    let trimmed = inner.get(start..end)?.trim_start();
    let start = end - trimmed.len();
    Some(2 + start..2 + start + trimmed.trim_end().len())
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
