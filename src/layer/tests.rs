//! Layer documents, options, conditions and templates.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{ControlId, LayerDocument, Values};
use crate::origin::{Diagnostic, Origin};
use crate::yaml::{Node, Scope, parse};

const DOCUMENT: &str = r#"apiVersion: terroir/v1
title: A layer
owner: someone
options:
  profile: { enum: [server, router], default: server }
  servers: { type: list, required: true, description: Names of servers. }
  port: { type: integer, default: 123 }
  comment: { type: string }
  settings: { type: map, default: {} }
controls:
  - ids: [cis/1.1, anssi-bp28/R1]
    title: It forwards nothing
    level: 1
    applies: { profile: server }
    settings: [ { sysctl: { net.ipv4.ip_forward: 0 } } ]
  - ids: [cis/1.2]
    title: It forwards
    why: It is a router.
    level: 2
    applies: { profile: [router] }
    settings: [ { sysctl: { net.ipv4.ip_forward: 1 } } ]
  - ids: [cis/1.3]
    title: It has what the recipe says
    level: 1
    when: settings | length > 0
    settings: [ { sysctl: "{{ settings }}" } ]
modules:
  - type: files
    when: family == 'debian'
    files: "{{ servers }}"
    port: "{{ port }}"
    text: "{{ servers | join(',') }}:{{ port }}"
    content: "{{ raw }}"
    inner: { content: "{{ comment }}!", template: true }
    "key-{{ port }}": "{{ comment }}"
  - layer: other
    when: comment is defined
    with: { note: "{{ comment }}" }
  - codename: "{{ codename }}"
tests:
  - file: { path: "/etc/{{ profile }}" }
"#;

fn document(text: &str) -> Result<LayerDocument, Vec<Diagnostic>> {
    LayerDocument::read("sample", "layers/sample/layer.yml", text)
}

fn sample() -> LayerDocument {
    document(DOCUMENT).expect("a valid layer")
}

fn with(text: &str) -> Node {
    parse("recipes/a.yml", text).expect("valid YAML")
}

fn values(layer: &LayerDocument, text: &str) -> Values {
    let used_at = Origin::of_file("recipes/a.yml");
    layer
        .check(Some(&with(text)), &used_at)
        .expect("good options")
}

fn scope(facts: Value) -> Scope {
    serde_json::from_value(facts).expect("a mapping")
}

fn shown(problems: &[Diagnostic]) -> Vec<String> {
    let show = |one: &Diagnostic| match &one.hint {
        Some(hint) => format!("{one} ({hint})"),
        None => one.to_string(),
    };
    problems.iter().map(show).collect()
}

#[test]
fn instantiates_what_applies() {
    let layer = sample();
    let values = values(
        &layer,
        "servers: [a, b]\ncomment: 007\nsettings: { vm.swappiness: 10 }",
    );
    let instance = layer
        .instantiate(
            &values,
            &scope(json!({"family": "debian", "codename": "trixie"})),
        )
        .expect("it fits");
    let ids: Vec<_> = instance
        .controls
        .iter()
        .map(|one| one.requirement.ids[0].as_str())
        .collect();
    assert_eq!(ids, ["cis/1.1", "cis/1.3"]);
    let modules: Vec<_> = instance.modules.iter().map(Node::to_json).collect();
    assert_eq!(
        modules,
        [
            json!({"type": "files", "files": ["a", "b"], "port": 123, "text": "a,b:123",
                "content": "{{ raw }}", "inner": {"content": "007!"}, "key-123": "007"}),
            json!({"layer": "other", "with": {"note": "007"}}),
            json!({"codename": "trixie"}),
        ]
    );
    assert_eq!(
        instance.tests[0].to_json(),
        json!({"file": {"path": "/etc/server"}})
    );
    assert!(instance.undecided.is_empty());
}

#[test]
fn what_the_recipe_gives_keeps_its_place() {
    let layer = sample();
    let values = values(&layer, "servers:\n  - a\n  - b\ncomment: x");
    let instance = layer
        .instantiate(
            &values,
            &scope(json!({"family": "debian", "codename": "trixie"})),
        )
        .expect("it fits");
    let files = instance.modules[0].get("files").expect("the list");
    assert_eq!(files.items()[1].origin.to_string(), "recipes/a.yml:3:5");
    let port = instance.modules[0].get("port").expect("the default");
    assert_eq!(port.origin.to_string(), "layers/sample/layer.yml:7:35");
}

#[test]
fn text_from_a_recipe_is_no_template() {
    let layer = sample();
    let values = values(&layer, "servers: ['{{ port }}']\ncomment: '{{ nothing }}'");
    let instance = layer
        .instantiate(
            &values,
            &scope(json!({"family": "debian", "codename": "trixie"})),
        )
        .expect("it fits");
    let entry = instance.modules[0].to_json();
    assert_eq!(entry["files"], json!(["{{ port }}"]));
    assert_eq!(entry["text"], json!("{{ port }}:123"));
    assert_eq!(entry["key-123"], json!("{{ nothing }}"));
}

#[test]
fn unknown_facts_leave_entries_undecided() {
    let layer = sample();
    let values = values(&layer, "servers: [a]");
    let instance = layer.instantiate(&values, &Scope::new()).expect("it fits");
    assert!(instance.modules.is_empty(), "{:?}", instance.modules);
    let used_at = Origin::of_file("recipes/a.yml");
    assert_eq!(
        instance.undecided[0].diagnostic(&used_at).to_string(),
        "recipes/a.yml: a part of this layer needs `family`, not known yet"
    );
    let undecided = instance.undecided.iter();
    let undecided: Vec<_> = undecided.map(|one| (one.origin.line, &one.facts)).collect();
    assert_eq!(
        undecided,
        [
            (28, &BTreeSet::from(["family".to_owned()])),
            (39, &BTreeSet::from(["codename".to_owned()])),
        ]
    );
}

#[test]
fn an_unset_option_hides_a_variable_of_its_name() {
    let layer = sample();
    let values = values(&layer, "servers: [a]");
    let outer = scope(json!({"family": "fedora", "comment": "not for the layer"}));
    let instance = layer.instantiate(&values, &outer).expect("it fits");
    assert!(instance.modules.is_empty(), "{:?}", instance.modules);
}

#[test]
fn a_broken_template_is_reported_with_all_others() {
    let text = "apiVersion: terroir/v1\ntitle: t\nowner: o\nmodules:\n  - a: '{{ one }}'\n  - b: '{{ two }}'\n    when: three\n";
    let layer = document(text).expect("it reads");
    let problems = layer
        .instantiate(&Values::default(), &Scope::new())
        .expect_err("names are unknown");
    assert_eq!(problems.len(), 2, "{:?}", shown(&problems));
}

#[test]
fn checks_with_all_errors_at_once() {
    let layer = sample();
    let used_at = Origin::of_file("recipes/a.yml");
    let with = with("profil: server\nprofile: routr\nport: '12'\nsettings: []\n");
    let problems = layer.check(Some(&with), &used_at).expect_err("five errors");
    assert_eq!(
        shown(&problems),
        [
            "recipes/a.yml:1:1: layer `sample` has no option `profil` (did you mean `profile`?)",
            "recipes/a.yml:2:10: option `profile` must be one of server, router, not `routr` (did you mean `router`?)",
            "recipes/a.yml:3:7: option `port` must be a whole number, not `12`",
            "recipes/a.yml:4:11: option `settings` must be a mapping, not a list",
            "recipes/a.yml: layer `sample` needs the option `servers` (write `with: { servers: … }`)",
        ]
    );
    let (definition, words) = &problems[1].related[0];
    assert_eq!(
        (definition.to_string().as_str(), words.as_str()),
        ("layers/sample/layer.yml:5:3", "the option is defined here")
    );
}

/// Documents, with the head left out, and words of the error.
const WRONG: &[(&str, &str)] = &[
    (
        "apiVersion: terroir/v2\nnew: 1",
        "reads `terroir/v1`, not `terroir/v2`",
    ),
    ("title: t\nowner: o", "apiVersion"),
    (
        "apiVersion: terroir/v1\ntitle: t\nowner: o\noption: {}",
        "option",
    ),
    (
        "OPTIONS\n  a-b: { type: string }",
        "cannot be the name of an option",
    ),
    (
        "OPTIONS\n  family: { type: string }",
        "is a fact about the image",
    ),
    ("OPTIONS\n  a: { type: text }", "text"),
    (
        "OPTIONS\n  a: { default: 1 }",
        "needs either `type` or `enum`",
    ),
    (
        "OPTIONS\n  a: { type: list, enum: [b] }",
        "needs either `type` or `enum`",
    ),
    ("OPTIONS\n  a: { enum: [] }", "has no words"),
    (
        "OPTIONS\n  a: { enum: [b], default: c }",
        "must be one of b, not `c`",
    ),
    (
        "OPTIONS\n  a: { type: map, default: 1 }",
        "must be a mapping, not `1`",
    ),
    (
        "OPTIONS\n  a: { type: map, required: true, default: {} }",
        "never be used",
    ),
    (
        "CONTROLS\n  - { ids: [], title: t, level: 1, settings: [] }",
        "at least one id",
    ),
    (
        "CONTROLS\n  - { ids: [5.1], title: t, level: 1, settings: [] }",
        "5.1",
    ),
    (
        "CONTROLS\n  - { ids: [cis/1], title: ' ', level: 1, settings: [] }",
        "needs a title",
    ),
    (
        "CONTROLS\n  - { ids: [cis/1], title: t, settings: [] }",
        "level",
    ),
    (
        "CONTROLS\n  - { ids: [cis/1], title: t, level: 9, settings: [] }",
        "between 1 and 4",
    ),
    (
        "CONTROLS\n  - { ids: [cis/1], title: t, level: 1 }",
        "settings",
    ),
    (
        "CONTROLS\n  - { ids: [cis/1, cis/1], title: t, level: 1, settings: [] }",
        "already taken",
    ),
    (
        "CONTROLS\n  - { ids: [cis/1], title: t, level: 1, applies: { x: 1 }, settings: [] }",
        "has no option `x`",
    ),
    (
        "OPTIONS\n  a: { enum: [b, c] }\ncontrols:\n  - { ids: [cis/1], title: t, level: 1, applies: { a: [b, d] }, settings: [] }",
        "option `a` is never `d`, only b, c",
    ),
    (
        "CONTROLS\n  - { ids: [cis/1], title: t, level: 1, settings: [ { sysctls: {} } ] }",
        "sysctls",
    ),
];

#[test]
fn refuses_a_wrong_document() {
    for (text, words) in WRONG {
        let head = "apiVersion: terroir/v1\ntitle: t\nowner: o\n";
        let text = text
            .replace("OPTIONS", &format!("{head}options:"))
            .replace("CONTROLS", &format!("{head}controls:"));
        let problems = document(&text).expect_err(&text);
        let shown = shown(&problems).join("\n");
        assert!(shown.contains(words), "{text}\n{shown}");
    }
}

#[test]
fn control_ids() {
    for good in ["cis/5.1.20", "anssi-bp28/R29", "cis/1.1.1.1-a"] {
        assert_eq!(ControlId::parse(good).expect(good).as_str(), good);
    }
    for bad in [
        "", "cis", "cis/", "/1", "CIS/1", "cis/1/2", "cis/1 2", "cis/.1", "5/1",
    ] {
        assert!(ControlId::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn the_schema_of_options_agrees_with_the_check() {
    let layer = sample();
    let schema = layer.options.schema();
    let validator = jsonschema::validator_for(&schema).expect("a valid schema");
    let used_at = Origin::of_file("recipes/a.yml");
    for (text, good) in [
        ("servers: []", true),
        (
            "servers: [a]\nprofile: router\nport: 1\ncomment: no\nsettings: {a: 1}",
            true,
        ),
        ("{}", false),
        ("servers: a", false),
        ("servers: []\nport: x", false),
        ("servers: []\nprofile: other", false),
        ("servers: []\nsettings: []", false),
        ("servers: []\nnew: 1", false),
        ("servers: []\ncomment: []", false),
    ] {
        let node = with(text);
        assert_eq!(layer.check(Some(&node), &used_at).is_ok(), good, "{text}");
        assert_eq!(validator.is_valid(&node.to_json()), good, "{text}");
    }
    assert_eq!(
        schema["properties"]["servers"]["description"],
        "Names of servers."
    );
    assert_eq!(schema["properties"]["port"]["default"], 123);
}
