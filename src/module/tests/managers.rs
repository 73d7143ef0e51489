//! Command plans of zypper, apk, pacman and rpm-ostree.

use serde_json::{Value, json};

use super::{compile_on, distribution, lines, refused};
use crate::module::Dialect::{self, BlueBuild, Native};
use crate::module::Distribution;
use crate::setting::tests::fake::Repository;

const KEY: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n";

fn repository() -> Repository {
    Repository::default()
        .file("files/acme.asc", KEY)
        .file("files/acme.rsa.pub", "-----BEGIN PUBLIC KEY-----\n")
        .file("files/a.rpm", "rpm")
        .file("files/a.apk", "apk")
        .file("files/a.pkg.tar.zst", "pkg")
        .file("rpm-ostree/own.repo", "[own]\n")
        .file("rpm-ostree/own.rpm", "rpm")
}

fn of(name: &str) -> Distribution<'static> {
    match name {
        "zypper" => distribution("suse", "opensuse-leap"),
        "apk" => distribution("alpine", "alpine"),
        "pacman" => distribution("arch", "arch"),
        _ => distribution("fedora", "fedora"),
    }
}

fn plan(name: &str, dialect: Dialect, configuration: &Value) -> Vec<String> {
    let compiled = compile_on(of(name), (name, dialect), configuration, &repository());
    lines(&compiled.unwrap_or_else(|wrong| panic!("{configuration}: {wrong:?}")))
}

const ZYPP: &str = " [network] [zypp-opensuse-leap-42 /var/cache/zypp]";
const APK: &str = " [network] [apk /var/cache/apk]";
const PACMAN: &str = " [network] [pacman /var/cache/pacman/pkg]";
const OSTREE: &str = " [network] [rpm-ostree /var/cache/rpm-ostree]";

#[test]
fn zypper_plans() {
    let install = "zypper --non-interactive install --auto-agree-with-licenses";
    for (dialect, configuration, expected) in [
        (BlueBuild, json!({"install": {"packages": ["vim", "git"]}, "remove": {"packages": ["nano"]}}),
         vec![format!("zypper --non-interactive remove nano{ZYPP}"), format!("{install} vim git{ZYPP}")]),
        (Native, json!({"upgrade": true}),
         vec![format!("zypper --non-interactive update --auto-agree-with-licenses{ZYPP}")]),
        (Native, json!({"install": ["vim=9.1"], "recommends": false}),
         vec![format!("{install} --no-recommends vim=9.1{ZYPP}")]),
        (Native, json!({"install": {"packages": ["vim"]}, "recommends": true, "files": ["files/a.rpm"]}),
         vec![format!("{install} --recommends --allow-unsigned-rpm vim /run/inputs/files/a.rpm{ZYPP} [files/a.rpm /run/inputs]")]),
        (Native, json!({"remove": {"packages": ["a"], "auto-remove": true}, "hold": ["k"], "unhold": ["l"]}),
         vec![format!("zypper --non-interactive removelock l{ZYPP}"),
              format!("zypper --non-interactive remove --clean-deps a{ZYPP}"),
              format!("zypper --non-interactive addlock k{ZYPP}")]),
        (Native, json!({"repos": [{"id": "acme", "url": "https://rpm.acme.example", "key": "files/acme.asc", "priority": 90}]}),
         vec!["write /etc/pki/rpm-gpg/RPM-GPG-KEY-acme 644 files/acme.asc".into(),
              "rpm --import /etc/pki/rpm-gpg/RPM-GPG-KEY-acme".into(),
              "write /etc/zypp/repos.d/acme.repo 644 \"[acme]\\nname=acme\\nbaseurl=https://rpm.acme.example\\nenabled=1\\n\
               gpgcheck=1\\ngpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-acme\\npriority=90\\nautorefresh=1\\n\"".into()]),
    ] {
        assert_eq!(plan("zypper", dialect, &configuration), expected, "{configuration}");
    }
    let rolling = distribution("suse", "opensuse-tumbleweed");
    let upgrade = compile_on(
        rolling,
        ("zypper", Native),
        &json!({"upgrade": true}),
        &repository(),
    );
    assert!(lines(&upgrade.expect("valid"))[0].contains(" dist-upgrade "));
}

#[test]
fn apk_plans() {
    let apk = "apk --no-progress --cache-dir /var/cache/apk";
    for (dialect, configuration, expected) in [
        (BlueBuild, json!({"install": {"packages": ["vim"]}, "remove": {"packages": ["nano"]}}),
         vec![format!("{apk} del nano{APK}"), format!("{apk} --update-cache add vim{APK}")]),
        (Native, json!({"upgrade": true, "install": ["vim=9.1-r0"], "files": ["files/a.apk"]}),
         vec![format!("{apk} --update-cache upgrade{APK}"),
              format!("{apk} --update-cache add vim=9.1-r0 /run/inputs/files/a.apk{APK} [files/a.apk /run/inputs]")]),
        (Native, json!({"repos": [{"id": "acme", "url": "https://apk.acme.example/v3.22/main", "key": "files/acme.rsa.pub"}]}),
         vec!["write /etc/apk/keys/acme.rsa.pub 644 files/acme.rsa.pub".into(),
              "write /etc/apk/repositories.d/acme.list 644 \"https://apk.acme.example/v3.22/main\\n\"".into()]),
    ] {
        assert_eq!(plan("apk", dialect, &configuration), expected, "{configuration}");
    }
}

#[test]
fn pacman_plans() {
    let sync = "pacman --sync --noconfirm --needed";
    for (dialect, configuration, expected) in [
        (
            BlueBuild,
            json!({"install": {"packages": ["vim"]}, "remove": {"packages": ["nano"]}}),
            vec![
                format!("pacman --remove --noconfirm --recursive --unneeded nano{PACMAN}"),
                format!("{sync} --refresh --sysupgrade vim{PACMAN}"),
            ],
        ),
        (
            Native,
            json!({"upgrade": false, "install": ["vim"]}),
            vec![format!("{sync} vim{PACMAN}")],
        ),
        (
            Native,
            json!({"upgrade": true}),
            vec![format!("{sync} --refresh --sysupgrade{PACMAN}")],
        ),
        (
            Native,
            json!({"files": ["files/a.pkg.tar.zst"], "remove": {"packages": ["b"], "auto-remove": false}}),
            vec![
                format!("pacman --remove --noconfirm b{PACMAN}"),
                format!(
                    "pacman --upgrade --noconfirm --needed /run/inputs/files/a.pkg.tar.zst{PACMAN} [files/a.pkg.tar.zst /run/inputs]"
                ),
            ],
        ),
    ] {
        assert_eq!(
            plan("pacman", dialect, &configuration),
            expected,
            "{configuration}"
        );
    }
    let repo =
        json!({"repos": [{"id": "acme", "url": "https://acme.example/$arch", "check": false}]});
    let lines = plan("pacman", Native, &repo);
    assert_eq!(
        lines[0],
        "write /etc/pacman.d/acme.conf 644 \"[acme]\\nSigLevel = Never\\nServer = https://acme.example/$arch\\n\""
    );
    assert!(
        lines[1].ends_with("sh /etc/pacman.d/acme.conf"),
        "{lines:?}"
    );
}

/// What the lines of shell that edit pacman.conf do to one.
#[test]
#[expect(clippy::disallowed_methods, reason = "the judge is a shell")]
fn pacman_conf_is_edited_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let conf = folder.path().join("pacman.conf");
    std::fs::write(&conf, "[options]\nArch = auto\n[core]\n").expect("a file");
    let steps = json!([
        {"hold": ["linux", "gcc+"]}, {"hold": ["linux"]}, {"unhold": ["gcc+"]},
        {"repos": [{"id": "acme", "url": "https://acme.example"}]},
        {"repos": [{"id": "acme", "url": "https://acme.example"}]},
    ]);
    for step in steps.as_array().expect("a list") {
        let compiled = compile_on(of("pacman"), ("pacman", Native), step, &repository());
        let compiled = compiled.expect("valid");
        let Some(crate::action::Action::Run(command)) = compiled.actions.last() else {
            panic!("a command")
        };
        let here = folder.path().to_str().expect("text");
        let words = command.arguments.iter().map(|word| {
            word.replace("/etc/pacman.conf", &format!("{here}/pacman.conf"))
                .replace("/tmp/pacman.conf", &format!("{here}/tmp"))
        });
        let words: Vec<String> = words.collect();
        let outcome = std::process::Command::new(&words[0])
            .args(&words[1..])
            .status();
        assert!(outcome.expect("sh").success(), "{words:?}");
    }
    assert_eq!(
        std::fs::read_to_string(&conf).expect("a file"),
        "[options]\nIgnorePkg = linux\nArch = auto\n[core]\n\nInclude = /etc/pacman.d/acme.conf\n"
    );
}

#[test]
fn rpm_ostree_plans() {
    for (configuration, expected) in [
        (json!({"install": ["vim"]}), vec![format!("rpm-ostree install vim{OSTREE}")]),
        (json!({"remove": ["nano"]}), vec![format!("rpm-ostree override remove nano{OSTREE}")]),
        (json!({"install": ["vim", "https://x.example/a.rpm", "own.rpm"], "remove": ["nano"]}),
         vec![format!("rpm-ostree override remove nano --install=vim{OSTREE} [rpm-ostree/own.rpm /run/inputs]"),
              format!("rpm-ostree install https://x.example/a.rpm /run/inputs/rpm-ostree/own.rpm{OSTREE} [rpm-ostree/own.rpm /run/inputs]")]),
        (json!({"repos": ["own.repo", "https://x.example/d/a.repo?x=1"], "keys": ["https://x.example/k-%OS_VERSION%.asc"]}),
         vec!["write /etc/yum.repos.d/own.repo 644 rpm-ostree/own.repo".into(),
              "curl -fLsS --retry 5 --create-dirs -o /etc/yum.repos.d/x.example.d.a.repo https://x.example/d/a.repo?x=1 [network]".into(),
              "/bin/sh -euc . /etc/os-release\nexec rpm --import 'https://x.example/k-'\"$VERSION_ID\"'.asc' sh [network]".into()]),
        (json!({"replace": [{"from-repo": "https://copr.fedorainfracloud.org/coprs/me/mesa/repo/fedora-42/me-mesa.repo", "packages": ["mesa"]}]}),
         vec!["curl -fLsS --retry 5 --create-dirs -o /etc/yum.repos.d/me-mesa.repo https://copr.fedorainfracloud.org/coprs/me/mesa/repo/fedora-42/me-mesa.repo [network]".into(),
              format!("rpm-ostree override replace --experimental --from repo=copr:copr.fedorainfracloud.org:me:mesa mesa{OSTREE}"),
              "rm /etc/yum.repos.d/me-mesa.repo".into()]),
    ] {
        assert_eq!(plan("rpm-ostree", BlueBuild, &configuration), expected, "{configuration}");
    }
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
            "is no package",
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
            "is no name",
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
            "no .repo file of a COPR",
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
