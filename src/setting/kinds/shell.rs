//! What login shells and interactive shells start with: the umask, and how long they may idle.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::action::Action;
use crate::origin::{Diagnostic, Sourced};
use crate::path::TreePath;
use crate::setting::contract::check::{Checked, Place, Reads, Unexamined};
use crate::setting::contract::definition::{Declare, Definition};
use crate::setting::contract::ground::Ground;
use crate::setting::contract::kind::{Kind, Setting};
use crate::setting::contract::refusal::{Refusal, examined, typed};
use crate::setting::input::place::constant;
use crate::setting::input::scalar::Scalar;
use crate::setting::root::rewrite::{Held, joined};
use crate::tree::Snapshot;

impl Kind {
    /// What shells start with.
    pub const SHELL: Self = Self::named("shell");
}

/// The kind `shell`.
pub(in crate::setting) const DEFINITION: Definition = Definition {
    about: "What shells start with.",
    example: "umask: \"027\"\n\
        TMOUT: 900",
    effect: "Files in `/etc/profile.d`; laxer lines elsewhere are mended.",
    render,
    at_least,
    ..Definition::of(Kind::SHELL, check, |_| reads(), show)
};

/// What a document writes below the name of the kind.
pub(in crate::setting) type Declared = ShellDeclaration;

/// Reads all that one document declares.
pub(in crate::setting) const DECLARE: Declare<Declared> = |declared, _| declare(declared);

/// What shells start with, as a document declares it; what is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShellDeclaration {
    /// The bits that new files do not get, as octal text such as "027".
    #[serde(default)]
    pub umask: Option<Sourced<Scalar>>,
    /// Seconds after which an idle shell ends.
    #[serde(default, rename = "TMOUT")]
    pub tmout: Option<Sourced<u32>>,
}

/// Reads what is demanded.
pub(in crate::setting) fn declare(
    shell: &ShellDeclaration,
) -> Result<Vec<Setting>, Vec<Diagnostic>> {
    let (mut settings, mut wrong) = (Vec::new(), Vec::new());
    if let Some(umask) = &shell.umask {
        let bits = match &umask.value {
            Scalar::Text(text) => octal(text),
            _ => None,
        };
        match bits {
            Some(bits) => settings.push(Setting {
                kind: Kind::SHELL,
                name: "umask".to_owned(),
                value: Value::from(format!("{bits:03o}")),
                origin: umask.origin.clone(),
            }),
            None => wrong.push(
                Diagnostic::error(&umask.origin, "the umask is not octal text")
                    .hint("write it in quotes: umask: \"027\""),
            ),
        }
    }
    if let Some(seconds) = &shell.tmout {
        match seconds.value {
            0 => wrong.push(
                Diagnostic::error(&seconds.origin, "a TMOUT of 0 never ends a shell")
                    .hint("write the number of seconds, or drop the line"),
            ),
            number => settings.push(Setting {
                kind: Kind::SHELL,
                name: "TMOUT".to_owned(),
                value: Value::from(number),
                origin: seconds.origin.clone(),
            }),
        }
    }
    match wrong.is_empty() {
        true => Ok(settings),
        false => Err(wrong),
    }
}

fn octal(text: &str) -> Option<u32> {
    let digits = (3..=4).contains(&text.len()) && text.bytes().all(|b| (b'0'..b'8').contains(&b));
    let bits = u32::from_str_radix(text, 8).ok().filter(|_| digits)?;
    (bits <= 0o777).then_some(bits)
}

const UMASK_FILE: &str = "/etc/profile.d/terroir-umask.sh";
const TMOUT_FILE: &str = "/etc/profile.d/terroir-tmout.sh";

/// Files of interactive shells, of Debian and of Fedora; each that is there sets the umask.
const INTERACTIVE: [&str; 2] = ["/etc/bash.bashrc", "/etc/bashrc"];

/// Other files that may set it; what they set must not be laxer.
const OTHERS: [&str; 4] = [
    "/etc/profile",
    "/root/.bashrc",
    "/root/.profile",
    "/root/.bash_profile",
];

/// Writes one file below `/etc/profile.d` each, and mends the lines of other files.
pub(in crate::setting) fn render(
    all: &BTreeMap<String, Value>,
    touched: &BTreeSet<String>,
    ground: &mut dyn Ground,
) -> Result<Vec<Action>, Refusal> {
    let setting = touched.first().map(|name| Kind::SHELL.key(name));
    let setting = setting.unwrap_or_default();
    let mut actions = Vec::new();
    let (mut umask, mut tmout) = (None, None);
    if let Some(value) = all.get("umask") {
        let text: String = typed(Kind::SHELL, "umask", value)?;
        let own = Held::read(&setting, UMASK_FILE, 0o644, ground)?;
        actions.extend(own.with(&format!(
            "# Written by terroir: what new files of login shells do not grant.\numask {text}\n"
        )));
        umask = Some(text);
    }
    if let Some(value) = all.get("TMOUT") {
        let seconds: u32 = typed(Kind::SHELL, "TMOUT", value)?;
        let own = Held::read(&setting, TMOUT_FILE, 0o644, ground)?;
        // A plain sh knows neither TMOUT nor typeset.
        actions.extend(own.with(&format!(
            "# Written by terroir: an idle shell ends after this many seconds.\n\
             if [ -n \"${{BASH_VERSION-}}${{KSH_VERSION-}}${{ZSH_VERSION-}}\" ]; then\n\
             \ttypeset -xr TMOUT={seconds}\nfi\n"
        )));
        tmout = Some(seconds);
    }
    for path in OTHERS.iter().chain(&INTERACTIVE) {
        let file = Held::read(&setting, path, 0o644, ground)?;
        let Some(old) = &file.text else {
            continue;
        };
        let mut lines: Vec<String> = old.lines().map(str::to_owned).collect();
        if let Some(text) = &umask {
            mend_umask(&mut lines, text, INTERACTIVE.contains(path));
        }
        if let Some(seconds) = tmout {
            mend_tmout(&mut lines, seconds);
        }
        actions.extend(file.with(&joined(lines)));
    }
    Ok(actions)
}

/// Makes laxer lines as strict; where none sets it and one has to, it is added.
fn mend_umask(lines: &mut Vec<String>, text: &str, wanted: bool) {
    let bits = octal(text).unwrap_or_default();
    let mut is_set = false;
    for line in lines.iter_mut() {
        let Some(set) = umask_of(line).map(str::to_owned) else {
            continue;
        };
        is_set = true;
        if octal(&set).is_none_or(|set| set & bits != bits) {
            *line = line.replacen(&format!("umask {set}"), &format!("umask {text}"), 1);
        }
    }
    if !is_set && wanted {
        lines.push(format!("umask {text}"));
    }
}

fn mend_tmout(lines: &mut [String], seconds: u32) {
    for line in lines {
        let set = tmout_of(line).map(str::to_owned);
        if let Some(set) = set.filter(|set| !idles(set, seconds)) {
            *line = line.replacen(&format!("TMOUT={set}"), &format!("TMOUT={seconds}"), 1);
        }
    }
}

/// The commands of a line of a shell script, without comments and the words of conditions.
fn commands(line: &str) -> impl Iterator<Item = &str> {
    let line = line.trim();
    let line = match line.starts_with('#') {
        true => "",
        false => line.split_once(" #").map_or(line, |(line, _)| line),
    };
    line.split([';', '&', '|']).map(|command| {
        let mut command = command.trim();
        for word in ["then ", "else ", "do ", "{ ", "( "] {
            command = command.strip_prefix(word).map_or(command, str::trim_start);
        }
        command
    })
}

/// What a line sets the umask to.
fn umask_of(line: &str) -> Option<&str> {
    commands(line).find_map(|command| {
        let rest = command.strip_prefix("umask ")?.trim();
        let value = rest.split_whitespace().next()?;
        (!value.starts_with('-')).then_some(value)
    })
}

/// What a line sets TMOUT to.
fn tmout_of(line: &str) -> Option<&str> {
    commands(line).find_map(|command| {
        let word = command
            .split_whitespace()
            .find(|word| word.starts_with("TMOUT="))?;
        word.strip_prefix("TMOUT=")
    })
}

fn idles(set: &str, most: u32) -> bool {
    let number = set.trim_matches(['"', '\'']).parse::<u32>();
    number.is_ok_and(|number| (1..=most).contains(&number))
}

/// More bits taken away, or fewer seconds.
pub(in crate::setting) fn at_least(name: &str, candidate: &Value, mandatory: &Value) -> bool {
    match (name, candidate, mandatory) {
        ("umask", Value::String(own), Value::String(least)) => {
            matches!((octal(own), octal(least)), (Some(own), Some(least)) if own & least == least)
        }
        ("TMOUT", Value::Number(own), Value::Number(most)) => {
            matches!((own.as_u64(), most.as_u64()), (Some(own), Some(most)) if own <= most && own > 0)
        }
        _ => false,
    }
}

/// `shells start with umask 027`.
pub(in crate::setting) fn show(name: &str, value: &Value) -> Result<String, Refusal> {
    Ok(match name {
        "umask" => {
            let text: String = typed(Kind::SHELL, name, value)?;
            format!("shells start with umask {text}")
        }
        _ => {
            let seconds: u32 = typed(Kind::SHELL, name, value)?;
            format!("a shell that idles for {seconds} seconds ends")
        }
    })
}

/// Looks at every line that sets it, in the files of login shells and of interactive ones.
pub(in crate::setting) fn check(
    name: &str,
    value: &Value,
    root: &Snapshot,
) -> Result<Checked, Unexamined> {
    let mut login: Vec<TreePath> = root.children(&constant("/etc/profile.d"));
    login.retain(|path| path.file_name().ends_with(b".sh"));
    login.push(constant("/etc/profile"));
    if name == "umask" {
        let text: String = examined(Kind::SHELL, name, value)?;
        let bits = octal(&text).unwrap_or_default();
        return umask_set(&login, bits, root);
    }
    let most: u32 = examined(Kind::SHELL, name, value)?;
    let mut met = None;
    let rest = OTHERS.iter().chain(&INTERACTIVE).map(|path| constant(path));
    for path in login.into_iter().chain(rest) {
        let text = root.text(&path)?.unwrap_or_default();
        for (index, line) in text.lines().enumerate() {
            let Some(set) = tmout_of(line) else {
                continue;
            };
            let place = Some(Place::line(&path, index));
            let found = format!("TMOUT is {set}");
            if !idles(set, most) {
                return Ok(Checked::unmet(found, place));
            }
            let fixed = line.contains("readonly") || text.contains("readonly TMOUT");
            let fixed = fixed || line.contains("-xr ") || line.contains("-rx ");
            if fixed || met.is_none() {
                met = Some((fixed, found, place));
            }
        }
    }
    Ok(match met {
        Some((true, found, place)) => Checked::met(found, place),
        Some((false, found, place)) => {
            Checked::unmet(format!("{found}, and users may change it"), place)
        }
        None => Checked::unmet("no file sets TMOUT", None),
    })
}

fn umask_set(login: &[TreePath], bits: u32, root: &Snapshot) -> Result<Checked, Unexamined> {
    let mut met: Option<(String, Place)> = None;
    let mut unset = None;
    let others = OTHERS.iter().chain(&INTERACTIVE).map(|path| constant(path));
    for path in login.iter().cloned().chain(others) {
        let Some(text) = root.text(&path)? else {
            continue;
        };
        let mut is_set = false;
        for (index, line) in text.lines().enumerate() {
            let Some(set) = umask_of(line) else {
                continue;
            };
            is_set = true;
            let (found, place) = (format!("umask {set}"), Place::line(&path, index));
            if octal(set).is_none_or(|set| set & bits != bits) {
                return Ok(Checked::unmet(found, Some(place)));
            }
            if login.contains(&path) {
                met = Some((found, place));
            }
        }
        let interactive = INTERACTIVE.iter().any(|other| path == constant(other));
        if interactive && !is_set {
            unset = Some(path);
        }
    }
    Ok(match (unset, met) {
        (Some(path), _) => {
            Checked::unmet(format!("{path} sets no umask"), Some(Place::file(&path)))
        }
        (None, Some((found, place))) => Checked::met(found, Some(place)),
        (None, None) => Checked::unmet("no file of login shells sets a umask", None),
    })
}

/// All files that shells start with.
pub(in crate::setting) fn reads() -> Vec<Reads> {
    let files = OTHERS
        .iter()
        .chain(&INTERACTIVE)
        .map(|path| Reads::at(path));
    files.chain([Reads::below("/etc/profile.d")]).collect()
}
