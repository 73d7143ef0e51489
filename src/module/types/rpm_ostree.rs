//! `type: rpm-ostree`: what dnf does, through rpm-ostree's overrides.

use schemars::JsonSchema;
use serde::Deserialize;

use super::dnf::FAMILY;
use crate::action::{Action, Command, Input};
use crate::module::module_type::{BOTH, Configuration, Form, ModuleType};
use crate::module::package::{
    FILES, Plan, cached, inputs_mount, is_address, many, quoted, rpm, sh, with_version,
};
use crate::module::surroundings::{Compiled, Surroundings};
use crate::origin::{Diagnostic, Sourced};

/// The row of the table.
pub(super) static TYPE: ModuleType = ModuleType {
    name: "rpm-ostree",
    does: "Changes packages, repositories and keys with rpm-ostree; `dnf` is the newer way.",
    example: "type: rpm-ostree\ninstall: [htop]\nremove: [firefox]\n",
    forms: &[Form::of::<RpmOstree>(BOTH)],
};

/// The folder of `files/` in which BlueBuild looks.
const FOLDER: &str = "rpm-ostree";
/// Where `.repo` files live.
const REPOS: &str = "/etc/yum.repos.d";
/// The host whose projects are replaced from.
const COPR: &str = "copr.fedorainfracloud.org";

/// Repositories, keys and packages through rpm-ostree; the older form of `dnf`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(in crate::module) struct RpmOstree {
    /// Addresses or files of `.repo` files to add; `%OS_VERSION%` is the distribution's version.
    #[serde(default)]
    pub repos: Vec<Sourced<String>>,
    /// Addresses of signing keys to import.
    #[serde(default)]
    pub keys: Vec<Sourced<String>>,
    /// Deprecated: folders under /opt that packages install into.
    #[serde(default)]
    pub optfix: Vec<Sourced<String>>,
    /// Packages to install: names, addresses or `.rpm` files.
    #[serde(default)]
    pub install: Vec<Sourced<String>>,
    /// Packages to remove.
    #[serde(default)]
    pub remove: Vec<Sourced<String>>,
    /// Packages to take from another repository than the one they came from.
    #[serde(default)]
    pub replace: Vec<RpmOstreeReplace>,
}

/// Packages to take from one repository.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a mapping with `from-repo` and `packages`"
)]
pub(in crate::module) struct RpmOstreeReplace {
    /// Address of the repository that has the new packages.
    pub from_repo: Sourced<String>,
    /// Names of the packages to replace.
    pub packages: Vec<Sourced<String>>,
}

impl Configuration for RpmOstree {
    fn compile(&self, around: &Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>> {
        Plan::managed(around, FAMILY, |plan| compile(self, plan))
    }
}

fn compile(config: &RpmOstree, plan: &mut Plan<'_>) {
    for repo in &config.repos {
        add(repo, plan);
    }
    for key in &config.keys {
        let arguments = many(&["rpm", "--import", &key.value]);
        plan.run_versioned(&format!("rpm --import {key}"), &arguments, &[]);
    }
    if let Some(first) = config.optfix.first() {
        plan.warnings.push(
            Diagnostic::warning(&first.origin, "`optfix` does nothing any more")
                .hint("leave it out"),
        );
    }
    change(&config.install, &config.remove, plan);
    for replace in &config.replace {
        replace_from(replace, plan);
    }
}

/// Adds a `.repo` file; two addresses may have files of one name, so the address is the name,
/// except for COPR's, which no two projects share.
fn add(repo: &Sourced<String>, plan: &mut Plan<'_>) {
    if !is_address(repo) {
        let Some(named) = with_version(repo, plan) else {
            return;
        };
        if !named.ends_with(".repo") {
            let message = format!("`{repo}` is neither an address nor a .repo file");
            plan.wrong.push(
                Diagnostic::error(&repo.origin, message)
                    .hint("write https://… or the name of a file in files/rpm-ostree"),
            );
        } else if let Some(input) = plan.input(FOLDER, &named) {
            let name = named.rsplit('/').next().unwrap_or(&named);
            plan.copy(&format!("{REPOS}/{name}"), input, &repo.origin);
        }
        return;
    }
    let bare = repo.split('?').next().unwrap_or(repo);
    let name = if repo.starts_with(&format!("https://{COPR}/coprs/")) {
        bare.rsplit('/').next().unwrap_or(bare).to_owned()
    } else {
        let place = bare.split_once("://").map_or(bare, |(_, place)| place);
        place.replace('/', ".")
    };
    fetch(repo, &name, plan);
}

fn fetch(address: &str, name: &str, plan: &mut Plan<'_>) {
    let path = format!("{REPOS}/{name}");
    let arguments = many(&[
        "curl",
        "-fLsS",
        "--retry",
        "5",
        "--create-dirs",
        "-o",
        &path,
        address,
    ]);
    plan.run_versioned(&format!("fetch {address}"), &arguments, &[]);
}

/// Installs and removes in one transaction where both are asked for, so that a package may take
/// another's place; `--install` takes no files and addresses, which follow.
fn change(install: &[Sourced<String>], remove: &[Sourced<String>], plan: &mut Plan<'_>) {
    let (mut names, mut others, mut files) = (Vec::new(), Vec::new(), Vec::<Input>::new());
    for package in install {
        if is_address(package) {
            others.push(package.value.clone());
        } else if package.ends_with(".rpm") {
            if let Some(input) = plan.input(FOLDER, package) {
                others.push(format!("{FILES}/{}", input.path));
                files.push(input);
            }
        } else {
            names.extend(plan.keep(rpm(package).map(|()| package.value.clone())));
        }
    }
    let removed = plan.words(remove, rpm);
    let mut steps = Vec::new();
    if removed.is_empty() {
        names.append(&mut others);
        steps.push((many(&["rpm-ostree", "install"]), names));
    } else {
        let together = names.iter().map(|name| format!("--install={name}"));
        let words = removed.iter().cloned().chain(together).collect();
        steps.push((many(&["rpm-ostree", "override", "remove"]), words));
        steps.push((many(&["rpm-ostree", "install"]), others));
    }
    for (mut arguments, words) in steps {
        if !words.is_empty() {
            let label = arguments.join(" ");
            arguments.extend(words);
            plan.run_versioned(&label, &arguments, &files);
        }
    }
}

/// Takes packages from a COPR project: its `.repo` file stays for the command alone.
fn replace_from(replace: &RpmOstreeReplace, plan: &mut Plan<'_>) {
    let address = replace.from_repo.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = address.split('/').collect();
    // https://copr.fedorainfracloud.org/coprs/OWNER/PROJECT/repo/CHROOT/FILE
    let (Some(owner), Some(project), Some(file)) = (parts.get(4), parts.get(5), parts.get(8))
    else {
        plan.wrong.push(
            Diagnostic::error(
                &replace.from_repo.origin,
                format!(
                    "`{}` is not a .repo file of a COPR project",
                    replace.from_repo
                ),
            )
            .hint(format!(
                "write https://{COPR}/coprs/OWNER/PROJECT/repo/CHROOT/FILE.repo"
            )),
        );
        return;
    };
    let packages = plan.words(&replace.packages, rpm);
    if packages.is_empty() {
        let message = "no packages are named to replace";
        plan.wrong
            .push(Diagnostic::error(&replace.from_repo.origin, message));
        return;
    }
    fetch(&replace.from_repo, file, plan);
    let from = format!("repo=copr:{COPR}:{owner}:{project}");
    let mut arguments = many(&[
        "rpm-ostree",
        "override",
        "replace",
        "--experimental",
        "--from",
        &from,
    ]);
    arguments.extend(packages);
    plan.run_versioned("rpm-ostree override replace", &arguments, &[]);
    plan.run_versioned(
        &format!("remove {file}"),
        &many(&["rm", &format!("{REPOS}/{file}")]),
        &[],
    );
}

impl Plan<'_> {
    /// Runs a command of rpm-ostree with network; `%OS_VERSION%` is what the image says it is.
    fn run_versioned(&mut self, label: &str, arguments: &[String], files: &[Input]) {
        let versioned = arguments.iter().any(|word| word.contains("%OS_VERSION%"));
        let mut command = if versioned {
            let script = format!(". /etc/os-release\nexec {}", quoted(arguments));
            match sh(label, &script, &[]) {
                Action::Run(command) => *command,
                _ => Command::new(label, arguments.to_vec()),
            }
        } else {
            Command::new(label, arguments.to_vec())
        };
        command.network = arguments.first().is_none_or(|program| program != "rm");
        let program = arguments.first().map_or("", String::as_str);
        if program == "rpm-ostree" {
            let caches = [("rpm-ostree", "/var/cache/rpm-ostree")];
            command.mounts = cached(label, Vec::new(), &caches).mounts;
        }
        command.mounts.extend(inputs_mount(files));
        self.actions.push(Action::Run(Box::new(command)));
    }
}
