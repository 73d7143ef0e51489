//! Accounts as sysusers.d(5) declares them.

use super::root::Root;
use super::rule::Found;

/// A line that makes a user or a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Declared {
    /// Whether it makes a user.
    pub(super) is_user: bool,
    /// Whether it makes a group: a user gets one of its name, unless another is named.
    pub(super) is_group: bool,
    /// The name.
    pub(super) name: String,
    /// The fixed id, if there is one.
    pub(super) id: Option<u32>,
    /// The fixed id of the group that a user gets.
    pub(super) group_id: Option<u32>,
    /// The name of the file.
    pub(super) file: String,
}

/// The lines of /usr/lib/sysusers.d in the order in which they are read, and those that are none.
pub(super) fn declared(root: &Root) -> (Vec<Declared>, Vec<Found>) {
    let mut found = Vec::new();
    let mut wrong = Vec::new();
    for path in root.files_in("/usr/lib/sysusers.d", ".conf") {
        let text = root.text_at(&path).unwrap_or_default();
        let file = String::from_utf8_lossy(path.file_name()).into_owned();
        let lines = text.lines().map(str::trim);
        for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let words = words(line);
            let (kind, name) = (words.first(), words.get(1));
            let (Some(kind), Some(name)) = (kind, name) else {
                wrong.push(Found::at(&path, format!("`{line}` names no account")));
                continue;
            };
            let is_user = match kind.trim_end_matches(['!', '-']) {
                "u" => true,
                "g" => false,
                "m" | "r" => continue,
                _ => {
                    wrong.push(Found::at(
                        &path,
                        format!("`{line}` is no line of sysusers.d"),
                    ));
                    continue;
                }
            };
            let ids = words.get(2).map_or("-", String::as_str);
            let (id, group) = ids.split_once(':').unwrap_or((ids, ids));
            found.push(Declared {
                is_user,
                is_group: !is_user || !ids.contains(':'),
                name: name.clone(),
                id: id.parse().ok(),
                group_id: group.parse().ok(),
                file: file.clone(),
            });
        }
    }
    (found, wrong)
}

/// The words of a line, quoted ones without their quotes.
pub(super) fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}
