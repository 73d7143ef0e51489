//! Profiles below `/usr/share/pam-configs`, which packages bring (pam-auth-update(8)).

use std::cmp::Ordering;
use std::collections::BTreeMap;

/// The stacks that `pam-auth-update` makes, each `/etc/pam.d/common-NAME`.
pub(super) const STACKS: [&str; 5] = [
    "auth",
    "account",
    "password",
    "session",
    "session-noninteractive",
];

/// Which of the two blocks of a stack a profile puts its lines into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// The block whose modules decide.
    Primary,
    /// The block after the decision.
    Additional,
}

/// What one package wants in the stacks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Profile {
    fields: BTreeMap<String, String>,
}

impl Profile {
    /// Reads `Field: value` lines; what is indented below a field goes on with it.
    pub(super) fn parse(text: &str) -> Self {
        let mut fields: BTreeMap<String, String> = BTreeMap::new();
        let mut current = String::new();
        for line in text.lines() {
            if let Some((field, value)) = field_of(line) {
                current = field.strip_suffix("-Final").unwrap_or(field).to_owned();
                fields.insert(current.clone(), value.to_owned());
                continue;
            }
            let line = line.trim();
            let held = fields.entry(current.clone()).or_default();
            if !line.is_empty() {
                if !held.is_empty() {
                    held.push('\n');
                }
                held.push_str(line);
            }
        }
        if !fields.contains_key("Session-Interactive-Only") {
            for suffix in ["", "-Type", "-Initial"] {
                if let Some(value) = fields.get(&format!("Session{suffix}")).cloned() {
                    fields.insert(format!("Session-noninteractive{suffix}"), value);
                }
            }
        }
        Self { fields }
    }

    fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// Whether it is used without having been chosen.
    pub(super) fn is_default(&self) -> bool {
        self.field("Default") == "yes"
    }

    /// Whether it names a module that no longer exists.
    pub(super) fn is_dead(&self) -> bool {
        self.fields
            .values()
            .any(|value| value.contains("pam_tally"))
    }

    fn priority(&self) -> i64 {
        self.field("Priority").trim().parse().unwrap_or_default()
    }

    /// The names of profiles that cannot stand beside it.
    pub(super) fn conflicts(&self) -> impl Iterator<Item = &str> {
        self.field("Conflicts").split(", ")
    }

    /// The block of a stack that it has lines for.
    pub(super) fn block(&self, stack: &str) -> Option<Block> {
        match self.field(&format!("{}-Type", capital(stack))) {
            "Primary" => Some(Block::Primary),
            "Additional" => Some(Block::Additional),
            _ => None,
        }
    }

    /// Its lines in a stack; the first profile of a block may have other ones.
    pub(super) fn lines(&self, stack: &str, is_first: bool) -> &str {
        let name = capital(stack);
        let initial = self.field(&format!("{name}-Initial"));
        match is_first && !initial.is_empty() {
            true => initial,
            false => self.field(&name),
        }
    }
}

/// The order of profiles in a stack: by priority, then by name, both falling.
pub(super) fn order(first: (&str, &Profile), second: (&str, &Profile)) -> Ordering {
    let by_priority = second.1.priority().cmp(&first.1.priority());
    by_priority.then_with(|| second.0.cmp(first.0))
}

fn field_of(line: &str) -> Option<(&str, &str)> {
    let (field, value) = line.split_once(':')?;
    let is_word = !field.is_empty() && !field.contains(char::is_whitespace);
    let spaced = value.is_empty() || value.starts_with(char::is_whitespace);
    (is_word && spaced).then(|| (field, value.trim_start()))
}

fn capital(stack: &str) -> String {
    let mut characters = stack.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}
