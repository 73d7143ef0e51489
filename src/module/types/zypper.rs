//! `type: zypper`, by zypper(8): `.repo` files, locks, commands without questions.

use crate::action::{Action, Input};
use crate::module::module_type::{BLUEBUILD, Form, ModuleType, NATIVE};
use crate::module::package::{
    Asked, FILES, Manager, PackageManager, Plan, Request, cached, inputs_mount, key, many, rpm,
    rpm_repository, unsupported,
};

/// The row of the table.
pub(super) static TYPE: ModuleType = ModuleType {
    name: "zypper",
    does: "Changes packages, repositories and keys of SUSE and its relatives with zypper.",
    example: "type: zypper\ninstall: [htop]\n",
    forms: &[
        Form::written_as::<Request, Asked<Zypper>>(NATIVE),
        Form::written_as::<PackageManager, Asked<Zypper>>(BLUEBUILD),
    ],
};

/// The package manager of SUSE and its relatives.
#[derive(Debug)]
pub(in crate::module) struct Zypper;

impl Manager for Zypper {
    const FAMILY: &'static str = "suse";

    fn compile(request: &Request, plan: &mut Plan<'_>) {
        compile(request, plan);
    }
}

/// Rolling releases, which are upgraded as a whole.
const ROLLING: [&str; 2] = ["opensuse-tumbleweed", "opensuse-slowroll"];

/// Turns a request into actions.
fn compile(request: &Request, plan: &mut Plan<'_>) {
    sources(request, plan);
    let rolling = plan.distribution.id.is_some_and(|id| ROLLING.contains(&id));
    if request.upgrade == Some(true) {
        let verb = if rolling { "dist-upgrade" } else { "update" };
        run(verb, &["--auto-agree-with-licenses"], &[], plan);
    }
    let unhold = plan.names(&request.unhold, rpm);
    if !unhold.is_empty() {
        run("removelock", &[], &unhold, plan);
    }
    let remove = plan.names(request.remove(), rpm);
    if !remove.is_empty() {
        let options: &[&str] = match request.auto_remove() {
            Some(true) => &["--clean-deps"],
            Some(false) => &["--no-clean-deps"],
            None => &[],
        };
        run("remove", options, &remove, plan);
    }
    install(request, plan);
    let hold = plan.names(&request.hold, rpm);
    if !hold.is_empty() {
        run("addlock", &[], &hold, plan);
    }
}

fn sources(request: &Request, plan: &mut Plan<'_>) {
    let keys: Vec<String> = request
        .keys
        .iter()
        .filter_map(|key| key::import(plan, key))
        .collect();
    for repo in &request.repos {
        let own = repo.key.as_ref().map(|key| key::import(plan, key));
        let own = own.unwrap_or_else(|| repo.signed_by.as_ref().map(|path| path.value.clone()));
        let key = own.or_else(|| keys.first().cloned());
        let text = rpm_repository(repo, "zypper", key.as_deref(), plan);
        let path = format!("/etc/zypp/repos.d/{}.repo", repo.id);
        plan.write(&path, text, &repo.id.origin);
    }
    for pin in &request.pins {
        let hint = "name the version where it is installed (`nginx=1.24`) and `hold` the package";
        plan.wrong
            .push(unsupported(&pin.package.origin, "zypper", "pins", hint));
    }
}

fn install(request: &Request, plan: &mut Plan<'_>) {
    let mut packages = plan.names(request.install(), rpm);
    let mut options = vec!["--auto-agree-with-licenses"];
    match request.recommends {
        Some(true) => options.push("--recommends"),
        Some(false) => options.push("--no-recommends"),
        None => {}
    }
    let files = plan.package_files(&request.files, ".rpm");
    if !files.is_empty() {
        // The commit that holds the file vouches for it; its digest is part of the step's key.
        options.push("--allow-unsigned-rpm");
        packages.extend(files.iter().map(|file| format!("{FILES}/{}", file.path)));
    }
    if !packages.is_empty() {
        with_files("install", (&options, &packages), &files, plan);
    }
}

fn run(verb: &str, options: &[&str], words: &[String], plan: &mut Plan<'_>) {
    with_files(verb, (options, words), &[], plan);
}

fn with_files(
    verb: &str,
    (options, words): (&[&str], &[String]),
    files: &[Input],
    plan: &mut Plan<'_>,
) {
    let mut arguments = many(&["zypper", "--non-interactive", verb]);
    arguments.extend(many(options));
    arguments.extend_from_slice(words);
    // The aliases of repositories are the same in every release, so the cache is not.
    let distribution = &plan.distribution;
    let release = [distribution.id, distribution.version_id];
    let release: Vec<&str> = release.into_iter().flatten().collect();
    let name = ["zypp"].into_iter().chain(release);
    let name = name.collect::<Vec<_>>().join("-");
    let label = format!("zypper {verb}");
    let mut command = cached(&label, arguments, &[(&name, "/var/cache/zypp")]);
    command.mounts.extend(inputs_mount(files));
    plan.actions.push(Action::Run(Box::new(command)));
}
