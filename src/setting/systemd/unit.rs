//! The `[Install]` section of a unit file (systemd.unit(5)).

use serde::{Deserialize, Serialize};

use crate::path::TreePath;

/// What enabling a unit does, as its file says; small enough to travel in a record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct UnitInstall {
    /// The unit file, as found in [`unit_directories`](crate::setting::unit_directories).
    pub path: TreePath,
    /// Units that start it too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wanted_by: Vec<String>,
    /// Units that do not start without it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub required_by: Vec<String>,
    /// Units that start it again whenever it stops.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub upheld_by: Vec<String>,
    /// Units that are enabled and disabled with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// Other names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alias: Vec<String>,
    /// The instance that enabling a template without one means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_instance: Option<String>,
}

impl UnitInstall {
    /// Reads a unit file's text; what systemd would warn about and ignore is ignored.
    #[must_use]
    pub fn parse(path: TreePath, text: &str) -> Self {
        let mut unit = Self {
            path,
            ..Self::default()
        };
        unit.read(text);
        unit
    }

    /// Adds what a drop-in says; an empty assignment in it takes back what was read before.
    #[must_use]
    pub fn with_drop_in(mut self, text: &str) -> Self {
        self.read(text);
        self
    }

    fn read(&mut self, text: &str) {
        for (_, key, value) in assignments(text, "Install") {
            self.assign(&key, &value);
        }
    }

    fn assign(&mut self, key: &str, value: &str) {
        let list = match key {
            "WantedBy" => &mut self.wanted_by,
            "RequiredBy" => &mut self.required_by,
            "UpheldBy" => &mut self.upheld_by,
            "Also" => &mut self.also,
            "Alias" => &mut self.alias,
            "DefaultInstance" => {
                self.default_instance = Some(value.to_owned()).filter(|text| !text.is_empty());
                return;
            }
            _ => return,
        };
        // Also= is the one list that systemd does not empty.
        if value.is_empty() && key != "Also" {
            list.clear();
        }
        let words = value.split_whitespace();
        list.extend(words.map(|word| word.trim_matches(['"', '\'']).to_owned()));
    }

    /// Tells whether enabling it would do anything.
    #[must_use]
    pub fn can_be_enabled(&self) -> bool {
        [
            &self.wanted_by,
            &self.required_by,
            &self.upheld_by,
            &self.also,
            &self.alias,
        ]
        .into_iter()
        .any(|list| !list.is_empty())
    }
}

/// The keys and values of one section of a file in systemd's format, each with the index of its
/// first line; what systemd would warn about and ignore is left out. The section `""` is what stands
/// before the first header.
pub(in crate::setting) fn assignments(text: &str, section: &str) -> Vec<(usize, String, String)> {
    let mut current = String::new();
    let mut found = Vec::new();
    for (index, line) in logical_lines(text) {
        let line = line.trim_matches(is_space);
        if let Some(header) = line.strip_prefix('[') {
            if let Some(name) = header.strip_suffix(']') {
                name.clone_into(&mut current);
            }
        } else if let (true, Some((key, value))) = (current == section, line.split_once('=')) {
            let [key, value] = [key, value].map(|part| part.trim_matches(is_space).to_owned());
            found.push((index, key, value));
        }
    }
    found
}

fn is_space(character: char) -> bool {
    " \t\n\r".contains(character)
}

/// Lines without comments (systemd.syntax(7)), each with the index of its first. A line that ends in
/// a backslash continues in the next line that is not a comment.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim_start_matches(is_space);
        if line.starts_with(['#', ';']) || (line.is_empty() && open.is_none()) {
            continue;
        }
        let (start, mut whole) = open.take().unwrap_or((index, String::new()));
        let slashes = line.len() - line.trim_end_matches('\\').len();
        match slashes % 2 == 1 {
            true => {
                whole.push_str(line.strip_suffix('\\').unwrap_or(line));
                whole.push(' ');
                open = Some((start, whole));
            }
            false => {
                whole.push_str(line);
                lines.push((start, whole));
            }
        }
    }
    lines.extend(open);
    lines
}
