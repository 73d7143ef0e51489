//! Syntax errors of the parser, in plain words.

use std::sync::Arc;

use granit_parser::{ErrorKind, ScanError};

use super::indent::misplaced;
use crate::origin::{Diagnostic, Origin};
use crate::yaml::limits::MAX_DEPTH;

/// Makes an origin from a line counted from 1 and a column counted from 0.
pub(super) fn origin(file: &Arc<str>, line: usize, column: usize, length: usize) -> Origin {
    let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Origin {
        file: Arc::clone(file),
        line: small(line),
        column: small(column).saturating_add(1),
        length: small(length),
    }
}

/// The error of a file whose lists and mappings are nested too deeply.
pub(super) fn too_deep(origin: &Origin) -> Diagnostic {
    let message = format!("lists and mappings are nested more than {MAX_DEPTH} deep");
    Diagnostic::error(origin, message).hint("flatten the file, or remove brackets")
}

/// Says what a syntax error means for who wrote the file.
pub(super) fn reword(file: &Arc<str>, text: &str, error: &ScanError) -> Diagnostic {
    let mark = error.marker();
    if let Some((line, column)) = tab_near(text, mark.line(), error.kind()) {
        return Diagnostic::error(
            &origin(file, line, column, 1),
            "a tab stands in the indentation",
        )
        .labelled("a tab")
        .hint("indent with spaces");
    }
    let place = origin(file, mark.line(), mark.col(), 1);
    if *error.kind() == ErrorKind::RecursionLimitExceeded {
        return too_deep(&place);
    }
    if let Some(found) = may_be_misplaced(error.kind())
        .then(|| misplaced(text, mark.line()))
        .flatten()
    {
        let own = origin(file, mark.line(), found.column, found.length);
        let (line, column, length) = found.block;
        return Diagnostic::error(&own, found.message)
            .labelled(found.label)
            .and(&origin(file, line, column, length), "begins here")
            .hint(found.hint);
    }
    let (message, hint) = words(error.kind());
    let diagnostic = Diagnostic::error(&place, message);
    if hint.is_empty() {
        diagnostic
    } else {
        diagnostic.hint(hint)
    }
}

/// Whether an error is often one of indentation.
fn may_be_misplaced(kind: &ErrorKind) -> bool {
    use ErrorKind as K;
    matches!(
        kind,
        K::MappingValueNotAllowed
            | K::InvalidColonPlacement
            | K::ExpectedBlockMappingKey
            | K::ExpectedBlockSequenceEntry
            | K::BlockSequenceEntryNotAllowed
            | K::InvalidIndentation
            | K::ExpectedDocumentStart
    )
}

/// Finds a tab in the indentation of the line at fault or the one after it.
///
/// The parser often reports a tab at the value before it.
fn tab_near(text: &str, line: usize, kind: &ErrorKind) -> Option<(usize, usize)> {
    use ErrorKind as K;
    let unrelated = matches!(
        kind,
        K::UnknownQuotedScalarEscape | K::UnclosedFlowCollection { .. } | K::UndeclaredTagHandle
    );
    let mut near = text
        .lines()
        .enumerate()
        .skip(line.saturating_sub(1))
        .take(2);
    near.find_map(|(index, content)| {
        let blanks = content.chars().take_while(|c| matches!(c, ' ' | '\t'));
        let column = blanks.clone().position(|c| c == '\t')?;
        let something_follows = !content.trim().is_empty();
        (something_follows && !unrelated).then_some((index + 1, column))
    })
}

fn words(kind: &ErrorKind) -> (String, &'static str) {
    use ErrorKind as K;
    let (message, hint) = match kind {
        K::MappingValueNotAllowed | K::InvalidColonPlacement => (
            "a `:` is not possible here",
            "put text that holds `: ` in quotes, or check the indentation of this line",
        ),
        K::SimpleKeyExpected | K::InvalidSimpleKey => (
            "a key without a `:` after it",
            "write `key: value`, with a space after the colon",
        ),
        K::ExpectedBlockMappingKey => (
            "expected a key here",
            "indent the line as the keys above it, and write `key: value`",
        ),
        K::ExpectedBlockSequenceEntry | K::BlockSequenceEntryNotAllowed => (
            "a list entry is not possible here",
            "put every `- ` of a list on a line of its own, all indented alike",
        ),
        K::ExpectedFlowMappingSeparator => ("expected `,` or `}`", "separate entries by commas"),
        K::ExpectedFlowSequenceSeparator => ("expected `,` or `]`", "separate elements by commas"),
        K::InvalidQuotedScalarIndent => (
            "a quoted text goes on here without indentation",
            "close the quote above, or indent this line more",
        ),
        K::InvalidIndentation | K::InvalidFlowScalarIndent => (
            "the indentation does not fit the lines above",
            "indent everything that belongs together by the same number of spaces",
        ),
        K::UnclosedQuotedScalar => ("a quote is never closed", "close it, or remove it"),
        K::InvalidTrailingSingleQuotedScalar | K::InvalidTrailingDoubleQuotedScalar => (
            "something follows the closing quote",
            "put the whole value in quotes; inside '…' a quote is written ''",
        ),
        K::UnknownQuotedScalarEscape => (
            "unknown escape after `\\`",
            "use '…' instead of \"…\", or write `\\\\` for a backslash",
        ),
        K::MisplacedFlowCollectionEnd => ("a bracket closes what was never opened", "remove it"),
        K::UnexpectedCharacter { .. } | K::PlainScalarStartsWithDashFlowIndicator => (
            "a value cannot start with this character",
            "put the value in quotes",
        ),
        K::CommentNotSeparated => ("a `#` without a space before it", "write ` # comment`"),
        K::UndeclaredTagHandle => ("an unknown tag", "put text that starts with `!` in quotes"),
        K::MissingAnchorOrAliasName => (
            "a `*` or `&` without a name",
            "put text that starts with `*` or `&` in quotes",
        ),
        K::ExpectedNodeContent => ("expected a value here", "put the value in quotes"),
        K::UnexpectedEofFlowSequence => ("a `[` is never closed", "add the missing `]`"),
        K::UnexpectedEofFlowMapping | K::UnexpectedEofImplicitFlowMapping => {
            ("a `{` is never closed", "add the missing `}`")
        }
        K::ExpectedDocumentStart => (
            "this does not belong to what stands above",
            "check the indentation of this line and the one before",
        ),
        other => return words_with_values(other),
    };
    (message.to_owned(), hint)
}

fn words_with_values(kind: &ErrorKind) -> (String, &'static str) {
    match kind {
        ErrorKind::UnclosedFlowCollection { open } => (
            format!("a `{open}` is never closed"),
            "add the missing bracket; a value that starts with `{` or `[` needs quotes",
        ),
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => (
            format!("a `{open}` is closed by `{close}`"),
            "close brackets in the order in which they were opened",
        ),
        other => (format!("not valid YAML: {other}"), ""),
    }
}
