//! Plans of dnf as a root carries them out: the lines of shell run against programs that only say
//! their words.

use std::path::Path;

use serde_json::Value;

use super::{compile_on, distribution, line};
use crate::action::Action;
use crate::module::{Compiled, Dialect};
use crate::setting::tests::fake::Repository;

const KEY: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n";

pub(super) fn repository() -> Repository {
    Repository::default()
        .file("dnf/fury.repo", "[fury]\nenabled = 0\nbaseurl=x\n")
        .file("dnf/on.repo", "[on]\nenabled=1\n")
        .file("dnf/own-42.rpm", "rpm")
        .file("dnf/k.asc", KEY)
        .file("files/acme.asc", KEY)
        .file("files/agent.rpm", "rpm")
        .file("files/a.repo", "[a]\n")
}

pub(super) fn compiled(dialect: Dialect, configuration: &Value) -> Compiled {
    let on = distribution("fedora", "fedora");
    let compiled = compile_on(on, ("dnf", dialect), configuration, &repository());
    compiled.unwrap_or_else(|wrong| panic!("{configuration}: {wrong:?}"))
}

/// What is done with one generation of dnf, a line for each action; calls of dnf as it gets them.
#[expect(clippy::disallowed_methods, reason = "a shell checks the script")]
pub(super) fn plan(program: &str, compiled: &Compiled) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    for name in [program, "rpm"] {
        let say = match name {
            "rpm" => {
                "#!/bin/sh\n[ \"$1\" != -q ] || [ $# -eq 2 ] || echo \"bash-5.2-1\"\n".to_owned()
            }
            _ => format!("#!/bin/sh\nprintf '%s' '{name}'\nprintf '|%s' \"$@\"\necho\n"),
        };
        let file = folder.path().join(name);
        std::fs::write(&file, say).expect("a file");
        let mut mode = std::fs::metadata(&file).expect("it is there").permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o755);
        std::fs::set_permissions(&file, mode).expect("it is mine");
    }
    let here = folder.path().to_str().expect("text");
    std::fs::write(folder.path().join("os-release"), "VERSION_ID=42\n").expect("a file");
    std::fs::write(folder.path().join("versionlock.conf"), "").expect("a file");
    let mut lines = Vec::new();
    for action in &compiled.actions {
        match action {
            Action::Run(command) if command.label.starts_with("dnf ") => {
                assert!(command.network && command.mounts.len() >= 2, "{command:?}");
                let words = command.arguments.iter();
                let words = words.map(|word| {
                    word.replace("/tmp/", &format!("{here}/tmp-"))
                        .replace("/etc/os-release", &format!("{here}/os-release"))
                        .replace("/etc/dnf/plugins", here)
                });
                let words: Vec<String> = words.collect();
                let output = std::process::Command::new(&words[0])
                    .args(&words[1..])
                    .env("PATH", format!("{here}:{}", tools(folder.path())))
                    .output()
                    .expect("sh");
                assert!(output.status.success(), "{words:?} {output:?}");
                let said = String::from_utf8(output.stdout).expect("text");
                lines.extend(said.lines().map(str::to_owned));
            }
            other => lines.push(line(other)),
        }
    }
    if let Ok(list) = std::fs::read_to_string(folder.path().join("versionlock.list")) {
        lines.push(list);
    }
    lines
}

/// A folder with the few programs that the lines of shell use, and no dnf.
fn tools(folder: &Path) -> String {
    let tools = folder.join("tools");
    if std::fs::create_dir(&tools).is_ok() {
        for name in ["grep", "cat", "touch", "sh"] {
            for place in ["/bin", "/usr/bin"] {
                let program = Path::new(place).join(name);
                if program.exists() {
                    let made = std::os::unix::fs::symlink(&program, tools.join(name));
                    assert!(made.is_ok() || tools.join(name).exists());
                }
            }
        }
    }
    tools.to_str().expect("text").to_owned()
}

pub(super) const Y: &str = "|-y|--setopt=keepcache=1";
pub(super) const WEAK: &str = "|-y|--setopt=keepcache=1|--setopt=install_weak_deps=True";
