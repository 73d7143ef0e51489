//! apt: sources, keys, pins, and the one change of packages.

use serde_json::{Value, json};

use super::{compile, compile_on, distribution, lines, refused};
use crate::action::{Action, Packages};
use crate::module::Dialect::{self, BlueBuild, Native};
use crate::module::Distribution;
use crate::setting::tests::fake::Repository;

const KEY: &str =
    "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ==\n-----END PGP PUBLIC KEY BLOCK-----\n";

fn repository() -> Repository {
    Repository::default()
        .file("files/acme.asc", KEY)
        .file("files/acme.gpg", "\0")
        .file(
            "files/secret.asc",
            "-----BEGIN PGP PRIVATE KEY BLOCK-----\n",
        )
        .file("files/note.txt", "no key")
        .file("files/agent.deb", "!<arch>\n")
}

fn packages(dialect: Dialect, configuration: &Value) -> Packages {
    let compiled = compile("apt", dialect, configuration, &repository()).expect("valid");
    let [Action::Packages(packages)] = compiled.actions.as_slice() else {
        panic!("one change: {:?}", compiled.actions)
    };
    (**packages).clone()
}

#[test]
fn one_change_of_packages() {
    let plain = packages(
        Native,
        &json!({"install": ["nginx", "g++", "libc6:arm64", "a1=1:2.0~rc-1", "vim/trixie"]}),
    );
    assert_eq!(
        plain.install,
        ["nginx", "g++", "libc6:arm64", "a1=1:2.0~rc-1", "vim/trixie"]
    );
    assert!(!plain.recommends && !plain.upgrade && !plain.auto_remove);
    let all = packages(
        Native,
        &json!({
            "upgrade": true, "recommends": true, "install": {"packages": ["nginx"]},
            "remove": {"packages": ["nano"], "auto-remove": true},
            "hold": ["linux-image-amd64"], "unhold": ["nginx"], "files": ["files/agent.deb"],
        }),
    );
    assert_eq!(
        all.summary(),
        "upgrade, remove nano, install nginx, install files/agent.deb, hold linux-image-amd64, unhold nginx"
    );
    assert!(all.recommends && all.auto_remove);
    let bluebuild = packages(
        BlueBuild,
        &json!({"install": {"packages": ["rsyslog"]}, "remove": {"packages": [" nano "]}}),
    );
    assert_eq!(bluebuild.summary(), "remove nano, install rsyslog");
    assert!(
        bluebuild.recommends,
        "as apt has it, which BlueBuild only calls"
    );
}

#[test]
fn nothing_asked_is_nothing_done() {
    for dialect in [Native, BlueBuild] {
        let compiled = compile("apt", dialect, &json!({}), &Repository::default());
        assert_eq!(compiled.expect("valid").actions, []);
    }
}

#[test]
fn sources_are_deb822() {
    let configuration = json!({
        "keys": ["files/acme.gpg"],
        "repos": [
            {"id": "acme", "url": "https://apt.acme.example/debian", "suites": ["trixie", "trixie-updates"],
             "components": ["main"], "key": "files/acme.asc", "architectures": ["amd64"]},
            {"id": "flat", "url": ["https://a.example/x", "https://b.example/x"], "suites": ["./"],
             "types": ["deb", "deb-src"], "enabled": false},
            {"id": "old", "url": "file:///srv/old", "suites": ["./"],
             "signed-by": "/usr/share/keyrings/old.gpg", "options": {"Check-Valid-Until": "no"}},
        ],
    });
    let compiled = compile("apt", Native, &configuration, &repository()).expect("valid");
    assert_eq!(
        lines(&compiled),
        [
            "write /etc/apt/keyrings/acme.gpg 644 files/acme.gpg",
            "write /etc/apt/keyrings/acme.asc 644 files/acme.asc",
            "write /etc/apt/sources.list.d/acme.sources 644 \"Types: deb\\n\
             URIs: https://apt.acme.example/debian\\nSuites: trixie trixie-updates\\n\
             Components: main\\nArchitectures: amd64\\nSigned-By: /etc/apt/keyrings/acme.asc\\n\"",
            "write /etc/apt/sources.list.d/flat.sources 644 \"Enabled: no\\nTypes: deb deb-src\\n\
             URIs: https://a.example/x https://b.example/x\\nSuites: ./\\n\
             Signed-By: /etc/apt/keyrings/acme.gpg\\n\"",
            "write /etc/apt/sources.list.d/old.sources 644 \"Types: deb\\nURIs: file:///srv/old\\n\
             Suites: ./\\nSigned-By: /usr/share/keyrings/old.gpg\\nCheck-Valid-Until: no\\n\"",
        ]
    );
}

#[test]
fn pins_are_stanzas() {
    let configuration = json!({"pins": [
        {"package": "nginx nginx-common", "version": "1.26*", "priority": 1001},
        {"package": "*", "release": "n=trixie-backports", "priority": 100},
        {"package": "libc++", "origin": "apt.acme.example", "priority": -1},
        {"package": "nginx", "release": "a=stable", "priority": 500},
    ]});
    let compiled = compile("apt", Native, &configuration, &repository()).expect("valid");
    assert_eq!(
        lines(&compiled),
        [
            "write /etc/apt/preferences.d/all.pref 644 \"Package: *\\n\
             Pin: release n=trixie-backports\\nPin-Priority: 100\\n\"",
            "write /etc/apt/preferences.d/libc.pref 644 \"Package: libc++\\n\
             Pin: origin \\\"apt.acme.example\\\"\\nPin-Priority: -1\\n\"",
            "write /etc/apt/preferences.d/nginx.pref 644 \"Package: nginx nginx-common\\n\
             Pin: version 1.26*\\nPin-Priority: 1001\\n\\nPackage: nginx\\nPin: release a=stable\\n\
             Pin-Priority: 500\\n\"",
        ]
    );
}

#[test]
fn what_does_not_fit_is_said() {
    let on = |name: &str, configuration: &Value, distribution: Distribution<'_>| {
        compile_on(distribution, (name, Native), configuration, &repository())
    };
    let debian = distribution("debian", "debian");
    for (configuration, message, hint) in [
        (
            json!({"install": ["Nginx"]}),
            "`Nginx` is not the name of a Debian package",
            "a-z",
        ),
        (json!({"install": ["nano-"]}), "ends with `-`", "`remove`"),
        (json!({"remove": ["nano+"]}), "ends with `+`", "`install`"),
        (
            json!({"install": ["standard^"]}),
            "is a task",
            "task-standard",
        ),
        (
            json!({"install": ["--force"]}),
            "is not the name of a Debian package",
            "",
        ),
        (
            json!({"install": ["a b"]}),
            "is not the name of a Debian package",
            "",
        ),
        (
            json!({"install": ["vim="]}),
            "names no version",
            "NAME=VERSION",
        ),
        (json!({"install": ["vim:"]}), "names no architecture", ""),
        (json!({"install": ["vim/a b"]}), "names no release", ""),
        (
            json!({"install": [{"suse": "x"}]}),
            "no name is given for debian",
            "debian: NAME",
        ),
        (
            json!({"install": [{"debain": "xx"}]}),
            "no name is given for debian",
            "`debian`",
        ),
        (
            json!({"install": ["vim"], "remove": ["vim"]}),
            "installed and removed",
            "one of the lists",
        ),
        (
            json!({"hold": ["vim"], "unhold": ["vim"]}),
            "`hold` and `unhold`",
            "one of the lists",
        ),
        (
            json!({"files": ["files/note.txt"]}),
            "is not a package",
            ".deb",
        ),
        (
            json!({"files": ["files/none.deb"]}),
            "there is no file files/none.deb",
            "",
        ),
        (
            json!({"keys": ["https://acme.example/key.asc"]}),
            "not an address",
            "commit the file",
        ),
        (
            json!({"keys": ["files/secret.asc"]}),
            "is a secret key",
            "gpg --armor --export",
        ),
        (
            json!({"keys": ["files/note.txt"]}),
            "is not an OpenPGP key",
            "",
        ),
        (
            json!({"repos": [{"id": "a b", "url": "http://x", "suites": ["./"], "check": false}]}),
            "not the id of a repository",
            "",
        ),
        (
            json!({"repos": [{"id": "a", "suites": ["./"], "check": false}]}),
            "has no address",
            "url",
        ),
        (
            json!({"repos": [{"id": "a", "url": "acme", "suites": ["./"], "check": false}]}),
            "is not an address",
            "https://",
        ),
        (
            json!({"repos": [{"id": "a", "url": "http://x", "check": false}]}),
            "has no suites",
            "trixie",
        ),
        (
            json!({"repos": [{"id": "a", "url": "http://x", "suites": ["s"], "check": false}]}),
            "has no components",
            "main",
        ),
        (
            json!({"repos": [{"id": "a", "url": "http://x", "suites": ["./"]}]}),
            "who signs it",
            "key",
        ),
        (
            json!({"repos": [{"id": "a", "url": "http://x", "suites": ["./"], "check": false, "name": "x\nTrusted: yes"}]}),
            "one line",
            "",
        ),
        (
            json!({"repos": [{"id": "a", "url": "http://x", "suites": ["./"], "check": false, "metalink": "http://m"}]}),
            "no `metalink`",
            "",
        ),
        (
            json!({"pins": [{"package": "x", "priority": 1}]}),
            "exactly one of",
            "",
        ),
        (
            json!({"pins": [{"package": "x", "version": "1", "release": "a=b", "priority": 1}]}),
            "exactly one of",
            "",
        ),
        (
            json!({"pins": [{"package": "x", "version": "1"}]}),
            "has no priority",
            "990",
        ),
        (
            json!({"pins": [{"package": "x", "version": "1\nPin: x", "priority": 1}]}),
            "one line",
            "",
        ),
    ] {
        refused(on("apt", &configuration, debian), message, hint);
    }
    let fedora = distribution("fedora", "fedora");
    let other = on("apt", &json!({"install": ["vim"]}), fedora);
    refused(
        other,
        "fedora has another package manager",
        "type: packages",
    );
    let void = on(
        "packages",
        &json!({"install": ["vim"]}),
        distribution("void", "void"),
    );
    refused(
        void,
        "no package manager is known for the family `void`",
        "script",
    );
}
