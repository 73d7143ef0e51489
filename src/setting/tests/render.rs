//! What settings become in a root.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::fake::{Disk, Repository};
use crate::action::{Action, Content};
use crate::setting::{Declaration, Kind, Refusal};

pub(super) fn table(declarations: &[Value]) -> BTreeMap<Kind, BTreeMap<String, Value>> {
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
    let actions = render(Kind::SYSCTL, &declared, &mut Disk::new()).expect("renders");
    let [(path, text)] = texts(&actions).try_into().expect("one file");
    assert_eq!(path, "/usr/lib/sysctl.d/zz-terroir.conf");
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
        .remove(&Kind::SYSCTL)
        .expect("some");
    let touched = BTreeSet::from(["c.d".to_owned()]);
    let actions = Kind::SYSCTL
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
    let actions = render(Kind::KERNEL_MODULE, &declared, &mut Disk::new()).expect("renders");
    let [load, modprobe] = texts(&actions).try_into().expect("two files");
    assert_eq!(load.0, "/usr/lib/modules-load.d/terroir.conf");
    assert_eq!(without_comments(&load.1), "br_netfilter\n");
    assert_eq!(modprobe.0, "/usr/lib/modprobe.d/00-terroir.conf");
    assert_eq!(
        without_comments(&modprobe.1),
        "install cramfs /bin/false\nblacklist cramfs\nblacklist pcspkr\n\
         install usb-storage /bin/false\nblacklist usb-storage\n"
    );
    let declared = [json!({"kernel_module": {"usb-storage": "disabled", "usb_storage": "loaded"}})];
    let refusal =
        render(Kind::KERNEL_MODULE, &declared, &mut Disk::new()).expect_err("two spellings");
    assert_eq!(refusal.setting(), "kernel_module:usb_storage");
    assert!(
        refusal
            .to_string()
            .contains("kernel_module:usb-storage are the same kernel module")
    );
    assert!(refusal.hint().contains("one of the two spellings"));
}

/// What stands in the file of an architecture that something is limited to.
const GENERAL: [&str; 5] = [
    "audit=1",
    "console=ttyS0,115200",
    "console=tty0",
    "dyndbg=\"file a.c +p\"",
    "quiet",
];
/// The architectures that nothing is limited to, in Rust's words.
const OTHERS: [&str; 16] = [
    "arm",
    "csky",
    "loongarch32",
    "loongarch64",
    "m68k",
    "mips",
    "mips32r6",
    "mips64",
    "mips64r6",
    "powerpc",
    "powerpc64",
    "riscv32",
    "riscv64",
    "sparc",
    "sparc64",
    "x86",
];

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
    let actions = render(Kind::KARG, &declared, &mut Disk::new()).expect("renders");
    let read: Vec<_> = texts(&actions)
        .into_iter()
        .map(|(path, text)| {
            let file: Bootc = toml::from_str(&text).expect("bootc reads it");
            (path, file.kargs, file.match_architectures)
        })
        .collect();
    let path = |rest: &str| format!("/usr/lib/bootc/kargs.d/zz-terroir{rest}.toml");
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
                Some(words(&OTHERS)),
            ),
            (
                path("-aarch64"),
                words(&[
                    "audit=1",
                    "console=ttyS0,115200",
                    "console=tty0",
                    "console=ttyAMA0",
                    "dyndbg=\"file a.c +p\"",
                    "quiet"
                ]),
                Some(words(&["aarch64"]))
            ),
            (path("-s390x"), words(&GENERAL), Some(words(&["s390x"]))),
            (path("-x86_64"), words(&GENERAL), Some(words(&["x86_64"]))),
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
    let actions = render(Kind::FILE, &declared, &mut Disk::new()).expect("renders");
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
    let refusal = render(Kind::FILE, &declared, &mut disk).expect_err("a directory");
    assert_eq!(
        refusal.to_string(),
        "/etc/issue is a directory of the image, not a file"
    );
    assert!(refusal.hint().contains("name a file in it"));
    // What is absent is so with all below it.
    let declared = [json!({"file": {"/etc/issue": {"absent": true}}})];
    let actions = render(Kind::FILE, &declared, &mut disk).expect("renders");
    let removal = json!([{"action": "remove", "path": "/etc/issue"}]);
    assert_eq!(serde_json::to_value(&actions).expect("serialises"), removal);
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
    .remove(&Kind::CONFIG)
    .expect("some");
    let touched = ["/etc/ssh/sshd_config#UsePAM", "/etc/os-release#NAME"];
    let touched = touched.into_iter().map(str::to_owned).collect();
    let actions = Kind::CONFIG
        .render(&all, &touched, &mut disk)
        .expect("renders");
    assert_eq!(
        serde_json::to_value(&actions).expect("serialises"),
        json!([
            {"action": "edit", "path": "/usr/lib/os-release",
             "edit": {"style": "equals", "values": [["FLAG", ""], ["NAME", "\"\""]], "create": false}},
            {"action": "edit", "path": "/etc/ssh/sshd_config",
             "edit": {"style": "space", "reader": "ssh", "values": [["Banner", "/etc/issue"], ["UsePAM", "yes"]], "create": false}},
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
        let refusal = render(Kind::CONFIG, &declared, &mut disk).expect_err(message);
        assert_eq!(refusal.setting(), setting);
        assert!(refusal.to_string().contains(message), "{refusal}");
        assert!(refusal.hint().contains(hint), "{}", refusal.hint());
        let diagnostic = refusal.diagnostic(&crate::origin::Origin::of_file("x.yml"));
        assert_eq!(diagnostic.message, refusal.to_string());
    }
    let made = render(
        Kind::CONFIG,
        &[config("/etc/no", "space", "a", true)],
        &mut disk,
    );
    assert!(made.is_ok());
}
