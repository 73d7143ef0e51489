//! sshd_config and ssh_config as OpenSSH reads them, with `Match` blocks and included files
//! (sshd_config(5), ssh_config(5)).

use super::assigned::Assigned;
use crate::path::TreePath;
use crate::setting::contract::check::{Place, Unexamined};
use crate::setting::input::glob;
use crate::tree::Snapshot;

/// Most files that take each other in; OpenSSH refuses more.
const MAX_DEPTH: usize = 16;

/// Keys of which every line adds to the value.
const ADDED: [&str; 4] = ["allowgroups", "allowusers", "denygroups", "denyusers"];

/// Keys that a `Match` block cannot change.
const GLOBAL: [&str; 10] = [
    "logingracetime",
    "maxstartups",
    "ciphers",
    "macs",
    "kexalgorithms",
    "permituserenvironment",
    "usepam",
    "usedns",
    "strictmodes",
    "tcpkeepalive",
];

/// Older names of keys.
const ALIASES: [(&str, &str); 4] = [
    (
        "challengeresponseauthentication",
        "kbdinteractiveauthentication",
    ),
    ("skeyauthentication", "kbdinteractiveauthentication"),
    ("pubkeyacceptedkeytypes", "pubkeyacceptedalgorithms"),
    ("hostbasedacceptedkeytypes", "hostbasedacceptedalgorithms"),
];

/// Which connections the lines of a block are about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    /// All, as no `Match` stands above.
    Global,
    /// All, by `Match all`, whose lines are read at start too.
    All,
    /// All, by criteria that everybody meets.
    Everybody,
    /// Some.
    Some,
}

/// What was found of one key.
struct Reading<'a> {
    root: &'a Snapshot,
    key: String,
    is_server: bool,
    /// Lines that count when nothing in a block does.
    global: Vec<Assigned>,
    /// Lines of blocks, which count before the others.
    matched: Vec<Assigned>,
}

/// The value of a key that sshd, or ssh, would use for every connection.
pub(super) fn effective(
    root: &Snapshot,
    path: &TreePath,
    key: &str,
    is_server: bool,
) -> Result<Option<Assigned>, Unexamined> {
    let key = canonical(key);
    let mut reading = Reading {
        root,
        is_server,
        global: Vec::new(),
        matched: Vec::new(),
        key,
    };
    reading.file(path, Block::Global, 0)?;
    let lines = match reading.matched.is_empty() || GLOBAL.contains(&reading.key.as_str()) {
        true => reading.global,
        false => reading.matched,
    };
    if !ADDED.contains(&reading.key.as_str()) {
        return Ok(lines.into_iter().next());
    }
    Ok(lines.into_iter().reduce(|all, next| Assigned {
        value: format!("{} {}", all.value, next.value),
        place: next.place,
    }))
}

fn canonical(key: &str) -> String {
    let key = key.to_ascii_lowercase();
    let alias = ALIASES.iter().find(|(old, _)| *old == key);
    alias.map_or(key, |(_, new)| (*new).to_owned())
}

/// Tells whether every line of a key adds to its value, wherever it stands.
pub(super) fn adds(key: &str) -> bool {
    ADDED.contains(&canonical(key).as_str())
}

impl Reading<'_> {
    fn file(&mut self, path: &TreePath, outer: Block, depth: usize) -> Result<(), Unexamined> {
        let Some(text) = self.root.text(path)?.filter(|_| depth < MAX_DEPTH) else {
            return Ok(());
        };
        let mut block = outer;
        for (index, line) in text.lines().enumerate() {
            let Some((word, rest)) = keyword(line) else {
                continue;
            };
            match canonical(&word).as_str() {
                "match" if outer == Block::Some => {}
                "match" => block = matching(&words(rest), &self.key),
                "host" if !self.is_server && outer != Block::Some => {
                    let everybody = words(rest).iter().any(|word| word == "*");
                    block = if everybody { Block::All } else { Block::Some };
                }
                "include" => {
                    for pattern in words(rest) {
                        for file in included(self.root, &pattern) {
                            self.file(&file, block, depth + 1)?;
                        }
                    }
                }
                word if word == self.key => {
                    let words = words(rest);
                    if !words.is_empty() {
                        let value = words.join(" ");
                        let place = Place::line(path, index);
                        self.put(Assigned { value, place }, block);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn put(&mut self, line: Assigned, block: Block) {
        if matches!(block, Block::Global | Block::All) {
            self.global.push(line.clone());
        }
        // A client takes the first value, wherever it stands.
        if self.is_server && matches!(block, Block::All | Block::Everybody) {
            self.matched.push(line);
        }
    }
}

/// Whom a `Match` line is about, as far as a key is.
fn matching(words: &[String], key: &str) -> Block {
    if words
        .first()
        .is_some_and(|word| word.eq_ignore_ascii_case("all"))
    {
        return Block::All;
    }
    let met = words.chunks(2).all(|pair| {
        let [attribute, value] = pair else {
            return false;
        };
        let attribute = attribute.to_ascii_lowercase();
        // The superuser is whom this key is about.
        let root = key == "permitrootlogin" && ["user", "group"].contains(&attribute.as_str());
        let any = ["user", "group", "host", "address", "localaddress"];
        let own = |pattern: &str| pattern == "*" || (root && glob::fits(pattern, "root"));
        any.contains(&attribute.as_str()) && value.split(',').any(own) && !value.contains('!')
    });
    match met && !words.is_empty() {
        true => Block::Everybody,
        false => Block::Some,
    }
}

/// The files that an `Include` names.
pub(super) fn included(root: &Snapshot, pattern: &str) -> Vec<TreePath> {
    match pattern.starts_with('/') {
        true => glob::paths(root, pattern),
        false => glob::paths(root, &format!("/etc/ssh/{pattern}")),
    }
}

/// The patterns of `Include` lines of a file.
pub(super) fn includes(text: &str) -> Vec<String> {
    let lines = text.lines().filter_map(keyword);
    let lines = lines.filter(|(word, _)| word.eq_ignore_ascii_case("include"));
    lines.flat_map(|(_, rest)| words(rest)).collect()
}

/// The keyword of a line and what follows it; none for a comment.
pub(super) fn keyword(line: &str) -> Option<(String, &str)> {
    let line = line.trim_matches([' ', '\t', '\r', '\x0c']);
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let is_end = |character: char| " \t=\"".contains(character);
    let (word, rest) = match line.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"')?,
        None => line.split_at(line.find(is_end).unwrap_or(line.len())),
    };
    // One `=` may stand between a key and its value.
    let rest = rest.trim_start_matches([' ', '\t']);
    let rest = rest.strip_prefix('=').unwrap_or(rest);
    Some((word.to_owned(), rest.trim_start_matches([' ', '\t'])))
}

/// The words of a value: quotes and backslashes undone, a comment left out.
pub(super) fn words(value: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = value.chars().peekable();
    loop {
        while rest.next_if(|next| [' ', '\t'].contains(next)).is_some() {}
        let Some(first) = rest.peek() else {
            return words;
        };
        if *first == '#' {
            return words;
        }
        let mut word = String::new();
        let mut quote = None;
        while let Some(next) = rest.next_if(|next| quote.is_some() || ![' ', '\t'].contains(next)) {
            match next {
                '\\' if rest.peek().is_some_and(|after| {
                    ['"', '\'', '\\'].contains(after) || (*after == ' ' && quote.is_none())
                }) =>
                {
                    word.extend(rest.next());
                }
                '"' | '\'' if quote.is_none() => quote = Some(next),
                _ if quote == Some(next) => quote = None,
                _ => word.push(next),
            }
        }
        words.push(word);
    }
}
