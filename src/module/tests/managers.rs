//! What the tests of package managers share, and what some of them do not have.

use serde_json::{Value, json};

use super::{compile_on, distribution, lines, refused};
use crate::module::Dialect::{BlueBuild, Native};
use crate::module::{Dialect, Distribution};
use crate::setting::tests::fake::Repository;

const KEY: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n";

pub(super) fn repository() -> Repository {
    Repository::default()
        .file("files/acme.asc", KEY)
        .file("files/acme.rsa.pub", "-----BEGIN PUBLIC KEY-----\n")
        .file("files/a.rpm", "rpm")
        .file("files/a.apk", "apk")
        .file("files/a.pkg.tar.zst", "pkg")
        .file("rpm-ostree/own.repo", "[own]\n")
        .file("rpm-ostree/own.rpm", "rpm")
}

pub(super) fn of(name: &str) -> Distribution<'static> {
    match name {
        "zypper" => distribution("suse", "opensuse-leap"),
        "apk" => distribution("alpine", "alpine"),
        "pacman" => distribution("arch", "arch"),
        _ => distribution("fedora", "fedora"),
    }
}

pub(super) fn plan(name: &str, dialect: Dialect, configuration: &Value) -> Vec<String> {
    let compiled = compile_on(of(name), (name, dialect), configuration, &repository());
    lines(&compiled.unwrap_or_else(|wrong| panic!("{configuration}: {wrong:?}")))
}

#[test]
fn what_a_manager_does_not_have_is_said() {
    let repo = |more: Value| {
        let mut repo = json!({"id": "a", "url": "https://a.example", "check": false});
        let map = repo.as_object_mut().expect("a mapping");
        map.extend(more.as_object().expect("a mapping").clone());
        json!({"repos": [repo]})
    };
    for (name, configuration, message, hint) in [
        (
            "zypper",
            json!({"pins": [{"package": "a", "version": "1"}]}),
            "zypper has no pins",
            "hold",
        ),
        (
            "zypper",
            json!({"install": ["-nano"]}),
            "begins with `-`",
            "`remove`",
        ),
        (
            "zypper",
            json!({"install": ["!nano"]}),
            "begins with `!`",
            "`remove`",
        ),
        (
            "zypper",
            json!({"files": ["files/a.deb"]}),
            "is not a package",
            ".rpm",
        ),
        (
            "zypper",
            repo(json!({"suites": ["x"]})),
            "has no `suites`",
            "",
        ),
        (
            "zypper",
            json!({"repos": [{"id": "a", "url": "https://a.example"}]}),
            "nothing signs",
            "`key`",
        ),
        (
            "apk",
            json!({"hold": ["a"]}),
            "apk has no holds",
            "NAME=VERSION",
        ),
        (
            "apk",
            json!({"pins": [{"package": "a", "version": "1"}]}),
            "apk has no pins",
            "NAME=VERSION",
        ),
        (
            "apk",
            json!({"recommends": true}),
            "apk has no recommended packages",
            "",
        ),
        (
            "apk",
            json!({"remove": {"packages": ["a"], "auto-remove": false}}),
            "way to keep",
            "",
        ),
        (
            "apk",
            json!({"install": ["a b"]}),
            "is not the name",
            "white space",
        ),
        (
            "pacman",
            json!({"keys": ["files/acme.asc"]}),
            "pacman has no key files",
            "keyring",
        ),
        (
            "pacman",
            json!({"pins": [{"package": "a", "version": "1"}]}),
            "pacman has no pins",
            "`hold`",
        ),
        (
            "pacman",
            repo(json!({"priority": 1})),
            "has no `priority`",
            "",
        ),
    ] {
        let outcome = compile_on(of(name), (name, Native), &configuration, &repository());
        refused(outcome, message, hint);
    }
    for (configuration, message) in [
        (
            json!({"repos": ["none.repo"]}),
            "there is no file rpm-ostree/none.repo",
        ),
        (
            json!({"repos": ["none"]}),
            "neither an address nor a .repo file",
        ),
        (
            json!({"install": ["none.rpm"]}),
            "there is no file rpm-ostree/none.rpm",
        ),
        (
            json!({"replace": [{"from-repo": "https://x.example", "packages": ["a"]}]}),
            "not a .repo file of a COPR",
        ),
    ] {
        let outcome = compile_on(
            of("dnf"),
            ("rpm-ostree", BlueBuild),
            &configuration,
            &repository(),
        );
        refused(outcome, message, "");
    }
}
