//! Rules of the kernel's audit (audit.rules(7)).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::action::{Action, Content, Owner};
use crate::origin::{Diagnostic, Sourced, SourcedMap};
use crate::path::TreePath;
use crate::setting::contract::check::{Checked, Place, Reads, Unexamined};
use crate::setting::contract::definition::{Declare, Definition};
use crate::setting::contract::kind::{Kind, Setting, each};
use crate::setting::contract::refusal::{Refusal, examined, typed};
use crate::setting::input::place::constant;
use crate::tree::Snapshot;

impl Kind {
    /// Rules of the kernel's audit, by subject.
    pub const AUDIT_RULE: Self = Self::named("audit_rule");
}

/// The kind `audit_rule`.
pub(in crate::setting) const DEFINITION: Definition = Definition {
    about: "Rules of the kernel's audit, by subject.",
    example: "identity: [\"-w /etc/passwd -p wa -k identity\"]",
    effect: "A file for each subject in `/etc/audit/rules.d`.",
    render: |all, touched, _| render(all, touched),
    at_least,
    ..Definition::of(Kind::AUDIT_RULE, check, |_| reads(), show)
};

/// What a document writes below the name of the kind.
pub(in crate::setting) type Declared = SourcedMap<Vec<Sourced<String>>>;

/// Reads all that one document declares.
pub(in crate::setting) const DECLARE: Declare<Declared> =
    |declared, _| each(declared.iter().map(|(name, rules)| declare(name, rules)));

const FOLDER: &str = "/etc/audit/rules.d";

/// Reads the rules of one subject as written.
pub(in crate::setting) fn declare(
    name: &Sourced<String>,
    rules: &[Sourced<String>],
) -> Result<Setting, Diagnostic> {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    if name.is_empty() || !name.bytes().all(known) {
        return Err(Diagnostic::error(
            &name.origin,
            format!("`{name}` cannot name a file of rules"),
        )
        .hint("write letters, digits, `-` and `_`, for example time-change"));
    }
    if rules.is_empty() {
        return Err(
            Diagnostic::error(&name.origin, format!("`{name}` has no rules"))
                .hint("write at least one, or drop the line"),
        );
    }
    for rule in rules {
        let is_rule = rule.trim_start().starts_with('-') && !rule.trim().contains(['\n', '\0']);
        if !is_rule {
            return Err(Diagnostic::error(
                &rule.origin,
                format!("`{rule}` is not a rule of auditctl"),
            )
            .hint("write one rule for each list entry: -w /etc/passwd -p wa -k identity"));
        }
    }
    let rules: Vec<&str> = rules.iter().map(|rule| rule.trim()).collect();
    Ok(Setting {
        kind: Kind::AUDIT_RULE,
        name: name.value.clone(),
        value: rules.into_iter().collect(),
        origin: name.origin.clone(),
    })
}

/// `-e 2` makes the rules unchangeable, so that whatever follows it is refused: it comes last.
fn file_of(name: &str, rules: &[String]) -> String {
    let is_last = rules.iter().any(|rule| rule.starts_with("-e "));
    let order = if is_last { 99 } else { 50 };
    format!("{FOLDER}/{order}-{name}.rules")
}

/// Writes a file for each subject.
pub(in crate::setting) fn render(
    all: &BTreeMap<String, Value>,
    touched: &BTreeSet<String>,
) -> Result<Vec<Action>, Refusal> {
    let mut actions = Vec::new();
    for (name, value) in all.iter().filter(|(name, _)| touched.contains(*name)) {
        let rules: Vec<String> = typed(Kind::AUDIT_RULE, name, value)?;
        let text: String = rules.iter().map(|rule| format!("{rule}\n")).collect();
        let path = TreePath::parse(&file_of(name, &rules)).map_err(|error| Refusal::Value {
            setting: Kind::AUDIT_RULE.key(name),
            reason: error.to_string(),
        })?;
        actions.push(Action::Write {
            path,
            content: Content::Text(
                format!("## Written by terroir from the settings of this image.\n{text}").into(),
            ),
            mode: 0o640,
            owner: Owner::default(),
        });
    }
    Ok(actions)
}

/// A rule in one spelling: `-S a,b` is two system calls, whose order and that of fields says
/// nothing; `-k x` is `-F key=x`.
fn normal(rule: &str) -> Vec<String> {
    let words: Vec<&str> = rule.split_whitespace().collect();
    let mut parts = Vec::new();
    let mut index = 0;
    while let Some(word) = words.get(index) {
        let value = words.get(index + 1).copied().unwrap_or_default();
        match *word {
            "-S" => parts.extend(value.split(',').map(|call| format!("-S {call}"))),
            "-k" => parts.push(format!("-F key={value}")),
            "-a" | "-A" => {
                let mut both: Vec<&str> = value.split(',').collect();
                both.sort_unstable();
                parts.push(format!("{word} {}", both.join(",")));
            }
            "-p" => {
                let mut bits: Vec<char> = value.chars().collect();
                bits.sort_unstable();
                parts.push(format!("-p {}", bits.into_iter().collect::<String>()));
            }
            "-F" => parts.push(format!("-F {}", field(value))),
            _ if word.starts_with('-') && !value.starts_with('-') && !value.is_empty() => {
                parts.push(format!("{word} {}", value.trim_end_matches('/')));
            }
            _ => {
                parts.push((*word).to_owned());
                index += 1;
                continue;
            }
        }
        index += 2;
    }
    parts.sort();
    parts.dedup();
    parts
}

/// `auid!=-1`, `auid!=4294967295` and `auid!=unset` are the same.
fn field(field: &str) -> String {
    match field {
        "auid!=-1" | "auid!=4294967295" => "auid!=unset".to_owned(),
        field => field.to_owned(),
    }
}

/// More rules of the same subject.
pub(in crate::setting) fn at_least(_name: &str, candidate: &Value, mandatory: &Value) -> bool {
    let read = |value: &Value| -> Option<BTreeSet<Vec<String>>> {
        let rules = value.as_array()?.iter();
        rules.map(|rule| Some(normal(rule.as_str()?))).collect()
    };
    matches!((read(candidate), read(mandatory)), (Some(own), Some(least)) if own.is_superset(&least))
}

/// `audit rules time-change: 3`.
pub(in crate::setting) fn show(name: &str, value: &Value) -> Result<String, Refusal> {
    let rules: Vec<String> = typed(Kind::AUDIT_RULE, name, value)?;
    Ok(match rules.as_slice() {
        [rule] => format!("audit rule {name}: {rule}"),
        rules => format!("audit rules {name}: {} of them", rules.len()),
    })
}

/// Looks for every rule in all files that augenrules(8) puts together.
pub(in crate::setting) fn check(
    name: &str,
    value: &Value,
    root: &Snapshot,
) -> Result<Checked, Unexamined> {
    let demanded: Vec<String> = examined(Kind::AUDIT_RULE, name, value)?;
    let mut there = BTreeMap::new();
    for path in root.children(&constant(FOLDER)) {
        if !path.file_name().ends_with(b".rules") {
            continue;
        }
        let text = root.text(&path)?.unwrap_or_default();
        for (index, line) in text.lines().enumerate() {
            if line.trim_start().starts_with('-') {
                there.insert(normal(line), Place::line(&path, index));
            }
        }
    }
    let mut place = None;
    for rule in &demanded {
        match there.get(&normal(rule)) {
            Some(found) => place = Some(found.clone()),
            None => return Ok(Checked::unmet(format!("no file has the rule {rule}"), None)),
        }
    }
    Ok(Checked::met(
        format!("all {} rules are there", demanded.len()),
        place,
    ))
}

/// All files of rules.
pub(in crate::setting) fn reads() -> Vec<Reads> {
    vec![Reads::below(FOLDER)]
}
