//! Command plans of pacman, and what its configuration becomes.

use serde_json::json;

use super::compile_on;
use super::managers::{of, plan, repository};
use crate::action::Action;
use crate::module::Dialect::{BlueBuild, Native};

const PACMAN: &str = " [network] [pacman /var/cache/pacman/pkg]";

#[test]
fn pacman_plans() {
    let sync = "pacman --sync --noconfirm --needed";
    for (dialect, configuration, expected) in [
        (
            BlueBuild,
            json!({"install": {"packages": ["vim"]}, "remove": {"packages": ["nano"]}}),
            vec![
                format!("pacman --remove --noconfirm --recursive --unneeded nano{PACMAN}"),
                format!("{sync} --refresh --sysupgrade vim{PACMAN}"),
            ],
        ),
        (
            Native,
            json!({"upgrade": false, "install": ["vim"]}),
            vec![format!("{sync} vim{PACMAN}")],
        ),
        (
            Native,
            json!({"upgrade": true}),
            vec![format!("{sync} --refresh --sysupgrade{PACMAN}")],
        ),
        (
            Native,
            json!({"files": ["files/a.pkg.tar.zst"], "remove": {"packages": ["b"], "auto-remove": false}}),
            vec![
                format!("pacman --remove --noconfirm b{PACMAN}"),
                format!(
                    "pacman --upgrade --noconfirm --needed /run/inputs/files/a.pkg.tar.zst{PACMAN} [files/a.pkg.tar.zst /run/inputs]"
                ),
            ],
        ),
    ] {
        assert_eq!(
            plan("pacman", dialect, &configuration),
            expected,
            "{configuration}"
        );
    }
    let repo =
        json!({"repos": [{"id": "acme", "url": "https://acme.example/$arch", "check": false}]});
    let lines = plan("pacman", Native, &repo);
    assert_eq!(
        lines[0],
        "write /etc/pacman.d/acme.conf 644 \"[acme]\\nSigLevel = Never\\nServer = https://acme.example/$arch\\n\""
    );
    assert!(
        lines[1].ends_with("sh /etc/pacman.d/acme.conf"),
        "{lines:?}"
    );
}

/// What the lines of shell that edit pacman.conf do to one.
#[test]
#[expect(clippy::disallowed_methods, reason = "a shell checks the script")]
fn pacman_conf_is_edited_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let conf = folder.path().join("pacman.conf");
    std::fs::write(&conf, "[options]\nArch = auto\n[core]\n").expect("a file");
    let steps = json!([
        {"hold": ["linux", "gcc+"]}, {"hold": ["linux"]}, {"unhold": ["gcc+"]},
        {"repos": [{"id": "acme", "url": "https://acme.example"}]},
        {"repos": [{"id": "acme", "url": "https://acme.example"}]},
    ]);
    for step in steps.as_array().expect("a list") {
        let compiled = compile_on(of("pacman"), ("pacman", Native), step, &repository());
        let compiled = compiled.expect("valid");
        let Some(Action::Run(command)) = compiled.actions.last() else {
            panic!("a command")
        };
        let here = folder.path().to_str().expect("text");
        let words = command.arguments.iter().map(|word| {
            word.replace("/etc/pacman.conf", &format!("{here}/pacman.conf"))
                .replace("/tmp/pacman.conf", &format!("{here}/tmp"))
        });
        let words: Vec<String> = words.collect();
        let outcome = std::process::Command::new(&words[0])
            .args(&words[1..])
            .status();
        assert!(outcome.expect("sh").success(), "{words:?}");
    }
    assert_eq!(
        std::fs::read_to_string(&conf).expect("a file"),
        "[options]\nIgnorePkg = linux\nArch = auto\n[core]\n\nInclude = /etc/pacman.d/acme.conf\n"
    );
}
