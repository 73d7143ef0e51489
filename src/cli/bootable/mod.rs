//! The verbs about images that boot: lint.

pub(super) mod lint;
mod lint_report;
