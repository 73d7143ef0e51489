//! `install-config`: configuration that bootc's installer refuses.

use crate::bootable::lint::root::Root;
use crate::bootable::lint::rule::{BOOTC, Found, Rule, Severity};
use crate::origin::did_you_mean;

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "install-config",
    severity: Severity::Error,
    summary: "a file of `/usr/lib/bootc/install` has a key or value that bootc refuses",
    applies: BOOTC,
    check,
};

/// Folders of configuration, of which files of one name replace each other.
const FOLDERS: [&str; 3] = [
    "/usr/lib/bootc/install",
    "/usr/local/lib/bootc/install",
    "/etc/bootc/install",
];
/// Keys, by the table that they stand in.
const KEYS: [(&str, &[&str]); 6] = [
    ("", &["install"]),
    (
        "install",
        &[
            "block",
            "boot-mount-spec",
            "bootloader",
            "bootupd",
            "discoverable-partitions",
            "enforce-container-sigpolicy",
            "filesystem",
            "karg-deletes",
            "kargs",
            "match-architectures",
            "ostree",
            "root-fs-type",
            "root-mount-spec",
            "stateroot",
        ],
    ),
    ("install.bootupd", &["skip-boot-uuid"]),
    ("install.filesystem", &["root"]),
    ("install.filesystem.root", &["type"]),
    ("install.ostree", &["bls-append-except-default"]),
];
/// Keys that have one of some values.
const VALUES: [(&str, &[&str]); 4] = [
    ("install.block", &["direct", "tpm2-luks"]),
    (
        "install.bootloader",
        &["grub", "grub-cc", "systemd", "none"],
    ),
    ("install.filesystem.root.type", &["btrfs", "ext4", "xfs"]),
    ("install.root-fs-type", &["btrfs", "ext4", "xfs"]),
];

fn check(root: &Root) -> Vec<Found> {
    let mut found = Vec::new();
    let folders = FOLDERS.into_iter();
    for path in folders.flat_map(|folder| root.files_in(folder, ".toml")) {
        let text = root.text_at(&path).unwrap_or_default();
        let mut wrong = Vec::new();
        match toml::from_str::<toml::Table>(&text) {
            Ok(table) => look("", &table, &mut wrong),
            Err(error) => wrong.push(error.message().to_owned()),
        }
        found.extend(wrong.into_iter().map(|message| Found::at(&path, message)));
    }
    found
}

/// Looks at a table and at those in it.
fn look(place: &str, table: &toml::Table, wrong: &mut Vec<String>) {
    let known = KEYS.iter().find(|(name, _)| *name == place);
    let known = known.map_or(&[][..], |(_, keys)| *keys);
    for (key, value) in table {
        let path = match place {
            "" => key.clone(),
            place => format!("{place}.{key}"),
        };
        if !known.contains(&key.as_str()) {
            let hint = match did_you_mean(key, known.iter().copied()) {
                Some(near) => format!("; did you mean `{near}`?"),
                None => String::new(),
            };
            wrong.push(format!("bootc refuses the key `{path}`{hint}"));
            continue;
        }
        if let Some((_, allowed)) = VALUES.iter().find(|(name, _)| *name == path) {
            let all = value
                .as_array()
                .map_or(std::slice::from_ref(value), Vec::as_slice);
            let bad = all.iter().filter_map(toml::Value::as_str);
            let bad = bad.filter(|value| !allowed.contains(value));
            wrong.extend(bad.map(|value| {
                let allowed = allowed.join(", ");
                format!("bootc refuses `{value}` for `{path}`; it knows {allowed}")
            }));
        }
        if let Some(below) = value.as_table() {
            look(&path, below, wrong);
        }
    }
}
