//! Diagnostics as a terminal shows them: the error, the lines with carets, and a hint.

use std::error::Error;
use std::fmt;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};

use super::failure::short;
use crate::origin::{Diagnostic, Origin, Severity};
use crate::recipe::Sources;

/// Longest line that is shown under an error, in bytes; nobody reads a longer one in a terminal.
const MAX_LINE: usize = 1000;

/// A message with the text that it points into.
#[derive(Debug)]
struct Shown {
    message: String,
    severity: miette::Severity,
    source: Option<NamedSource<String>>,
    labels: Vec<LabeledSpan>,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Shown {}

impl miette::Diagnostic for Shown {
    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        (!self.labels.is_empty()).then(|| Box::new(self.labels.iter().cloned()) as Box<_>)
    }
}

/// Renders a diagnostic with its lines and carets: what is wrong, every other place, what to do.
#[must_use]
pub(in crate::cli) fn render(diagnostic: &Diagnostic, sources: &Sources, color: bool) -> String {
    let theme = if color {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme::unicode_nocolor()
    };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(WIDTH)
        .with_context_lines(1);
    let mut out = String::new();
    for part in parts(diagnostic, sources) {
        let mut text = String::new();
        match handler.render_report(&mut text, &part) {
            Ok(()) => out.extend([text.trim_end(), "\n"]),
            Err(fmt::Error) => out.extend([part.message.as_str(), "\n"]),
        }
    }
    if let Some(hint) = &diagnostic.hint {
        let head = if color {
            "\u{1b}[36m  hint: \u{1b}[0m"
        } else {
            "  hint: "
        };
        out.extend([head, &folded(hint, 8), "\n"]);
    }
    out
}

/// Columns of a terminal that messages fill.
const WIDTH: usize = 100;

/// A text in lines that fit, broken at blanks; later lines are indented.
fn folded(text: &str, indent: usize) -> String {
    let mut out = String::new();
    let mut column = indent;
    for word in text.split(' ') {
        let length = word.chars().count();
        if column > indent && column + 1 + length > WIDTH {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        } else if !out.is_empty() {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out
}

/// The diagnostic itself with all places of its file, then the places in other files.
fn parts(diagnostic: &Diagnostic, sources: &Sources) -> Vec<Shown> {
    let severity = match diagnostic.severity {
        Severity::Error => miette::Severity::Error,
        Severity::Warning => miette::Severity::Warning,
    };
    let file = &diagnostic.origin.file;
    let (source, mut labels) = place(&diagnostic.origin, &diagnostic.label, sources);
    let mut others = Vec::new();
    for (origin, words) in &diagnostic.related {
        if origin.file == *file && origin.line > 0 && source.is_some() {
            labels.extend(place(origin, words, sources).1);
            continue;
        }
        let (other, spans) = place(origin, "", sources);
        let message = match other {
            Some(_) => words.clone(),
            None => format!("{words}: {origin}"),
        };
        others.push(Shown {
            message,
            severity: miette::Severity::Advice,
            source: other,
            labels: spans,
        });
    }
    let message = match source {
        Some(_) => diagnostic.message.clone(),
        None => diagnostic.to_string(),
    };
    let first = Shown {
        message: short(&message).into_owned(),
        severity,
        source,
        labels,
    };
    std::iter::once(first).chain(others).collect()
}

fn place(
    origin: &Origin,
    words: &str,
    sources: &Sources,
) -> (Option<NamedSource<String>>, Vec<LabeledSpan>) {
    let Some(text) = sources.get(&origin.file).filter(|_| origin.line > 0) else {
        return (None, Vec::new());
    };
    let first = origin.line.saturating_sub(2) as usize;
    if text
        .lines()
        .skip(first)
        .take(3)
        .any(|line| line.len() > MAX_LINE)
    {
        return (None, Vec::new());
    }
    let (offset, length) = span(text, origin);
    let label = (!words.is_empty()).then(|| words.to_owned());
    let source = NamedSource::new(origin.file.as_ref(), text.to_string());
    (
        Some(source),
        vec![LabeledSpan::new_primary_with_span(label, (offset, length))],
    )
}

/// The byte offset and length of an origin, whose columns count characters.
fn span(text: &str, origin: &Origin) -> (usize, usize) {
    let line = origin.line.saturating_sub(1) as usize;
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    let bytes =
        |count: usize, from: &str| from.chars().take(count).map(char::len_utf8).sum::<usize>();
    let skipped = bytes(origin.column.saturating_sub(1) as usize, rest);
    let marked = rest.get(skipped..).unwrap_or_default();
    let marked = marked.split('\n').next().unwrap_or_default();
    (
        start + skipped,
        bytes(origin.length.max(1) as usize, marked).max(usize::from(!marked.is_empty())),
    )
}
