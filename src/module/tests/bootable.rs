//! What `type: bootable` asks for, and what it writes.

use serde_json::{Value, json};

use super::{compile, compile_on, distribution, lines, parse, refused};
use crate::action::{Action, Content, LifeCycle};
use crate::bootable::carried::{LINKS, OSTREE};
use crate::module::{Compiled, Dialect, FinishRequest};
use crate::origin::Diagnostic;
use crate::setting::tests::fake::Repository;

const NATIVE: (&str, Dialect) = ("bootable", Dialect::Native);

fn on(family: &'static str, configuration: &Value) -> Result<Compiled, Vec<Diagnostic>> {
    let none = Repository::default();
    compile_on(distribution(family, "x"), NATIVE, configuration, &none)
}

#[test]
fn each_family_has_its_life_cycle() {
    for (family, stated, expected) in [
        ("debian", json!({}), LifeCycle::Ostree),
        ("fedora", json!({}), LifeCycle::Bootc),
        ("alpine", json!({}), LifeCycle::Plain),
        ("debian", json!({ "life-cycle": "bootc" }), LifeCycle::Bootc),
        ("fedora", json!({ "life-cycle": "plain" }), LifeCycle::Plain),
    ] {
        let compiled = on(family, &stated).expect("compiles");
        assert_eq!(
            compiled.finish,
            [FinishRequest::Shape(expected)],
            "{family}"
        );
        let labels: Vec<&str> = compiled
            .config
            .labels
            .values()
            .map(String::as_str)
            .collect();
        let is_bootc = expected == LifeCycle::Bootc;
        assert_eq!(
            labels,
            if is_bootc { vec!["1"] } else { vec![] },
            "{family}"
        );
        let carries = !compiled.actions.is_empty();
        assert_eq!(carries, expected == LifeCycle::Ostree, "{family}");
    }
}

#[test]
fn an_unknown_family_leaves_it_open() {
    let none = Repository::default();
    let open = compile("bootable", Dialect::Native, &json!({}), &none).expect("compiles");
    assert_eq!((open.finish, open.actions), (vec![], vec![]));
    let why = open.undecided.expect("says why");
    assert!(why.to_string().contains("not known yet"), "{why}");
    let stated = json!({ "life-cycle": "ostree" });
    let stated = compile("bootable", Dialect::Native, &stated, &none).expect("compiles");
    assert!(stated.undecided.is_none());
    assert_eq!(stated.finish, [FinishRequest::Shape(LifeCycle::Ostree)]);
}

#[test]
fn machines_get_what_takes_an_update_back() {
    let compiled = on("debian", &json!({})).expect("compiles");
    let written = lines(&compiled);
    for one in OSTREE {
        let begin = format!("write {} {:o} ", one.path.trim_start_matches('/'), one.mode);
        let slashed = format!("write {} {:o} ", one.path, one.mode);
        let is_there = |line: &&String| line.starts_with(&begin) || line.starts_with(&slashed);
        assert_eq!(written.iter().filter(is_there).count(), 1, "{}", one.path);
    }
    let links = &written[OSTREE.len()..];
    assert_eq!(links.len(), LINKS.len());
    for (link, (_, target)) in links.iter().zip(LINKS) {
        assert!(
            link.starts_with("link ") && link.ends_with(target),
            "{link}"
        );
    }
}

#[test]
fn rules_for_var_travel_in_a_file_of_the_flavour() {
    let var = json!({ "var": { "/var/lib/acme/": "copy", "/var/lib/acme/cache": "discard" } });
    for (family, life_cycle) in [("debian", "ostree"), ("fedora", "bootc")] {
        let compiled = on(family, &var).expect("compiles");
        let Some(Action::Write {
            path,
            content: Content::Text(text),
            mode: 0o644,
            ..
        }) = compiled.actions.last()
        else {
            panic!("{life_cycle}: {:?}", compiled.actions)
        };
        let path = path.to_string();
        assert!(
            path.ends_with("usr/share/terroir/var.d/acme/server.conf"),
            "{path}"
        );
        let rules = "copy /var/lib/acme/\ndiscard /var/lib/acme/cache\n";
        assert_eq!(&**text, rules, "{life_cycle}");
    }
}

#[test]
fn rules_that_cannot_be_followed_are_refused() {
    for path in [
        "/srv/x",
        "/var",
        "/var/",
        "var/lib/x",
        "/var/../etc/x",
        "/var/a b",
    ] {
        let wrong = on("debian", &json!({ "var": { path: "copy" } }));
        refused(wrong, "is not a path below /var", "without blanks");
    }
    let plain = json!({ "life-cycle": "plain", "var": { "/var/lib/x": "copy" } });
    refused(
        on("debian", &plain),
        "`var` has no effect here",
        "all of /var",
    );
    for (key, value) in [
        ("life-cycle", json!("rpm-ostree")),
        ("var", json!({ "/var/lib/x": "move" })),
        ("kernel", json!("6.12")),
    ] {
        let wrong = parse("bootable", Dialect::Native, &json!({ key: value }));
        assert!(wrong.is_err(), "{key}");
    }
}
