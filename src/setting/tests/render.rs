//! What settings become in a root.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::fake::{Disk, Repository};
use crate::action::{Action, Content};
use crate::setting::{Declaration, Kind, Refusal};

fn table(declarations: &[Value]) -> BTreeMap<Kind, BTreeMap<String, Value>> {
    let mut table: BTreeMap<Kind, BTreeMap<String, Value>> = BTreeMap::new();
    for declaration in declarations {
        let declaration: Declaration =
            serde_json::from_value(declaration.clone()).expect("decodes");
        let settings = declaration.settings(&Repository::default());
        for setting in settings.expect("valid") {
            table
                .entry(setting.kind)
                .or_default()
                .insert(setting.name, setting.value);
        }
    }
    table
}

fn render(kind: Kind, declarations: &[Value], ground: &mut Disk) -> Result<Vec<Action>, Refusal> {
    let all = table(declarations)
        .remove(&kind)
        .expect("settings of the kind");
    let touched = all.keys().cloned().collect();
    kind.render(&all, &touched, ground)
}

/// Path and text of each written file.
fn texts(actions: &[Action]) -> Vec<(String, String)> {
    actions
        .iter()
        .map(|action| match action {
            Action::Write {
                path,
                content: Content::Text(text),
                mode: 0o644,
                ..
            } => (path.to_string(), text.to_string()),
            other => panic!("not a written text: {other:?}"),
        })
        .collect()
}

fn without_comments(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn nothing_touched_does_nothing() {
    for kind in Kind::ALL {
        let all = BTreeMap::from([("x".to_owned(), json!(null))]);
        let actions = kind.render(&all, &BTreeSet::new(), &mut Disk::new());
        assert_eq!(actions, Ok(vec![]));
    }
}

#[test]
fn sysctl_is_one_sorted_file() {
    let declared = [json!({"sysctl": {"net.ipv4.ip_forward": 0, "kernel.x": "a  b"}})];
    let actions = render(Kind::Sysctl, &declared, &mut Disk::new()).expect("renders");
    let [(path, text)] = texts(&actions).try_into().expect("one file");
    assert_eq!(path, "/usr/lib/sysctl.d/99-terroir.conf");
    assert!(text.starts_with("# Written by terroir"));
    assert!(text.contains("/etc/sysctl.d"), "says how to override");
    assert_eq!(
        without_comments(&text),
        "kernel.x = a b\nnet.ipv4.ip_forward = 0\n"
    );
}

#[test]
fn a_file_holds_also_what_was_not_touched() {
    let all = table(&[json!({"sysctl": {"a.b": 1, "c.d": 2}})])
        .remove(&Kind::Sysctl)
        .expect("some");
    let touched = BTreeSet::from(["c.d".to_owned()]);
    let actions = Kind::Sysctl
        .render(&all, &touched, &mut Disk::new())
        .expect("renders");
    assert_eq!(
        without_comments(&texts(&actions)[0].1),
        "a.b = 1\nc.d = 2\n"
    );
}

#[test]
fn kernel_modules_are_two_files() {
    let declared = [json!({"kernel_module": {
        "usb-storage": "disabled", "pcspkr": "blacklisted", "br_netfilter": "loaded", "cramfs": "disabled",
    }})];
    let actions = render(Kind::KernelModule, &declared, &mut Disk::new()).expect("renders");
    let [load, modprobe] = texts(&actions).try_into().expect("two files");
    assert_eq!(load.0, "/usr/lib/modules-load.d/terroir.conf");
    assert_eq!(without_comments(&load.1), "br_netfilter\n");
    assert_eq!(modprobe.0, "/usr/lib/modprobe.d/terroir.conf");
    assert_eq!(
        without_comments(&modprobe.1),
        "install cramfs /bin/false\nblacklist cramfs\nblacklist pcspkr\n\
         install usb-storage /bin/false\nblacklist usb-storage\n"
    );
    let declared = [json!({"kernel_module": {"usb-storage": "disabled", "usb_storage": "loaded"}})];
    let refusal =
        render(Kind::KernelModule, &declared, &mut Disk::new()).expect_err("two spellings");
    assert_eq!(refusal.setting(), "kernel_module:usb_storage");
    assert!(
        refusal
            .to_string()
            .contains("kernel_module:usb-storage are the same kernel module")
    );
    assert!(refusal.hint().contains("one of the two spellings"));
}

#[test]
fn kernel_arguments_are_what_bootc_reads() {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "kebab-case")]
    struct Bootc {
        kargs: Vec<String>,
        match_architectures: Option<Vec<String>>,
    }
    let declared = [
        json!({"karg": {
            "quiet": true, "audit": 1, "console": ["ttyS0,115200", "tty0"], "gone": false,
            "dyndbg": "\"file a.c +p\"",
        }}),
        json!({"karg": {"console": {"value": "ttyAMA0", "architectures": ["arm64"]}}}),
        json!({"karg": {"nomodeset": {"value": false, "architectures": ["amd64", "s390x"]}}}),
    ];
    let actions = render(Kind::Karg, &declared, &mut Disk::new()).expect("renders");
    let read: Vec<_> = texts(&actions)
        .into_iter()
        .map(|(path, text)| {
            let file: Bootc = toml::from_str(&text).expect("bootc reads it");
            (path, file.kargs, file.match_architectures)
        })
        .collect();
    let path = |rest: &str| format!("/usr/lib/bootc/kargs.d/10-terroir{rest}.toml");
    let words = |words: &[&str]| {
        words
            .iter()
            .map(|word| (*word).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        read,
        [
            (
                path(""),
                words(&[
                    "audit=1",
                    "console=ttyS0,115200",
                    "console=tty0",
                    "dyndbg=\"file a.c +p\"",
                    "quiet"
                ]),
                None
            ),
            (
                path("-aarch64"),
                words(&["console=ttyAMA0"]),
                Some(words(&["aarch64"]))
            ),
            (
                path("-s390x-x86_64"),
                words(&[]),
                Some(words(&["s390x", "x86_64"]))
            ),
        ]
    );
}

#[test]
fn files_become_writes_modes_and_removals() {
    let declared = [json!({"file": {
        "/etc/issue": {"content": "hi\n", "mode": "0600", "owner": "daemon"},
        "/etc/crontab": {"mode": "0600", "owner": "root"},
        "/etc/cron.deny": {"absent": true},
    }})];
    let actions = render(Kind::File, &declared, &mut Disk::new()).expect("renders");
    assert_eq!(
        serde_json::to_value(&actions).expect("serialises"),
        json!([
            {"action": "remove", "path": "/etc/cron.deny"},
            {"action": "mode", "path": "/etc/crontab", "mode": 0o600, "owner": {"user": {"number": 0}, "group": {"number": 0}}},
            {"action": "write", "path": "/etc/issue", "content": {"text": "hi\n"}, "mode": 0o600,
             "owner": {"user": {"name": "daemon"}, "group": {"name": "daemon"}}},
        ])
    );
    let mut disk = Disk::new();
    disk.write("/etc/issue/x", "");
    let refusal = render(Kind::File, &declared, &mut disk).expect_err("a directory");
    assert_eq!(
        refusal.to_string(),
        "/etc/issue is a directory of the image, not a file"
    );
    assert!(refusal.hint().contains("name a file in it"));
}

#[test]
fn config_becomes_one_edit_of_each_touched_file() {
    let mut disk = Disk::new();
    disk.write("/etc/ssh/sshd_config", "Port 22\n");
    disk.write("/usr/lib/os-release", "ID=x\n");
    disk.symlink("/etc/os-release", "../usr/lib/os-release");
    let all = table(&[
        json!({"config": {"path": "/etc/ssh/sshd_config", "style": "space", "values": {"UsePAM": "yes", "Banner": "/etc/issue"}}}),
        json!({"config": {"path": "/etc/os-release", "style": "equals", "values": {"NAME": "", "FLAG": null}}}),
        json!({"config": {"path": "/etc/not/touched", "style": "ini", "values": {"a/b": 1}}}),
    ])
    .remove(&Kind::Config)
    .expect("some");
    let touched = ["/etc/ssh/sshd_config#UsePAM", "/etc/os-release#NAME"];
    let touched = touched.into_iter().map(str::to_owned).collect();
    let actions = Kind::Config
        .render(&all, &touched, &mut disk)
        .expect("renders");
    assert_eq!(
        serde_json::to_value(&actions).expect("serialises"),
        json!([
            {"action": "edit", "path": "/usr/lib/os-release",
             "edit": {"style": "equals", "values": [["FLAG", ""], ["NAME", "\"\""]], "create": false}},
            {"action": "edit", "path": "/etc/ssh/sshd_config",
             "edit": {"style": "space", "values": [["Banner", "/etc/issue"], ["UsePAM", "yes"]], "create": false}},
        ])
    );
}

#[test]
fn config_refusals() {
    let config = |path: &str, style: &str, key: &str, create: bool| json!({"config": {"path": path, "style": style, "values": {key: "x"}, "create": create}});
    let mut disk = Disk::new();
    std::fs::create_dir_all(disk.root.path().join("etc")).expect("a folder");
    std::fs::write(disk.root.path().join("etc/bin"), [0xff]).expect("a file");
    disk.symlink("/etc/loop", "loop");
    for (declared, setting, message, hint) in [
        (
            vec![config("/etc/no", "space", "a", false)],
            "config:/etc/no#a",
            "/etc/no does not exist",
            "create: true",
        ),
        (
            vec![config("/etc/loop", "space", "a", false)],
            "config:/etc/loop#a",
            "/etc/loop does not exist",
            "create: true",
        ),
        (
            vec![config("/etc/bin", "space", "a", false)],
            "config:/etc/bin#a",
            "/etc/bin cannot be read: it is no text",
            "the kind `file`",
        ),
        (
            vec![
                config("/etc/x", "space", "a", true),
                config("/etc/x", "ini", "b", true),
            ],
            "config:/etc/x#b",
            "two styles: ini here and space by config:/etc/x#a",
            "the same `style`",
        ),
    ] {
        let refusal = render(Kind::Config, &declared, &mut disk).expect_err(message);
        assert_eq!(refusal.setting(), setting);
        assert!(refusal.to_string().contains(message), "{refusal}");
        assert!(refusal.hint().contains(hint), "{}", refusal.hint());
        let diagnostic = refusal.diagnostic(&crate::origin::Origin::of_file("x.yml"));
        assert_eq!(diagnostic.message, refusal.to_string());
    }
    let made = render(
        Kind::Config,
        &[config("/etc/no", "space", "a", true)],
        &mut disk,
    );
    assert!(made.is_ok());
}

#[test]
fn what_is_at_least_as_strict() {
    let whole = |text: &str, mode: &str| json!({"file": {"/x": {"content": text, "mode": mode}}});
    let bits = |mode: &str| json!({"file": {"/x": {"mode": mode}}});
    let owned = |owner: &str| json!({"file": {"/x": {"owner": owner, "mode": "0600"}}});
    let one = |kind: &str, name: &str, value: &str| json!({kind: {name: value}});
    let config = |value: &str, create: bool| json!({"config": {"path": "/x", "style": "space", "values": {"k": value}, "create": create}});
    for (candidate, mandatory, holds) in [
        (whole("a", "0640"), whole("a", "0644"), true),
        (whole("a", "0600"), whole("b", "0644"), false),
        (whole("a", "0650"), whole("a", "0644"), false),
        (whole("a", "0600"), bits("0640"), true),
        (whole("a", "0644"), bits("0640"), false),
        (bits("0600"), whole("a", "0644"), false),
        (bits("0400"), bits("0600"), true),
        (owned("root"), owned("root:root"), true),
        (owned("root:adm"), owned("root"), false),
        (owned("adm"), bits("0640"), true),
        (
            json!({"file": {"/x": {"owner": "root"}}}),
            bits("0640"),
            false,
        ),
        (
            json!({"file": {"/x": {"absent": true}}}),
            bits("0640"),
            false,
        ),
        (
            bits("0600"),
            json!({"file": {"/x": {"absent": true}}}),
            false,
        ),
        (one("sysctl", "a.b", "1"), one("sysctl", "a.b", "1"), true),
        (one("sysctl", "a.b", "2"), one("sysctl", "a.b", "1"), false),
        (
            one("kernel_module", "x", "disabled"),
            one("kernel_module", "x", "blacklisted"),
            true,
        ),
        (
            one("kernel_module", "x", "blacklisted"),
            one("kernel_module", "x", "disabled"),
            false,
        ),
        (
            one("service", "x.service", "masked"),
            one("service", "x.service", "disabled"),
            true,
        ),
        (
            one("service", "x.service", "disabled"),
            one("service", "x.service", "masked"),
            false,
        ),
        (
            one("service", "x.service", "masked"),
            one("service", "x.service", "enabled"),
            false,
        ),
        (one("karg", "a", "1"), one("karg", "a", "2"), false),
        (config("a", true), config("a", false), true),
        (config("a", true), config("b", true), false),
    ] {
        let setting = |declared: &Value| {
            let (kind, mut settings) = table(std::slice::from_ref(declared))
                .pop_first()
                .expect("one");
            let (name, value) = settings.pop_first().expect("one");
            (kind, name, value)
        };
        let ((kind, name, ours), (_, _, theirs)) = (setting(&candidate), setting(&mandatory));
        assert_eq!(
            kind.at_least(&name, &ours, &theirs),
            holds,
            "{candidate} for {mandatory}"
        );
    }
    for kind in Kind::ALL {
        assert!(
            !kind.at_least("x", &json!({"odd": 1}), &json!(17)),
            "{kind}"
        );
        assert!(kind.at_least("x", &json!(17), &json!(17)));
    }
}

#[test]
fn shows_a_line_for_people() {
    for (declaration, line) in [
        (json!({"sysctl": {"a.b": 1}}), "a.b = 1"),
        (
            json!({"kernel_module": {"x": "disabled"}}),
            "kernel module x is disabled",
        ),
        (
            json!({"kernel_module": {"x": "blacklisted"}}),
            "kernel module x is blacklisted",
        ),
        (
            json!({"kernel_module": {"x": "loaded"}}),
            "kernel module x is loaded at boot",
        ),
        (
            json!({"file": {"/x": {"content": "abc"}}}),
            "/x: 3 bytes, mode 0644, owner root:root",
        ),
        (json!({"file": {"/x": {"mode": "0600"}}}), "/x: mode 0600"),
        (json!({"file": {"/x": {"absent": true}}}), "/x: absent"),
        (
            json!({"config": {"path": "/x", "style": "space", "values": {"a": "b"}}}),
            "/x: a b",
        ),
        (
            json!({"config": {"path": "/x", "style": "ini", "values": {"s/a": "b"}}}),
            "/x: s/a=b",
        ),
        (
            json!({"config": {"path": "/x", "style": "equals", "values": {"a": null}}}),
            "/x: a",
        ),
        (
            json!({"service": {"x.service": "masked"}}),
            "unit x.service is masked",
        ),
        (
            json!({"service": {"user/x.service": "enabled"}}),
            "user unit x.service is enabled",
        ),
        (
            json!({"karg": {"console": ["a", "b"]}}),
            "kernel argument console=a console=b",
        ),
        (
            json!({"karg": {"quiet": false}}),
            "kernel argument quiet is not given",
        ),
        (
            json!({"karg": {"q": {"value": true, "architectures": ["amd64"]}}}),
            "kernel argument q (only x86_64)",
        ),
    ] {
        let (kind, settings) = table(std::slice::from_ref(&declaration))
            .pop_first()
            .expect("one");
        let (name, value) = settings.first_key_value().expect("one");
        assert_eq!(kind.show(name, value), line);
    }
    assert_eq!(
        Kind::Sysctl.show("a.b", &json!(1)),
        "a.b = 1",
        "a value that is not of its kind"
    );
}
