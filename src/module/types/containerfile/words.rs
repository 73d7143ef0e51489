//! Words of an instruction: flags, lists in JSON, names with values.

use super::fault::Fault;

/// A flag such as `--chown=root`: its name, and its value if it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Flag {
    pub(super) name: String,
    pub(super) value: Option<String>,
}

impl Flag {
    /// The value, which must be there.
    pub(super) fn value(&self) -> Result<&str, Fault> {
        self.value
            .as_deref()
            .filter(|value| !value.is_empty())
            .ok_or_else(|| Fault::new(format!("--{} needs a value", self.name)))
    }

    /// Whether a flag that may stand alone is on.
    pub(super) fn is_on(&self) -> Result<bool, Fault> {
        match self.value.as_deref() {
            None | Some("true" | "1") => Ok(true),
            Some("false" | "0") => Ok(false),
            Some(other) => Err(Fault::new(format!(
                "--{} is true or false, found `{other}`",
                self.name
            ))),
        }
    }
}

/// Splits the flags off the beginning of an instruction.
pub(super) fn flags(rest: &str) -> (Vec<Flag>, &str) {
    let mut flags = Vec::new();
    let mut left = rest.trim_start();
    while let Some(flag) = left.strip_prefix("--") {
        let end = flag.find(char::is_whitespace).unwrap_or(flag.len());
        let (word, after) = flag.split_at(end);
        left = after.trim_start();
        if word.is_empty() {
            break;
        }
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (word, None),
        };
        flags.push(Flag {
            name: name.to_owned(),
            value,
        });
    }
    (flags, left)
}

/// Refuses a flag that an instruction does not have.
pub(super) fn unknown(flag: &Flag, instruction: &str, known: &str) -> Fault {
    Fault::new(format!("{instruction} --{} is not supported", flag.name))
        .hint(format!("{instruction} takes {known}"))
}

/// A list of texts in JSON, as the exec form of an instruction has it; none when it is not such a list.
pub(super) fn json_list(rest: &str) -> Option<Vec<String>> {
    rest.trim_start()
        .starts_with('[')
        .then(|| serde_json::from_str(rest).ok())
        .flatten()
}

/// Splits `KEY=value KEY="other value"`; the older `KEY all the rest` too.
pub(super) fn pairs(rest: &str, escape: char) -> Result<Vec<(String, String)>, Fault> {
    let words = quoted_words(rest, escape);
    let first = words.first().map_or("", String::as_str);
    if !first.contains('=') {
        let (key, value) = rest
            .split_once(char::is_whitespace)
            .ok_or_else(|| Fault::new(format!("`{first}` has no value")).hint("write KEY=value"))?;
        return Ok(vec![(key.to_owned(), value.trim_start().to_owned())]);
    }
    let pair = |word: &String| {
        word.split_once('=')
            .filter(|(key, _)| !key.is_empty())
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .ok_or_else(|| {
                Fault::new(format!("`{word}` is not KEY=value"))
                    .hint("put a value with blanks into quotes")
            })
    };
    words.iter().map(pair).collect()
}

/// Splits at blanks that are neither quoted nor escaped; quotes and escapes stay.
pub(super) fn quoted_words(text: &str, escape: char) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote: Option<char> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match quote {
            _ if c == escape && quote != Some('\'') => {
                word.push(c);
                word.extend(chars.next());
                continue;
            }
            Some(open) if open == c => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                continue;
            }
            _ => {}
        }
        word.push(c);
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}
