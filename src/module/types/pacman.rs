//! `type: pacman`, by pacman(8): repositories and held packages in pacman.conf(5), commands.

use crate::action::{Action, Input};
use crate::module::module_type::{BLUEBUILD, Form, ModuleType, NATIVE};
use crate::module::package::{
    Asked, FILES, Manager, OF_APT, PackageManager, Plan, Repo, Request, cached, inputs_mount, many,
    plain, sh, unsupported,
};

/// The row of the table.
pub(super) static TYPE: ModuleType = ModuleType {
    name: "pacman",
    does: "Changes packages and repositories of Arch and its relatives with pacman.",
    example: "type: pacman\ninstall: [htop]\n",
    forms: &[
        Form::written_as::<Request, Asked<Pacman>>(NATIVE),
        Form::written_as::<PackageManager, Asked<Pacman>>(BLUEBUILD),
    ],
};

/// The package manager of Arch and its relatives.
#[derive(Debug)]
pub(in crate::module) struct Pacman;

impl Manager for Pacman {
    const FAMILY: &'static str = "arch";

    fn compile(request: &Request, plan: &mut Plan<'_>) {
        compile(request, plan);
    }
}

/// Lets pacman.conf take a file in, once.
const INCLUDE: &str = r#"line="Include = $1"
grep -qxF -- "$line" /etc/pacman.conf || printf '\n%s\n' "$line" >> /etc/pacman.conf"#;

/// Puts a line for each package below `[options]`, once.
const HOLD: &str = r#"for name; do
    line="IgnorePkg = $name"
    grep -qxF -- "$line" /etc/pacman.conf || sed -i "/^\[options\]/a $line" /etc/pacman.conf
done"#;

/// Takes the lines of packages away.
const UNHOLD: &str = r#"for name; do
    { grep -vxF -- "IgnorePkg = $name" /etc/pacman.conf || :; } > /tmp/pacman.conf
    cat /tmp/pacman.conf > /etc/pacman.conf
done"#;

/// Turns a request into actions.
fn compile(request: &Request, plan: &mut Plan<'_>) {
    for repo in &request.repos {
        source(repo, plan);
    }
    refuse(request, plan);
    let unhold = plan.names(&request.unhold, plain);
    if !unhold.is_empty() {
        plan.actions
            .push(sh("pacman.conf: IgnorePkg", UNHOLD, &unhold));
    }
    let remove = plan.names(request.remove(), plain);
    if !remove.is_empty() {
        let options: &[&str] = match request.auto_remove() {
            Some(false) => &["--remove", "--noconfirm"],
            _ => &["--remove", "--noconfirm", "--recursive", "--unneeded"],
        };
        run(options, &remove, &[], plan);
    }
    // Arch supports no partial upgrades: without `--sysupgrade` the databases stay as they are.
    let upgrade = request.upgrade.unwrap_or(true);
    let install = plan.names(request.install(), plain);
    let mut options = vec!["--sync", "--noconfirm", "--needed"];
    if upgrade {
        options.extend(["--refresh", "--sysupgrade"]);
    }
    if !install.is_empty() || request.upgrade == Some(true) {
        run(&options, &install, &[], plan);
    }
    let files = plan.package_files(&request.files, ".pkg.tar.zst");
    if !files.is_empty() {
        let words = files.iter().map(|file| format!("{FILES}/{}", file.path));
        let words: Vec<String> = words.collect();
        run(
            &["--upgrade", "--noconfirm", "--needed"],
            &words,
            &files,
            plan,
        );
    }
    let hold = plan.names(&request.hold, plain);
    if !hold.is_empty() {
        plan.actions.push(sh("pacman.conf: IgnorePkg", HOLD, &hold));
    }
}

fn source(repo: &Repo, plan: &mut Plan<'_>) {
    repo.check(plan);
    repo.refuse("pacman", &OF_APT, plan);
    let others = [
        "metalink",
        "mirrorlist",
        "name",
        "key",
        "signed-by",
        "enabled",
        "priority",
        "exclude",
    ];
    repo.refuse("pacman", &others, plan);
    let urls = repo.urls();
    repo.require_url(plan);
    let mut lines = vec![format!("[{}]", repo.id)];
    if !repo.checked() {
        lines.push("SigLevel = Never".to_owned());
    }
    lines.extend(urls.iter().map(|url| format!("Server = {url}")));
    let options = repo.options.iter();
    lines.extend(options.map(|(key, value)| format!("{key} = {value}")));
    lines.push(String::new());
    let path = format!("/etc/pacman.d/{}.conf", repo.id);
    plan.write(&path, lines.join("\n"), &repo.id.origin);
    plan.actions
        .push(sh(&format!("pacman.conf: {}", repo.id), INCLUDE, &[path]));
}

/// Refuses what pacman has no word for.
fn refuse(request: &Request, plan: &mut Plan<'_>) {
    let origin = plan.around.origin;
    let mut wrong = Vec::new();
    for key in &request.keys {
        let hint = "pacman's keyring holds a secret of its own; install the package of the keyring with `files`";
        wrong.push(unsupported(&key.origin, "pacman", "key files", hint));
    }
    for pin in &request.pins {
        let hint = "install a package file of the version with `files`, and `hold` it";
        wrong.push(unsupported(&pin.package.origin, "pacman", "pins", hint));
    }
    if request.recommends == Some(true) {
        let hint = "name the packages under `install`";
        wrong.push(unsupported(origin, "pacman", "recommended packages", hint));
    }
    plan.wrong.extend(wrong);
}

fn run(options: &[&str], words: &[String], files: &[Input], plan: &mut Plan<'_>) {
    let mut arguments = vec!["pacman".to_owned()];
    arguments.extend(many(options));
    arguments.extend_from_slice(words);
    let verb = options.first().copied().unwrap_or_default();
    let cache = [("pacman", "/var/cache/pacman/pkg")];
    let mut command = cached(&format!("pacman {verb}"), arguments, &cache);
    command.mounts.extend(inputs_mount(files));
    plan.actions.push(Action::Run(Box::new(command)));
}
