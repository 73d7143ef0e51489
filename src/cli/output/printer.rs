//! The printer: results go to standard output, progress and errors to standard error.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::diagnostic::render;
use crate::cli::arguments::options::Global;
use crate::origin::Diagnostic;
use crate::recipe::Sources;

/// The only thing that prints.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Printer {
    quiet: bool,
    verbose: u8,
    color: bool,
    bar: Option<ProgressBar>,
}

impl Printer {
    /// A printer; progress moves only on a terminal, `no_color` is that of <https://no-color.org>.
    pub(in crate::cli) fn new(global: &Global, no_color: bool) -> Self {
        let terminal = io::stderr().is_terminal();
        let bar = (terminal && !global.quiet).then(|| {
            let style = ProgressStyle::with_template("{spinner} {msg}").expect("a valid template");
            let bar = ProgressBar::new_spinner().with_style(style);
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Self {
            quiet: global.quiet,
            verbose: global.verbose,
            color: terminal && !no_color,
            bar,
        }
    }

    /// Prints a line of the result.
    pub(in crate::cli) fn line(&self, text: impl AsRef<str>) {
        self.clear();
        // Nobody reads any more: a closed pipe is not our failure.
        let _ = writeln!(io::stdout().lock(), "{}", text.as_ref());
    }

    /// Prints a result for scripts.
    pub(in crate::cli) fn json(&self, value: &impl Serialize) {
        let text = serde_json::to_string_pretty(value).expect("results have text keys");
        self.line(text);
    }

    /// Says what is being done; on a terminal the next such line replaces it.
    pub(in crate::cli) fn progress(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(text.to_owned()),
            None => self.note(text),
        }
    }

    /// Says how far something is, on a terminal only.
    pub(in crate::cli) fn tick(&self, text: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(text.to_owned());
        }
    }

    /// Says something that stays.
    pub(in crate::cli) fn note(&self, text: &str) {
        if !self.quiet {
            self.error(text);
        }
    }

    /// Says something that only those want who asked for more.
    pub(in crate::cli) fn detail(&self, text: &str) {
        if self.verbose > 0 {
            self.note(text);
        }
    }

    /// Prints what must be read.
    pub(in crate::cli) fn error(&self, text: &str) {
        self.clear();
        let _ = writeln!(io::stderr().lock(), "{}", text.trim_end());
    }

    /// Shows what is wrong with what people wrote.
    pub(in crate::cli) fn diagnostics(&self, diagnostics: &[Diagnostic], sources: &Sources) {
        for diagnostic in diagnostics {
            self.error(&render(diagnostic, sources, self.color));
        }
    }

    /// Shows warnings, unless only errors are asked for.
    pub(in crate::cli) fn warnings(&self, warnings: &[Diagnostic], sources: &Sources) {
        if !self.quiet {
            self.diagnostics(warnings, sources);
        }
    }

    /// Takes the progress line away.
    pub(in crate::cli) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.set_message("");
            bar.suspend(|| {});
        }
    }
}
