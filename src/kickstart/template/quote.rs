//! Filters that quote values for shell, kickstart and YAML.

use minijinja::{Environment, Error, ErrorKind};

use crate::process::shell_word;

/// Adds the filters of this file to the templates.
pub(in crate::kickstart) fn filters(environment: &mut Environment<'_>) {
    environment.add_filter("shell", |text: String| {
        refuse_lines(&text).map(|()| shell(&text))
    });
    environment.add_filter("ks", |text: String| {
        refuse_lines(&text).map(|()| kickstart(&text))
    });
    environment.add_filter("yaml", |text: String| yaml(&text));
    environment.add_filter("line", |text: String| refuse_lines(&text).map(|()| text));
    environment.add_filter("document", |text: String| document(&text));
    environment.add_filter("base64", |text: String| base64(&text));
    environment.remove_filter("safe");
}

/// Refuses what would end a line of a file that is read line by line.
fn refuse_lines(text: &str) -> Result<(), Error> {
    match text.chars().find(|c| c.is_control()) {
        None => Ok(()),
        Some(_) => Err(Error::new(
            ErrorKind::InvalidOperation,
            "the value has a line end or another control character",
        )),
    }
}

/// A text for the inside of a here-document of a script of a kickstart, without its last line end.
fn document(text: &str) -> Result<String, Error> {
    let ends = |line: &&str| {
        let word = line.trim_end();
        word == "END" || word.starts_with("TERROIR-") || word.starts_with("%end")
    };
    match text.lines().find(ends) {
        None => Ok(text.trim_end_matches('\n').to_owned()),
        Some(line) => Err(Error::new(
            ErrorKind::InvalidOperation,
            format!("the line `{line}` would end what it is written into"),
        )),
    }
}

/// A text as one word of a shell.
pub(in crate::kickstart) fn shell(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,=".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    shell_word(text)
}

/// A text for the inside of a here-document in which the shell replaces variables.
pub(in crate::kickstart) fn heredoc(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '$' | '`') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A text as one word of a kickstart command, which is split as Python's shlex does.
pub(in crate::kickstart) fn kickstart(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,=;*[]".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    let escaped = text.replace('\\', r"\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}

/// A text as a double-quoted scalar of YAML, which JSON's texts are.
pub(in crate::kickstart) fn yaml(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}
