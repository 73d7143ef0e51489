//! Copied files.

use serde_json::{Value, json};

use super::{compile, parse, refused};
use crate::action::{Action, Content};
use crate::module::{Dialect, FinishRequest};
use crate::setting::tests::fake::Repository;

fn repository() -> Repository {
    Repository::default()
        .file("system/etc/app.conf", "a")
        .file("system/etc/.hidden", "b")
        .file("system/etc/.gitkeep", "")
        .program("system/usr/bin/app", "c")
        .link("system/usr/bin/app-link", "app")
        .file("system/var/empty/.gitkeep", "")
        .file(".gitkeep-only/.gitkeep", "")
        .file("motd", "m")
        .file("ca.pem", "x")
        .folder("bare")
        .file("bad/usr/lib/terroir/x", "x")
}

/// Each action in a word or two.
fn shown(actions: &[Action]) -> Vec<String> {
    let shown = actions.iter().map(|action| match action {
        Action::Write {
            path,
            content,
            mode,
            owner,
        } => {
            let from = match content {
                Content::Input(input) => input.path.clone(),
                Content::Text(text) => format!("{text:?}"),
            };
            let owner = serde_json::to_string(&owner.group).expect("serialises");
            format!("{path} {mode:04o} {owner} {from}")
        }
        Action::Link { path, target } => format!("{path} -> {target}"),
        Action::Directory {
            path,
            mode: None,
            owner: None,
        } => format!("{path}/"),
        other => panic!("not a copy: {other:?}"),
    });
    shown
        .map(|line| line.replace(r#" {"number":0}"#, ""))
        .collect()
}

#[test]
fn copies() {
    let whole: &[&str] = &[
        "/etc/.hidden 0644 system/etc/.hidden",
        "/etc/app.conf 0644 system/etc/app.conf",
        "/usr/bin/app 0755 system/usr/bin/app",
        "/usr/bin/app-link -> app",
        "/var/empty/",
    ];
    for (name, files, actions) in [
        (
            "a folder",
            json!([{"source": "system", "destination": "/"}]),
            whole,
        ),
        (
            "a file",
            json!([{"source": "motd", "destination": "/etc/motd"}]),
            &["/etc/motd 0644 motd"],
        ),
        (
            "a file into /",
            json!([{"source": "motd", "destination": "/opt/x/"}]),
            &["/opt/x/motd 0644 motd"],
        ),
        (
            "a file into a known directory",
            json!([{"source": "system/usr/bin/app", "destination": "/usr/bin"}]),
            &["/usr/bin/app 0755 system/usr/bin/app"],
        ),
        (
            "a file into a directory made before",
            json!([{"source": "system/etc", "destination": "/opt/x"}, {"source": "motd", "destination": "/opt/x"}]),
            &[
                "/opt/x/.hidden 0644 system/etc/.hidden",
                "/opt/x/app.conf 0644 system/etc/app.conf",
                "/opt/x/motd 0644 motd",
            ],
        ),
        (
            "an empty folder",
            json!([{"source": "bare", "destination": "/opt/x"}]),
            &["/opt/x/"],
        ),
        (
            "a folder that only git sees",
            json!([{"source": ".gitkeep-only", "destination": "/opt/x"}]),
            &["/opt/x/"],
        ),
        (
            "an empty folder to the root",
            json!([{"source": "bare", "destination": "/"}]),
            &[],
        ),
    ] {
        for dialect in [Dialect::Native, Dialect::BlueBuild] {
            let compiled = compile("files", dialect, &json!({"files": files}), &repository());
            assert_eq!(shown(&compiled.expect(name).actions), actions, "{name}");
        }
    }
}

#[test]
fn native_items_say_mode_owner_and_content() {
    for (item, line) in [
        (
            json!({"source": "motd", "destination": "/m", "mode": "0600", "owner": "root:adm"}),
            r#"/m 0600 {"name":"adm"} motd"#,
        ),
        (
            json!({"content": "hi", "destination": "/m"}),
            "/m 0644 \"hi\"",
        ),
        (
            json!({"content": "hi", "destination": "/m", "mode": "04755"}),
            "/m 4755 \"hi\"",
        ),
    ] {
        let compiled = compile(
            "files",
            Dialect::Native,
            &json!({"files": [item]}),
            &repository(),
        );
        assert_eq!(shown(&compiled.expect(line).actions), [line]);
        parse("files", Dialect::BlueBuild, &json!({"files": [item]})).expect_err("not BlueBuild's");
    }
}

#[test]
fn the_older_form_is_bluebuilds() {
    let older = json!({"files": [{"system/etc": "/etc"}, {"motd": "/etc/motd"}]});
    let newer = json!({"files": [
        {"source": "system/etc", "destination": "/etc"},
        {"source": "motd", "destination": "/etc/motd"},
    ]});
    let bluebuild = |files: &Value| compile("files", Dialect::BlueBuild, files, &repository());
    assert_eq!(bluebuild(&older), bluebuild(&newer));
    for (item, message) in [
        (
            json!({"a": "/a", "b": "/b"}),
            "an item copies one source only",
        ),
        (json!({"source": "a"}), "the key `destination` is missing"),
        (json!({"destination": "/a"}), "the key `source` is missing"),
        (json!({}), "the key `source` is missing"),
        (
            json!({"source": "a", "destination": "/a", "mode": "0644"}),
            "unknown key `mode`",
        ),
        (json!("a"), "expected a mapping, found text"),
    ] {
        let error = parse("files", Dialect::BlueBuild, &json!({"files": [item]}));
        let error = error.expect_err(message);
        assert!(error.contains(message), "{error}");
    }
    let error = parse("files", Dialect::Native, &older).expect_err("native");
    assert!(error.contains("unknown key `system/etc`"), "{error}");
}

#[test]
fn anchors_ask_for_the_trust_store() {
    for (destination, finish) in [
        (
            "/usr/local/share/ca-certificates/x.crt",
            vec![FinishRequest::TrustStore],
        ),
        (
            "/etc/pki/ca-trust/source/anchors/",
            vec![FinishRequest::TrustStore],
        ),
        ("/etc/pki/other/x.crt", vec![]),
    ] {
        let files = json!({"files": [{"source": "ca.pem", "destination": destination}]});
        let compiled = compile("files", Dialect::Native, &files, &repository()).expect("valid");
        assert_eq!(compiled.finish, finish, "{destination}");
    }
}

#[test]
fn refusals() {
    for (item, message, hint) in [
        (
            json!({"source": "motd", "destination": "etc/motd"}),
            "`etc/motd` is not an absolute path",
            "write /etc/motd",
        ),
        (
            json!({"source": "motd", "destination": "/usr/lib/terroir/x"}),
            "belongs to the flavour record",
            "another folder",
        ),
        (
            json!({"source": "bad", "destination": "/"}),
            "/usr/lib/terroir/x belongs to the flavour record",
            "another folder",
        ),
        (
            json!({"source": "nowhere", "destination": "/x"}),
            "there is no file nowhere",
            "",
        ),
        (
            json!({"source": "motd", "destination": "/x", "mode": "644"}),
            "the mode 644 is not octal text",
            "\"0644\"",
        ),
        (
            json!({"source": "motd", "destination": "/x", "owner": ":"}),
            "`:` is not an owner",
            "user:group",
        ),
        (
            json!({"source": "motd", "content": "x", "destination": "/x"}),
            "/x has two contents",
            "keep `source` or `content`",
        ),
        (
            json!({"source": "motd", "template": true, "destination": "/x"}),
            "a file that is copied is not a template",
            "give the text as `content`",
        ),
        (
            json!({"destination": "/x"}),
            "nothing is copied to /x",
            "give `source` or `content`",
        ),
        (
            json!({"content": "x", "destination": "/etc"}),
            "`/etc` is a directory",
            "the whole path",
        ),
        (
            json!({"content": "x", "destination": "/opt/x/"}),
            "`/opt/x/` is a directory",
            "the whole path",
        ),
        (
            json!({"source": "motd", "destination": format!("/{}/", "x".repeat(4094))}),
            "longer than the 4096",
            "a shorter name",
        ),
    ] {
        let files = json!({"files": [item]});
        refused(
            compile("files", Dialect::Native, &files, &repository()),
            message,
            hint,
        );
    }
    let two = json!({"files": [{"destination": "/x"}, {"destination": "/y"}]});
    let errors = compile("files", Dialect::Native, &two, &repository()).expect_err("two");
    assert_eq!(errors.len(), 2, "all errors at once");
}
