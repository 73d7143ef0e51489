//! The package manager of the family, and names per family.

use serde_json::json;

use super::{compile, compile_on, distribution, lines};
use crate::module::Dialect::Native;
use crate::module::package::FAMILIES;
use crate::setting::tests::fake::Repository;

#[test]
fn every_family_has_its_package_manager() {
    for family in FAMILIES {
        let on = distribution(family, family);
        let vim = json!({"install": ["vim"]});
        let compiled = compile_on(on, ("packages", Native), &vim, &Repository::default());
        let lines = lines(&compiled.expect(family));
        assert!(
            lines.iter().any(|line| line.contains("vim")),
            "{family}: {lines:?}"
        );
    }
}

#[test]
fn names_fit_the_distribution() {
    let item = json!({"install": [{"debian": "nginx", "ubuntu": "nginx-full", "rhel": "nginx-core", "default": "httpd"}]});
    for (name, family, id, expected) in [
        ("packages", "debian", "debian", "nginx"),
        ("apt", "debian", "debian", "nginx"),
        ("apt", "debian", "ubuntu", "nginx-full"),
        ("packages", "fedora", "almalinux", "nginx-core"),
        ("packages", "fedora", "fedora", "httpd"),
        ("packages", "suse", "opensuse-leap", "httpd"),
    ] {
        let compiled = compile_on(
            distribution(family, id),
            (name, Native),
            &item,
            &Repository::default(),
        );
        let lines = lines(&compiled.expect("valid")).join("\n");
        assert!(lines.contains(expected), "{family} {id}: {lines}");
        let others = ["nginx", "nginx-full", "nginx-core", "httpd"];
        let others = others.iter().filter(|other| !expected.contains(**other));
        for other in others {
            assert!(!lines.contains(other), "{family} {id}: {lines}");
        }
    }
    // apt says the family by itself.
    let compiled = compile("apt", Native, &item, &Repository::default()).expect("valid");
    assert_eq!(lines(&compiled), ["packages install nginx"]);
}

#[test]
fn without_facts_nothing_is_guessed() {
    let compiled = compile(
        "packages",
        Native,
        &json!({"install": ["vim"]}),
        &Repository::default(),
    );
    let compiled = compiled.expect("valid");
    assert_eq!(compiled.actions, []);
    let why = compiled.undecided.expect("it is said");
    assert!(why.message.contains("which package manager"), "{why}");
}
