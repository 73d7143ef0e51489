//! Scripts of both dialects: what runs, and which files it sees.

use serde_json::{Value, json};

use super::{commands, compile, mounted, refused};
use crate::action::{Command, Id, MountSource};
use crate::module::Dialect;
use crate::setting::tests::fake::Repository;

fn repository() -> Repository {
    Repository::default()
        .file(
            "scripts/setup.sh",
            "#!/bin/bash\n. ./common.sh\ncp /tmp/files/etc/motd /etc/motd\n",
        )
        .file("scripts/common.sh", "source lib/colour\n")
        .file(
            "scripts/lib/colour",
            "#!/bin/sh\ncat $CONFIG_DIRECTORY/keys/*.pem\n",
        )
        .file("scripts/other.sh", "#!/bin/sh\necho other\n")
        .file(
            "scripts/all.py",
            "#!/usr/bin/env python3\nimport os\nprint(os.environ['CONFIG_DIRECTORY'])\n",
        )
        .file("scripts/plain", "echo no first line\n")
        .file("scripts/program", "\0ELF")
        .file("etc/motd", "hello")
        .file("keys/a.pem", "a")
        .file("keys/b.pem", "b")
        .file("unused", "x")
}

fn run(name: &str, dialect: Dialect, config: &Value) -> Vec<Command> {
    let compiled = compile(name, dialect, config, &repository()).expect("compiles");
    commands(&compiled).into_iter().cloned().collect()
}

#[test]
fn a_bluebuild_script_sees_what_it_mentions_and_no_more() {
    let all: Vec<&str> = vec![
        "etc/motd",
        "keys/a.pem",
        "keys/b.pem",
        "scripts/all.py",
        "scripts/common.sh",
        "scripts/lib/colour",
        "scripts/other.sh",
        "scripts/plain",
        "scripts/program",
        "scripts/setup.sh",
        "unused",
    ];
    for (script, sees) in [
        ("other.sh", vec!["scripts/other.sh"]),
        (
            "setup.sh",
            vec![
                "etc/motd",
                "keys/a.pem",
                "keys/b.pem",
                "scripts/common.sh",
                "scripts/lib/colour",
                "scripts/setup.sh",
            ],
        ),
        ("all.py", all.clone()),
        ("program", all),
    ] {
        let config = json!({"scripts": [script]});
        let [command] = &run("script", Dialect::BlueBuild, &config)[..] else {
            panic!("one")
        };
        assert_eq!(mounted(command, "/tmp/files"), sees, "{script}");
        assert_eq!(command.directory, "/tmp/files/scripts");
        assert!(command.network);
        assert_eq!(command.label, format!("script {script}"));
        assert_eq!(command.arguments, [format!("/tmp/files/scripts/{script}")]);
        let Some(MountSource::Inputs(files)) = command
            .mounts
            .iter()
            .find(|mount| mount.target == "/tmp/files")
            .map(|mount| &mount.source)
        else {
            panic!("files")
        };
        assert!(
            files
                .iter()
                .all(|(path, input)| input.executable == path.starts_with("scripts/"))
        );
    }
}

#[test]
fn the_versions_of_bluebuild_run_snippets_differently() {
    let config = json!({"scripts": ["plain"], "snippets": ["echo a | tee /x\ntrue"]});
    let two = run("script", Dialect::BlueBuild, &config);
    assert_eq!(two[0].arguments, ["bash", "/tmp/files/scripts/plain"]);
    assert_eq!(
        two[1].arguments,
        ["/bin/sh", "-c", "set -eu; echo a | tee /x\ntrue"]
    );
    assert_eq!(
        (two[1].directory.as_str(), two[1].label.as_str()),
        ("/", "snippet echo a | tee /x…")
    );
    assert_eq!(mounted(&two[1], "/tmp/files"), Vec::<String>::new());
    let one = run("script@v1", Dialect::BlueBuild, &config);
    assert_eq!(one[1].arguments, ["bash", "-c", "echo a | tee /x\ntrue"]);
    assert_eq!(one[1].directory, "/tmp/files/scripts");
}

#[test]
fn bluebuild_commands_are_told_what_bluebuild_tells() {
    let config = json!({"snippets": ["true"]});
    let command = run("script", Dialect::BlueBuild, &config).remove(0);
    for (name, value) in [
        ("BASE_IMAGE", "quay.io/os/base"),
        ("BB_BUILD_FEATURES", ""),
        ("CONFIG_DIRECTORY", "/tmp/files"),
        ("IMAGE_NAME", "acme/server"),
        ("IMAGE_REGISTRY", "registry.example.org/os"),
        ("MODULE_DIRECTORY", "/tmp/modules"),
        ("OS_ARCH", "x86_64"),
        ("OS_VERSION", "13"),
        ("RECIPE", "recipes/x.yml"),
        ("TARGETARCH", "amd64"),
        ("BASH_ENV", "/tmp/terroir/bash-env"),
    ] {
        assert_eq!(
            command.environment.get(name).map(String::as_str),
            Some(value),
            "{name}"
        );
    }
    let function = &command.environment["BASH_FUNC_get_json_array%%"];
    assert!(
        function.starts_with("() {\n") && function.ends_with('}'),
        "{function}"
    );
    let Some(MountSource::Text(text)) = command
        .mounts
        .iter()
        .find(|mount| mount.target == "/tmp/terroir/bash-env")
        .map(|mount| &mount.source)
    else {
        panic!("a file for bash")
    };
    assert!(text.starts_with("get_json_array () {\n") && text.contains("export -f get_json_array"));
}

#[test]
fn a_native_script_sees_what_it_lists() {
    let config = json!({
        "scripts": ["scripts/other.sh", {"path": "scripts/setup.sh", "args": ["-v"]}],
        "snippets": ["id"], "files": ["keys", "etc/motd"], "user": "nobody:7", "timeout": "1m30s",
        "interpreter": ["bash", "-eu"],
    });
    let [first, second, third] = &run("script", Dialect::Native, &config)[..] else {
        panic!("three")
    };
    assert_eq!(first.arguments, ["/tmp/scripts/other.sh"]);
    assert_eq!(second.arguments, ["/tmp/scripts/setup.sh", "-v"]);
    assert_eq!(third.arguments, ["bash", "-eu", "-c", "id"]);
    assert_eq!(mounted(second, "/tmp/scripts/setup.sh"), [""]);
    for command in [first, second, third] {
        assert_eq!(
            mounted(command, "/tmp/files"),
            ["keys/a.pem", "keys/b.pem", "motd"].map(str::to_owned)
        );
        assert_eq!((command.network, command.limit), (false, Some(90)));
        let user = command.user.as_ref().expect("a user");
        assert_eq!(
            (&user.name, &user.group),
            (&Id::Name("nobody".into()), &Some(Id::Number(7)))
        );
        assert!(command.environment.is_empty());
    }
    let plain = run(
        "script",
        Dialect::Native,
        &json!({"snippets": ["id"], "network": true}),
    )
    .remove(0);
    assert_eq!(plain.arguments, ["/bin/sh", "-eu", "-c", "id"]);
    assert!(plain.network && plain.mounts.is_empty() && plain.limit.is_none());
}

#[test]
fn wrong_scripts_are_found_before_anything_runs() {
    let at = |dialect, config: Value| compile("script", dialect, &config, &repository());
    refused(
        at(Dialect::BlueBuild, json!({"scripts": ["none.sh"]})),
        "scripts/none.sh",
        "",
    );
    for (config, message, hint) in [
        (json!({"scripts": ["none.sh"]}), "none.sh", ""),
        (
            json!({"scripts": ["scripts/plain"]}),
            "does not say what runs it",
            "#!/bin/sh",
        ),
        (json!({"timeout": "10"}), "`10` is not a time", "90s"),
        (json!({"timeout": "0s"}), "`0s` is not a time", "90s"),
        (json!({"user": "a b"}), "`a b` is not a user", "user:group"),
        (json!({"interpreter": []}), "has no program", "/bin/sh"),
        (
            json!({"files": ["keys", "etc/keys"]}),
            "two files would be /tmp/files/keys",
            "rename",
        ),
        (
            json!({"files": ["../.."]}),
            "has no name of its own",
            "by their name",
        ),
        (json!({"files": ["gone"]}), "gone", ""),
    ] {
        refused(at(Dialect::Native, config), message, hint);
    }
}
