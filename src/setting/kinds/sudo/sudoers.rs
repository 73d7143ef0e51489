//! The statements of sudoers files.

/// One statement: a line with those that continue it.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    /// The line as it stands, continuations included.
    pub raw: String,
    /// It in one line, without its comment.
    pub text: String,
    /// Its first line, counted from 0.
    pub line: usize,
}

/// What a Defaults statement says.
#[derive(Debug)]
pub(super) struct Defaults<'a> {
    /// `Defaults`, with for whom or what it counts.
    pub head: &'a str,
    /// Whether it counts for everybody.
    pub is_global: bool,
    /// `name`, `!name`, `name=value` …
    pub terms: Vec<&'a str>,
}

/// Reads the statements of a file, comments and empty lines too.
pub(super) fn statements(text: &str) -> Vec<Statement> {
    let mut statements: Vec<Statement> = Vec::new();
    let mut open = false;
    for (index, line) in text.lines().enumerate() {
        let continued = line.strip_suffix('\\');
        match statements.last_mut().filter(|_| open) {
            Some(last) => {
                last.raw.push('\n');
                last.raw.push_str(line);
                last.text.push_str(continued.unwrap_or(line));
            }
            None => statements.push(Statement {
                raw: line.to_owned(),
                text: continued.unwrap_or(line).to_owned(),
                line: index,
            }),
        }
        open = continued.is_some();
    }
    for statement in &mut statements {
        statement.text = without_comment(statement.text.trim()).to_owned();
    }
    statements
}

/// A `#` begins a comment, unless a number (a user by its id) or `include` follows, or it stands in
/// quotes or behind a backslash.
fn without_comment(text: &str) -> &str {
    let (mut quoted, mut escaped) = (false, false);
    let is_word = |index: usize, rest: &str| {
        let include = index == 0 && rest.starts_with("include");
        include || rest.starts_with(|next: char| next.is_ascii_digit())
    };
    for (index, character) in text.char_indices() {
        let rest = text.get(index + 1..).unwrap_or_default();
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            '#' if !quoted && !is_word(index, rest) => {
                return text.get(..index).unwrap_or_default().trim_end();
            }
            _ => {}
        }
    }
    text
}

impl Statement {
    /// The file that it takes in, and whether that is a folder.
    pub(super) fn includes(&self) -> Option<(bool, String)> {
        let rest = self.text.strip_prefix(['@', '#'])?;
        let (word, path) = rest.split_once(char::is_whitespace)?;
        let path = path.trim();
        let path = match path.strip_prefix('"').and_then(|path| path.split_once('"')) {
            Some((path, _)) => path.to_owned(),
            None => unescaped(path),
        };
        match word {
            "include" => Some((false, path)),
            "includedir" => Some((true, path)),
            _ => None,
        }
    }

    /// It as a Defaults statement.
    pub(super) fn defaults(&self) -> Option<Defaults<'_>> {
        let rest = self.text.strip_prefix("Defaults")?;
        let is_global = rest.starts_with(char::is_whitespace);
        let scope = match is_global {
            true => 0,
            // `Defaults:user, other`, `Defaults@host`, `Defaults>target`, `Defaults!command`
            false if rest.starts_with([':', '@', '>', '!']) => scope_end(rest),
            false => return None,
        };
        let head = self.text.get(.."Defaults".len() + scope)?;
        Some(Defaults {
            head,
            is_global,
            terms: terms(rest.get(scope..)?),
        })
    }

    /// Whether it is a rule by which somebody needs no password.
    pub(super) fn has_no_password(&self) -> bool {
        self.defaults().is_none() && without_password_tags(&self.text) != self.text
    }
}

/// The first word, in which a backslash keeps what follows.
fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => out.extend(characters.next()),
            _ if character.is_whitespace() => break,
            _ => out.push(character),
        }
    }
    out
}

/// Where the list of those ends for whom a Defaults statement counts: at the first blank that
/// neither follows nor precedes a comma, nor stands behind the sign.
fn scope_end(rest: &str) -> usize {
    let (mut in_word, mut quoted, mut escaped) = (false, false, false);
    for (index, character) in rest.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => {
                quoted = !quoted;
                in_word = true;
            }
            ',' if !quoted => in_word = false,
            _ if character.is_whitespace() && !quoted => {
                let after = rest.get(index..).unwrap_or_default().trim_start();
                if in_word && !after.starts_with(',') {
                    return index;
                }
            }
            _ => in_word = true,
        }
    }
    rest.len()
}

/// The terms of a list, split at commas that stand in no quotes.
fn terms(list: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut start, mut quoted, mut escaped) = (0, false, false);
    for (index, character) in list.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => {
                found.push(list.get(start..index).unwrap_or_default().trim());
                start = index + 1;
            }
            _ => {}
        }
    }
    found.push(list.get(start..).unwrap_or_default().trim());
    found.retain(|term| !term.is_empty());
    found
}

/// A rule without its `NOPASSWD:` tags; a comment stays as it is.
pub(super) fn without_password_tags(rule: &str) -> String {
    const TAG: &str = "NOPASSWD";
    // A number behind the sign is a user.
    let comment = rule.trim_start().strip_prefix('#');
    if comment.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit())) {
        return rule.to_owned();
    }
    let mut out = String::new();
    let mut rest = rule;
    while let Some((before, after)) = rest.split_once(TAG) {
        out.push_str(before);
        match after.trim_start().strip_prefix(':') {
            Some(after) if !before.ends_with(|c: char| c.is_alphanumeric() || c == '_') => {
                rest = after.trim_start();
            }
            _ => {
                out.push_str(TAG);
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}
