//! Command plans of dnf5 and dnf4 for native entries, and what does not fit in either dialect.

use serde_json::json;

use super::dnf_shell::{Y, compiled, plan, repository};
use super::{compile_on, distribution, refused};
use crate::module::Dialect::{BlueBuild, Native};

#[test]
fn native_plans() {
    let compiled = compiled(
        Native,
        &json!({
            "keys": ["files/acme.asc"],
            "repos": [{"id": "acme", "name": "ACME", "url": "https://rpm.acme.example/$releasever", "priority": 50,
                       "exclude": ["kernel*"], "options": {"metadata_expire": "1h"}}],
            "upgrade": true, "recommends": false, "remove": ["nano"],
            "install": {"packages": [{"fedora": "nginx-core", "debian": "nginx"}, {"repo": "acme", "packages": ["agent"]}]},
            "files": ["files/agent.rpm"],
        }),
    );
    let weak = format!("{Y}|--setopt=install_weak_deps=False");
    assert_eq!(
        plan("dnf5", &compiled),
        [
            "write /etc/pki/rpm-gpg/RPM-GPG-KEY-acme 644 files/acme.asc".to_owned(),
            "rpm --import /etc/pki/rpm-gpg/RPM-GPG-KEY-acme".to_owned(),
            "write /etc/yum.repos.d/acme.repo 644 \"[acme]\\nname=ACME\\nbaseurl=https://rpm.acme.example/$releasever\\n\
             enabled=1\\ngpgcheck=1\\ngpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-acme\\npriority=50\\n\
             excludepkgs=kernel*\\nmetadata_expire=1h\\n\"".to_owned(),
            format!("dnf5{Y}|upgrade|--refresh"),
            format!("dnf5{Y}|makecache|--refresh"),
            format!("dnf5{Y}|remove|nano"),
            format!("dnf5{weak}|install|/run/inputs/files/agent.rpm|nginx-core"),
            format!("dnf5{weak}|install|--repo=acme|agent"),
        ]
    );
}

#[test]
fn generic_packages_use_dnf_on_fedora() {
    let on = distribution("fedora", "almalinux");
    let configuration =
        json!({"install": [{"debian": "nginx", "rhel": "nginx-core"}], "hold": ["bash"]});
    let compiled =
        compile_on(on, ("packages", Native), &configuration, &repository()).expect("valid");
    let makecache = |dnf: &str| format!("{dnf}{Y}|makecache|--refresh");
    assert_eq!(
        plan("dnf5", &compiled),
        [
            makecache("dnf5"),
            format!("dnf5{Y}|install|nginx-core"),
            "dnf5|-y|versionlock|add|bash-5.2-1".to_owned(),
        ]
    );
    assert_eq!(
        plan("dnf", &compiled),
        [
            makecache("dnf"),
            format!("dnf{Y}|install|nginx-core"),
            "bash-5.2-1\n".to_owned()
        ]
    );
}

#[test]
fn versions_are_locked_and_released() {
    let compiled = compiled(
        Native,
        &json!({"pins": [{"package": "nginx mod-x", "version": "1.26*"}], "hold": ["bash"], "unhold": ["vim"]}),
    );
    assert_eq!(
        plan("dnf5", &compiled),
        [
            "dnf5|-y|versionlock|delete|vim",
            "dnf5|-y|versionlock|add|nginx-1.26*|mod-x-1.26*",
            "dnf5|-y|versionlock|add|bash-5.2-1",
        ]
    );
    assert_eq!(
        plan("dnf", &compiled),
        ["nginx-1.26*\nmod-x-1.26*\nbash-5.2-1\n"]
    );
}

#[test]
fn what_does_not_fit_is_said() {
    let on = distribution("fedora", "fedora");
    for (dialect, configuration, message, hint) in [
        (
            BlueBuild,
            json!({"repos": {"files": ["none.repo"]}}),
            "there is no file dnf/none.repo",
            "",
        ),
        (
            BlueBuild,
            json!({"repos": {"files": ["none"]}}),
            "neither an address nor a .repo",
            "files/dnf",
        ),
        (
            BlueBuild,
            json!({"repos": {"keys": ["none.asc"]}}),
            "there is no file dnf/none.asc",
            "",
        ),
        (
            BlueBuild,
            json!({"repos": {"copr": ["starship"]}}),
            "is not a COPR project",
            "OWNER/PROJECT",
        ),
        (
            BlueBuild,
            json!({"install": {"packages": ["none.rpm"]}}),
            "there is no file dnf/none.rpm",
            "",
        ),
        (
            BlueBuild,
            json!({"install": {"packages": ["vim git"]}}),
            "is not the name",
            "item of its own",
        ),
        (
            BlueBuild,
            json!({"remove": {"packages": ["--all"]}}),
            "begins with `-`",
            "`remove`",
        ),
        (
            Native,
            json!({"repos": {"keys": ["https://x.example/k.asc"]}}),
            "not an address",
            "commit",
        ),
        (
            Native,
            json!({"repos": [{"id": "a", "url": "https://a.example"}]}),
            "nothing signs",
            "`key`",
        ),
        (
            Native,
            json!({"repos": [{"id": "a", "check": false}]}),
            "has no address",
            "`metalink`",
        ),
        (
            Native,
            json!({"repos": [{"id": "a", "url": "https://a.example", "check": false, "suites": ["x"]}]}),
            "no `suites`",
            "",
        ),
        (
            Native,
            json!({"pins": [{"package": "a", "release": "x"}]}),
            "pins by release",
            "priority",
        ),
        (
            Native,
            json!({"pins": [{"package": "a"}]}),
            "pins without a version",
            "version",
        ),
        (
            Native,
            json!({"files": ["files/a.repo"]}),
            "is not a package",
            ".rpm",
        ),
        (
            Native,
            json!({"install": [{"debian": "x"}]}),
            "no name is given for fedora",
            "fedora: NAME",
        ),
    ] {
        refused(
            compile_on(on, ("dnf", dialect), &configuration, &repository()),
            message,
            hint,
        );
    }
    let optfix = compiled(BlueBuild, &json!({"optfix": ["brave.com"]}));
    assert!(optfix.warnings[0].message.contains("does nothing"));
    let unknown = super::compile(
        "dnf",
        BlueBuild,
        &json!({"repos": {"files": ["a-%OS_VERSION%.repo"]}}),
        &repository(),
    );
    assert!(unknown.expect("valid").undecided.is_some());
}
