//! `.containerignore` and `.dockerignore`: what of the repository no instruction copies.

use super::pattern::path_matches;
use crate::origin::Diagnostic;
use crate::setting::Inputs;

const NAMES: [&str; 2] = [".containerignore", ".dockerignore"];

/// The patterns of an ignore file.
#[derive(Clone, Debug, Default)]
pub(super) struct Ignore {
    /// Pattern and whether it takes files back in; the last that fits decides.
    rules: Vec<(Vec<String>, bool)>,
}

impl Ignore {
    /// Reads the ignore file of a folder, if it has one.
    pub(super) fn of(root: &dyn Inputs, folder: &str) -> Result<Self, Diagnostic> {
        for name in NAMES {
            let path = match folder {
                "" => name.to_owned(),
                folder => format!("{folder}/{name}"),
            };
            if let Some(input) = root.at_root(&path)? {
                return Ok(Self::parse(&root.text(&input)?));
            }
        }
        Ok(Self::default())
    }

    fn parse(text: &str) -> Self {
        let rule = |line: &str| {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                return None;
            }
            let (back, pattern) = match line.strip_prefix('!') {
                Some(rest) => (true, rest.trim()),
                None => (false, line),
            };
            let parts: Vec<String> = pattern
                .split('/')
                .filter(|part| !part.is_empty() && *part != ".")
                .map(str::to_owned)
                .collect();
            (!parts.is_empty()).then_some((parts, back))
        };
        Self {
            rules: text.lines().filter_map(rule).collect(),
        }
    }

    /// Tells whether a path is left out: it or a folder above it fits a pattern.
    pub(super) fn ignores(&self, path: &str) -> bool {
        let parts: Vec<&str> = path.split('/').collect();
        let mut ignored = false;
        for (pattern, back) in &self.rules {
            let pattern: Vec<&str> = pattern.iter().map(String::as_str).collect();
            let mut above = (1..=parts.len()).filter_map(|length| parts.get(..length));
            if above.any(|above| path_matches(&pattern, above)) {
                ignored = !back;
            }
        }
        ignored
    }

    /// Tells whether nothing below an ignored folder can be taken back in.
    pub(super) fn is_final(&self) -> bool {
        self.rules.iter().all(|(_, back)| !back)
    }
}

#[cfg(test)]
mod tests {
    use super::Ignore;

    #[test]
    fn the_last_pattern_that_fits_decides() {
        let ignore = Ignore::parse("# comment\n*.md\n!README.md\n/target/\n**/*.o\ndoc/*/x\n");
        for (path, ignored) in [
            ("NEWS.md", true),
            ("README.md", false),
            ("a/NEWS.md", false),
            ("target/debug/x", true),
            ("src/deep/a.o", true),
            ("a.o", true),
            ("doc/a/x/y", true),
            ("doc/x", false),
        ] {
            assert_eq!(ignore.ignores(path), ignored, "{path}");
        }
    }
}
