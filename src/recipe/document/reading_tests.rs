//! Tests of documents: what is read from them, and the errors of wrong keys.

use proptest::prelude::*;

use super::bluebuild::expand;
use super::secret::{Mount, Secret};
use super::{
    BlueBuildDocument, Entry, EntryKind, Exceptions, FragmentDocument, Header, NativeDocument,
    Parent, StageEntry, Subject, is_native, render,
};
use crate::module::Dialect;
use crate::origin::{Diagnostic, Tier};
use crate::recipe::flavour::expectation::Test;
use crate::yaml::{self, Node, Scope};

pub(super) const NATIVE: &str = r#"
apiVersion: terroir/v1
name: acme-server
description: ACME group server
tier: group
from: ../universal/debian-server.yml
platforms: [linux/amd64, linux/arm64]
vars: { proxy: "http://proxy", depth: { a: [1, true] } }
modules:
  - { layer: certificates, with: { authorities: [files/ca.pem] } }
  - { type: "apt@v1", install: { packages: [rsyslog, "{{ proxy }}"] }, env: { A: 1 } }
  - { from-file: common/admins.yml, when: family == 'debian' }
  - { type: script, snippets: ["echo {{ x }}"], no-cache: true, override: true }
version: "12.4"
owner: platform-team
labels: { a: b, c: 1.10 }
mandatory: ["sysctl:kernel.*", { match: "control:cis/5.1.*", exceptions: allowed }]
exceptions: [ { control: cis/1.1.2.1, reason: tmpfs, owner: platform-team, expires: 2027-06-30 } ]
tests:
  - file: { path: /etc/x, mode: "0644" }
publish: { image: registry.example.org/os/acme-server, tags: [latest, "{{ version }}"] }
"#;

pub(super) const BLUEBUILD: &str = r#"
name: cli/test
description: A test
base-image: registry.example.org/base
image-version: 1.10
blue-build-tag: none
cosign-version: 3.1
nushell-version: default
alt-tags: [one, 2]
platforms: [linux/amd64]
labels: { a: "${A}" }
stages:
  - { name: tools, from: scratch, shell: bash, modules: [ { type: files } ] }
  - { from-file: stages.yml }
modules:
  - { type: files, files: [ { source: usr, destination: /usr } ] }
  - { from-file: more.yml }
"#;

fn parsed(text: &str) -> Node {
    yaml::parse("r.yml", text).unwrap_or_else(|problems| panic!("{}", shown(&problems)))
}

fn shown(problems: &[Diagnostic]) -> String {
    let line = |problem: &Diagnostic| {
        let hint = problem.hint.as_ref().map(|hint| format!(" => {hint}"));
        problem.to_string() + &hint.unwrap_or_default()
    };
    problems.iter().map(line).collect::<Vec<_>>().join("\n")
}

pub(super) fn native(text: &str) -> Result<NativeDocument, String> {
    let node = yaml::parse("r.yml", text).map_err(|problems| shown(&problems))?;
    NativeDocument::read(&node).map_err(|problems| shown(&problems))
}

pub(super) fn bluebuild(text: &str) -> Result<BlueBuildDocument, String> {
    let node = yaml::parse("r.yml", text).map_err(|problems| shown(&problems))?;
    BlueBuildDocument::read(&node).map_err(|problems| shown(&problems))
}

/// A document with one top-level key replaced by other lines, or removed by none.
pub(super) fn with(document: &str, key: &str, lines: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for line in document.lines() {
        if !line.starts_with(' ') {
            inside = line.starts_with(&format!("{key}:"));
            if inside && !lines.is_empty() {
                out += lines;
                out.push('\n');
            }
        }
        if !inside {
            out += line;
            out.push('\n');
        }
    }
    assert_ne!(out, document, "{key} is a key of the document");
    out
}

#[test]
fn native_document_is_read_whole() {
    let document = native(NATIVE).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(document.name.value, "acme-server");
    assert_eq!(document.tier.value, Tier::Group);
    assert_eq!(document.tier.origin.to_string(), "r.yml:5:7");
    assert_eq!(
        document.from.value,
        Parent::Recipe("../universal/debian-server.yml".into())
    );
    assert_eq!(document.labels.get("c").unwrap().value, "1.10");
    assert_eq!(
        document.vars.get("depth").unwrap().to_json(),
        serde_json::json!({"a": [1, true]})
    );
    assert_eq!(document.mandatory[0].exceptions, Exceptions::Forbidden);
    assert_eq!(
        document.mandatory[0].pattern.origin.to_string(),
        "r.yml:17:13"
    );
    assert_eq!(document.mandatory[1].exceptions, Exceptions::Allowed);
    assert!(
        matches!(&document.exceptions[0].subject, Subject::Control(id) if id.value == "cis/1.1.2.1")
    );
    assert_eq!(document.exceptions[0].expires.to_string(), "2027-06-30");
    assert!(
        matches!(&document.tests[0].value, Test::File(file) if file.path.to_string() == "/etc/x")
    );
    assert_eq!(document.publish.unwrap().tags.len(), 2);

    let [layer, apt, from_file, script] = document.modules.as_slice() else {
        panic!("four entries");
    };
    assert!(matches!(&layer.kind, EntryKind::Layer { name, with }
        if name.value == "certificates" && with.get("authorities").is_some()));
    assert!(
        matches!(&apt.kind, EntryKind::Module { name, version: Some(version) }
        if name.value == "apt" && version.value == "v1")
    );
    assert_eq!(apt.env.get("A").unwrap(), "1");
    assert_eq!(apt.rest.entries().len(), 1);
    assert_eq!(
        apt.rest.get("install").unwrap().origin.to_string(),
        "r.yml:11:32"
    );
    assert!(
        matches!(&from_file.kind, EntryKind::FromFile(path) if path.value == "common/admins.yml")
    );
    assert_eq!(from_file.when.as_ref().unwrap().value, "family == 'debian'");
    assert!(script.no_cache && script.overrides);
}

#[test]
fn templates_render_in_stages() {
    let node = parsed(NATIVE);
    assert!(is_native(&node));
    let header = Header::read(&node).unwrap();
    let mut scope: Scope = header
        .vars
        .iter()
        .map(|(name, value)| (name.value.clone(), value.to_exact_json()))
        .collect();
    assert_eq!(
        shown(&render(&node, &scope).unwrap_err()),
        "r.yml:21:75: `version` is not defined => defined here: depth, proxy"
    );
    scope.insert("version".into(), "12.4".into());
    let document = NativeDocument::read(&render(&node, &scope).unwrap()).unwrap();
    assert_eq!(document.publish.unwrap().tags[1].value, "12.4");
    let apt = document.modules[1].render(&scope).unwrap();
    assert_eq!(apt.rest.to_json()["install"]["packages"][1], "http://proxy");
    let script = document.modules[3].render(&scope).unwrap();
    assert_eq!(script.rest.to_json()["snippets"][0], "echo {{ x }}");
    let from_file = document.modules[2].render(&scope).unwrap();
    assert_eq!(from_file, document.modules[2]);

    let templated: Entry = yaml::decode(&parsed(
        "type: script\ntemplate: true\nsnippets: ['{{ proxy }}']\n",
    ))
    .unwrap();
    let rendered = templated.render(&scope).unwrap();
    assert_eq!(rendered.rest.to_json()["snippets"][0], "http://proxy");
    let unknown: Entry = yaml::decode(&parsed("type: files\na: '{{ proxi }}'\n")).unwrap();
    assert_eq!(
        shown(&unknown.render(&scope).unwrap_err()),
        "r.yml:2:8: `proxi` is not defined => did you mean `proxy`?"
    );
}

#[test]
fn forms_of_from() {
    let parent =
        |from: &str| native(&with(NATIVE, "from", from)).map(|document| document.from.value);
    let cases = [
        ("from: base.yaml", Parent::Recipe("base.yaml".into())),
        ("from: ./base", Parent::Recipe("./base".into())),
        (
            "from: registry.example.org/os:1@sha256:aa",
            Parent::Image("registry.example.org/os:1@sha256:aa".into()),
        ),
        ("from: oci:build/x:1", Parent::Layout("build/x:1".into())),
        ("from: oci-archive:x.tar", Parent::Archive("x.tar".into())),
        ("from: scratch", Parent::Scratch),
    ];
    for (from, expected) in cases {
        assert_eq!(parent(from), Ok(expected), "{from}");
    }
    let bootstrap = parent(
        "from:\n  bootstrap: {distribution: debian, suite: bookworm, mirror: m, packages: [a]}",
    );
    let Ok(Parent::Bootstrap(bootstrap)) = bootstrap else {
        panic!("{bootstrap:?}")
    };
    assert_eq!((bootstrap.mirror.0.len(), bootstrap.packages.len()), (1, 1));
    let two = parent("from:\n  bootstrap: {distribution: fedora, suite: 43, mirror: [a, b]}");
    assert!(
        matches!(two, Ok(Parent::Bootstrap(two)) if two.mirror.0.len() == 2 && two.suite.value == "43")
    );
}

#[test]
fn bluebuild_document_is_read_and_expanded() {
    let lookup = |name: &str| (name == "A").then(|| "value".to_owned());
    let document = bluebuild(BLUEBUILD).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(document.image_version.value, "1.10");
    assert_eq!(document.alt_tags.as_ref().unwrap()[1].value, "2");
    assert!(matches!(&document.stages[0], StageEntry::Stage(stage)
        if stage.shell.as_ref().unwrap().0[0].value == "bash" && stage.modules.len() == 1));
    assert!(
        matches!(&document.stages[1], StageEntry::FromFile(path) if path.value == "stages.yml")
    );
    let expanded = document.expanded(&lookup);
    assert_eq!(expanded.labels.get("a").unwrap().value, "value");
    let cases = [
        ("$A-${A}-${A:-x}", "value-value-value"),
        ("${B:-x}/${B}/$B", "x/${B}/$B"),
        ("100$ $1 ${ ${A", "100$ $1 ${ ${A"),
        ("$AB$A", "$ABvalue"),
    ];
    for (text, expected) in cases {
        assert_eq!(expand(text, &lookup), expected, "{text}");
    }
    assert_eq!(expand("${E:-x}", &|_| Some(String::new())), "x");
}

#[test]
fn fragments_hold_one_or_many() {
    let read = |text: &str| {
        FragmentDocument::read(&parsed(text), Dialect::BlueBuild)
            .map(|fragment| (fragment.modules.len(), fragment.stages.len()))
            .map_err(|problems| shown(&problems))
    };
    let stage = "{name: a, from: b, modules: []}";
    assert_eq!(read("type: files\n"), Ok((1, 0)));
    assert_eq!(read("from-file: x.yml\n"), Ok((1, 1)));
    assert_eq!(read(&format!("{stage}\n")), Ok((0, 1)));
    assert_eq!(
        read(&format!(
            "modules: [{{type: a}}, {{type: b}}]\nstages: [{stage}]\n"
        )),
        Ok((2, 1))
    );
    assert_eq!(read(&format!("stages: [{stage}]\n")), Ok((0, 1)));
    let cases = [
        (
            "- type: files\n",
            "r.yml:1:1: a file for `from-file` is a mapping, found a list => put the list under `modules:`",
        ),
        (
            "name: x\nbase-image: y\nmodules: []\n",
            "r.yml:1:1: `from-file` names a whole recipe => move the entries that are shared into a file with only `modules:`",
        ),
        (
            "modules: [{typ: a}]\n",
            "r.yml:1:11: an entry needs one of `type`, `layer` and `from-file` => is `typ` meant as `type`?",
        ),
        (
            "modules: []\nstage: []\n",
            "r.yml:2:1: unknown key `stage` => did you mean `stages`?",
        ),
        ("stages: [{name: a}]\n", "r.yml:1:10: a stage needs `from`"),
        ("text\n", "r.yml:1:1: expected a mapping, found text"),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text), Err(expected.to_owned()), "{text}");
    }
}

#[test]
fn secrets_have_four_forms() {
    let secrets = "type: script\nsecrets:\n\
        - {type: env, name: T, mount: {type: env, name: T}}\n\
        - {type: file, source: a, mount: {type: file, destination: /run/a}}\n\
        - {type: exec, command: pass, args: [x], mount: {type: env, name: T}}\n\
        - {type: ssh}\n";
    let entry: Entry = yaml::decode(&parsed(secrets)).unwrap();
    let mount = Mount::Env { name: "T".into() };
    let kinds: Vec<&Secret> = entry.secrets.iter().map(|secret| &secret.value).collect();
    assert_eq!(
        kinds[0],
        &Secret::Env {
            name: "T".into(),
            mount
        }
    );
    assert_eq!((kinds.len(), kinds[3]), (4, &Secret::Ssh));
    let cases = [
        (
            "{type: env, mount: {type: env, name: T}}",
            "r.yml:2:12: a secret of type `env` needs `name`",
        ),
        (
            "{type: ssh, name: T}",
            "r.yml:2:12: a secret of type `ssh` has no `name`",
        ),
        (
            "{type: env, name: T, mount: {type: env}}",
            "r.yml:2:40: a mount of type `env` needs `name` and nothing else",
        ),
        (
            "{type: en, name: T}",
            "r.yml:2:19: `en` is not valid here => did you mean `env`?",
        ),
        (
            "{typ: env}",
            "r.yml:2:13: unknown key `typ` => did you mean `type`?",
        ),
    ];
    for (secret, expected) in cases {
        let text = format!("type: script\nsecrets: [ {secret} ]\n");
        let problems = yaml::decode::<Entry>(&parsed(&text)).unwrap_err();
        assert_eq!(shown(&problems), expected, "{secret}");
    }
}

#[test]
fn schemas_accept_what_is_read() {
    let schema = |schema: schemars::Schema| {
        jsonschema::validator_for(&schema.to_value()).expect("a valid schema")
    };
    let native = schema(schemars::schema_for!(NativeDocument));
    let bluebuild = schema(schemars::schema_for!(BlueBuildDocument));
    let good = [(&native, NATIVE), (&bluebuild, BLUEBUILD)];
    for (schema, text) in good {
        let json = parsed(text).to_json();
        let errors: Vec<String> = schema.iter_errors(&json).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
    let bad = [
        (&native, NATIVE, "from", "from: docker://x"),
        (&native, NATIVE, "name", ""),
        (&native, NATIVE, "modules", "modules: [{typ: a}]"),
        (&native, NATIVE, "modules", "modules: [{type: a, layer: b}]"),
        (&native, NATIVE, "owner", "ownr: x"),
        (&native, NATIVE, "mandatory", "mandatory: [x]"),
        (&native, NATIVE, "tests", "tests: [{fil: {path: a}}]"),
        (&native, NATIVE, "platforms", "platforms: [linux/amd46]"),
        (&native, NATIVE, "apiVersion", "apiVersion: terroir/v2"),
        (&bluebuild, BLUEBUILD, "modules", ""),
        (&bluebuild, BLUEBUILD, "base-image", "base-imag: x"),
        (&bluebuild, BLUEBUILD, "image-version", "image-version: [1]"),
    ];
    for (schema, text, key, lines) in bad {
        assert!(
            !schema.is_valid(&parsed(&with(text, key, lines)).to_json()),
            "{lines}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn reading_never_panics_and_never_refuses_without_a_reason(
        document in proptest::sample::select(vec![NATIVE, BLUEBUILD]),
        cuts in proptest::collection::vec((any::<prop::sample::Index>(), "[ -~\n]{0,6}"), 1..6),
    ) {
        let mut text: Vec<char> = document.chars().collect();
        for (index, new) in cuts {
            let at = index.index(text.len());
            text.splice(at..(at + new.len() / 2).min(text.len()), new.chars());
        }
        if let Ok(node) = yaml::parse("r.yml", &text.into_iter().collect::<String>()) {
            for problems in [
                Header::read(&node).err(),
                NativeDocument::read(&node).err(),
                BlueBuildDocument::read(&node).err(),
                FragmentDocument::read(&node, Dialect::Native).err(),
            ] {
                prop_assert!(problems.is_none_or(|problems| !problems.is_empty()));
            }
        }
    }
}
