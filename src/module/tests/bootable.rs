//! Images that boot.

use serde_json::json;

use super::{compile_on, lines, said};
use crate::action::LifeCycle;
use crate::module::{Compiled, Dialect, Distribution, FinishRequest};
use crate::origin::Diagnostic;
use crate::setting::tests::fake::Repository;

fn compiled(
    family: Option<&str>,
    configuration: &serde_json::Value,
) -> Result<Compiled, Vec<Diagnostic>> {
    let distribution = Distribution {
        family,
        ..Distribution::default()
    };
    let how = ("bootable", Dialect::Native);
    compile_on(distribution, how, configuration, &Repository::default())
}

#[test]
fn the_life_cycle_is_stated_or_that_of_the_family() {
    for (family, configuration, expected) in [
        (Some("debian"), json!({}), Some(LifeCycle::Ostree)),
        (Some("fedora"), json!({}), Some(LifeCycle::Bootc)),
        (Some("alpine"), json!({}), Some(LifeCycle::Plain)),
        (None, json!({}), None),
        (
            None,
            json!({"life-cycle": "ostree"}),
            Some(LifeCycle::Ostree),
        ),
        (
            Some("debian"),
            json!({"life-cycle": "plain"}),
            Some(LifeCycle::Plain),
        ),
    ] {
        let compiled = compiled(family, &configuration).expect("valid");
        let asked: Vec<FinishRequest> = expected.map(FinishRequest::Shape).into_iter().collect();
        assert_eq!(compiled.finish, asked, "{family:?} {configuration}");
        assert_eq!(compiled.undecided.is_some(), expected.is_none());
        let is_carried = !compiled.actions.is_empty();
        assert_eq!(is_carried, expected == Some(LifeCycle::Ostree));
        let is_labelled = compiled.config.labels.contains_key("containers.bootc");
        assert_eq!(is_labelled, expected == Some(LifeCycle::Bootc));
    }
}

#[test]
fn rules_for_var_become_a_file() {
    let configuration = json!({"var": {"/var/lib/acme/": "copy", "/var/lib/acme/tmp": "discard"}});
    let compiled = compiled(Some("debian"), &configuration).expect("valid");
    let last = lines(&compiled).pop().expect("the rules");
    let rules = r#"644 "copy /var/lib/acme/\ndiscard /var/lib/acme/tmp\n""#;
    assert!(
        last.starts_with("write /usr/share/terroir/var.d/"),
        "{last}"
    );
    assert!(last.ends_with(rules), "{last}");
}

#[test]
fn rules_for_other_places_are_mistakes() {
    for (configuration, message) in [
        (json!({"var": {"/etc/acme": "copy"}}), "not a path below"),
        (json!({"var": {"/var": "copy"}}), "not a path below"),
        (json!({"var": {"var/lib/a": "copy"}}), "not a path below"),
        (
            json!({"life-cycle": "plain", "var": {"/var/a": "copy"}}),
            "no effect",
        ),
    ] {
        let errors = compiled(Some("debian"), &configuration).expect_err("refused");
        assert!(said(&errors).contains(message), "{configuration}");
    }
}
