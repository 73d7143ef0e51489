//! Texts before and after a login (issue(5), motd(5)).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::action::Action;
use crate::origin::{Diagnostic, Sourced, SourcedMap, did_you_mean};
use crate::setting::contract::check::{Checked, Place, Reads, Unexamined};
use crate::setting::contract::definition::{Declare, Definition};
use crate::setting::contract::ground::Ground;
use crate::setting::contract::kind::{Kind, Setting, each};
use crate::setting::contract::refusal::{Refusal, examined, typed};
use crate::setting::input::place::constant;
use crate::setting::root::rewrite::Held;
use crate::tree::Snapshot;

impl Kind {
    /// What is said before and after a login.
    pub const BANNER: Self = Self::named("banner");
}

/// The kind `banner`.
pub(in crate::setting) const DEFINITION: Definition = Definition {
    about: "What is said before and after a login.",
    example: "issue: Authorized users only.",
    effect: "`/etc/issue`, `/etc/issue.net` and `/etc/motd`.",
    render,
    at_least,
    ..Definition::of(Kind::BANNER, check, reads, show)
};

/// What a document writes below the name of the kind.
pub(in crate::setting) type Declared = SourcedMap<Sourced<String>>;

/// Reads all that one document declares.
pub(in crate::setting) const DECLARE: Declare<Declared> =
    |declared, _| each(declared.iter().map(|(name, text)| declare(name, text)));

/// The files, each `/etc/NAME`.
const BANNERS: [&str; 3] = ["issue", "issue.net", "motd"];

/// The word that stands for any text that gives nothing away.
const ANY: &str = "any";

/// What is written where any text will do and there is none.
const NEUTRAL: &str = "Authorized users only. All activity may be monitored and reported.\n";

/// Reads one banner as written.
pub(in crate::setting) fn declare(
    name: &Sourced<String>,
    text: &Sourced<String>,
) -> Result<Setting, Diagnostic> {
    if !BANNERS.contains(&name.as_str()) {
        let error = Diagnostic::error(&name.origin, format!("there is no banner `{name}`"));
        return Err(match did_you_mean(name, BANNERS) {
            Some(meant) => error.hint(format!("did you mean {meant}?")),
            None => error.hint("known are issue, issue.net and motd"),
        });
    }
    let text = text.trim_end();
    let wrong = |what: String, hint: &str| Err(Diagnostic::error(&name.origin, what).hint(hint));
    if text.is_empty() {
        return wrong(
            format!("the text of `{name}` is empty"),
            "write a text, or `any`",
        );
    }
    if let Some(escape) = given_away(text, &[]) {
        return wrong(
            format!("`{name}` tells everybody the system: it holds {escape}"),
            "write a text without \\m, \\r, \\s and \\v",
        );
    }
    Ok(Setting {
        kind: Kind::BANNER,
        name: name.value.clone(),
        value: Value::from(text),
        origin: name.origin.clone(),
    })
}

/// What a text says of the system: an escape of agetty(8), or a name of the distribution.
fn given_away(text: &str, names: &[String]) -> Option<String> {
    let escape = ["\\m", "\\r", "\\s", "\\v"]
        .into_iter()
        .find(|escape| text.contains(escape));
    let lower = text.to_lowercase();
    let named = || names.iter().find(|name| lower.contains(name.as_str()));
    escape.map(str::to_owned).or_else(|| named().cloned())
}

/// The `ID` and `NAME` of os-release, in small letters.
fn names(os_release: &str) -> Vec<String> {
    let value = |key: &str| {
        let mut lines = os_release.lines();
        let value = lines.find_map(|line| line.strip_prefix(key)?.strip_prefix('='))?;
        let value = value.trim().trim_matches(['"', '\'']).to_lowercase();
        (!value.is_empty()).then_some(value)
    };
    ["ID", "NAME"].into_iter().filter_map(value).collect()
}

/// Writes the touched files.
pub(in crate::setting) fn render(
    all: &BTreeMap<String, Value>,
    touched: &BTreeSet<String>,
    ground: &mut dyn Ground,
) -> Result<Vec<Action>, Refusal> {
    let mut actions = Vec::new();
    for (name, value) in all.iter().filter(|(name, _)| touched.contains(*name)) {
        let setting = Kind::BANNER.key(name);
        let text: String = typed(Kind::BANNER, name, value)?;
        let file = Held::read(&setting, &format!("/etc/{name}"), 0o644, ground)?;
        let os_release = Held::read(&setting, "/etc/os-release", 0o644, ground)?;
        let held = file.content();
        let kept =
            !held.trim().is_empty() && given_away(held, &names(os_release.content())).is_none();
        let text = match text.as_str() {
            ANY if kept => continue,
            ANY => NEUTRAL.to_owned(),
            text => format!("{text}\n"),
        };
        actions.extend(file.with(&text));
    }
    Ok(actions)
}

/// A text of one's own where any would do.
pub(in crate::setting) fn at_least(_name: &str, candidate: &Value, mandatory: &Value) -> bool {
    candidate.is_string() && mandatory.as_str() == Some(ANY)
}

/// `/etc/issue: 60 bytes`.
pub(in crate::setting) fn show(name: &str, value: &Value) -> Result<String, Refusal> {
    let text: String = typed(Kind::BANNER, name, value)?;
    Ok(match text.as_str() {
        ANY => format!("/etc/{name} is there and does not name the system"),
        text => format!(
            "/etc/{name} says: {}",
            text.lines().next().unwrap_or_default()
        ),
    })
}

/// Compares the text, and looks for what gives the system away.
pub(in crate::setting) fn check(
    name: &str,
    value: &Value,
    root: &Snapshot,
) -> Result<Checked, Unexamined> {
    let demanded: String = examined(Kind::BANNER, name, value)?;
    if !BANNERS.contains(&name) {
        return Err(Unexamined::Value {
            setting: Kind::BANNER.key(name),
            why: "there is no such banner".to_owned(),
        });
    }
    let path = constant(&format!("/etc/{name}"));
    let Some(text) = root.text(&path)? else {
        return Ok(Checked::unmet(format!("{path} is not there"), None));
    };
    let os_release = root.text(&constant("/etc/os-release"))?.unwrap_or_default();
    let place = Some(Place::file(&path));
    let found = text.trim();
    if found.is_empty() {
        return Ok(Checked::unmet("it is empty", place));
    }
    // A site's own text may name what it likes; that of an escape cannot be declared at all.
    let (found_out, equal) = match demanded.as_str() {
        ANY => (given_away(found, &names(&os_release)), true),
        demanded => (given_away(found, &[]), demanded == text.trim_end()),
    };
    Ok(match found_out {
        Some(what) => Checked::unmet(format!("it tells the system: {what}"), place),
        None => {
            let first = found.lines().next().unwrap_or_default();
            Checked::when(equal, format!("it says: {first}"), place)
        }
    })
}

/// The file, and what the distribution calls itself.
pub(in crate::setting) fn reads(name: &str) -> Vec<Reads> {
    let own = BANNERS.into_iter().filter(|banner| *banner == name);
    own.map(|banner| Reads::at(&format!("/etc/{banner}")))
        .chain([
            Reads::at("/etc/os-release"),
            Reads::at("/usr/lib/os-release"),
        ])
        .collect()
}
