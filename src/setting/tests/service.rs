//! Services: states, links and refusals.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

use super::fake::Disk;
use crate::action::Action;
use crate::setting::{Kind, Refusal};

/// The `[Install]` sections of the units under test.
const UNITS: &[(&str, &str)] = &[
    ("plain.service", "WantedBy=multi-user.target"),
    (
        "alias.service",
        "WantedBy=multi-user.target\nAlias=other.service",
    ),
    (
        "also.service",
        "WantedBy=a.target\nAlso=plain.service also.socket missing.service",
    ),
    ("also.socket", "WantedBy=sockets.target"),
    (
        "circle-a.service",
        "WantedBy=a.target\nAlso=circle-b.service",
    ),
    (
        "circle-b.service",
        "WantedBy=b.target\nAlso=circle-a.service",
    ),
    ("static.service", ""),
    (
        "tmpl@.service",
        "WantedBy=multi-user.target\nDefaultInstance=one",
    ),
    ("bare@.service", "WantedBy=multi-user.target"),
    (
        "spec@.service",
        "WantedBy=dev-%i.device\nRequiredBy=%p-%j.target\nAlias=al@%i.service",
    ),
    (
        "spec-default@.service",
        "WantedBy=x-%i.target\nDefaultInstance=tty1",
    ),
    (
        "req.service",
        "RequiredBy=a.target b.service\nWantedBy=c.target",
    ),
    (
        "reset.service",
        "WantedBy=a.target\nWantedBy=\nWantedBy=b.target \\\n  c.target",
    ),
    ("only-also.service", "Also=plain.service"),
    ("only-alias.service", "Alias=only-other.service"),
    (
        "legacy.service",
        "Alias=multi-user.target.wants/legacy.service",
    ),
    (
        "tmplalias@.service",
        "Alias=ta@.service\nWantedBy=multi-user.target",
    ),
    ("only-tmplalias@.service", "Alias=ota@.service"),
    ("to-template@.service", "WantedBy=foo@.service"),
    ("self.service", "Alias=self.service\nWantedBy=a.target"),
    ("data.mount", "WantedBy=local-fs.target\nAlias=other.mount"),
    ("daily.timer", "WantedBy=timers.target"),
    ("dropped.service", "WantedBy=lost.target"),
    ("taker.service", "Alias=display-manager.service"),
    ("giver.service", "Alias=display-manager.service"),
];

pub(super) fn root(merged: bool) -> Disk {
    let disk = Disk::new();
    for (name, install) in UNITS {
        let section = if install.is_empty() {
            ""
        } else {
            "[Install]\n"
        };
        let text = format!("[Unit]\nDescription=x\n{section}{install}\n");
        disk.write(&format!("/usr/lib/systemd/system/{name}"), &text);
    }
    disk.write(
        "/usr/lib/systemd/system/dropped.service.d/install.conf",
        "[Install]\nWantedBy=\nWantedBy=found.target\n",
    );
    disk.symlink("/usr/lib/systemd/system/vendor.service", "plain.service");
    disk.write(
        "/etc/systemd/system/local.service",
        "[Install]\nWantedBy=a.target\n",
    );
    disk.write(
        "/usr/lib/systemd/user/agent.service",
        "[Install]\nWantedBy=default.target\n",
    );
    std::fs::create_dir_all(disk.root.path().join("etc/systemd/user")).expect("a folder");
    if merged {
        disk.symlink("/lib", "usr/lib");
    }
    disk
}

pub(super) fn render(disk: &mut Disk, states: &[(&str, &str)]) -> Result<Vec<Action>, Refusal> {
    let all: BTreeMap<String, Value> = states
        .iter()
        .map(|(unit, state)| ((*unit).to_owned(), json!(state)))
        .collect();
    let touched: BTreeSet<String> = all.keys().cloned().collect();
    Kind::SERVICE.render(&all, &touched, disk)
}

/// Does what the interpreter of actions does with links.
pub(super) fn execute(disk: &Disk, actions: &[Action]) {
    for action in actions {
        let path = disk
            .root
            .path()
            .join(action.path().unwrap().to_string().trim_start_matches('/'));
        let _ = std::fs::remove_file(&path);
        match action {
            Action::Link { target, .. } => {
                disk.symlink(&action.path().unwrap().to_string(), target);
            }
            Action::Remove { .. } => {}
            other => panic!("a service makes no {other:?}"),
        }
    }
}

/// Every link below `/etc/systemd`, with `/lib` as `/usr/lib` (what Debian 12 says for the same).
pub(super) fn links(disk: &Disk) -> BTreeSet<String> {
    fn walk(at: &Path, root: &Path, out: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(at).expect("a folder") {
            let path = entry.expect("readable").path();
            if let Ok(target) = std::fs::read_link(&path) {
                let target = target.to_string_lossy().into_owned();
                let target = match target.strip_prefix("/lib/") {
                    Some(rest) => format!("/usr/lib/{rest}"),
                    None => target,
                };
                let name = path.strip_prefix(root).expect("below").display();
                out.insert(format!("{name} -> {target}"));
            } else if path.is_dir() {
                walk(&path, root, out);
            }
        }
    }
    let mut out = BTreeSet::new();
    let etc = disk.root.path().join("etc/systemd");
    walk(&etc, &etc, &mut out);
    out
}

#[test]
fn writes_where_the_unit_lies() {
    let mut disk = root(true);
    let actions = render(&mut disk, &[("plain.service", "enabled")]).expect("renders");
    let shown = serde_json::to_value(&actions).expect("serialises");
    assert_eq!(
        shown,
        json!([{
            "action": "link",
            "path": "/etc/systemd/system/multi-user.target.wants/plain.service",
            "target": "/usr/lib/systemd/system/plain.service",
        }])
    );
    execute(&disk, &actions);
    assert_eq!(
        render(&mut disk, &[("plain.service", "enabled")]),
        Ok(vec![]),
        "done already"
    );
}

#[test]
fn keeps_a_link_that_debian_made() {
    let mut disk = root(true);
    disk.symlink(
        "/etc/systemd/system/multi-user.target.wants/plain.service",
        "/lib/systemd/system/plain.service",
    );
    assert_eq!(
        render(&mut disk, &[("plain.service", "enabled")]),
        Ok(vec![])
    );
}

#[test]
fn a_state_wins_over_also_and_over_a_mask() {
    for (states, before, after) in [
        (
            &[("also.service", "enabled"), ("plain.service", "disabled")][..],
            &[][..],
            &[
                "a.target.wants/also.service",
                "sockets.target.wants/also.socket",
            ][..],
        ),
        (
            &[("also.service", "disabled"), ("plain.service", "enabled")],
            &[("also.service", "enabled")],
            &["multi-user.target.wants/plain.service"],
        ),
        (
            &[("plain.service", "enabled")],
            &[("plain.service", "masked")],
            &["multi-user.target.wants/plain.service"],
        ),
        (
            &[("giver.service", "disabled"), ("taker.service", "enabled")],
            &[("giver.service", "enabled")],
            &["display-manager.service"],
        ),
        (
            &[("plain.service", "masked")],
            &[("plain.service", "masked")],
            &["plain.service"],
        ),
    ] {
        let mut disk = root(true);
        let actions = render(&mut disk, before).expect("renders");
        execute(&disk, &actions);
        let actions = render(&mut disk, states).expect("renders");
        execute(&disk, &actions);
        let names: Vec<String> = links(&disk)
            .iter()
            .map(|link| {
                link.split(" -> ")
                    .next()
                    .expect("a name")
                    .replace("system/", "")
            })
            .collect();
        assert_eq!(names, after, "{states:?}");
    }
    let mut disk = root(true);
    render(&mut disk, &[("taker.service", "enabled")]).expect("renders");
}

#[test]
fn only_touched_units_change() {
    let mut disk = root(true);
    let all = BTreeMap::from([
        ("plain.service".to_owned(), json!("enabled")),
        ("req.service".to_owned(), json!("enabled")),
    ]);
    let touched = BTreeSet::from(["req.service".to_owned()]);
    let actions = Kind::SERVICE
        .render(&all, &touched, &mut disk)
        .expect("renders");
    assert_eq!(actions.len(), 3);
    assert!(
        actions
            .iter()
            .all(|action| action.path().unwrap().file_name() == b"req.service")
    );
}

#[test]
fn refuses_with_a_hint() {
    let mut disk = root(true);
    disk.write(
        "/usr/lib/systemd/system/host.service",
        "[Install]\nWantedBy=%H.target\n",
    );
    disk.write(
        "/usr/lib/systemd/system/odd.service",
        "[Install]\nAlias=odd.socket\n",
    );
    disk.write(
        "/usr/lib/systemd/system/odd2.service",
        "[Install]\nAlias=x.wonts/odd2.service\n",
    );
    disk.write(
        "/usr/lib/systemd/system/odd3.service",
        "[Install]\nWantedBy=nonsense\n",
    );
    disk.write(
        "/usr/lib/systemd/system/odd4.service",
        "[Install]\nAlias=nonsense\n",
    );
    disk.write(
        "/usr/lib/systemd/system/odd5.service",
        "[Install]\nAlso=nonsense\n",
    );
    disk.symlink(
        "/etc/systemd/system/other.service",
        "/usr/lib/systemd/system/plain.service",
    );
    disk.write(
        "/usr/lib/systemd/system/loc.service",
        "[Install]\nAlias=local.service\n",
    );
    for (unit, state, message, hint) in [
        (
            "plian.service",
            "enabled",
            "there is no unit plian.service in the image",
            "did you mean plain.service?",
        ),
        (
            "nothing-like-it.service",
            "disabled",
            "there is no unit nothing-like-it.service",
            "install the package",
        ),
        (
            "static.service",
            "enabled",
            "static.service cannot be enabled: it has no [Install]",
            "enable the socket",
        ),
        (
            "bare@.service",
            "enabled",
            "bare@.service is a template without a default instance, and multi-user.target",
            "name an instance: bare@NAME.service",
        ),
        (
            "local.service",
            "masked",
            "local.service cannot be masked: the unit itself lies at /etc/systemd/system/local.service",
            "set it to disabled",
        ),
        (
            "alias.service",
            "enabled",
            "the alias other.service of alias.service already stands for /usr/lib/systemd/system/plain.service",
            "set plain.service to disabled first",
        ),
        (
            "loc.service",
            "enabled",
            "the alias local.service of loc.service already stands for /etc/systemd/system/local.service",
            "disabled first",
        ),
        (
            "host.service",
            "enabled",
            "the [Install] section of host.service is wrong: %H in %H.target depends on the machine",
            "drop-in",
        ),
        (
            "odd.service",
            "enabled",
            "odd.service cannot have the alias odd.socket",
            "drop-in",
        ),
        (
            "odd2.service",
            "enabled",
            "x.wonts/odd2.service is not an alias",
            "drop-in",
        ),
        (
            "odd3.service",
            "enabled",
            "nonsense is not a unit",
            "drop-in",
        ),
        (
            "odd4.service",
            "enabled",
            "nonsense is not a unit",
            "drop-in",
        ),
        (
            "odd5.service",
            "enabled",
            "nonsense is not a unit",
            "drop-in",
        ),
        (
            "plain.service",
            "started",
            "the value of service:plain.service cannot be read",
            "build the parent again",
        ),
        (
            "plain",
            "enabled",
            "plain is not the name of a unit",
            "build the parent again",
        ),
    ] {
        let refusal = render(&mut disk, &[(unit, state)]).expect_err(unit);
        assert_eq!(refusal.setting(), format!("service:{unit}"));
        assert!(refusal.to_string().contains(message), "{refusal}");
        assert!(refusal.hint().contains(hint), "{unit}: {}", refusal.hint());
    }
}
