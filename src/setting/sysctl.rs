//! Kernel parameters, in one file of sysctl.d.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use super::error::{Refusal, typed};
use super::kind::{Kind, Setting};
use super::scalar::Scalar;
use crate::action::{Action, Content, Owner};
use crate::origin::{Diagnostic, Sourced};
use crate::path::TreePath;

/// Where all kernel parameters are written; late in the order, so that distributions' files lose.
const SYSCTL_FILE: &str = "/usr/lib/sysctl.d/99-terroir.conf";

const HEADER: &str = "\
# Written by terroir from the settings of this image; `terroir explain` tells where each comes from.
# To override on one machine, put a file of the same name, or a later one, into /etc/sysctl.d.
";

/// Reads one parameter as written.
pub(super) fn declare(key: &Sourced<String>, value: &Scalar) -> Result<Setting, Diagnostic> {
    let name = canonical_key(key)?;
    let text = value.text_or_integer().map_err(|hint| {
        Diagnostic::error(&key.origin, format!("`{key}` needs a number or a text")).hint(hint)
    })?;
    if text.contains(['\n', '\0']) {
        return Err(Diagnostic::error(
            &key.origin,
            format!("the value of `{key}` is longer than one line"),
        )
        .hint("write several numbers with spaces between them"));
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() {
        return Err(
            Diagnostic::error(&key.origin, format!("the value of `{key}` is empty"))
                .hint("write a value, or drop the line"),
        );
    }
    Ok(Setting {
        kind: Kind::Sysctl,
        name,
        value: Value::from(text),
        origin: key.origin.clone(),
    })
}

/// The dotted spelling that sysctl(8) prints: in `net/ipv4/conf/eth0.100/forwarding` the slashes
/// separate, so it becomes `net.ipv4.conf.eth0/100.forwarding` (sysctl.d(5)).
fn canonical_key(key: &Sourced<String>) -> Result<String, Diagnostic> {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:*?@".contains(&byte);
    let wrong = |words: &str| {
        Diagnostic::error(
            &key.origin,
            format!("`{key}` is not the name of a kernel parameter: {words}"),
        )
        .hint("write it as sysctl prints it, for example net.ipv4.ip_forward")
    };
    if !key.bytes().all(known) {
        return Err(wrong("it holds a character that no parameter has"));
    }
    let Some(first) = key.bytes().find(|byte| b"./".contains(byte)) else {
        return Err(wrong("it has no dot"));
    };
    if key.split(char::from(first)).any(str::is_empty) {
        return Err(wrong("a part between two dots is empty"));
    }
    if key.starts_with('-') {
        return Err(wrong("it begins with a dash"));
    }
    if first == b'.' {
        return Ok(key.value.clone());
    }
    Ok(key
        .chars()
        .map(|character| match character {
            '/' => '.',
            '.' => '/',
            other => other,
        })
        .collect())
}

/// Writes every parameter into one file.
pub(super) fn render(all: &BTreeMap<String, Value>) -> Result<Vec<Action>, Refusal> {
    let mut text = HEADER.to_owned();
    for (name, value) in all {
        let value: String = typed(Kind::Sysctl, name, value)?;
        let _ = writeln!(text, "{name} = {value}");
    }
    Ok(vec![written(SYSCTL_FILE, &text)])
}

/// The action that writes a text file of ours, readable by all and owned by root.
pub(super) fn written(path: &str, text: &str) -> Action {
    Action::Write {
        path: TreePath::parse(path).expect("a constant path is valid"),
        content: Content::Text(text.into()),
        mode: 0o644,
        owner: Owner::default(),
    }
}

/// `net.ipv4.ip_forward = 0`.
pub(super) fn show(name: &str, value: &Value) -> Result<String, Refusal> {
    let value: String = typed(Kind::Sysctl, name, value)?;
    Ok(format!("{name} = {value}"))
}
