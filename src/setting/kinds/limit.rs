//! Limits of what the processes of a login may use (limits.conf(5)).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use crate::action::Action;
use crate::origin::{Diagnostic, Sourced, SourcedMap};
use crate::setting::contract::check::{Checked, Place, Reads, Unexamined};
use crate::setting::contract::definition::{Declare, Definition};
use crate::setting::contract::kind::{Kind, Setting, each};
use crate::setting::contract::refusal::{Refusal, examined, typed};
use crate::setting::input::place::constant;
use crate::setting::input::scalar::Scalar;
use crate::setting::root::rewrite::written;
use crate::tree::Snapshot;

impl Kind {
    /// Limits of processes.
    pub const LIMIT: Self = Self::named("limit");
}

/// The kind `limit`.
pub(in crate::setting) const DEFINITION: Definition = Definition {
    about: "Limits of processes: `\"* hard core\": 0`.",
    example: "\"* hard core\": 0",
    effect: "One file in `/etc/security/limits.d`.",
    render: |all, _, _| render(all),
    at_least,
    reads_many_files: true,
    ..Definition::of(Kind::LIMIT, check, |_| reads(), show)
};

/// What a document writes below the name of the kind.
pub(in crate::setting) type Declared = SourcedMap<Scalar>;

/// Reads all that one document declares.
pub(in crate::setting) const DECLARE: Declare<Declared> =
    |declared, _| each(declared.iter().map(|(name, value)| declare(name, value)));

/// Late in the order, since the last line counts.
const LIMITS_FILE: &str = "/etc/security/limits.d/60-terroir.conf";
const MAIN: &str = "/etc/security/limits.conf";
const FOLDER: &str = "/etc/security/limits.d";

/// What can be limited (limits.conf(5)).
const ITEMS: [&str; 19] = [
    "core",
    "data",
    "fsize",
    "memlock",
    "nofile",
    "rss",
    "stack",
    "cpu",
    "nproc",
    "as",
    "maxlogins",
    "maxsyslogins",
    "nonewprivs",
    "priority",
    "locks",
    "sigpending",
    "msgqueue",
    "nice",
    "rtprio",
];

/// Reads one limit as written: `"* hard core": 0`.
pub(in crate::setting) fn declare(
    key: &Sourced<String>,
    value: &Scalar,
) -> Result<Setting, Diagnostic> {
    let words: Vec<&str> = key.split_whitespace().collect();
    let wrong = |what: String, hint: &str| Err(Diagnostic::error(&key.origin, what).hint(hint));
    let [domain, class, item] = words.as_slice() else {
        return wrong(
            format!("`{key}` is not a limit"),
            "write who, soft or hard, and what: \"* hard core\": 0",
        );
    };
    if !["soft", "hard", "-"].contains(class) {
        return wrong(
            format!("`{class}` is not a class of limits"),
            "write soft, hard, or - for both",
        );
    }
    if !ITEMS.contains(item) {
        return wrong(
            format!("`{item}` cannot be limited"),
            &format!("known are {}", ITEMS.join(", ")),
        );
    }
    let text = value.text_or_integer().map_err(|hint| {
        Diagnostic::error(&key.origin, format!("`{key}` needs a number or a text")).hint(hint)
    })?;
    let known = ["unlimited", "infinity"].contains(&text.as_str()) || text.parse::<i64>().is_ok();
    if !known {
        return wrong(
            format!("`{text}` is not a limit"),
            "write a number, or unlimited",
        );
    }
    Ok(Setting {
        kind: Kind::LIMIT,
        name: format!("{domain} {class} {item}"),
        value: Value::from(text),
        origin: key.origin.clone(),
    })
}

/// Writes every limit into one file.
pub(in crate::setting) fn render(all: &BTreeMap<String, Value>) -> Result<Vec<Action>, Refusal> {
    let mut text = String::from("# Written by terroir from the settings of this image.\n");
    for (name, value) in all {
        let value: String = typed(Kind::LIMIT, name, value)?;
        let _ = writeln!(text, "{name} {value}");
    }
    Ok(vec![written(LIMITS_FILE, &text)])
}

/// Whether a hard limit is no higher than another.
fn within(name: &str, own: &str, most: &str) -> bool {
    let is_hard = !name.contains(" soft ") && !name.ends_with(" priority");
    let number = |text: &str| text.parse::<i64>().ok().filter(|number| *number >= 0);
    own == most
        || (is_hard
            && matches!((number(own), number(most)), (Some(own), Some(most)) if own <= most))
}

/// A lower hard limit.
pub(in crate::setting) fn at_least(name: &str, candidate: &Value, mandatory: &Value) -> bool {
    matches!(
        (candidate.as_str(), mandatory.as_str()),
        (Some(own), Some(most)) if within(name, own, most)
    )
}

/// `limit * hard core is 0`.
pub(in crate::setting) fn show(name: &str, value: &Value) -> Result<String, Refusal> {
    let value: String = typed(Kind::LIMIT, name, value)?;
    Ok(format!("limit {name} is {value}"))
}

/// Looks for the line that counts: the last one of all files.
pub(in crate::setting) fn check(
    name: &str,
    value: &Value,
    root: &Snapshot,
) -> Result<Checked, Unexamined> {
    let demanded: String = examined(Kind::LIMIT, name, value)?;
    let words: Vec<&str> = name.split(' ').collect();
    let mut files = vec![constant(MAIN)];
    let mut drop_ins = root.children(&constant(FOLDER));
    drop_ins.retain(|path| path.file_name().ends_with(b".conf"));
    files.extend(drop_ins);
    let mut last = None;
    for path in files {
        let text = root.text(&path)?.unwrap_or_default();
        for (index, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default();
            let fields: Vec<&str> = line.split_whitespace().collect();
            let [domain, class, item, set] = fields.as_slice() else {
                continue;
            };
            let same = [Some(domain), Some(item)] == [words.first(), words.get(2)];
            let class = *class == "-" || Some(class) == words.get(1);
            if same && class {
                last = Some(((*set).to_owned(), Place::line(&path, index)));
            }
        }
    }
    Ok(match last {
        Some((set, place)) => Checked::when(
            within(name, &set, &demanded),
            format!("{name} is {set}"),
            Some(place),
        ),
        None => Checked::unmet(format!("no line sets {name}"), None),
    })
}

/// The file and its folder.
pub(in crate::setting) fn reads() -> Vec<Reads> {
    vec![Reads::at(MAIN), Reads::below(FOLDER)]
}
