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
    /// The same without the words that open heredocs.
    pub(super) beside: String,
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
    /// Whether a blank stands before its word.
    pub(super) blank: bool,
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
            beside: rest.trim_start().to_owned(),
            heredocs: Vec::new(),
        };
        if ["RUN", "COPY", "ADD"].contains(&line.name.as_str()) && !line.rest.starts_with('[') {
            let (opened, beside) = openings(&line.rest);
            line.beside = beside;
            for heredoc in opened {
                if heredoc.strips && heredoc.blank {
                    out.faults.push((number, no_heredoc(&heredoc.name)));
                }
                match filled(heredoc, &physical, &mut at) {
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

/// The heredocs that a line opens, `<<EOF`, `<< EOF`, `<<-EOF`, `<<"EOF"`, `3<<EOF` outside of quotes
/// and of arithmetic, and the line without them.
fn openings(rest: &str) -> (Vec<Heredoc>, String) {
    let mut found = Vec::new();
    let mut beside = String::new();
    let mut quote: Option<char> = None;
    let mut arithmetic = false;
    // Whether a heredoc may open here: after the beginning of a word and no more than digits.
    let mut starts = true;
    let mut left = rest;
    while let Some(c) = left.chars().next() {
        if let (None, false, true, Some(word)) =
            (quote, arithmetic, starts, left.strip_prefix("<<"))
            && let Some((heredoc, end)) = opening(word)
        {
            let kept = beside.trim_end_matches(|c: char| c.is_ascii_digit()).len();
            beside.truncate(kept);
            found.push(heredoc);
            left = end;
            starts = false;
            continue;
        }
        match quote {
            Some(open) if open == c => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            None if left.starts_with("((") && left.contains("))") => arithmetic = true,
            None if left.starts_with("))") => arithmetic = false,
            _ => {}
        }
        let digits = starts && c.is_ascii_digit();
        starts = c.is_whitespace() || "(;&|".contains(c) || digits;
        beside.push(c);
        left = left.strip_prefix(c).unwrap_or_default();
    }
    (found, beside)
}

fn opening(word: &str) -> Option<(Heredoc, &str)> {
    let (strips, word) = match word.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, word),
    };
    let name = word.trim_start_matches([' ', '\t']);
    let blank = name.len() < word.len();
    let quoted = name.chars().next().filter(|c| *c == '"' || *c == '\'');
    let (name, rest) = match quoted {
        Some(quote) => name.strip_prefix(quote)?.split_once(quote)?,
        None => {
            let is_name = |c: char| c.is_ascii_alphanumeric() || "_.-+".contains(c);
            name.split_at(name.find(|c| !is_name(c)).unwrap_or(name.len()))
        }
    };
    (!name.is_empty()).then(|| {
        let heredoc = Heredoc {
            name: name.to_owned(),
            text: String::new(),
            expands: quoted.is_none(),
            strips,
            blank,
        };
        (heredoc, rest)
    })
}

/// `<<- EOF`, which a shell reads and no builder of Containerfiles.
fn no_heredoc(name: &str) -> Fault {
    Fault::new(format!("`<<- {name}` opens nothing in a Containerfile"))
        .hint(format!("write it without the blank: <<-{name}"))
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
