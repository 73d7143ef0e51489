//! The place of a template in its file, and its errors in plain words.

use std::collections::BTreeSet;
use std::ops::Range;

use minijinja::{Error, ErrorKind};

use super::environment::FUEL;
use super::operand::Widened;
use super::undefined;
use crate::origin::{Diagnostic, Origin};
use crate::yaml::limits::{MAX_NODES, MAX_OUTPUT};
use crate::yaml::written::Scope;

/// A template's text and where it stands.
pub(super) struct Place<'a> {
    pub(super) text: &'a str,
    pub(super) origin: &'a Origin,
    /// Where in the text the compiled part starts, in bytes.
    pub(super) start: usize,
    /// What was compiled of that part.
    pub(super) widened: &'a Widened,
}

impl Place<'_> {
    /// Says what is wrong with a template in words for people, at the very place if that is known.
    pub(super) fn reword(
        &self,
        error: &Error,
        scope: &Scope,
        names: &BTreeSet<String>,
    ) -> Diagnostic {
        let widened = |at: usize| self.widened.written(at);
        let range = error.range();
        let origin = self.exact(range.map(|range| widened(range.start)..widened(range.end)));
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
    pub(super) fn exact(&self, range: Option<Range<usize>>) -> Origin {
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

pub(super) fn too_much(origin: &Origin) -> Diagnostic {
    Diagnostic::error(origin, "the template gives too much").hint(format!(
        "up to {MAX_OUTPUT} bytes and {MAX_NODES} values are allowed"
    ))
}
