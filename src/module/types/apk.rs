//! `type: apk`, by apk(8): lists of repositories, keys, commands.

use crate::action::{Action, Input};
use crate::module::module_type::{BLUEBUILD, Form, ModuleType, NATIVE};
use crate::module::package::{
    Asked, FILES, Manager, OF_APT, PackageManager, Plan, Request, cached, inputs_mount, key, many,
    plain, unsupported,
};
use crate::origin::Sourced;

/// The row of the table.
pub(super) static TYPE: ModuleType = ModuleType {
    name: "apk",
    does: "Changes packages, repositories and keys of Alpine with apk.",
    example: "type: apk\ninstall: [openssl]\n",
    forms: &[
        Form::written_as::<Request, Asked<Apk>>(NATIVE),
        Form::written_as::<PackageManager, Asked<Apk>>(BLUEBUILD),
    ],
};

/// The package manager of Alpine.
#[derive(Debug)]
pub(in crate::module) struct Apk;

impl Manager for Apk {
    const FAMILY: &'static str = "alpine";

    fn compile(request: &Request, plan: &mut Plan<'_>) {
        compile(request, plan);
    }
}

/// Where apk keeps indexes and packages when it is told to.
const CACHE: &str = "/var/cache/apk";

/// Turns a request into actions.
fn compile(request: &Request, plan: &mut Plan<'_>) {
    for key in &request.keys {
        trust(key, plan);
    }
    sources(request, plan);
    refuse(request, plan);
    if request.upgrade == Some(true) {
        run("upgrade", &["--update-cache"], &[], &[], plan);
    }
    let remove = plan.names(request.remove(), plain);
    if !remove.is_empty() {
        run("del", &[], &remove, &[], plan);
    }
    let mut install = plan.names(request.install(), plain);
    let files = plan.package_files(&request.files, ".apk");
    install.extend(files.iter().map(|file| format!("{FILES}/{}", file.path)));
    if !install.is_empty() {
        run("add", &["--update-cache"], &install, &files, plan);
    }
}

/// Puts a key where apk looks.
fn trust(key: &Sourced<String>, plan: &mut Plan<'_>) {
    if let Some(input) = key::file(plan, key) {
        let name = key.rsplit('/').next().unwrap_or(key);
        plan.copy(&format!("/etc/apk/keys/{name}"), input, &key.origin);
    }
}

fn sources(request: &Request, plan: &mut Plan<'_>) {
    for repo in &request.repos {
        repo.check(plan);
        repo.refuse("apk", &OF_APT, plan);
        let others = [
            "metalink",
            "mirrorlist",
            "name",
            "signed-by",
            "check",
            "enabled",
            "priority",
            "exclude",
            "options",
        ];
        repo.refuse("apk", &others, plan);
        if let Some(key) = &repo.key {
            trust(key, plan);
        }
        let urls = repo.urls();
        repo.require_url(plan);
        let text: String = urls.iter().map(|url| format!("{url}\n")).collect();
        let path = format!("/etc/apk/repositories.d/{}.list", repo.id);
        plan.write(&path, text, &repo.id.origin);
    }
}

/// Refuses what apk has no word for.
fn refuse(request: &Request, plan: &mut Plan<'_>) {
    let origin = plan.around.origin;
    let version = "install `NAME=VERSION`, which apk keeps to from then on";
    let mut wrong = Vec::new();
    for pin in &request.pins {
        wrong.push(unsupported(&pin.package.origin, "apk", "pins", version));
    }
    for hold in request.hold.iter().chain(&request.unhold) {
        wrong.push(unsupported(&hold.origin, "apk", "holds", version));
    }
    if request.recommends == Some(true) {
        let hint = "name the packages under `install`";
        wrong.push(unsupported(origin, "apk", "recommended packages", hint));
    }
    if request.auto_remove() == Some(false) {
        let hint = "name under `install` what shall stay";
        let what = "way to keep what nothing needs any more";
        wrong.push(unsupported(origin, "apk", what, hint));
    }
    plan.wrong.extend(wrong);
}

fn run(verb: &str, options: &[&str], words: &[String], files: &[Input], plan: &mut Plan<'_>) {
    let mut arguments = many(&["apk", "--no-progress", "--cache-dir", CACHE]);
    arguments.extend(many(options));
    arguments.push(verb.to_owned());
    arguments.extend_from_slice(words);
    let mut command = cached(&format!("apk {verb}"), arguments, &[("apk", CACHE)]);
    command.mounts.extend(inputs_mount(files));
    plan.actions.push(Action::Run(Box::new(command)));
}
