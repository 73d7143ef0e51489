//! The controls of a layer that apply: the options `level`, `profile`, `without` and `only`.

use super::control::{Control, ControlId};
use super::options::Values;
use crate::yaml::Node;

/// What the well-known options of an entry say of the controls; a layer that does not declare them
/// keeps all of its controls.
#[derive(Clone, Debug, Default)]
pub(super) struct Selection {
    level: Option<u8>,
    profile: Option<String>,
    without: Vec<String>,
    only: Vec<String>,
}

impl Selection {
    /// Reads the options.
    pub(super) fn of(values: &Values) -> Self {
        let text = |name: &str| values.get(name).and_then(Node::as_text);
        let list = |name: &str| {
            let items = values.get(name).map(Node::items).unwrap_or_default();
            let texts = items.iter().filter_map(Node::as_text);
            texts.map(str::to_owned).collect()
        };
        Self {
            level: text("level").and_then(|level| level.parse().ok()),
            profile: text("profile").map(str::to_owned),
            without: list("without"),
            only: list("only"),
        }
    }

    /// The level of a control in the profile; none when the control does not count.
    pub(super) fn level_of(&self, control: &Control) -> Option<u8> {
        let level = control.level.value.of(self.profile.as_deref())?;
        let named = |patterns: &[String]| {
            let mut ids = control.ids.iter();
            ids.any(|id| patterns.iter().any(|pattern| id.value.is_in(pattern)))
        };
        let counts = self.level.is_none_or(|most| level <= most)
            && !named(&self.without)
            && (self.only.is_empty() || named(&self.only));
        counts.then_some(level)
    }
}

impl ControlId {
    /// Tells whether the id is `pattern` or lies in the section that it names: `cis/5.4` has
    /// `cis/5.4.1`; without a benchmark, `5.4` is a section of any.
    #[must_use]
    pub fn is_in(&self, pattern: &str) -> bool {
        let (benchmark, number) = self.parts();
        let number = match pattern.split_once('/') {
            Some((wanted, section)) if wanted == benchmark => number.strip_prefix(section),
            Some(_) => None,
            None => number.strip_prefix(pattern),
        };
        number.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// The benchmark and the number in it.
    #[must_use]
    pub fn parts(&self) -> (&str, &str) {
        self.as_str().split_once('/').unwrap_or((self.as_str(), ""))
    }
}
