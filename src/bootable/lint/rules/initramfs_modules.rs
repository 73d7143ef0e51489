//! `initramfs-modules`: an initramfs that cannot mount the root.

use std::collections::BTreeSet;

use crate::bootable::LifeCycle;
use crate::bootable::declared::Stated;
use crate::bootable::lint::ini;
use crate::bootable::lint::initramfs::{Initramfs, module_name};
use crate::bootable::lint::root::{Kernel, Root};
use crate::bootable::lint::rule::{Found, IMAGE, Rule, Severity};

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "initramfs-modules",
    severity: Severity::Error,
    summary: "the initramfs lacks what it needs to mount the root",
    applies: IMAGE,
    check,
};

fn check(root: &Root) -> Vec<Found> {
    let mut found = Vec::new();
    for kernel in root.kernels() {
        let Some(path) = kernel.initramfs(root) else {
            continue;
        };
        let read = root.files.followed(&path);
        let Some(held) = read.and_then(|(path, _)| root.initramfs.get(&path)) else {
            let message = "it could not be examined: it is a link to another place";
            found.push(Found::at(&path, message).warning());
            continue;
        };
        if let Some(problem) = &held.problem {
            let message = format!("it could not be examined: {problem}");
            found.push(Found::at(&path, message).warning());
            continue;
        }
        found.extend(lacks(root, &kernel, held).map(|message| Found::at(&path, message)));
    }
    found
}

/// What an initramfs lacks, a sentence each.
fn lacks<'a>(
    root: &'a Root,
    kernel: &'a Kernel,
    held: &'a Initramfs,
) -> impl Iterator<Item = String> + 'a {
    let version = &kernel.version;
    let others: Vec<&str> = held.versions.iter().map(String::as_str).collect();
    let is_other = !others.is_empty() && !held.versions.contains(version);
    let stranger = is_other.then(|| {
        let others = others.join(", ");
        format!("it has modules of {others}, and the kernel is {version}")
    });
    let (life_cycle, _) = root.life_cycle();
    let is_bootc = life_cycle == LifeCycle::Bootc && held.programs.contains("initramfs-setup");
    let makes_root = is_bootc || held.programs.contains("ostree-prepare-root");
    let unprepared = (!makes_root).then(|| {
        "nothing in it makes the root of a deployment; dracut's module `ostree` would".to_owned()
    });
    let built_in = root.text_at(&kernel.folder.join(b"modules.builtin").unwrap_or_default());
    let built_in: Option<BTreeSet<String>> =
        built_in.map(|text| text.lines().filter_map(module_name).collect());
    let modules = needed(root).into_iter().filter_map(move |name| {
        let is_built_in = built_in.as_ref().is_some_and(|all| all.contains(name));
        // Without the list, only a module that is there is known not to be built in.
        let is_module = is_module(root, kernel, name);
        let is_known = built_in.is_some() || is_module;
        let is_there = is_built_in || held.modules.contains(name);
        (is_known && !is_there).then(|| match is_module {
            true => format!("it lacks the module `{name}`, which the root needs"),
            false => format!("the kernel {version} knows no `{name}`, which the root needs"),
        })
    });
    stranger.into_iter().chain(unprepared).chain(modules)
}

/// The modules without which the root cannot be mounted.
fn needed(root: &Root) -> Vec<&'static str> {
    let mut needed = Vec::new();
    match root.life_cycle() {
        (LifeCycle::Ostree, _) => needed.push("ext4"),
        _ => needed.extend(stated(root)),
    }
    let text = [
        "/etc/ostree/prepare-root.conf",
        "/usr/lib/ostree/prepare-root.conf",
    ]
    .into_iter()
    .find_map(|path| root.text(path))
    .unwrap_or_default();
    let composefs = ini::value(&text, "composefs", "enabled").unwrap_or_default();
    if ["yes", "true", "1", "verity", "signed"].contains(&composefs.as_str()) {
        needed.extend(["erofs", "overlay"]);
    }
    needed
}

/// The file system that bootc's installer is told to make.
fn stated(root: &Root) -> Option<&'static str> {
    let files = root.files_in("/usr/lib/bootc/install", ".toml").into_iter();
    let texts: Vec<String> = files.filter_map(|path| root.text_at(&path)).collect();
    Stated::of(texts.iter().map(String::as_str)).file_system
}

fn is_module(root: &Root, kernel: &Kernel, name: &str) -> bool {
    let files = root.below(&kernel.folder.to_string()).into_iter();
    let mut names = files.filter_map(|(path, _)| module_name(&path.to_string()));
    names.any(|one| one == name)
}
