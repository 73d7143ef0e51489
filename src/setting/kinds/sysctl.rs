//! Kernel parameters, in one file of sysctl.d.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use crate::action::Action;
use crate::origin::{Diagnostic, Sourced, SourcedMap};
use crate::path::TreePath;
use crate::setting::contract::check::{Checked, Place, Reads, Unexamined};
use crate::setting::contract::definition::{Declare, Definition};
use crate::setting::contract::ground::Ground;
use crate::setting::contract::kind::{Kind, Setting, each};
use crate::setting::contract::refusal::{Refusal, examined, typed};
use crate::setting::input::glob::{fits_path, is_pattern};
use crate::setting::input::place::constant;
use crate::setting::input::scalar::Scalar;
use crate::setting::root::layered::layered;
use crate::setting::root::rewrite::{Held, joined, written};
use crate::tree::{NodeKind, Snapshot};

impl Kind {
    /// A kernel parameter.
    pub const SYSCTL: Self = Self::named("sysctl");
}

/// The kind `sysctl`.
pub(in crate::setting) const DEFINITION: Definition = Definition {
    about: "Kernel parameters: `net.ipv4.ip_forward: 0`.",
    example: "net.ipv4.ip_forward: 0",
    effect: "All parameters of an image are in one file in `/usr/lib/sysctl.d`.",
    render: |all, _, ground| render(all, ground),
    reads_many_files: true,
    ..Definition::of(Kind::SYSCTL, check, |_| reads(), show)
};

/// What a document writes below the name of the kind.
pub(in crate::setting) type Declared = SourcedMap<Scalar>;

/// Reads all that one document declares.
pub(in crate::setting) const DECLARE: Declare<Declared> =
    |declared, _| each(declared.iter().map(|(name, value)| declare(name, value)));

/// Where all kernel parameters are written; late in the order, so that distributions' files lose.
const SYSCTL_FILE: &str = "/usr/lib/sysctl.d/zz-terroir.conf";
/// Where they were written before, and may lie in a parent.
const OLD_FILE: &str = "/usr/lib/sysctl.d/99-terroir.conf";

const HEADER: &str = "\
# Written by terroir from the settings of this image; `terroir explain` tells where each comes from.
# To override on one machine, put a file of the same name, or a later one, into /etc/sysctl.d.
";

/// Reads one parameter as written.
pub(in crate::setting) fn declare(
    key: &Sourced<String>,
    value: &Scalar,
) -> Result<Setting, Diagnostic> {
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
        kind: Kind::SYSCTL,
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
    let Some(first) = key.chars().find(|character| "./".contains(*character)) else {
        return Err(wrong("it has no dot"));
    };
    if key.split(first).any(str::is_empty) {
        return Err(wrong("a part between two dots is empty"));
    }
    if key.starts_with('-') {
        return Err(wrong("it begins with a dash"));
    }
    Ok(dotted(key))
}

/// The dotted spelling of a parameter whose first separator may be a slash (sysctl.d(5)).
fn dotted(key: &str) -> String {
    if key.find('/').unwrap_or(key.len()) > key.find('.').unwrap_or(key.len()) {
        return key.to_owned();
    }
    let swapped = |character| match character {
        '/' => '.',
        '.' => '/',
        other => other,
    };
    key.chars().map(swapped).collect()
}

/// Writes every parameter into one file.
///
/// Lines of the file that ufw hands to sysctl at its start, after all others, are changed in place.
pub(in crate::setting) fn render(
    all: &BTreeMap<String, Value>,
    ground: &mut dyn Ground,
) -> Result<Vec<Action>, Refusal> {
    let mut text = HEADER.to_owned();
    for (name, value) in all {
        let value: String = typed(Kind::SYSCTL, name, value)?;
        let _ = writeln!(text, "{name} = {value}");
    }
    let root = ground.configuration();
    let mut actions = vec![written(SYSCTL_FILE, &text)];
    let old = constant(OLD_FILE);
    actions.extend(root.node(&old).map(|_| Action::Remove { path: old }));
    actions.extend(of_ufw(all, &root, ground)?);
    Ok(actions)
}

/// The file of ufw with the values that are demanded; it is changed whether ufw is on or not, since
/// somebody may turn it on.
fn of_ufw(
    all: &BTreeMap<String, Value>,
    root: &Snapshot,
    ground: &mut dyn Ground,
) -> Result<Option<Action>, Refusal> {
    let Some((first, _)) = all.first_key_value() else {
        return Ok(None);
    };
    let setting = Kind::SYSCTL.key(first);
    let Some(path) = ufw_file(root).filter(|path| root.node(path).is_some()) else {
        return Ok(None);
    };
    let file = Held::read(&setting, &path.to_string(), 0o644, ground)?;
    let mut lines = Vec::new();
    for line in file.content().lines() {
        let demanded = match Line::parse(line) {
            Some(Line {
                key,
                value: Some(_),
                ..
            }) => all.iter().find(|(name, _)| fits_path(&key, &slashed(name))),
            _ => None,
        };
        match demanded {
            // A pattern may stand for more than what is demanded.
            Some((name, value)) => {
                let value: String = typed(Kind::SYSCTL, name, value)?;
                match is_pattern(line) {
                    true => lines.push(format!("# {line}")),
                    false => lines.push(format!("{} = {value}", slashed(name))),
                }
            }
            None => lines.push(line.to_owned()),
        }
    }
    Ok(file.with(&joined(lines)))
}

/// `net.ipv4.ip_forward = 0`.
pub(in crate::setting) fn show(name: &str, value: &Value) -> Result<String, Refusal> {
    let value: String = typed(Kind::SYSCTL, name, value)?;
    Ok(format!("{name} = {value}"))
}

/// The folders that systemd-sysctl reads, the first of which wins by name (sysctl.d(5)).
const FOLDERS: [&str; 5] = [
    "/etc/sysctl.d",
    "/run/sysctl.d",
    "/usr/local/lib/sysctl.d",
    "/usr/lib/sysctl.d",
    "/lib/sysctl.d",
];

/// Compares the value that boot would set last.
pub(in crate::setting) fn check(
    name: &str,
    value: &Value,
    root: &Snapshot,
) -> Result<Checked, Unexamined> {
    let demanded: String = examined(Kind::SYSCTL, name, value)?;
    Ok(match effective(name, root)? {
        None => Checked::unmet("no file sets it; the kernel's own default holds", None),
        Some((value, place)) => {
            Checked::when(value == demanded, format!("{name} = {value}"), Some(place))
        }
    })
}

/// The value of a parameter after the start of a machine, and the line that sets it: that of ufw,
/// when it is on, else that of systemd-sysctl.
pub(in crate::setting) fn effective(
    name: &str,
    root: &Snapshot,
) -> Result<Option<(String, Place)>, Unexamined> {
    let key = slashed(name);
    if let Some(path) = ufw_file(root).filter(|_| ufw_is_on(root)) {
        let text = root.text(&path)?.unwrap_or_default();
        let lines = text.lines().enumerate();
        let last = lines.filter_map(|(index, line)| {
            let line = Line::parse(line).filter(|line| fits_path(&line.key, &key))?;
            Some((line.value?, Place::line(&path, index)))
        });
        if let Some(found) = last.last() {
            return Ok(Some(found));
        }
    }
    at_boot(&key, root)
}

/// What systemd-sysctl does: the last line of a key counts, and a line with a pattern only where
/// none names the key, be it to set it or, by a dash, to leave it alone (sysctl.d(5)).
fn at_boot(key: &str, root: &Snapshot) -> Result<Option<(String, Place)>, Unexamined> {
    let mut lines: Vec<(Line, Place)> = Vec::new();
    for path in layered(root, &FOLDERS, ".conf") {
        let text = root.text(&path)?.unwrap_or_default();
        for (index, line) in text.lines().enumerate() {
            let Some(line) = Line::parse(line) else {
                continue;
            };
            let place = Place::line(&path, index);
            match lines.iter().position(|(held, _)| held.key == line.key) {
                // Said again it stays in its place; otherwise it comes after the others.
                Some(held)
                    if lines
                        .get(held)
                        .is_some_and(|(held, _)| held.value == line.value) => {}
                Some(held) => {
                    lines.remove(held);
                    lines.push((line, place));
                }
                None => lines.push((line, place)),
            }
        }
    }
    if let Some((line, place)) = lines.iter().find(|(line, _)| line.key == key) {
        return Ok(line.value.clone().map(|value| (value, place.clone())));
    }
    let patterns = lines.into_iter().rev();
    let mut patterns = patterns.filter_map(|(line, place)| {
        let fitting = is_pattern(&line.key) && fits_path(&line.key, key);
        line.value.filter(|_| fitting).map(|value| (value, place))
    });
    Ok(patterns.next())
}

/// One line of a file of sysctl.d.
#[derive(Debug)]
struct Line {
    /// The key with slashes between its parts; it may be a pattern.
    key: String,
    /// The value; none for a key that patterns leave alone.
    value: Option<String>,
}

impl Line {
    /// Reads a line; none for a comment and for anything but an assignment.
    fn parse(line: &str) -> Option<Self> {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            return None;
        }
        let (key, value) = match line.split_once('=') {
            Some((key, value)) => (key.strip_prefix('-').unwrap_or(key), Some(value)),
            None => (line.strip_prefix('-')?, None),
        };
        let value = value.map(|value| value.split_whitespace().collect::<Vec<_>>().join(" "));
        Some(Self {
            key: slashed(key.trim()),
            value,
        })
    }
}

/// A key as it lies below `/proc/sys`: slashes part it when one comes first, else dots do.
fn slashed(key: &str) -> String {
    let first = key
        .find(['.', '/'])
        .and_then(|first| key.as_bytes().get(first));
    let swapped = |character| match character {
        '/' => '.',
        '.' => '/',
        other => other,
    };
    let key = match first {
        Some(b'.') => key.chars().map(swapped).collect(),
        _ => key.to_owned(),
    };
    let parts: Vec<&str> = key
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".")
        .collect();
    parts.join("/")
}

/// The file that ufw hands to sysctl when it starts (ufw-framework(8)); none when it has none.
fn ufw_file(root: &Snapshot) -> Option<TreePath> {
    let named = shell_value(root, "/etc/default/ufw", "IPT_SYSCTL")?;
    let path = TreePath::parse(&named).ok()?;
    (!named.is_empty()).then_some(path)
}

/// Whether ufw filters when the machine starts.
fn ufw_is_on(root: &Snapshot) -> bool {
    let on = shell_value(root, "/etc/ufw/ufw.conf", "ENABLED");
    let mask = root.node(&constant("/etc/systemd/system/ufw.service"));
    let masked = mask.is_some_and(|node| match node.kind {
        NodeKind::Link(target) => target == b"/dev/null",
        _ => false,
    });
    on.is_some_and(|on| on.eq_ignore_ascii_case("yes")) && !masked
}

/// The last `KEY=value` of a file that a shell reads.
fn shell_value(root: &Snapshot, path: &str, key: &str) -> Option<String> {
    let text = root.text(&constant(path)).ok()??;
    let found = text.lines().filter_map(|line| {
        let value = line.trim().strip_prefix(key)?.strip_prefix('=')?;
        let value = value.split('#').next().unwrap_or_default().trim();
        Some(value.trim_matches(['"', '\'']).to_owned())
    });
    found.reduce(|_, later| later)
}

/// All files of all folders.
pub(in crate::setting) fn reads() -> Vec<Reads> {
    let folders = FOLDERS.iter().map(|folder| Reads::below(folder));
    // Debian's folder has a link to the first; the others are of ufw.
    let files = ["/etc/sysctl.conf", "/etc/default/ufw"].map(Reads::at);
    let ufw = [
        Reads::below("/etc/ufw"),
        Reads::at("/etc/systemd/system/ufw.service"),
    ];
    folders.chain(files).chain(ufw).collect()
}
