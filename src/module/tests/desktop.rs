//! Modules for desktops and their users.

use serde_json::{Value, json};

use super::{compile, compile_on, distribution, lines, refused, settings};
use crate::action::{Action, Content};
use crate::module::Dialect::{self, BlueBuild, Native};
use crate::module::bluebuild::{self, Checked};
use crate::setting::tests::fake::Repository;

fn repository() -> Repository {
    Repository::default()
        .file("gschema-overrides/zz.gschema.override", "[a]\n")
        .file("gschema-overrides/notes.md", "x")
        .file("desktop/own.gschema.override", "[a]\n")
        .file("justfiles/a.just", "a:\n")
        .file("justfiles/more/b.just", "b:\n")
        .file("justfiles/notes.md", "x")
        .file("tools/c.just", "c:\n")
        .file("fonts/Acme/Acme.ttf", "font")
        .file("fonts/One.otf", "font")
}

fn plan(name: &str, dialect: Dialect, configuration: &Value) -> Vec<String> {
    let compiled = compile(name, dialect, configuration, &repository());
    let lines = lines(&compiled.unwrap_or_else(|wrong| panic!("{configuration}: {wrong:?}")));
    // Of the lines of shell only their words matter here.
    let shell = |line: String| match line.rsplit_once(" sh ") {
        Some((script, words)) if script.starts_with("/bin/sh") => format!("sh {words}"),
        _ => line,
    };
    lines.into_iter().map(shell).collect()
}

#[test]
fn gschema_overrides() {
    let schemas = "/usr/share/glib-2.0/schemas";
    for (dialect, configuration, expected) in [
        (
            BlueBuild,
            json!({}),
            [
                "gschema-overrides/zz.gschema.override",
                "zz.gschema.override",
            ],
        ),
        (
            BlueBuild,
            json!({"include": ["zz.gschema.override"]}),
            [
                "gschema-overrides/zz.gschema.override",
                "zz.gschema.override",
            ],
        ),
        (
            Native,
            json!({"include": ["desktop/own.gschema.override"]}),
            ["desktop/own.gschema.override", "own.gschema.override"],
        ),
    ] {
        let [source, name] = expected;
        let expected = [
            format!("write {schemas}/{name} 644 {source}"),
            format!("sh {name}"),
        ];
        assert_eq!(plan("gschema-overrides", dialect, &configuration), expected);
    }
    for (dialect, configuration, message) in [
        (
            BlueBuild,
            json!({"include": ["none.gschema.override"]}),
            "there is no file gschema-overrides/none",
        ),
        (
            BlueBuild,
            json!({"include": ["notes.md"]}),
            "is no override of schemas",
        ),
        (Native, json!({}), "no overrides are named"),
    ] {
        refused(
            compile("gschema-overrides", dialect, &configuration, &repository()),
            message,
            "",
        );
    }
    let empty = Repository::default().file("gschema-overrides/notes.md", "x");
    refused(
        compile("gschema-overrides", BlueBuild, &json!({}), &empty),
        "holds no file whose name ends with",
        "",
    );
}

#[test]
fn fonts_of_the_repository() {
    assert_eq!(
        plan(
            "fonts",
            Native,
            &json!({"files": ["fonts/Acme", "fonts/One.otf"]})
        ),
        [
            "write /usr/share/fonts/Acme/Acme.ttf 644 fonts/Acme/Acme.ttf",
            "write /usr/share/fonts/One.otf 644 fonts/One.otf",
            "fc-cache --system-only --really-force",
        ]
    );
    let fetched = compile(
        "fonts",
        Native,
        &json!({"fonts": {"nerd-fonts": ["Hack"]}}),
        &repository(),
    );
    refused(fetched, "not fetched from the network", "`files`");
    refused(
        compile(
            "fonts",
            Native,
            &json!({"files": ["fonts/none.ttf"]}),
            &repository(),
        ),
        "there is no file",
        "",
    );
}

#[test]
fn justfiles() {
    let place = "/usr/share/bluebuild/justfiles";
    let all = [
        format!("write {place}/a.just 644 justfiles/a.just"),
        format!("write {place}/more/b.just 644 justfiles/more/b.just"),
    ];
    let imports = format!("sh {place}/a.just {place}/more/b.just");
    let chosen = json!({"include": ["a.just", "more"], "validate": true});
    let expected = [&all[..], &[imports.clone(), imports.clone()]].concat();
    assert_eq!(plan("justfiles", BlueBuild, &chosen), expected);
    assert_eq!(
        plan("justfiles", Native, &json!({"include": ["tools"]})),
        [
            format!("write {place}/tools/c.just 644 tools/c.just"),
            format!("sh {place}/tools/c.just")
        ]
    );
    let install = compile(
        "justfiles",
        Native,
        &json!({"include": ["tools"], "install": true}),
        &repository(),
    );
    assert!(lines(&install.expect("valid"))[1].contains("install just"));
    let notes = compile("justfiles", BlueBuild, &json!({}), &repository());
    refused(
        notes,
        "`notes.md` has no file whose name ends with .just",
        "",
    );
    refused(
        compile("justfiles", Native, &json!({}), &repository()),
        "no justfiles are named",
        "`include`",
    );
}

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
        "is no name",
        "",
    );
}

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
        ("gimp", "is no id of a Flatpak"),
        ("org.a.B; rm", "is no id of a Flatpak"),
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
        "is no name of a remote",
        "",
    );
}

/// The program that machines run, with a flatpak that only says its words.
#[test]
#[expect(clippy::disallowed_methods, reason = "the judge is a shell")]
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

#[test]
fn what_cannot_be_built_says_what_is_missing() {
    for (name, configuration, words) in [
        ("akmods", json!({"install": []}), "Universal Blue"),
        ("bling", json!({"install": []}), "without a fixed version"),
        ("brew", json!({}), "Homebrew"),
        ("fonts", json!({"fonts": {}}), "commit them"),
        ("gnome-extensions", json!({}), "extensions.gnome.org"),
        ("soar", json!({}), "soar"),
        ("yafti", json!({}), "yafti"),
    ] {
        let checked = bluebuild::parse(name, None, configuration)
            .expect("known")
            .expect("valid");
        let Checked::Unbuilt(unbuilt) = checked else {
            panic!("{name} is built")
        };
        assert!(unbuilt.missing.contains(words), "{unbuilt:?}");
    }
}

#[test]
fn no_family_is_assumed() {
    let on = distribution("debian", "debian");
    let configuration = json!({"include": ["tools"]});
    let compiled = compile_on(on, ("justfiles", Native), &configuration, &repository());
    assert!(compiled.is_ok());
}
