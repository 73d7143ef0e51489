//! The files that the text of a script mentions.
//!
//! A guess that errs on the side of too much: what is named by path or by name is used, and what
//! is put together while the script runs may be anything.

use std::collections::BTreeSet;

/// Words by which a script finds its own folder; what it does with it is not known.
const OWN_FOLDER: [&str; 9] = [
    "$0",
    "${0",
    "BASH_SOURCE",
    "$PWD",
    "${PWD",
    "`pwd",
    "$(pwd",
    "__file__",
    "$env.FILE_PWD",
];
/// The folder of scripts below `files/`, in which scripts run.
pub(super) const SCRIPTS: &str = "scripts";

/// What a text uses of the paths of `files/`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Mentioned {
    /// These.
    Some(BTreeSet<String>),
    /// It cannot be told: all.
    All,
}

/// Finds what a text uses; `paths` are all files below `files/`.
pub(super) fn mentioned(text: &str, paths: &[String]) -> Mentioned {
    let mut found = BTreeSet::new();
    for marker in ["CONFIG_DIRECTORY", "/tmp/files"] {
        for (_, after) in occurrences(text, marker) {
            let after = after.trim_start_matches(['}', '"', '\'']);
            let (literal, open) = literal_path(after);
            let Some(path) = literal.strip_prefix('/') else {
                return Mentioned::All;
            };
            match path.rsplit_once('/').map_or("", |(folder, _)| folder) {
                "" if open => return Mentioned::All,
                folder if open => found.extend(below(folder, paths)),
                _ => found.extend(file_or_below(path, paths)),
            }
        }
    }
    if OWN_FOLDER.iter().any(|word| text.contains(word)) || text.contains("./*") {
        found.extend(below(SCRIPTS, paths));
    }
    for token in tokens(text) {
        let name = token.text.trim_start_matches("./").trim_end_matches('/');
        if name.is_empty() {
            continue;
        }
        if token.after_star && name.starts_with('.') {
            let like = |path: &&String| path.starts_with("scripts/") && path.ends_with(name);
            found.extend(paths.iter().filter(like).cloned());
        }
        let relative = name.trim_start_matches('/');
        let absolute = name.starts_with('/') && !token.after_variable;
        if !absolute {
            found.extend(file_or_below(&climbed(relative), paths));
            found.extend(file_or_below(relative, paths));
        }
        let last = relative.rsplit('/').next().unwrap_or(relative);
        if last.contains('.') || !absolute {
            let same = |path: &&String| path.rsplit('/').next() == Some(last);
            found.extend(paths.iter().filter(same).cloned());
        }
    }
    Mentioned::Some(found)
}

/// Every place of a word, with the text before and after it.
fn occurrences<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = (&'t str, &'t str)> {
    text.match_indices(word).filter_map(move |(at, _)| {
        let (before, rest) = text.split_at_checked(at)?;
        Some((before, rest.strip_prefix(word)?))
    })
}

/// The path characters that a text begins with, and whether the path goes on in another way.
fn literal_path(text: &str) -> (&str, bool) {
    let end = text.find(|c: char| !is_path(c)).unwrap_or(text.len());
    let (path, rest) = text.split_at(end);
    let rest = rest.trim_start_matches(['"', '\'']);
    (
        path,
        rest.starts_with(['$', '*', '?', '[', '{', '`', '(', '%', '+']) || path.ends_with('/'),
    )
}

fn is_path(c: char) -> bool {
    c.is_alphanumeric() || "._+@/-".contains(c)
}

/// A path relative to the folder of scripts, from `files/`.
fn climbed(relative: &str) -> String {
    let mut parts = vec![SCRIPTS];
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}

fn below<'p>(folder: &str, paths: &'p [String]) -> impl Iterator<Item = String> + use<'p> {
    let prefix = format!("{}/", folder.trim_end_matches('/'));
    paths
        .iter()
        .filter(move |path| path.starts_with(&prefix))
        .cloned()
}

fn file_or_below(path: &str, paths: &[String]) -> Vec<String> {
    let path = path.trim_end_matches('/');
    if path.is_empty() || path == SCRIPTS {
        return Vec::new();
    }
    if let Ok(at) = paths.binary_search_by(|one| one.as_str().cmp(path)) {
        return paths.get(at).cloned().into_iter().collect();
    }
    below(path, paths).collect()
}

/// A run of path characters.
struct Token<'t> {
    text: &'t str,
    /// Whether a variable or command stands directly before it.
    after_variable: bool,
    after_star: bool,
}

/// The runs of path characters of a text; names of variables are none.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        if first == '$' {
            let after = rest.trim_start_matches('$').trim_start_matches('{');
            let end = after.find(|c: char| !c.is_alphanumeric() && c != '_');
            rest = after.split_at(end.unwrap_or(after.len())).1;
            before = '}';
            continue;
        }
        if !is_path(first) {
            let mut others = rest.chars();
            others.next();
            rest = others.as_str();
            // `"$DIR"/name`: the quote belongs to the variable.
            if !(before == '}' && first == '"') {
                before = first;
            }
            continue;
        }
        let end = rest.find(|c: char| !is_path(c)).unwrap_or(rest.len());
        let (token, after) = rest.split_at(end);
        tokens.push(Token {
            text: token,
            after_variable: matches!(before, '}' | ')' | '`'),
            after_star: before == '*',
        });
        rest = after;
        before = ' ';
    }
    tokens
}
