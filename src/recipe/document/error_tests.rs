//! Tests of documents: the errors of keys that are missing, empty, misspelt, doubled or of a wrong type.

use super::reading_tests::{BLUEBUILD, NATIVE, bluebuild, native, with};

/// A key, and the lines that stand in its place.
const NATIVE_CASES: &[(&str, &str)] = &[
    ("apiVersion", ""),
    ("apiVersion", "apiVersion:"),
    ("apiVersion", "apiVersion: terroir/v2"),
    ("apiVersion", "apiVersion: terroir/v1beta"),
    ("apiVersion", "apiVersion: [terroir/v1]"),
    ("name", ""),
    ("name", "name:"),
    ("name", "name: [a]"),
    ("name", "nam: a"),
    ("name", "name: a\nname: b"),
    ("name", "name: '{{ x }}'"),
    ("description", "description:"),
    ("description", "description: {a: b}"),
    ("description", "descripton: a"),
    ("tier", ""),
    ("tier", "tier:"),
    ("tier", "tier: grup"),
    ("tier", "tier: [group]"),
    ("tier", "tier: 1"),
    ("from", ""),
    ("from", "from:"),
    ("from", "from: 12"),
    ("from", "from: [a]"),
    ("from", "from: docker://debian"),
    ("from", "from: 'a b'"),
    ("from", "from: ''"),
    ("from", "from: 'oci:'"),
    ("from", "from: {bootstrapp: {}}"),
    (
        "from",
        "from: {bootstrap: {distribution: debian, suit: x, mirror: {}}}",
    ),
    ("from", "from: '{{ base }}'"),
    ("platforms", "platforms:"),
    ("platforms", "platforms: linux/amd64"),
    ("platforms", "platforms: [linux/amd46, windows/amd64, [a]]"),
    ("platforms", "platfroms: [linux/amd64]"),
    ("vars", "vars:"),
    ("vars", "vars: [a]"),
    ("vars", "vars: {a-b: 1, family: x, c: '{{ d }}'}"),
    ("modules", "modules:"),
    ("modules", "modules: {type: a}"),
    (
        "modules",
        "modules: [a, ~, {}, {typ: files}, {type: ~}, {type: '@v1'}, {type: a, layer: b}]",
    ),
    (
        "modules",
        "modules: [{layer: a, opts: 1, whith: {}}, {from-file: a, install: 1}, {from-file: [a]}]",
    ),
    (
        "modules",
        "modules: [{type: a, when: [x], override: yes, no-cache: 1, env: [a], secrets: {a: b}, source: {}}]",
    ),
    ("modules", "module: []"),
    ("version", "version:"),
    ("version", "version: [1]"),
    ("version", "verison: 1"),
    ("owner", "owner:"),
    ("owner", "owner: {a: b}"),
    ("owner", "ownr: a"),
    ("labels", "labels:"),
    ("labels", "labels: [a]"),
    ("labels", "labels: {a: [b], c: ~}"),
    ("labels", "label: {}"),
    ("mandatory", "mandatory:"),
    ("mandatory", "mandatory: sysctl:a"),
    (
        "mandatory",
        "mandatory: [x, 12, {match: y}, {mach: 'a:b'}, {match: 'a:b', exceptions: alowed}]",
    ),
    ("exceptions", "exceptions:"),
    ("exceptions", "exceptions: {control: a}"),
    (
        "exceptions",
        "exceptions: [{reason: a, owner: b, expires: 2027-02-30}]",
    ),
    (
        "exceptions",
        "exceptions: [{control: a, setting: 'b:c', reason: a, owner: b, expires: 2027-6-1}]",
    ),
    (
        "exceptions",
        "exceptions: [{control: a, setting: 'b:c', reason: a, owner: b, expires: 2027-06-01}]",
    ),
    (
        "exceptions",
        "exceptions: [{control: a, reason: '', owner: b, expires: 2027-06-01}, {control: a}, {setting: a, reason: a, owner: ~, expires: 2027-06-01, until: x}]",
    ),
    ("tests", "tests:"),
    ("tests", "tests: {file: {path: a}}"),
    (
        "tests",
        "tests: [file, {fil: {}}, {file: {pth: a}}, {package: {name: a, installed: 1}}, {service: x}, {user: {name: a, uid: -1}}, {sysctl: [a]}, {command: {run: a, exit: 256}}, {file: {path: a}, user: {name: b}}]",
    ),
    ("publish", "publish:"),
    ("publish", "publish: a"),
    ("publish", "publish: {imge: a, tags: latest}"),
];

/// The same for BlueBuild recipes.
const BLUEBUILD_CASES: &[(&str, &str)] = &[
    ("name", ""),
    ("name", "name:"),
    ("name", "name: [a]"),
    ("name", "nam: a"),
    ("description", ""),
    ("description", "description:"),
    ("description", "description: {}"),
    ("base-image", ""),
    ("base-image", "base-image:"),
    ("base-image", "base-image: [a]"),
    ("base-image", "base-imag: a"),
    ("image-version", ""),
    ("image-version", "image-version:"),
    ("image-version", "image-version: [1]"),
    ("blue-build-tag", "blue-build-tag:"),
    ("blue-build-tag", "blue-build-tag: {}"),
    ("cosign-version", "cosign-version: []"),
    ("nushell-version", "nushell-version: []"),
    ("nushell-version", "nushel-version: 1"),
    ("alt-tags", "alt-tags: one"),
    ("alt-tags", "alt-tags: [[a], ~]"),
    ("platforms", "platforms: [linux/arm/v8]"),
    ("labels", "labels: [a]"),
    ("labels", "labels: {a: {}}"),
    ("stages", "stages: {}"),
    (
        "stages",
        "stages: [a, {name: x, modules: []}, {from: x, modules: []}, {name: a, from: b}, {name: a, from-file: b}, {name: a, from: b, shel: c, modules: []}, {name: a, from: b, modules: [{typ: a}], shell: {}, platform: x}]",
    ),
    ("modules", ""),
    ("modules", "modules:"),
    ("modules", "modules: {type: a}"),
    (
        "modules",
        "modules: [{layer: a, with: {}}, {type: a, when: x, override: true}, {from-file: a, type: b}, {from-file: a, x: 1}]",
    ),
    ("labels", "version: 2"),
    ("labels", "version: 3"),
    ("labels", "version: 1\nversion: 1"),
    ("labels", "from: x"),
    ("labels", "apiVersion: x"),
];

fn said(document: &str, cases: &[(&str, &str)], read: fn(&str) -> Result<(), String>) -> String {
    let say = |(key, lines): &(&str, &str)| {
        let title = match *lines {
            "" => format!("(no {key})"),
            lines => lines.to_owned(),
        };
        let problems = read(&with(document, key, lines)).err();
        format!(
            "## {title}\n{}\n",
            problems.as_deref().unwrap_or("(accepted)")
        )
    };
    cases.iter().map(say).collect()
}

#[test]
fn every_native_key_is_checked() {
    let said = said(NATIVE, NATIVE_CASES, |text| native(text).map(drop));
    insta::assert_snapshot!(said);
}

#[test]
fn every_bluebuild_key_is_checked() {
    let said = said(BLUEBUILD, BLUEBUILD_CASES, |text| bluebuild(text).map(drop));
    insta::assert_snapshot!(said);
}
