//! From text to nodes: anchors, aliases, merge keys, and limits against hostile files.

use std::collections::BTreeMap;
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, Span, Tag};

use super::syntax;
use crate::origin::{Diagnostic, Origin};
use crate::yaml::limits::{MAX_DEPTH, MAX_NODES, MAX_SIZE};
use crate::yaml::node::{Node, Scalar, Value};
use crate::yaml::plain;
use crate::yaml::plain::Plain;

/// Reads one YAML document; `file` is the name that origins carry.
///
/// # Errors
/// All that is wrong with the file: the first syntax error, or else every duplicate or impossible
/// key, unknown alias, impossible merge and unsupported tag.
pub fn parse(file: &str, text: &str) -> Result<Node, Vec<Diagnostic>> {
    if text.len() > MAX_SIZE {
        let message = format!("a file of {} bytes is too large to be a recipe", text.len());
        let hint = format!("files of up to {MAX_SIZE} bytes are read");
        let whole = Origin::of_file(file);
        return Err(vec![Diagnostic::error(&whole, message).hint(hint)]);
    }
    parse_any_size(file, text)
}

/// Reads one YAML document whose size somebody else has looked at; otherwise like [`parse`].
///
/// # Errors
/// Those of [`parse`], but for the size.
pub fn parse_any_size(file: &str, text: &str) -> Result<Node, Vec<Diagnostic>> {
    let whole = Origin::of_file(file);
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut builder = Builder::new(file, text);
    let mut options = granit_parser::options! {
        emit_unresolved_aliases: true,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    options.set_emit_comments(false);
    for event in Parser::new_from_str_with_options(text, options) {
        let step = match event {
            Ok((event, span)) => builder.take(event, &span),
            Err(error) => Err(Box::new(syntax::reword(&builder.file, text, &error))),
        };
        if let Err(fatal) = step {
            builder.problems.push(*fatal);
            return Err(builder.problems);
        }
    }
    if builder.problems.is_empty() {
        let empty = || {
            Diagnostic::error(&whole, "the file is empty")
                .hint("write at least one key, such as `name: …`")
        };
        let root = builder.root.filter(|root| !root.is_null());
        root.ok_or_else(|| vec![empty()])
    } else {
        Err(builder.problems)
    }
}

/// A list or mapping whose end has not been seen yet.
struct Open {
    origin: Origin,
    anchor: usize,
    content: Content,
}

enum Content {
    Items(Vec<Node>),
    Entries(Vec<(Node, Node)>, Option<Node>),
}

struct Builder<'t> {
    file: Arc<str>,
    lines: Vec<&'t str>,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Node>,
    documents: usize,
    nodes: usize,
    root: Option<Node>,
    problems: Vec<Diagnostic>,
}

type Step = Result<(), Box<Diagnostic>>;

impl<'t> Builder<'t> {
    fn new(file: &str, text: &'t str) -> Self {
        Self {
            file: Arc::from(file),
            lines: text.lines().collect(),
            open: Vec::new(),
            anchors: BTreeMap::new(),
            documents: 0,
            nodes: 0,
            root: None,
            problems: Vec::new(),
        }
    }

    fn take(&mut self, event: Event<'_>, span: &Span) -> Step {
        let origin = self.origin(span);
        match event {
            Event::DocumentStart(..) => self.start_document(&origin),
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain;
                let plain = self.tagged(tag.as_deref(), &origin, plain);
                let value = if plain && plain::read(&text) == Plain::Null {
                    Value::Null
                } else {
                    let text = text.into_owned();
                    Value::Scalar(Scalar { text, plain })
                };
                self.close(Node::new(value, origin), anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.tagged(tag.as_deref(), &origin, true);
                self.open(origin, anchor, Content::Items(Vec::new()))
            }
            Event::MappingStart(_, anchor, tag) => {
                self.tagged(tag.as_deref(), &origin, true);
                self.open(origin, anchor, Content::Entries(Vec::new(), None))
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(open) => {
                    let mut origin = open.origin;
                    let value = match open.content {
                        Content::Items(items) => Value::Sequence(items),
                        Content::Entries(entries, _) => {
                            if let Some((key, _)) = entries.first().filter(|_| origin.length == 0) {
                                origin = key.origin.clone();
                            }
                            Value::Mapping(self.mapping(entries))
                        }
                    };
                    self.close(Node::new(value, origin), open.anchor)
                }
                None => Ok(()),
            },
            Event::Alias(anchor) => self.alias(anchor, &origin),
            Event::UnresolvedAlias(name) => {
                let names_nothing = format!("`*{name}` names an anchor that is not set above");
                self.problems.push(
                    Diagnostic::error(&origin, names_nothing)
                        .hint(format!("mark the value that is meant with `&{name}`")),
                );
                self.close(Node::new(Value::Null, origin), 0)
            }
            _ => Ok(()),
        }
    }

    fn start_document(&mut self, origin: &Origin) -> Step {
        self.documents += 1;
        if self.documents > 1 {
            return Err(Box::new(
                Diagnostic::error(origin, "a second document starts here")
                    .labelled("a file holds one document")
                    .hint("move what follows `---` to a file of its own"),
            ));
        }
        Ok(())
    }

    /// Says whether a scalar with this tag may mean more than text; refuses foreign tags.
    fn tagged(&mut self, tag: Option<&Tag>, origin: &Origin, plain: bool) -> bool {
        let Some(tag) = tag else { return plain };
        let written = tag.to_string();
        match written.rsplit(['!', ':']).next().unwrap_or_default() {
            "" | "str" => false,
            "int" | "float" | "bool" | "null" => true,
            "seq" | "map" => plain,
            _ => {
                let message = format!("the tag `{written}` means nothing here");
                self.problems
                    .push(Diagnostic::error(origin, message).hint("remove the tag"));
                plain
            }
        }
    }

    fn open(&mut self, origin: Origin, anchor: usize, content: Content) -> Step {
        if self.open.len() >= MAX_DEPTH {
            return Err(Box::new(syntax::too_deep(&origin)));
        }
        self.open.push(Open {
            origin,
            anchor,
            content,
        });
        Ok(())
    }

    /// Puts a complete node where it belongs.
    fn close(&mut self, mut node: Node, anchor: usize) -> Step {
        self.count(1, &node.origin)?;
        if anchor != 0 {
            self.count(size(&node), &node.origin)?;
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.root = Some(node),
            Some(Content::Items(items)) => items.push(node),
            Some(Content::Entries(entries, key)) => match key.take() {
                None => *key = Some(node),
                Some(key) => {
                    if node.is_null() && node.origin.length == 0 {
                        node.origin = key.origin.clone();
                    }
                    entries.push((key, node));
                }
            },
        }
        Ok(())
    }

    fn alias(&mut self, anchor: usize, origin: &Origin) -> Step {
        let node = match self.anchors.get(&anchor) {
            Some(node) => node.clone(),
            None => {
                let message = "an anchored value cannot hold an alias of itself";
                self.problems.push(Diagnostic::error(origin, message));
                Node::new(Value::Null, origin.clone())
            }
        };
        let depth = self.open.len() + depth(&node);
        if depth > MAX_DEPTH {
            return Err(Box::new(syntax::too_deep(origin)));
        }
        self.count(size(&node), origin)?;
        self.close(node, 0)
    }

    fn count(&mut self, nodes: usize, origin: &Origin) -> Step {
        self.nodes += nodes;
        if self.nodes > MAX_NODES {
            let message = format!("the file grows to more than {MAX_NODES} values here");
            return Err(Box::new(
                Diagnostic::error(origin, message).hint("use fewer aliases, or split the file"),
            ));
        }
        Ok(())
    }

    /// Checks the keys of a mapping and resolves its merge keys.
    fn mapping(&mut self, written: Vec<(Node, Node)>) -> Vec<(Node, Node)> {
        let mut seen: BTreeMap<String, Origin> = BTreeMap::new();
        let mut entries = Vec::with_capacity(written.len());
        let mut merged = Vec::new();
        for (key, value) in written {
            let Value::Scalar(Scalar { text, plain }) = &key.value else {
                let message = format!("a key must be text, found {}", key.describe());
                self.problems
                    .push(Diagnostic::error(&key.origin, message).hint("put the key in quotes"));
                continue;
            };
            if let Some(first) = seen.get(text) {
                self.problems.push(
                    Diagnostic::error(&key.origin, format!("the key `{text}` is set twice"))
                        .labelled("set again here")
                        .and(first, "first set here")
                        .hint("keep one of the two"),
                );
                continue;
            }
            seen.insert(text.clone(), key.origin.clone());
            if *plain && text == "<<" {
                merged = self.merged(&key, value);
            } else {
                entries.push((key, value));
            }
        }
        for (key, value) in merged {
            let text = key.as_text().unwrap_or_default();
            if !seen.contains_key(text) {
                seen.insert(text.to_owned(), key.origin.clone());
                entries.push((key, value));
            }
        }
        entries
    }

    /// The entries that a merge key brings, nearest first.
    fn merged(&mut self, key: &Node, value: Node) -> Vec<(Node, Node)> {
        let parts = match value.value {
            Value::Sequence(parts) => parts,
            _ => vec![value],
        };
        let mut entries = Vec::new();
        for part in parts {
            let found = part.describe();
            match part.value {
                Value::Mapping(mapping) => entries.extend(mapping),
                _ => self.problems.push(
                    Diagnostic::error(&part.origin, format!("cannot merge {found}"))
                        .and(&key.origin, "merged here")
                        .hint("`<<` takes an alias of a mapping, or a list of such aliases"),
                ),
            }
        }
        entries
    }

    fn origin(&self, span: &Span) -> Origin {
        let (line, column) = (span.start.line(), span.start.col());
        let length = if span.end.line() == line {
            span.end.col().saturating_sub(column)
        } else {
            let rest = self.lines.get(line.saturating_sub(1));
            rest.map_or(0, |line| line.trim_end().chars().count())
                .saturating_sub(column)
        };
        syntax::origin(&self.file, line, column, length)
    }
}

fn size(node: &Node) -> usize {
    match &node.value {
        Value::Null | Value::Scalar(_) => 1,
        Value::Sequence(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Mapping(entries) => {
            let both = entries.iter().map(|(key, value)| size(key) + size(value));
            1 + both.sum::<usize>()
        }
    }
}

fn depth(node: &Node) -> usize {
    match &node.value {
        Value::Null | Value::Scalar(_) => 0,
        Value::Sequence(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Mapping(entries) => {
            let values = entries.iter().map(|(_, value)| depth(value));
            1 + values.max().unwrap_or(0)
        }
    }
}
