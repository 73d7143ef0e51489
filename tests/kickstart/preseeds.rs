//! Preseeds, checked by debconf and by the questions of the installer.

use std::collections::BTreeMap;

use super::judge::is_there;
use super::matrix::{DEFAULTS, combinations, inventory, rendered, shown, site, write};
use super::sources::{root, text};
use terroir::kickstart::Installer;

/// What debian-installer can do.
pub(crate) fn fits(_: &str, storage: &str, encryption: &str, network: &str) -> bool {
    let can_encrypt =
        encryption == "open" || encryption == "passphrase" && storage.starts_with("lvm");
    let plain = ["dhcp", "static", "static6", "only6", "no6"].contains(&network);
    can_encrypt && plain && storage != "btrfs"
}

/// Every preseed of a matrix, by host.
fn preseeds() -> BTreeMap<String, String> {
    let hosts = combinations(&["debian-12", "debian-13"], fits);
    assert!(hosts.len() >= 18, "{} hosts", hosts.len());
    let files = rendered(&inventory(DEFAULTS, &hosts));
    let is_preseed =
        |path: &&terroir::kickstart::RelativePath| path.as_str().ends_with("preseed.cfg");
    files
        .keys()
        .filter(is_preseed)
        .map(|path| {
            (
                path.to_string(),
                super::matrix::text(&files, path.as_str()).to_owned(),
            )
        })
        .collect()
}

#[test]
fn debconf_takes_them_without_a_word() {
    if !is_there("debconf-set-selections") {
        return;
    }
    let hosts = combinations(&["debian-12", "debian-13"], fits);
    let folder = tempfile::tempdir().unwrap();
    write(&rendered(&inventory(DEFAULTS, &hosts)), folder.path());
    let rows = terroir::kickstart::check(folder.path(), None).unwrap();
    let judge = |rows: &[terroir::kickstart::Row]| {
        let found = rows
            .iter()
            .find(|row| row.check == "debconf-set-selections");
        found.unwrap().clone()
    };
    let row = judge(&rows);
    assert_eq!((row.looked_at, &row.skipped), (hosts.len(), &None));
    assert!(row.findings.is_empty(), "{:#?}", row.findings);
    // It warns of what it does not know, and still succeeds: that counts as a finding.
    let path = folder.path().join(preseeds().keys().next().unwrap());
    let wrong = std::fs::read_to_string(&path).unwrap() + "d-i foo/bar strng x\n";
    std::fs::write(&path, wrong).unwrap();
    let row = judge(&terroir::kickstart::check(folder.path(), None).unwrap());
    assert_eq!(row.findings.len(), 1, "{:#?}", row.findings);
    assert!(row.findings[0].message.contains("Unknown type strng"));
}

#[test]
fn their_questions_are_those_of_the_installer() {
    let data = text(&root().join("tests/data/kickstart/debian-installer-questions.txt"));
    let questions: BTreeMap<&str, &str> = data
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(' '))
        .collect();
    assert!(questions.len() > 100);
    let mut count = 0;
    for (path, preseed) in preseeds() {
        let whole = preseed.replace("\\\n", " ");
        let answers = whole
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        for line in answers {
            let mut words = line.split_whitespace();
            let (owner, question, kind) = (words.next(), words.next(), words.next());
            let owner = owner.unwrap_or_default();
            assert!(
                ["d-i", "tasksel", "popularity-contest"].contains(&owner),
                "{path}: {line}"
            );
            // The installer asks for the hosts and folders of mirrors by their protocol.
            let question = question.unwrap_or_default();
            assert_eq!(
                questions.get(question).copied(),
                kind,
                "{path}: {line:.120}"
            );
            count += 1;
        }
    }
    assert!(count > 500, "{count} answers");
}

#[test]
fn what_the_installer_cannot_do_is_refused() {
    let host = |keys: &str| {
        let keys =
            format!("target: debian-12, flavour: ~, network: lan, disk: {{ id: x }}, {keys}");
        inventory("  locale: C.UTF-8\n", &[("a".to_owned(), keys)])
    };
    for (keys, expected) in [
        (
            "encryption: { unlock: tpm2, recovery-key: true }",
            "debian-12 cannot set tpm2 up",
        ),
        (
            "encryption: { unlock: passphrase, passphrase: \"env:P\" }",
            "encrypts logical volumes of one disk only",
        ),
        (
            "link: { vlan: 3 }",
            "debian-installer sets up one plain interface",
        ),
    ] {
        let problems = site(&host(keys)).unwrap_err();
        assert!(
            shown(&problems).contains(expected),
            "{keys}: {}",
            shown(&problems)
        );
    }
}

#[test]
fn a_flavour_is_installed_unless_packages_are_wanted() {
    let said = |target: &str, more: &str| {
        let defaults = "  flavour: registry.matrix.example/os/one@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n";
        let keys = format!("target: {target}, network: lan, disk: {{ id: x }}{more}");
        let read = site(&inventory(defaults, &[("a".to_owned(), keys)]));
        read.map(|site| site.hosts["a"].installer)
            .map_err(|problems| shown(&problems))
    };
    for (target, of_packages) in [
        ("debian-12", Installer::Debian),
        ("debian-13", Installer::Debian),
        ("ubuntu-24.04", Installer::Ubuntu),
    ] {
        for (more, installer) in [
            (", packages-only: true", of_packages),
            (", flavour: ~", of_packages),
            ("", Installer::Own),
            (", packages-only: false", Installer::Own),
        ] {
            let read = said(target, more);
            assert_eq!(read, Ok(installer), "{target}{more}");
        }
    }
    let said = said("F43", ", packages-only: true").unwrap_err();
    assert!(said.contains("F43 installs the image of a"), "{said}");
}
