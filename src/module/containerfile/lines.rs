//! The logical lines of a Containerfile: directives, continuations, comments, heredocs.

use super::fault::Fault;

/// One instruction as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The line that it starts at, counted from 1.
    pub(super) number: u32,
    /// The instruction in capitals.
    pub(super) name: String,
    /// What follows it, continuations joined.
    pub(super) rest: String,
    /// The heredocs that it opens, in their order.
    pub(super) heredocs: Vec<Heredoc>,
}

/// Lines of text that an instruction takes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heredoc {
    /// The word that ends it.
    pub(super) name: String,
    /// Its lines, each with its end.
    pub(super) text: String,
    /// Whether variables in it are replaced: its word is not quoted.
    pub(super) expands: bool,
    /// Whether tabs at the beginning of lines are dropped.
    pub(super) strips: bool,
}

/// A text read into lines, and the character that escapes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lines {
    pub(super) escape: char,
    pub(super) lines: Vec<Line>,
    /// What is wrong, with the line.
    pub(super) faults: Vec<(u32, Fault)>,
}

/// Reads a text.
pub(super) fn read(text: &str) -> Lines {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut out = Lines {
        escape: '\\',
        lines: Vec::new(),
        faults: Vec::new(),
    };
    let physical: Vec<&str> = text.lines().collect();
    let mut at = directives(&physical, &mut out);
    while let Some(line) = physical.get(at) {
        let number = u32::try_from(at + 1).unwrap_or(u32::MAX);
        at += 1;
        if line.trim().is_empty() || line.trim_start().starts_with('#') {
            continue;
        }
        let logical = continued(line, &physical, &mut at, out.escape);
        let logical = logical.trim();
        let end = logical.find(char::is_whitespace).unwrap_or(logical.len());
        let (name, rest) = logical.split_at(end);
        let mut line = Line {
            number,
            name: name.to_ascii_uppercase(),
            rest: rest.trim_start().to_owned(),
            heredocs: Vec::new(),
        };
        if ["RUN", "COPY", "ADD"].contains(&line.name.as_str()) && !line.rest.starts_with('[') {
            for opened in openings(&line.rest) {
                match filled(opened, &physical, &mut at) {
                    Ok(heredoc) => line.heredocs.push(heredoc),
                    Err(fault) => out.faults.push((number, fault)),
                }
            }
        }
        out.lines.push(line);
    }
    out
}

/// Reads the parser directives at the top; gives the first line after them.
fn directives(physical: &[&str], out: &mut Lines) -> usize {
    let mut seen: Vec<String> = Vec::new();
    for (at, line) in physical.iter().enumerate() {
        let pair = line
            .trim_start()
            .strip_prefix('#')
            .and_then(|comment| comment.split_once('='));
        let Some((key, value)) = pair else { return at };
        let key = key.trim().to_ascii_lowercase();
        if !["escape", "syntax", "check"].contains(&key.as_str()) {
            return at;
        }
        let number = u32::try_from(at + 1).unwrap_or(u32::MAX);
        if seen.contains(&key) {
            out.faults.push((
                number,
                Fault::new(format!("the directive `{key}` is stated twice")),
            ));
        }
        match (key.as_str(), value.trim()) {
            ("escape", "\\") => out.escape = '\\',
            ("escape", "`") => out.escape = '`',
            ("escape", other) => out.faults.push((
                number,
                Fault::new(format!("`{other}` cannot be the escape character"))
                    .hint("write # escape=\\ or # escape=`"),
            )),
            _ => {}
        }
        seen.push(key);
    }
    physical.len()
}

/// Joins a line and those that continue it; comments and empty lines between them are dropped.
fn continued(first: &str, physical: &[&str], at: &mut usize, escape: char) -> String {
    let mut logical = String::new();
    let mut line = first;
    loop {
        let Some(kept) = without_continuation(line, escape) else {
            logical.push_str(line);
            return logical;
        };
        logical.push_str(kept);
        loop {
            let Some(next) = physical.get(*at) else {
                return logical;
            };
            *at += 1;
            if !next.trim().is_empty() && !next.trim_start().starts_with('#') {
                line = next;
                break;
            }
        }
    }
}

/// The line without the escape character at its end; none when it does not go on.
fn without_continuation(line: &str, escape: char) -> Option<&str> {
    let kept = line.trim_end_matches([' ', '\t']).strip_suffix(escape)?;
    // An escaped escape character is none.
    (!kept.ends_with(escape)).then_some(kept)
}

/// The heredocs that a line opens: `<<EOF`, `<<-EOF`, `<<"EOF"`, `3<<EOF` outside of quotes.
fn openings(rest: &str) -> Vec<Heredoc> {
    let mut found = Vec::new();
    let mut quote: Option<char> = None;
    let mut before = ' ';
    let mut left = rest;
    while let Some(c) = left.chars().next() {
        let after = left.strip_prefix(c).unwrap_or_default();
        let starts = before.is_whitespace() || before.is_ascii_digit() || "(;&|".contains(before);
        if let (None, true, Some(word)) = (quote, starts, left.strip_prefix("<<"))
            && let Some((heredoc, end)) = opening(word)
        {
            found.push(heredoc);
            left = end;
            before = 'x';
            continue;
        }
        match quote {
            Some(open) if open == c => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            _ => {}
        }
        before = c;
        left = after;
    }
    found
}

fn opening(word: &str) -> Option<(Heredoc, &str)> {
    let (strips, word) = match word.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, word),
    };
    let quoted = word.chars().next().filter(|c| *c == '"' || *c == '\'');
    let (name, rest) = match quoted {
        Some(quote) => word.strip_prefix(quote)?.split_once(quote)?,
        None => {
            let is_name = |c: char| c.is_ascii_alphanumeric() || "_.-+".contains(c);
            word.split_at(word.find(|c| !is_name(c)).unwrap_or(word.len()))
        }
    };
    (!name.is_empty()).then(|| {
        let heredoc = Heredoc {
            name: name.to_owned(),
            text: String::new(),
            expands: quoted.is_none(),
            strips,
        };
        (heredoc, rest)
    })
}

/// Takes the lines of a heredoc up to its word.
fn filled(mut heredoc: Heredoc, physical: &[&str], at: &mut usize) -> Result<Heredoc, Fault> {
    while let Some(line) = physical.get(*at) {
        *at += 1;
        let line = match heredoc.strips {
            true => line.trim_start_matches('\t'),
            false => line,
        };
        if line == heredoc.name {
            return Ok(heredoc);
        }
        heredoc.text.push_str(line);
        heredoc.text.push('\n');
    }
    let name = &heredoc.name;
    Err(
        Fault::new(format!("the lines after `<<{name}` have no end"))
            .hint(format!("end them with a line that is only {name}")),
    )
}
