//! Failures: what a person reads when something did not work, and the exit code that scripts read.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::{self, Write as _};
use std::io;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};

use crate::origin::{Diagnostic, Origin, Severity};
use crate::recipe::Sources;
use crate::store;

/// Longest message that is shown, in characters.
const MAX_MESSAGE: usize = 3000;
/// Longest line that is shown under an error, in bytes; nobody reads a longer one in a terminal.
const MAX_LINE: usize = 1000;

/// What kind of failure it is; the number is the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The answer is no: findings, a difference, something outdated.
    No = 1,
    /// The recipe or the command line is wrong.
    Usage = 2,
    /// The outside world: registry, archive, tool, disk.
    Outside = 3,
    /// A mistake in terroir.
    Bug = 70,
}

/// Why a verb did not do what it was asked to.
#[derive(Debug)]
pub struct Failure {
    /// The kind, which gives the exit code.
    pub kind: Kind,
    /// The text to print, without the leading `error: `; empty when all was printed already.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The same with its place, if somebody wrote it; shown instead of the message.
    pub(super) place: Option<Box<Diagnostic>>,
}

impl Failure {
    /// A failure with its causes, each on a line of its own.
    pub fn new(kind: Kind, error: &(dyn Error + 'static)) -> Self {
        let mut message = error.to_string();
        let mut hint = advice(error);
        let mut next = error.source();
        while let Some(cause) = next {
            let text = cause.to_string();
            if !message.contains(&text) {
                let _ = write!(message, "\n  caused by: {text}");
            }
            hint = hint.or_else(|| advice(cause));
            next = cause.source();
        }
        Self {
            kind,
            message,
            hint: hint.map(str::to_owned),
            place: None,
        }
    }

    /// A failure in one sentence.
    pub fn say(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
            place: None,
        }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the place, which is shown with its line.
    #[must_use]
    pub(super) fn at(mut self, diagnostic: Diagnostic) -> Self {
        self.place = Some(Box::new(diagnostic));
        self
    }
}

/// What to do about errors that come from anywhere.
fn advice(error: &(dyn Error + 'static)) -> Option<&'static str> {
    if let Some(store::Error::Format { .. }) = error.downcast_ref() {
        return Some("update terroir, or name another store with --store");
    }
    let io = error.downcast_ref::<io::Error>()?;
    match io.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some(
            "make room (`terroir prune` removes what nothing refers to) and run the same command \
             again; what was finished is kept",
        ),
        io::ErrorKind::ReadOnlyFilesystem => {
            Some("name a store that may be written to with --store, or in TERROIR_STORE")
        }
        io::ErrorKind::InvalidData if error.to_string().contains("; it was moved to ") => {
            Some("run the same command again: what was damaged is built or fetched again")
        }
        _ => None,
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.message.is_empty() {
            return Ok(());
        }
        write!(f, "error: {}", short(&self.message))?;
        if let Some(hint) = &self.hint {
            write!(f, "\nhint: {hint}")?;
        }
        writeln!(f)
    }
}

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
pub(super) fn render(diagnostic: &Diagnostic, sources: &Sources, color: bool) -> String {
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

/// A message that a terminal can show; one that quotes a whole file is cut.
fn short(message: &str) -> Cow<'_, str> {
    match message.char_indices().nth(MAX_MESSAGE) {
        None => Cow::Borrowed(message),
        Some((end, _)) => Cow::Owned(format!("{} …", message.get(..end).unwrap_or_default())),
    }
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
