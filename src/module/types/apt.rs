//! `type: apt`: deb822 sources (sources.list(5)), keyrings, pins (`apt_preferences(5)`), one change of packages.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::action::{self, Action, Hold};
use crate::module::module_type::{BLUEBUILD, Form, ModuleType, NATIVE};
use crate::module::package::{
    Asked, Manager, PackageManager, Pin, Plan, Repo, Request, debian, key,
};
use crate::module::surroundings::Dialect;
use crate::origin::{Diagnostic, Sourced};

/// The row of the table.
pub(super) static TYPE: ModuleType = ModuleType {
    name: "apt",
    does: "Changes packages, repositories, keys and pins of Debian and its relatives with apt.",
    example: "type: apt\ninstall: [rsyslog]\nremove: [nano]\n",
    forms: &[
        Form::written_as::<Request, Asked<Apt>>(NATIVE),
        Form::written_as::<PackageManager, Asked<Apt>>(BLUEBUILD),
    ],
};

/// The package manager of Debian and its relatives.
#[derive(Debug)]
pub(in crate::module) struct Apt;

impl Manager for Apt {
    const FAMILY: &'static str = "debian";

    fn compile(request: &Request, plan: &mut Plan<'_>) {
        compile(request, plan);
    }
}

/// Turns a request into actions.
fn compile(request: &Request, plan: &mut Plan<'_>) {
    let keys: Vec<String> = request
        .keys
        .iter()
        .filter_map(|key| keyring(plan, key::stem(key), key))
        .collect();
    for repo in &request.repos {
        source(repo, &keys, plan);
    }
    pins(&request.pins, plan);
    let native = plan.around.dialect == Dialect::Native;
    let mut packages = action::Packages {
        upgrade: request.upgrade.unwrap_or(false),
        remove: plan.names(request.remove(), debian),
        absent: Vec::new(),
        auto_remove: request.auto_remove().unwrap_or(false),
        install: plan.names(request.install(), debian),
        files: plan.package_files(&request.files, ".deb"),
        recommends: request.recommends.unwrap_or(!native),
        hold: Vec::new(),
    };
    for (items, held) in [(&request.hold, true), (&request.unhold, false)] {
        let names = plan.names(items, debian).into_iter();
        packages.hold.extend(names.map(|name| Hold { name, held }));
    }
    refuse_both(&packages, plan);
    let nothing = action::Packages {
        recommends: packages.recommends,
        ..action::Packages::default()
    };
    if packages != nothing {
        plan.actions.push(Action::Packages(Box::new(packages)));
    }
}

/// Refuses what is said to come and to go, or to be held and not to be.
fn refuse_both(packages: &action::Packages, plan: &mut Plan<'_>) {
    let origin = plan.around.origin;
    if let Some(both) = packages
        .install
        .iter()
        .find(|name| packages.remove.contains(name))
    {
        let message = format!("`{both}` is installed and removed by the same entry");
        plan.wrong
            .push(Diagnostic::error(origin, message).hint("keep it in one of the lists"));
    }
    let held = |name: &str, held| {
        let mut holds = packages.hold.iter();
        holds.any(|hold| hold.name == name && hold.held == held)
    };
    let mut names = packages.hold.iter().map(|hold| &hold.name);
    if let Some(both) = names.find(|name| held(name, true) && held(name, false)) {
        let message = format!("`{both}` is in both lists `hold` and `unhold`");
        plan.wrong
            .push(Diagnostic::error(origin, message).hint("keep it in one of the lists"));
    }
}

/// Puts a key into `/etc/apt/keyrings`; the answer is its path.
fn keyring(plan: &mut Plan<'_>, name: &str, key: &Sourced<String>) -> Option<String> {
    let (input, ending) = key::openpgp(plan, key)?;
    let path = format!("/etc/apt/keyrings/{name}.{ending}");
    plan.copy(&path, input, &key.origin);
    Some(path)
}

/// Writes a deb822 source.
fn source(repo: &Repo, keys: &[String], plan: &mut Plan<'_>) {
    repo.check(plan);
    repo.refuse(
        "apt",
        &["metalink", "mirrorlist", "priority", "exclude"],
        plan,
    );
    let own = repo
        .key
        .as_ref()
        .map(|key| keyring(plan, &repo.id, key).into_iter().collect());
    let own = own.or_else(|| repo.signed_by.as_ref().map(|path| vec![path.value.clone()]));
    let signed_by: Vec<String> = own.unwrap_or_else(|| keys.to_vec());
    complete(repo, signed_by.is_empty(), plan);
    let urls = repo.urls();
    let joined = |values: &[Sourced<String>]| {
        let values: Vec<&str> = values.iter().map(|value| value.as_str()).collect();
        values.join(" ")
    };
    let types = match repo.types.is_empty() {
        true => "deb".to_owned(),
        false => joined(&repo.types),
    };
    let bit = |yes: bool| if yes { "" } else { "no" }.to_owned();
    let lines = [
        (
            "X-Repolib-Name",
            repo.name
                .as_ref()
                .map_or(String::new(), |name| name.value.clone()),
        ),
        ("Enabled", bit(repo.enabled())),
        ("Types", types),
        ("URIs", joined(&urls)),
        ("Suites", joined(&repo.suites)),
        ("Components", joined(&repo.components)),
        ("Architectures", joined(&repo.architectures)),
        ("Signed-By", signed_by.join(" ")),
        (
            "Trusted",
            if repo.checked() { "" } else { "yes" }.to_owned(),
        ),
    ];
    let mut text = String::new();
    let options = repo.options.iter();
    let options = options.map(|(key, value)| (key.as_str(), value.value.clone()));
    for (key, value) in lines.into_iter().chain(options) {
        if !value.is_empty() {
            writeln!(text, "{key}: {value}").expect("writing to a string does not fail");
        }
    }
    let path = format!("/etc/apt/sources.list.d/{}.sources", repo.id);
    plan.write(&path, text, &repo.id.origin);
}

/// Says what a source lacks.
fn complete(repo: &Repo, unsigned: bool, plan: &mut Plan<'_>) {
    repo.require_url(plan);
    let mut missing = |what: &str, hint: &str| {
        let message = format!("the repository {} {what}", repo.id);
        plan.wrong
            .push(Diagnostic::error(&repo.id.origin, message).hint(hint));
    };
    if repo.suites.is_empty() {
        missing(
            "has no suites",
            "give `suites`, such as [trixie]; [./] for a flat repository",
        );
    }
    let flat = repo.suites.iter().any(|suite| suite.ends_with('/'));
    if repo.components.is_empty() && !repo.suites.is_empty() && !flat {
        missing("has no components", "give `components`, such as [main]");
    }
    if unsigned && repo.key.is_none() && repo.checked() {
        missing(
            "says nothing about who signs it",
            "give `key` with a file of the repository, or `signed-by` with a path in the image",
        );
    }
}

/// Writes the pins, a file for each first package.
fn pins(pins: &[Pin], plan: &mut Plan<'_>) {
    let mut files: BTreeMap<String, (String, &Pin)> = BTreeMap::new();
    for pin in pins {
        let Some(text) = stanza(pin, plan) else {
            continue;
        };
        let (file, _) = files
            .entry(file_name(&pin.package))
            .or_insert_with(|| (String::new(), pin));
        if !file.is_empty() {
            file.push('\n');
        }
        file.push_str(&text);
    }
    for (name, (text, pin)) in files {
        plan.write(
            &format!("/etc/apt/preferences.d/{name}"),
            text,
            &pin.package.origin,
        );
    }
}

fn stanza(pin: &Pin, plan: &mut Plan<'_>) -> Option<String> {
    let origin = &pin.package.origin;
    let written = [
        pin.version
            .as_ref()
            .map(|version| format!("version {version}")),
        pin.release
            .as_ref()
            .map(|release| format!("release {release}")),
        pin.origin.as_ref().map(|host| format!("origin \"{host}\"")),
    ];
    let mut targets = written.into_iter().flatten();
    let (target, more) = (targets.next(), targets.next());
    let (Some(target), None) = (target, more) else {
        plan.wrong.push(
            Diagnostic::error(
                origin,
                "a pin has exactly one of `version`, `release` and `origin`",
            )
            .hint("make a pin of each"),
        );
        return None;
    };
    let Some(priority) = &pin.priority else {
        plan.wrong.push(
            Diagnostic::error(
                origin,
                format!("the pin of `{}` has no priority", pin.package),
            )
            .hint("990 prefers it, above 1000 downgrades to it, -1 forbids it"),
        );
        return None;
    };
    let text = format!(
        "Package: {}\nPin: {target}\nPin-Priority: {priority}\n",
        pin.package
    );
    if pin.package.trim().is_empty() || text.matches('\n').count() != 3 || text.contains('\r') {
        let message = "a value of a pin is one line of text";
        plan.wrong.push(Diagnostic::error(origin, message));
        return None;
    }
    Some(text)
}

/// A file name that apt reads: letters, digits, `-` and `_`, with the ending `pref`.
fn file_name(packages: &str) -> String {
    let first = packages.split_whitespace().next().unwrap_or_default();
    let safe = |letter: char| match letter {
        letter if letter.is_ascii_alphanumeric() => letter,
        _ => '-',
    };
    let name: String = first.chars().map(safe).collect();
    match name.trim_matches('-') {
        "" => "all.pref".to_owned(),
        name => format!("{name}.pref"),
    }
}
