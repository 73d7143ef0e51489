//! Packages and groups of `dnf`, in BlueBuild's order.

use super::bluebuild::{
    Dnf, DnfBuilddep, DnfGroupInstall, DnfInstall, DnfInstallFrom, DnfReplace, Switches,
};
use super::command::{Call, Verb};
use super::repos::{self, FOLDER};
use super::run;
use crate::action::Input;
use crate::module::module_type::Configuration;
use crate::module::package::{FILES, Plan, is_address, plain, rpm, with_version};
use crate::module::surroundings::{Compiled, Dialect, Surroundings};
use crate::module::union::NameOr;
use crate::origin::{Diagnostic, Sourced};

/// The family whose packages dnf manages.
pub(in crate::module::types) const FAMILY: &str = "fedora";

impl Configuration for Dnf {
    fn compile(&self, around: &Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>> {
        Plan::managed(around, FAMILY, |plan| compile(self, plan))
    }
}

/// What is said when nothing is: BlueBuild has weak dependencies come, whatever the image says.
pub(super) fn defaults(plan: &Plan<'_>) -> Switches {
    Switches {
        weak: (plan.around.dialect == Dialect::BlueBuild).then_some(true),
        ..Switches::default()
    }
}

/// Turns the entry of a BlueBuild recipe, or the same of a native one, into actions.
pub(super) fn compile(dnf: &Dnf, plan: &mut Plan<'_>) {
    let added = dnf.repos.as_ref().map(|repos| repos::change(repos, plan));
    if let Some(first) = dnf.optfix.first() {
        plan.warnings.push(
            Diagnostic::warning(&first.origin, "`optfix` does nothing any more")
                .hint("leave it out"),
        );
    }
    let transacts = dnf.group_remove.is_some()
        || dnf.group_install.is_some()
        || dnf.remove.is_some()
        || dnf.builddep.is_some()
        || dnf.install.is_some()
        || !dnf.replace.is_empty();
    if transacts {
        run::call(plan, &Call::new(Verb::Makecache, Vec::new()), &[]);
    }
    if let Some(remove) = &dnf.group_remove {
        let words = groups(&remove.packages, plan);
        some(&Call::new(Verb::GroupRemove, words), &[], plan);
    }
    if let Some(install) = &dnf.group_install {
        group_install(install, plan);
    }
    if let Some(remove) = &dnf.remove {
        let verb = Verb::Remove {
            auto_remove: Some(remove.auto_remove),
        };
        let words = checked(&remove.packages, plan);
        some(&Call::new(verb, words), &[], plan);
    }
    if let Some(builddep) = &dnf.builddep {
        build_dependencies(builddep, plan);
    }
    if let Some(install) = &dnf.install {
        install_all(install, plan);
    }
    for replace in &dnf.replace {
        replace_all(replace, plan);
    }
    if let (Some(repos), Some(added)) = (&dnf.repos, added)
        && repos.cleanup
    {
        repos::clean(repos, added, plan);
    }
}

/// Adds a call that has something to do.
pub(super) fn some(call: &Call, files: &[Input], plan: &mut Plan<'_>) {
    if !call.words.is_empty() {
        run::call(plan, call, files);
    }
}

/// Names of groups, which may have spaces.
fn groups(names: &[Sourced<String>], plan: &mut Plan<'_>) -> Vec<String> {
    let mut groups = Vec::new();
    for name in names {
        let name = name.clone().map(|name| name.trim().to_owned());
        let bare = name.clone().map(|name| name.replace(' ', "-"));
        groups.extend(plan.keep(plain(&bare).map(|()| name.value)));
    }
    groups
}

fn checked(names: &[Sourced<String>], plan: &mut Plan<'_>) -> Vec<String> {
    let mut words = Vec::new();
    for name in names {
        let name = name.clone().map(|name| name.trim().to_owned());
        words.extend(plan.keep(rpm(&name).map(|()| name.value)));
    }
    words
}

/// Packages by name, address, or file of the repository, each checked.
pub(super) fn packages(
    names: &[Sourced<String>],
    ending: &str,
    plan: &mut Plan<'_>,
) -> (Vec<String>, Vec<Input>) {
    let (mut words, mut files) = (Vec::new(), Vec::new());
    let (mut local, mut plain) = (Vec::new(), Vec::new());
    for name in names {
        let name = name.clone().map(|name| name.trim().to_owned());
        if is_address(&name) {
            words.extend(plan.keep(rpm(&name).map(|()| name.value)));
        } else if name.ends_with(ending) {
            let input = with_version(&name, plan).and_then(|name| plan.input(FOLDER, &name));
            if let Some(input) = input {
                local.push(format!("{FILES}/{}", input.path));
                files.push(input);
            }
        } else {
            plain.extend(plan.keep(rpm(&name).map(|()| name.value)));
        }
    }
    words.extend(local);
    words.extend(plain);
    (words, files)
}

fn group_install(install: &DnfGroupInstall, plan: &mut Plan<'_>) {
    let verb = Verb::GroupInstall {
        with_optional: install.with_optional,
    };
    let mut call = Call::new(verb, groups(&install.packages, plan));
    call.switches = install.switches(&defaults(plan));
    some(&call, &[], plan);
}

/// The items of a list that are names.
fn names<T>(items: &[Sourced<NameOr<T>>]) -> Vec<Sourced<String>> {
    let name = |item: &Sourced<NameOr<T>>| match &item.value {
        NameOr::Name(name) => Some(Sourced::new(name.clone(), item.origin.clone())),
        NameOr::Mapping(_) => None,
    };
    items.iter().filter_map(name).collect()
}

fn install_all(install: &DnfInstall, plan: &mut Plan<'_>) {
    let switches = install.switches(&defaults(plan));
    installed(&names(&install.packages), &switches, plan);
    for item in &install.packages {
        if let NameOr::Mapping(from) = &item.value {
            install_from(from, &switches, plan);
        }
    }
}

/// Installs packages by name, address or file.
pub(super) fn installed(names: &[Sourced<String>], switches: &Switches, plan: &mut Plan<'_>) {
    let (words, files) = packages(names, ".rpm", plan);
    let mut call = Call::new(Verb::Install, words);
    call.switches = switches.clone();
    some(&call, &files, plan);
}

/// Installs packages of one repository.
pub(super) fn install_from(from: &DnfInstallFrom, around: &Switches, plan: &mut Plan<'_>) {
    let mut call = Call::new(Verb::Install, checked(&from.packages, plan));
    call.switches = from.switches(around);
    call.repo = from.repo.as_ref().map(|repo| repo.value.clone());
    some(&call, &[], plan);
}

fn build_dependencies(builddep: &DnfBuilddep, plan: &mut Plan<'_>) {
    let switches = builddep.switches(&defaults(plan));
    let (words, files) = packages(&names(&builddep.packages), ".spec", plan);
    let mut call = Call::new(Verb::Builddep, words);
    call.switches = switches.clone();
    some(&call, &files, plan);
    for item in &builddep.packages {
        if let NameOr::Mapping(from) = &item.value {
            let mut call = Call::new(Verb::Builddep, checked(&from.packages, plan));
            call.switches = from.switches(&switches);
            call.repo = from.repo.as_ref().map(|repo| repo.value.clone());
            some(&call, &[], plan);
        }
    }
}

fn replace_all(replace: &DnfReplace, plan: &mut Plan<'_>) {
    let switches = replace.switches(&defaults(plan));
    let repo = Some(replace.from_repo.value.clone());
    for item in &replace.packages {
        if let NameOr::Mapping(pair) = &item.value {
            let words = checked(&[pair.old.clone(), pair.new.clone()], plan);
            let mut call = Call::new(Verb::Swap, words);
            call.switches.allow_erasing = pair.allow_erasing.unwrap_or(switches.allow_erasing);
            call.repo.clone_from(&repo);
            some(&call, &[], plan);
        }
    }
    let words = checked(&names(&replace.packages), plan);
    let mut call = Call::new(Verb::DistroSync, words);
    call.switches = switches;
    call.repo = repo;
    some(&call, &[], plan);
}

/// Installs a package when the program of its name is missing.
pub(in crate::module) fn install_missing(name: &str, plan: &mut Plan<'_>) {
    let call = Call::new(Verb::Install, vec![name.to_owned()]);
    let script = format!(
        "! command -v {name} >/dev/null || exit 0\n{}",
        call.script()
    );
    run::script(plan, &call.label(), &script, &[]);
}
