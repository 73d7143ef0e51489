//! What machines and users install when they start, and the units that do it.

use std::collections::BTreeSet;

use super::written::{DefaultFlatpaksV1, DefaultFlatpaksV2, FlatpakScope, Scope};
use crate::action::{Action, Content, Owner};
use crate::module::module_type::Configuration;
use crate::module::package::{Plan, enable};
use crate::module::surroundings::{Compiled, Surroundings};
use crate::oci::Digest;
use crate::origin::Diagnostic;
use crate::path::TreePath;

/// The program that installs; its folder of lists is in it.
const PROGRAM: &str = include_str!("install.sh");
/// Where the program is put.
const PROGRAM_PLACE: &str = "/usr/libexec/bluebuild/default-flatpaks";
/// Where the lists are put, one for each remote and scope.
const LISTS: &str = "/usr/share/bluebuild/default-flatpaks";

/// One remote, and what comes from it and goes.
struct List<'a> {
    scope: &'static str,
    notify: bool,
    name: &'a str,
    url: &'a str,
    title: &'a str,
    install: &'a [String],
    remove: &'a [String],
}

impl Configuration for DefaultFlatpaksV1 {
    fn compile(&self, around: &Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>> {
        Plan::compiled(around, "", |plan| compile(&version_1(self), plan))
    }
}

impl Configuration for DefaultFlatpaksV2 {
    fn compile(&self, around: &Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>> {
        Plan::compiled(around, "", |plan| compile(&version_2(self), plan))
    }
}

fn version_1(config: &DefaultFlatpaksV1) -> Vec<List<'_>> {
    let scopes = [("system", &config.system), ("user", &config.user)];
    scopes
        .into_iter()
        .filter_map(|(scope, list)| {
            list.as_ref()
                .map(|list| of_version_1(scope, config.notify, list))
        })
        .collect()
}

fn of_version_1<'a>(scope: &'static str, notify: bool, list: &'a FlatpakScope) -> List<'a> {
    List {
        scope,
        notify,
        name: &list.repo_name,
        url: &list.repo_url,
        title: list.repo_title.as_deref().unwrap_or_default(),
        install: &list.install,
        remove: &list.remove,
    }
}

fn version_2(config: &DefaultFlatpaksV2) -> Vec<List<'_>> {
    let lists = config.configurations.iter().map(|one| List {
        scope: match one.scope {
            Scope::System => "system",
            Scope::User => "user",
        },
        notify: one.notify,
        name: &one.repo.name,
        url: &one.repo.url,
        title: &one.repo.title,
        install: &one.install,
        remove: &[],
    });
    lists.collect()
}

fn compile(lists: &[List<'_>], plan: &mut Plan<'_>) {
    let origin = plan.around.origin;
    let mut scopes = BTreeSet::new();
    for (index, list) in lists.iter().enumerate() {
        check(list, plan);
        let text = text(list);
        // Entries of any flavour add to those before them; the same list twice is one.
        let digest = Digest::of(text.as_bytes()).to_string();
        let name = digest.trim_start_matches("sha256:").chars().take(12);
        let name: String = name.collect();
        plan.write(&format!("{LISTS}/{index:02}-{name}.list"), text, origin);
        scopes.insert(list.scope);
    }
    if scopes.is_empty() {
        return;
    }
    let place = TreePath::parse(PROGRAM_PLACE);
    let place = place.map_err(|error| Diagnostic::error(origin, error.to_string()));
    if let Some(path) = plan.keep(place) {
        plan.actions.push(Action::Write {
            path,
            content: Content::Text(PROGRAM.into()),
            mode: 0o755,
            owner: Owner::default(),
        });
    }
    for scope in scopes {
        let (wants, conditions) = match scope {
            "system" => ("network-online.target", "After=network-online.target\n"),
            _ => (
                "network-online.target",
                "After=default.target\nConditionUser=!@system\n",
            ),
        };
        let wants = match scope {
            "system" => format!("Wants={wants}\n"),
            _ => String::new(),
        };
        let unit = format!("/usr/lib/systemd/{scope}/{scope}-flatpak-setup");
        let service = format!(
            "[Unit]\nDescription=Install the {scope} Flatpaks of this image\n{wants}{conditions}\n\
             [Service]\nType=oneshot\nExecStart={PROGRAM_PLACE} {scope}\nRestart=on-failure\nRestartSec=60\n"
        );
        let timer = format!(
            "[Unit]\nDescription=Install the {scope} Flatpaks of this image after the start\n\n\
             [Timer]\nOnBootSec=30\n\n[Install]\nWantedBy=timers.target\n"
        );
        plan.write(&format!("{unit}.service"), service, origin);
        plan.write(&format!("{unit}.timer"), timer, origin);
        match scope {
            "system" => enable(&["system-flatpak-setup.timer"], plan),
            _ => enable(&["user/user-flatpak-setup.timer"], plan),
        }
    }
}

/// The lines that the program reads: a word, then what it says.
fn text(list: &List<'_>) -> String {
    let mut lines = vec![
        format!("scope {}", list.scope),
        format!("notify {}", list.notify),
        format!("name {}", list.name),
        format!("url {}", list.url),
    ];
    lines.extend((!list.title.is_empty()).then(|| format!("title {}", list.title)));
    lines.extend(list.install.iter().map(|id| format!("install {id}")));
    lines.extend(list.remove.iter().map(|id| format!("remove {id}")));
    lines.push(String::new());
    lines.join("\n")
}

/// Checks ids (`flatpak-builder(5)`: reverse DNS, at least two dots) and that values are single lines.
fn check(list: &List<'_>, plan: &mut Plan<'_>) {
    let origin = plan.around.origin;
    let mut wrong = |message: String, hint: &str| {
        plan.wrong
            .push(Diagnostic::error(origin, message).hint(hint));
    };
    for id in list.install.iter().chain(list.remove) {
        let word = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte);
        let name = id.split('/').next().unwrap_or_default();
        if !id.bytes().all(word) || name.split('.').count() < 3 || name.starts_with('-') {
            wrong(
                format!("`{id}` is not the id of a Flatpak"),
                "an id reads as org.example.Name, with //BRANCH where one is wanted",
            );
        }
    }
    for (key, value) in [
        ("name", list.name),
        ("url", list.url),
        ("title", list.title),
    ] {
        if value.contains(char::is_control) || (value.trim().is_empty() && key != "title") {
            wrong(
                format!("the {key} of a remote is one line of text"),
                "write it in one line",
            );
        }
    }
    if list.name.starts_with('-') || list.name.contains(char::is_whitespace) {
        let name = list.name;
        wrong(
            format!("`{name}` is not the name of a remote"),
            "a name is one word",
        );
    }
}
