//! Changing values inside a text file and keeping the rest of it.

use super::policy;
use crate::action::{Edit, EditReader, EditStyle};

/// Applies an edit: each key stands once, with its value, and no other line changes.
///
/// A key that is there is changed in place and its later repetitions go; a key that is only there
/// as a comment is put right after it; otherwise it is appended, in the style `space` above the
/// first `Match` block and in the style `ini` at the end of its section. For sshd a key stands above
/// the first `Include` too, whose files would count before it. An empty value writes the
/// key alone (in `ini` with its `=`). Applying an edit twice changes nothing more.
#[must_use]
pub fn apply(edit: &Edit, text: &str) -> String {
    if edit.style == EditStyle::Policy {
        return policy::apply(edit, text);
    }
    let mut file = Lines::read(edit, text);
    for (key, value) in &edit.values {
        match edit.style {
            EditStyle::Ini => {
                let (section, key) = key.rsplit_once('/').unwrap_or(("", key));
                file.set(section, key, value);
            }
            EditStyle::Equals | EditStyle::Space | EditStyle::Policy => file.set("", key, value),
        }
    }
    for key in &edit.removed {
        match edit.style {
            EditStyle::Ini => {
                let (section, key) = key.rsplit_once('/').unwrap_or(("", key));
                file.remove(section, key);
            }
            EditStyle::Equals | EditStyle::Space | EditStyle::Policy => file.remove("", key),
        }
    }
    file.write()
}

/// A file as logical lines: one with a continuation is one line here.
struct Lines {
    style: EditStyle,
    reader: Option<EditReader>,
    lines: Vec<String>,
}

/// A line that assigns a key, or would if it were no comment.
struct Assignment<'a> {
    /// `export ` of a shell file, or nothing.
    before: &'a str,
    key: &'a str,
    /// Whether there is white space beside the `=`; none for a key that stands alone.
    spaced: Option<bool>,
}

impl Lines {
    fn read(edit: &Edit, text: &str) -> Self {
        let style = edit.style;
        let mut lines: Vec<String> = Vec::new();
        let mut open = false;
        if !text.is_empty() {
            for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
                match lines.last_mut().filter(|_| open) {
                    Some(last) => {
                        last.push('\n');
                        last.push_str(line);
                    }
                    None => lines.push(line.to_owned()),
                }
                let comment = !open && is_comment(line);
                open = style != EditStyle::Space && !comment && is_open(line);
            }
        }
        Self {
            style,
            reader: edit.reader,
            lines,
        }
    }

    fn write(self) -> String {
        let mut text = self.lines.join("\n");
        if !text.is_empty() || !self.lines.is_empty() {
            text.push('\n');
        }
        text
    }

    fn set(&mut self, section: &str, key: &str, value: &str) {
        let scope = self.scope(section);
        let spaced = self.usually_spaced(&scope);
        let own = match self.reader {
            Some(EditReader::Ssh) => self.first(&["include", "match", "host"]),
            _ => self.lines.len(),
        };
        let active = self.active(&scope, key);
        let (first, late) = match active.split_first() {
            Some((first, rest)) if *first < own => (Some(*first), rest.to_vec()),
            _ => (None, active),
        };
        if first.is_none() {
            for index in late.iter().rev() {
                self.lines.remove(*index);
            }
        }
        if let Some(first) = first {
            let repeated = late;
            let line = self.lines.get(first).map_or("", String::as_str);
            let line = self.assignment(line).map_or_else(
                || self.line("", key, value, spaced),
                |old| self.again(&old, key, value, spaced),
            );
            if let Some(place) = self.lines.get_mut(first) {
                *place = line;
            }
            for index in repeated.into_iter().rev() {
                self.lines.remove(index);
            }
            return;
        }
        let scope: Vec<usize> = scope.into_iter().filter(|index| *index < own).collect();
        let commented = scope.iter().copied().find_map(|index| {
            let line = self.commented(self.lines.get(index)?)?;
            let found = self
                .assignment(line)
                .filter(|found| self.is_key(found, key))?;
            Some((index, found.spaced))
        });
        if let Some((index, own)) = commented {
            let line = self.line("", key, value, own.unwrap_or(spaced));
            self.lines.insert(index + 1, line);
            return;
        }
        let line = self.line("", key, value, spaced);
        self.close();
        let place = self.place_for_new(section, &scope);
        self.lines.insert(place, line);
    }

    fn remove(&mut self, section: &str, key: &str) {
        for index in self.active(&self.scope(section), key).into_iter().rev() {
            self.lines.remove(index);
        }
    }

    fn is_key(&self, assignment: &Assignment<'_>, key: &str) -> bool {
        match self.style {
            EditStyle::Space => assignment.key.eq_ignore_ascii_case(key),
            EditStyle::Equals | EditStyle::Ini | EditStyle::Policy => assignment.key == key,
        }
    }

    /// The lines of a scope that assign a key.
    fn active(&self, scope: &[usize], key: &str) -> Vec<usize> {
        let assigns = |index: &usize| {
            let line = self.lines.get(*index).map_or("", String::as_str);
            self.assignment(line)
                .is_some_and(|found| self.is_key(&found, key))
        };
        scope.iter().copied().filter(assigns).collect()
    }

    /// Ends a continuation that the file leaves open, which would swallow an appended line.
    fn close(&mut self) {
        let continues = self.style != EditStyle::Space;
        if let Some(last) = self.lines.last_mut().filter(|_| continues) {
            let end = last.rsplit('\n').next().unwrap_or_default();
            if !is_comment(last) && is_open(end) {
                last.push('\n');
            }
        }
    }

    /// The lines among which a key is looked for.
    fn scope(&self, section: &str) -> Vec<usize> {
        match self.style {
            EditStyle::Equals | EditStyle::Policy => (0..self.lines.len()).collect(),
            EditStyle::Space => (0..self.first(&["match", "host"])).collect(),
            EditStyle::Ini => {
                let mut current = "";
                let mut scope = Vec::new();
                for (index, line) in self.lines.iter().enumerate() {
                    if let Some(name) = header(line) {
                        current = name;
                    } else if current == section {
                        scope.push(index);
                    }
                }
                scope
            }
        }
    }

    /// The first line with one of some keys, or where the file ends: what follows a `Match` line of
    /// sshd_config counts only for some connections.
    fn first(&self, keys: &[&str]) -> usize {
        let known = match self.reader {
            Some(EditReader::Ssh) => keys,
            _ => &["match"],
        };
        let is_one = |line: &String| {
            let found = self.assignment(line);
            found.is_some_and(|found| known.iter().any(|key| found.key.eq_ignore_ascii_case(key)))
        };
        let first = self.lines.iter().position(is_one);
        first.unwrap_or(self.lines.len())
    }

    /// A line that is there already, with another value.
    fn again(&self, old: &Assignment<'_>, key: &str, value: &str, spaced: bool) -> String {
        match self.reader {
            // What it does not read in an old line is left out of the new one.
            Some(EditReader::Useradd | EditReader::LoginDefs) => self.line("", key, value, false),
            _ => self.line(old.before, old.key, value, old.spaced.unwrap_or(spaced)),
        }
    }

    /// Where a key goes that the file does not have; makes the section that it is in.
    fn place_for_new(&mut self, section: &str, scope: &[usize]) -> usize {
        let blank = |line: &String| line.trim().is_empty();
        match self.style {
            EditStyle::Equals | EditStyle::Policy => self.lines.len(),
            EditStyle::Space => {
                // The comments right above a `Match` belong to it.
                let mut place = self.first(&["include", "match", "host"]);
                while place < self.lines.len()
                    && place > 0
                    && self
                        .lines
                        .get(place - 1)
                        .is_some_and(|line| line.trim_start().starts_with('#'))
                {
                    place -= 1;
                }
                place
            }
            EditStyle::Ini if section.is_empty() => scope
                .iter()
                .rev()
                .find(|index| self.lines.get(**index).is_some_and(|line| !blank(line)))
                .map_or(0, |index| index + 1),
            EditStyle::Ini => {
                let start = self
                    .lines
                    .iter()
                    .position(|line| header(line) == Some(section));
                let Some(start) = start else {
                    if self.lines.last().is_some_and(|line| !blank(line)) {
                        self.lines.push(String::new());
                    }
                    self.lines.push(format!("[{section}]"));
                    return self.lines.len();
                };
                let below = self.lines.iter().enumerate().skip(start + 1);
                let filled = below
                    .take_while(|(_, line)| header(line).is_none())
                    .filter(|(_, line)| !blank(line))
                    .last();
                filled.map_or(start + 1, |(index, _)| index + 1)
            }
        }
    }

    /// Whether the file writes white space beside its `=`.
    fn usually_spaced(&self, scope: &[usize]) -> bool {
        let line = |index: &usize| self.lines.get(*index).map(String::as_str);
        let active = scope.iter().filter_map(line);
        let commented = active.clone().filter_map(|line| self.commented(line));
        active
            .chain(
                commented.filter(|line| !line.split('=').next().unwrap_or("").trim().contains(' ')),
            )
            .filter_map(|line| self.assignment(line)?.spaced)
            .next()
            .unwrap_or(false)
    }

    /// What a comment would be as a line.
    fn commented<'a>(&self, line: &'a str) -> Option<&'a str> {
        match self.style {
            // After `# ` stands prose, which may well begin with a key.
            EditStyle::Space => line
                .strip_prefix('#')
                .filter(|rest| !rest.starts_with([' ', '\t'])),
            EditStyle::Equals | EditStyle::Policy => {
                line.trim_start().strip_prefix('#').map(str::trim_start)
            }
            EditStyle::Ini => line
                .trim_start()
                .strip_prefix(['#', ';'])
                .map(str::trim_start),
        }
    }

    fn assignment<'a>(&self, line: &'a str) -> Option<Assignment<'a>> {
        let trimmed = line.trim_start();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';', '[']) {
            return None;
        }
        if let Some(EditReader::Security) = self.reader {
            let is_end = |character: char| character.is_whitespace() || character == '=';
            let key = trimmed.split(is_end).next()?;
            let spaced = trimmed
                .contains('=')
                .then(|| !trimmed.contains(&format!("{key}=")));
            return Some(Assignment {
                before: "",
                key,
                spaced,
            });
        }
        if self.style == EditStyle::Space {
            let key = trimmed
                .split(|character: char| character.is_whitespace() || character == '=')
                .next()?;
            return Some(Assignment {
                before: "",
                key,
                spaced: None,
            });
        }
        let (before, rest) = match trimmed.strip_prefix("export ") {
            Some(rest) if self.style == EditStyle::Equals => ("export ", rest.trim_start()),
            _ => ("", trimmed),
        };
        match rest.split_once('=') {
            Some((key, value)) => Some(Assignment {
                before,
                key: key.trim_end(),
                spaced: Some(key.ends_with([' ', '\t']) || value.starts_with([' ', '\t'])),
            }),
            None => Some(Assignment {
                before,
                key: rest.trim_end(),
                spaced: None,
            }),
        }
    }

    fn line(&self, before: &str, key: &str, value: &str, spaced: bool) -> String {
        let spaced = spaced && self.reader != Some(EditReader::Useradd);
        let equals = if spaced { " = " } else { "=" };
        match self.style {
            EditStyle::Space if value.is_empty() => key.to_owned(),
            EditStyle::Space => format!("{key} {value}"),
            EditStyle::Equals if value.is_empty() => format!("{before}{key}"),
            // White space beside the `=` is not shell syntax, so no shell takes quotes off there.
            EditStyle::Equals if !spaced => format!("{before}{key}={}", quoted(value)),
            EditStyle::Equals | EditStyle::Policy => format!("{before}{key} = {value}"),
            EditStyle::Ini => format!("{key}{equals}{value}").trim_end().to_owned(),
        }
    }
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with(['#', ';'])
}

/// Tells whether a line goes on in the next one: it ends in a backslash that none before escapes.
fn is_open(line: &str) -> bool {
    (line.len() - line.trim_end_matches('\\').len()) % 2 == 1
}

/// The name in a `[section]` line.
fn header(line: &str) -> Option<&str> {
    line.trim().strip_prefix('[')?.strip_suffix(']')
}

/// A value as a shell reads it back; one that comes in quotes is taken as it is.
fn quoted(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_@%+:,./-".contains(&byte);
    let in_quotes = ['"', '\'']
        .into_iter()
        .any(|quote| value.len() > 1 && value.starts_with(quote) && value.ends_with(quote));
    if in_quotes || value.bytes().all(plain) {
        return value.to_owned();
    }
    double_quoted(value)
}

/// A value in double quotes, for a shell and for os-release(5).
pub(crate) fn double_quoted(value: &str) -> String {
    let mut out = String::from('"');
    for character in value.chars() {
        if "\\\"$`".contains(character) {
            out.push('\\');
        }
        out.push(character);
    }
    out.push('"');
    out
}
