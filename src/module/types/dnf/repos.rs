//! Repositories, COPR projects and keys of `dnf`, and taking them away again.

use super::bluebuild::{CoprProject, DnfRepos, Nonfree};
use super::command::{Call, Verb};
use super::run;
use crate::action::{Action, Command};
use crate::module::package::{
    FILES, Plan, VERSION, import, inputs_mount, is_address, many, plain, quoted, sh, with_version,
};
use crate::module::surroundings::Dialect;
use crate::module::union::{ListOr, NameOr};
use crate::origin::{Diagnostic, Sourced};
use crate::path::TreePath;

/// The folder of `files/` in which BlueBuild looks.
pub(super) const FOLDER: &str = "dnf";
/// Where `.repo` files are added.
const REPOS: &str = "/etc/yum.repos.d";
/// negativo17's repositories.
const NEGATIVO17: &str = "https://negativo17.org/repos/fedora-negativo17.repo";

/// Enables all repositories of a file.
const ENABLE: &str = r#"sed -i 's/^enabled[[:space:]]*=[[:space:]]*0/enabled=1/' "$1""#;
/// Removes the files in which repositories are, by their ids.
const REMOVE: &str = r#"for id; do
    files=$(grep -lxF -- "[$id]" /etc/yum.repos.d/*.repo /etc/distro.repos.d/*.repo 2>/dev/null || :)
    [ -n "$files" ] || { echo "no repository has the id $id" >&2; exit 1; }
    rm -f -- $files
done"#;
/// Removes the files of negativo17's repositories.
const REMOVE_NEGATIVO17: &str = r#"files=$(grep -lE '^\[.*negativo17.*\]$' /etc/yum.repos.d/*.repo 2>/dev/null || :)
[ -z "$files" ] || rm -f -- $files"#;
/// Gives negativo17's repositories their priority.
const PREFER_NEGATIVO17: &str = r#"sed -i -e 's/^enabled[[:space:]]*=.*/enabled=1/' -e '/^priority[[:space:]]*=/d' \
    -e '/^\[.*\]$/a priority=90' "$1""#;

/// What has to be taken away again when `cleanup` is asked for.
#[derive(Debug, Default)]
pub(super) struct Added {
    files: Vec<String>,
    coprs: Vec<String>,
}

/// Adds and removes repositories and keys, in BlueBuild's order.
pub(super) fn change(repos: &DnfRepos, plan: &mut Plan<'_>) -> Added {
    let mut added = Added::default();
    let none: &[Sourced<String>] = &[];
    let (add, remove) = match &repos.files {
        Some(ListOr::List(add)) => (add.as_slice(), none),
        Some(ListOr::Mapping(files)) => (files.add.as_slice(), files.remove.as_slice()),
        None => (none, none),
    };
    for repo in add {
        added.files.extend(add_repo(repo, plan));
    }
    let remove = plan.words(remove, plain);
    if !remove.is_empty() {
        plan.actions
            .push(sh("remove repositories", REMOVE, &remove));
    }
    let (enable, disable) = match &repos.copr {
        Some(ListOr::List(enable)) => (enable.as_slice(), none),
        Some(ListOr::Mapping(copr)) => (copr.enable.as_slice(), copr.disable.as_slice()),
        None => (&[] as &[Sourced<NameOr<CoprProject>>], none),
    };
    for project in enable {
        added.coprs.extend(copr_enable(project, plan));
    }
    for project in disable {
        let checked = copr_name(project);
        if let Some(name) = plan.keep(checked) {
            run::call(plan, &Call::new(Verb::CoprDisable, vec![name]), &[]);
        }
    }
    nonfree(repos.nonfree.as_ref(), plan);
    for key in &repos.keys {
        add_key(key, plan);
    }
    added
}

/// Takes away what was added.
pub(super) fn clean(repos: &DnfRepos, added: Added, plan: &mut Plan<'_>) {
    for file in &added.files {
        if file.contains(VERSION) {
            let script = format!(
                ". /etc/os-release\nrm -f -- {}",
                quoted(std::slice::from_ref(file))
            );
            plan.actions.push(sh("remove a repository", &script, &[]));
        } else if let Ok(path) = TreePath::parse(file) {
            plan.actions.push(Action::Remove { path });
        }
    }
    for copr in added.coprs {
        run::call(plan, &Call::new(Verb::CoprDisable, vec![copr]), &[]);
    }
    match &repos.nonfree {
        Some(Nonfree::Rpmfusion) => remove_rpmfusion(plan),
        Some(Nonfree::Negativo17) => plan.actions.push(remove_negativo17()),
        None => {}
    }
}

/// Adds a `.repo` file, with its repositories enabled; the answer is where it is.
fn add_repo(repo: &Sourced<String>, plan: &mut Plan<'_>) -> Option<String> {
    if is_address(repo) {
        let bare = repo.split(['?', '#']).next().unwrap_or(repo);
        let name = bare.rsplit('/').next().unwrap_or(bare);
        let path = format!("{REPOS}/{}.repo", name.trim_end_matches(".repo"));
        run::call(
            plan,
            &Call::new(Verb::AddRepo, vec![repo.value.clone()]),
            &[],
        );
        let script = match path.contains(VERSION) {
            true => format!(
                ". /etc/os-release\nset -- {}\n{ENABLE}",
                quoted(std::slice::from_ref(&path))
            ),
            false => ENABLE.to_owned(),
        };
        plan.actions.push(sh(
            "enable repositories",
            &script,
            std::slice::from_ref(&path),
        ));
        return Some(path);
    }
    let named = with_version(repo, plan)?;
    if !named.ends_with(".repo") {
        let hint = match plan.around.dialect {
            Dialect::BlueBuild => "write https://… or the name of a file in files/dnf",
            Dialect::Native => "write https://… or the path of a .repo file",
        };
        let message = format!("`{repo}` is neither an address nor a .repo file");
        plan.wrong
            .push(Diagnostic::error(&repo.origin, message).hint(hint));
        return None;
    }
    let input = plan.input(FOLDER, &named)?;
    let read = plan.around.inputs.text(&input);
    let text = plan.keep(read)?;
    let path = format!("{REPOS}/{}", named.rsplit('/').next().unwrap_or(&named));
    let disabled = |line: &str| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "enabled" && value.trim() != "1").then_some(())
    };
    if text.lines().any(|line| disabled(line).is_some()) {
        let lines = text.lines();
        let lines = lines.map(|line| disabled(line).map_or(line, |()| "enabled=1"));
        let text: String = lines.map(|line| format!("{line}\n")).collect();
        plan.write(&path, text, &repo.origin);
    } else {
        plan.copy(&path, input, &repo.origin);
    }
    Some(path)
}

fn copr_name(name: &Sourced<String>) -> Result<String, Diagnostic> {
    let parts: Vec<&str> = name.split('/').collect();
    match parts.as_slice() {
        [owner, project] if !owner.is_empty() && !project.is_empty() => Ok(name.value.clone()),
        _ => Err(
            Diagnostic::error(&name.origin, format!("`{name}` is not a COPR project"))
                .hint("write OWNER/PROJECT"),
        ),
    }
}

fn copr_enable(project: &Sourced<NameOr<CoprProject>>, plan: &mut Plan<'_>) -> Option<String> {
    let (name, chroot) = match &project.value {
        NameOr::Name(name) => (Sourced::new(name.clone(), project.origin.clone()), None),
        NameOr::Mapping(project) => (project.name.clone(), Some(project.chroot.value.clone())),
    };
    let name = plan.keep(copr_name(&name))?;
    let words = [name.clone()].into_iter().chain(chroot).collect();
    run::call(plan, &Call::new(Verb::CoprEnable, words), &[]);
    Some(name)
}

/// Imports a key: from an address or `files/dnf` (BlueBuild), from a file that the image then has
/// (native).
fn add_key(key: &Sourced<String>, plan: &mut Plan<'_>) {
    if plan.around.dialect == Dialect::Native {
        import(plan, key);
        return;
    }
    let label = format!("rpm --import {key}");
    let (word, files) = if is_address(key) {
        (key.value.clone(), Vec::new())
    } else {
        let Some(input) = with_version(key, plan).and_then(|key| plan.input(FOLDER, &key)) else {
            return;
        };
        (format!("{FILES}/{}", input.path), vec![input])
    };
    let arguments = many(&["rpm", "--import", &word]);
    let mut command = match word.contains(VERSION) {
        true => {
            let script = format!(". /etc/os-release\nexec {}", quoted(&arguments));
            Command::new(label, many(&["/bin/sh", "-euc", &script]))
        }
        false => Command::new(label, arguments),
    };
    command.network = files.is_empty();
    command.mounts.extend(inputs_mount(&files));
    plan.actions.push(Action::Run(Box::new(command)));
}

fn nonfree(which: Option<&Nonfree>, plan: &mut Plan<'_>) {
    match which {
        Some(Nonfree::Rpmfusion) => {
            plan.actions.push(remove_negativo17());
            let release = |kind: &str| {
                format!(
                    "https://mirrors.rpmfusion.org/{kind}/fedora/rpmfusion-{kind}-release-{VERSION}.noarch.rpm"
                )
            };
            let words = vec![release("free"), release("nonfree")];
            run::call(plan, &Call::new(Verb::Install, words), &[]);
            let cisco = vec!["fedora-cisco-openh264".to_owned()];
            run::call(plan, &Call::new(Verb::Enable, cisco), &[]);
        }
        Some(Nonfree::Negativo17) => {
            remove_rpmfusion(plan);
            plan.actions.push(remove_negativo17());
            run::call(plan, &Call::new(Verb::AddRepo, many(&[NEGATIVO17])), &[]);
            let path = format!("{REPOS}/fedora-negativo17.repo");
            plan.actions
                .push(sh("prefer negativo17", PREFER_NEGATIVO17, &[path]));
        }
        None => {}
    }
}

fn remove_negativo17() -> Action {
    sh("remove negativo17", REMOVE_NEGATIVO17, &[])
}

/// Removes RPM Fusion's release packages, those that are there.
fn remove_rpmfusion(plan: &mut Plan<'_>) {
    let remove = Call::new(
        Verb::Remove { auto_remove: None },
        many(&["rpmfusion-free-release", "rpmfusion-nonfree-release"]),
    );
    let there = "rpm -q rpmfusion-free-release >/dev/null || rpm -q rpmfusion-nonfree-release >/dev/null || exit 0\n";
    let script = format!("{there}{}", remove.script());
    run::script(plan, "dnf remove rpmfusion", &script, &[]);
}
