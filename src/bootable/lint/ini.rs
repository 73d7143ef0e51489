//! Lines of `key=value` in sections, as systemd, OSTree and Podman write them.

/// One assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The section, without brackets.
    pub(super) section: String,
    /// What stands before the sign.
    pub(super) key: String,
    /// What stands after it.
    pub(super) value: String,
}

/// The assignments of a text in their order; a line that ends in a backslash goes on in the next.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let mut section = String::new();
    let mut found = Vec::new();
    let mut open = String::new();
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(begun) = line.strip_suffix('\\') {
            open.push_str(begun);
            open.push(' ');
            continue;
        }
        let whole = std::mem::take(&mut open) + line;
        if let Some(name) = whole
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            name.clone_into(&mut section);
        } else if let Some((key, value)) = whole.split_once('=') {
            found.push(Line {
                section: section.clone(),
                key: key.trim().to_owned(),
                value: value.trim().to_owned(),
            });
        }
    }
    found
}

/// The last value of a key.
pub(super) fn value(text: &str, section: &str, key: &str) -> Option<String> {
    let found = lines(text).into_iter();
    let mut found = found.filter(|line| line.section == section && line.key == key);
    found.next_back().map(|line| line.value)
}

/// Tells whether a value means yes, as OSTree reads it.
pub(super) fn is_yes(value: &str) -> bool {
    ["1", "true"].contains(&value)
}
