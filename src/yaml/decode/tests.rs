//! Decoding: every error at once, in words for people.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Deserialize;

use crate::origin::{Sourced, SourcedMap, Tier};
use crate::yaml::parse::tests::{node, shown};
use crate::yaml::{Node, check, decode};

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Recipe {
    name: Sourced<String>,
    tier: Option<Tier>,
    #[serde(default)]
    install: Vec<Sourced<String>>,
    #[serde(default)]
    limits: BTreeMap<String, u8>,
    #[serde(default)]
    clean: bool,
    #[serde(default)]
    tests: Vec<Test>,
    #[serde(default)]
    labels: SourcedMap<String>,
    #[serde(default)]
    rest: Option<Node>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Test {
    File(File),
    Package(String),
    Reboot,
    Pair(u8, bool),
    Range { low: i16, high: i16 },
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct File {
    path: String,
    mode: String,
    owner: Owner,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(try_from = "String")]
struct Owner(String);

impl TryFrom<String> for Owner {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        if text.is_empty() {
            return Err("an owner needs a name".to_owned());
        }
        Ok(Self(text))
    }
}

fn errors(text: &str) -> String {
    shown(&decode::<Recipe>(&node(text)).expect_err("this must be refused"))
}

#[test]
fn decodes_what_is_right() {
    let recipe: Recipe = decode(&node(
        "name: x\ntier: group\ninstall: [a, 1.10, no, true]\nlimits: {a: 255}\nclean: true\n\
         tests:\n- file: {path: /a, mode: 0644, owner: me}\n- package: vim\n- reboot\n- pair: [1, true]\n\
         - range: {low: -1, high: 0x10}\nlabels: {b: 1, a: 2}\nrest: {deep: [1, '2', ~]}\n",
    ))
    .unwrap_or_else(|problems| panic!("{}", shown(&problems)));
    assert_eq!((recipe.name.origin.line, recipe.name.origin.column), (1, 7));
    assert_eq!(recipe.name.origin.length, 1);
    let install: Vec<&str> = recipe
        .install
        .iter()
        .map(|text| text.value.as_str())
        .collect();
    assert_eq!(install, ["a", "1.10", "no", "true"]);
    assert_eq!(recipe.install[2].origin.to_string(), "r.yml:3:20");
    let file = File {
        path: "/a".into(),
        mode: "0644".into(),
        owner: Owner("me".into()),
    };
    let range = Test::Range { low: -1, high: 16 };
    let expected = [
        Test::File(file),
        Test::Package("vim".into()),
        Test::Reboot,
        Test::Pair(1, true),
        range,
    ];
    assert_eq!(recipe.tests, expected);
    let keys: Vec<&str> = recipe
        .labels
        .iter()
        .map(|(key, _)| key.value.as_str())
        .collect();
    assert_eq!(keys, ["b", "a"]);
    let rest = recipe.rest.unwrap();
    assert_eq!(rest.to_json(), serde_json::json!({"deep": [1, "2", null]}));
    assert_eq!(
        rest.get("deep").unwrap().items()[1].origin.to_string(),
        "r.yml:13:18"
    );
}

const ERRORS: &[(&str, &str)] = &[
    ("tier: group\n", "r.yml:1:1: the key `name` is missing"),
    (
        "name:\n",
        "r.yml:1:1: expected text, found nothing => write \"\" for an empty text, or remove the key",
    ),
    ("name: [a]\n", "r.yml:1:7: expected text, found a list"),
    (
        "name: {a: 1}\n",
        "r.yml:1:7: expected text, found a mapping",
    ),
    (
        "- a\n",
        "r.yml:1:1: expected a mapping, found a list => its keys are: name, tier, install, limits, clean, tests, labels, rest",
    ),
    (
        "name: x\ninstal: [a]\n",
        "r.yml:2:1: unknown key `instal` => did you mean `install`?",
    ),
    (
        "name: x\nzzzzzzz: 1\n",
        "r.yml:2:1: unknown key `zzzzzzz` => valid keys: name, tier, install, limits, clean, tests, labels, rest",
    ),
    (
        "name: x\ninstall: vim\n",
        "r.yml:2:10: expected a list, found text => write it as a list: [vim]",
    ),
    (
        "name: x\ntier: grup\n",
        "r.yml:2:7: `grup` is not valid here => did you mean `group`?",
    ),
    (
        "name: x\ntier: 3\n",
        "r.yml:2:7: `3` is not valid here => valid values: universal, group, local",
    ),
    (
        "name: x\ntier: [group]\n",
        "r.yml:2:7: expected one of universal, group, local, found a list",
    ),
    (
        "name: x\nclean: yes\n",
        "r.yml:2:8: expected true or false, found text => write `true`",
    ),
    (
        "name: x\nclean: 'true'\n",
        "r.yml:2:8: expected true or false, found text => remove the quotes",
    ),
    (
        "name: x\nlimits: {a: 256}\n",
        "r.yml:2:13: 256 is out of range => expected a whole number from 0 to 255",
    ),
    (
        "name: x\nlimits: {a: -1}\n",
        "r.yml:2:13: -1 is out of range => expected a whole number from 0 to 255",
    ),
    (
        "name: x\nlimits: {a: 1.5}\n",
        "r.yml:2:13: expected a whole number from 0 to 255, found a number with a fraction",
    ),
    (
        "name: x\nlimits: {a: '7'}\n",
        "r.yml:2:13: expected a number, found text => remove the quotes",
    ),
    (
        "name: x\nlimits: {a: 99999999999999999999999}\n",
        "r.yml:2:13: 99999999999999999999999 is out of range",
    ),
    (
        "name: x\ntests: [fil]\n",
        "r.yml:2:9: `fil` is not valid here => did you mean `file`?",
    ),
    (
        "name: x\ntests: [{fil: 1}]\n",
        "r.yml:2:10: unknown key `fil` => did you mean `file`?",
    ),
    (
        "name: x\ntests: [file]\n",
        "r.yml:2:9: `file` needs a value => write `file: …`",
    ),
    (
        "name: x\ntests: [{reboot: 1}]\n",
        "r.yml:2:9: expected text, found a mapping => write `reboot` alone",
    ),
    (
        "name: x\ntests: [{package: a, reboot: ~}]\n",
        "r.yml:2:22: expected exactly one key, found 2 => give each its own list entry; valid keys: file, package, reboot, pair, range",
    ),
    (
        "name: x\ntests: [{}]\n",
        "r.yml:2:9: expected exactly one key, found 0 => give each its own list entry; valid keys: file, package, reboot, pair, range",
    ),
    (
        "name: x\ntests: [{file: {path: /a, mode: x, owner: ''}}]\n",
        "r.yml:2:43: an owner needs a name",
    ),
    (
        "name: x\ntests: [{pair: [1]}]\n",
        "r.yml:2:16: expected tuple variant Test::Pair with 2 elements, found 1",
    ),
];

#[test]
fn each_error_says_what_and_where() {
    for (text, expected) in ERRORS {
        assert_eq!(errors(text), *expected, "{text:?}");
    }
}

#[test]
fn all_errors_come_at_once_and_none_that_follows_from_another() {
    insta::assert_snapshot!(errors(
        "name: [x]\nteir: group\ninstall: [a, {}, b, ~]\nlimits: {a: x, b: 1, c: 300}\n\
         tests:\n- file: {pth: /a, mode: [], ower: me}\n- pakage: vim\n- file: {path: {}, mode: 1, owner: ''}\n\
         - range: {low: a}\n- pair: [x, y]\nclean: 3\nnaem: 1\n"
    ), @r#"
    r.yml:1:7: expected text, found a list
    r.yml:2:1: unknown key `teir` => did you mean `tier`?
    r.yml:3:14: expected text, found a mapping
    r.yml:3:21: expected text, found nothing => write "" for an empty text, or remove the key
    r.yml:4:13: expected a number, found text
    r.yml:4:25: 300 is out of range => expected a whole number from 0 to 255
    r.yml:6:10: unknown key `pth` => did you mean `path`?
    r.yml:6:25: expected text, found a list
    r.yml:6:29: unknown key `ower` => did you mean `owner`?
    r.yml:7:3: unknown key `pakage` => did you mean `package`?
    r.yml:8:16: expected text, found a mapping
    r.yml:8:36: an owner needs a name
    r.yml:9:10: the key `high` is missing
    r.yml:9:16: expected a number, found text
    r.yml:10:10: expected a number, found text
    r.yml:10:13: expected a number, found text
    r.yml:11:8: expected true or false, found a number
    r.yml:12:1: unknown key `naem` => did you mean `name`?
    "#);
}

#[test]
fn unrendered_templates_fit_everywhere_in_a_check() {
    let text = "name: x\ninstall: '{{ packages }}'\nclean: '{{ clean }}'\nlimits: {a: b}\n";
    assert_eq!(
        shown(&check::<Recipe>(&node(text))),
        "r.yml:4:13: expected a number, found text"
    );
}

#[test]
fn a_hundred_errors_are_enough() {
    let text = format!("name: x\ninstall: [{}]\n", "{}, ".repeat(5000));
    assert_eq!(errors(&text).lines().count(), 100);
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "only decoded")]
struct Endless {
    inner: Box<Chain>,
    after: u8,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "only decoded")]
enum Chain {
    Link(Box<Self>),
    End,
}

#[test]
fn types_that_contain_themselves_end() {
    let problems = decode::<Endless>(&node("x: 1\n")).expect_err("keys are missing");
    assert!(shown(&problems).contains("the key `inner` is missing"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn never_panics(
        parts in proptest::collection::vec(proptest::sample::select(vec![
            "name: ", "tests:\n", "install: ", "limits: ", "\n", "- ", "  ", "file: ", "{", "}", "[",
            "]", ", ", "a", "1", "~", "true", "path: ", "pair: ", "range: ", "low: ", "rest: ",
        ]), 0..40),
    ) {
        if let Ok(node) = crate::yaml::parse("x", &parts.concat())
            && let Err(problems) = decode::<Recipe>(&node)
        {
            prop_assert!(!problems.is_empty(), "refused without a reason");
        }
    }
}

/// Takes the mapping itself, as visitors do that choose by its keys.
#[derive(Debug)]
struct Chosen;

impl<'de> Deserialize<'de> for Chosen {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ByKey;
        impl<'de> serde::de::Visitor<'de> for ByKey {
            type Value = Chosen;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a mapping")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Chosen, A::Error> {
                let mut path = false;
                while let Some(key) = map.next_key::<String>()? {
                    map.next_value::<Node>()?;
                    path |= key == "path";
                }
                if path {
                    Ok(Chosen)
                } else {
                    Err(serde::de::Error::missing_field("path"))
                }
            }
        }
        deserializer.deserialize_map(ByKey)
    }
}

#[test]
fn a_key_missing_behind_a_visitor_does_not_hide_the_others() {
    let list = node("- {a: 1}\n- {path: x}\n- {b: 1}\n- text\n");
    let problems = decode::<Vec<Chosen>>(&list).expect_err("three are wrong");
    let lines: Vec<u32> = problems.iter().map(|one| one.origin.line).collect();
    assert_eq!(lines, [1, 3, 4], "{}", shown(&problems));
}
