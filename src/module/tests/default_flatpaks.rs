//! Lists of Flatpaks, and the program that installs them.

use serde_json::{Value, json};

use super::desktop::repository;
use super::{compile, lines, refused, settings};
use crate::action::{Action, Content};
use crate::module::Dialect::BlueBuild;

const FLATPAKS: &str = r#"{"configurations": [
    {"scope": "system", "install": ["org.gimp.GIMP", "org.kde.krita//stable"]},
    {"scope": "user", "notify": false, "repo": {"name": "own", "url": "https://f.example/r.flatpakrepo", "title": "Our own"}, "install": ["org.a.B"]}
]}"#;

#[test]
fn flatpaks_are_listed_with_their_units() {
    let configuration: Value = serde_json::from_str(FLATPAKS).expect("JSON");
    let compiled = compile("default-flatpaks", BlueBuild, &configuration, &repository());
    let compiled = compiled.expect("valid");
    let enabled = [
        "system-flatpak-setup.timer",
        "user/user-flatpak-setup.timer",
    ];
    let enabled = enabled.map(|unit| (format!("service:{unit}"), json!("enabled")));
    assert_eq!(settings(&compiled), enabled);
    let lines = lines(&compiled);
    assert!(lines[0].contains(
        "scope system\\nnotify true\\nname flathub\\nurl https://dl.flathub.org/repo/flathub.flatpakrepo\\n\
         title Flathub\\ninstall org.gimp.GIMP\\ninstall org.kde.krita//stable\\n"
    ), "{lines:?}");
    let paths: Vec<&str> = lines
        .iter()
        .filter_map(|line| line.split(' ').nth(1))
        .collect();
    assert_eq!(
        paths[2..],
        [
            "/usr/libexec/bluebuild/default-flatpaks",
            "/usr/lib/systemd/system/system-flatpak-setup.service",
            "/usr/lib/systemd/system/system-flatpak-setup.timer",
            "/usr/lib/systemd/user/user-flatpak-setup.service",
            "/usr/lib/systemd/user/user-flatpak-setup.timer",
        ]
    );
    for (id, message) in [
        ("gimp", "is not the id of a Flatpak"),
        ("org.a.B; rm", "is not the id of a Flatpak"),
    ] {
        let configuration = json!({"configurations": [{"install": [id]}]});
        refused(
            compile("default-flatpaks", BlueBuild, &configuration, &repository()),
            message,
            "org.example.Name",
        );
    }
    let remote = json!({"configurations": [{"repo": {"name": "a b"}}]});
    refused(
        compile("default-flatpaks", BlueBuild, &remote, &repository()),
        "is not the name of a remote",
        "",
    );
}

/// The program that machines run, with a flatpak that only says its words.
#[test]
#[expect(clippy::disallowed_methods, reason = "a shell checks the script")]
fn flatpaks_are_installed_by_the_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path().to_str().expect("text");
    let put = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).expect("a file");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&file, mode).expect("it is mine");
    };
    put(
        "flatpak",
        "#!/bin/sh\ncase $1 in\n    remotes) echo fedora ;;\n    list) printf 'fedora\\torg.old.App/x86_64/f42\\n' ;;\n\
         \x20   info) [ \"$3\" = org.kde.krita//stable ] || [ \"$3\" = org.gone.App ] ;;\n    *) echo \"$*\" ;;\nesac\n",
    );
    let mut configuration: Value = serde_json::from_str(FLATPAKS).expect("JSON");
    let said = |name: &str, configuration: &Value, scope: &str| {
        let compiled = compile(name, BlueBuild, configuration, &repository()).expect("valid");
        let lists = folder.path().join("lists");
        let _ = std::fs::remove_dir_all(&lists);
        std::fs::create_dir(&lists).expect("a folder");
        for action in &compiled.actions {
            if let Action::Write {
                path,
                content: Content::Text(text),
                ..
            } = action
            {
                let name = String::from_utf8_lossy(path.file_name()).into_owned();
                if name.ends_with(".list") {
                    std::fs::write(lists.join(name), text.as_bytes()).expect("a file");
                } else if name == "default-flatpaks" {
                    let text = text.replace(
                        "/usr/share/bluebuild/default-flatpaks",
                        &format!("{here}/lists"),
                    );
                    std::fs::write(folder.path().join("program"), text).expect("a file");
                }
            }
        }
        let output = std::process::Command::new("/bin/sh")
            .arg(folder.path().join("program"))
            .arg(scope)
            .env("PATH", format!("{here}:/usr/bin:/bin"))
            .output()
            .expect("sh");
        assert!(output.status.success(), "{output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        String::from_utf8(output.stdout).expect("text")
    };
    assert_eq!(
        said("default-flatpaks", &configuration, "system"),
        "remote-delete --system --force fedora\nuninstall --system --noninteractive org.old.App/x86_64/f42\n\
         remote-add --system --if-not-exists --title=Flathub flathub https://dl.flathub.org/repo/flathub.flatpakrepo\n\
         remote-modify --system --enable flathub\ninstall --system --noninteractive flathub org.gimp.GIMP\n"
    );
    configuration["configurations"][1]["repo"]["url"] =
        json!("oci+https://registry.fedoraproject.org");
    assert_eq!(
        said("default-flatpaks@v2", &configuration, "user"),
        "remote-add --user --if-not-exists --title=Our own own oci+https://registry.fedoraproject.org\n\
         remote-modify --user --enable own\ninstall --user --noninteractive own org.a.B\n"
    );
    let first =
        json!({"system": {"install": ["org.a.B"], "remove": ["org.gone.App", "org.never.App"]}});
    assert!(said("default-flatpaks@v1", &first, "system").ends_with(
        "uninstall --system --noninteractive org.gone.App\ninstall --system --noninteractive flathub org.a.B\n"
    ));
}
