//! Units that keep dotfiles.

use serde_json::json;

use super::desktop::repository;
use super::{compile, lines, refused, settings};
use crate::module::Dialect::BlueBuild;

#[test]
fn chezmoi_units() {
    let configuration = json!({"repository": "https://git.example/100%.git", "branch": "main", "file-conflict-policy": "replace"});
    let compiled = compile("chezmoi", BlueBuild, &configuration, &repository()).expect("valid");
    let enabled = ["chezmoi-init.service", "chezmoi-update.timer"];
    let enabled = enabled.map(|unit| (format!("service:user/{unit}"), json!("enabled")));
    assert_eq!(settings(&compiled), enabled);
    let text = lines(&compiled).join("\n");
    for words in [
        "ExecStart=/usr/bin/chezmoi init --apply --branch main https://git.example/100%%.git",
        "ExecStart=/usr/bin/chezmoi update --no-tty --force",
        "OnBootSec=5m\\nOnUnitInactiveSec=1d",
    ] {
        assert!(text.contains(words), "{text}");
    }
    assert!(
        compiled.warnings[0]
            .message
            .contains("chezmoi itself is not fetched")
    );
    let none = json!({"repository": "r", "disable-init": true, "all-users": false});
    let compiled = compile("chezmoi", BlueBuild, &none, &repository()).expect("valid");
    assert_eq!((compiled.settings.len(), compiled.actions.len()), (0, 3));
    let wrong = json!({"repository": "r\nExecStart=/bin/sh", "disable-init": true});
    refused(
        compile("chezmoi", BlueBuild, &wrong, &repository()),
        "is not the name",
        "",
    );
}
