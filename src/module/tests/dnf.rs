//! Command plans of dnf5 and dnf4 for BlueBuild's entries.

use serde_json::json;

use super::dnf_shell::{WEAK, Y, compiled, plan};
use super::line;
use crate::module::Dialect::BlueBuild;

#[test]
fn bluebuild_plans_of_both_generations() {
    let cache5 = format!("dnf5{Y}|makecache|--refresh");
    let cache4 = format!("dnf{Y}|makecache|--refresh");
    for (configuration, five, four) in [
        (
            json!({"install": {"packages": ["vim", "https://x.example/a-%OS_VERSION%.rpm"]}}),
            vec![
                cache5.clone(),
                format!("dnf5{WEAK}|install|https://x.example/a-42.rpm|vim"),
            ],
            vec![
                cache4.clone(),
                format!("dnf{WEAK}|install|https://x.example/a-42.rpm|vim"),
            ],
        ),
        (
            json!({"install": {"packages": ["a", {"repo": "r", "packages": ["b"], "exclude": ["c", "d"]}],
                "install-weak-deps": false, "no-gpgchecks": true, "skip-unavailable": true, "skip-broken": true, "allow-erasing": true}}),
            vec![
                cache5.clone(),
                format!(
                    "dnf5{Y}|--setopt=install_weak_deps=False|--no-gpgchecks|install|--skip-unavailable|--skip-broken|--allowerasing|a"
                ),
                format!(
                    "dnf5{Y}|--setopt=install_weak_deps=False|--no-gpgchecks|install|--skip-unavailable|--skip-broken|--allowerasing|--exclude=c,d|--repo=r|b"
                ),
            ],
            vec![
                cache4.clone(),
                format!(
                    "dnf{Y}|--setopt=install_weak_deps=False|--nogpgcheck|install|--setopt=strict=False|--allowerasing|a"
                ),
                format!(
                    "dnf{Y}|--setopt=install_weak_deps=False|--nogpgcheck|install|--setopt=strict=False|--allowerasing|--exclude=c,d|--repo=r|b"
                ),
            ],
        ),
        (
            json!({"remove": {"packages": ["firefox"]}}),
            vec![cache5.clone(), format!("dnf5{Y}|remove|firefox")],
            vec![cache4.clone(), format!("dnf{Y}|remove|firefox")],
        ),
        (
            json!({"remove": {"packages": ["firefox"], "auto-remove": false}}),
            vec![
                cache5.clone(),
                format!("dnf5{Y}|remove|--no-autoremove|firefox"),
            ],
            vec![
                cache4.clone(),
                format!("dnf{Y}|remove|--noautoremove|firefox"),
            ],
        ),
        (
            json!({"group-remove": {"packages": ["LibreOffice"]}, "group-install": {"packages": ["Container Management"], "with-optional": true}}),
            vec![
                cache5.clone(),
                format!("dnf5{Y}|group|remove|LibreOffice"),
                format!("dnf5{WEAK}|group|install|--with-optional|Container Management"),
            ],
            vec![
                cache4.clone(),
                format!("dnf{Y}|group|remove|LibreOffice"),
                format!("dnf{WEAK}|group|install|--with-optional|Container Management"),
            ],
        ),
        (
            json!({"replace": [{"from-repo": "copr:x", "packages": ["a", {"old": "b", "new": "c", "allow-erasing": true}]}]}),
            vec![
                cache5.clone(),
                format!("dnf5{Y}|swap|--allowerasing|--from-repo=copr:x|b|c"),
                format!("dnf5{WEAK}|distro-sync|--repo=copr:x|a"),
            ],
            vec![
                cache4.clone(),
                format!("dnf{Y}|swap|--allowerasing|--repo=copr:x|b|c"),
                format!("dnf{WEAK}|distro-sync|--repo=copr:x|a"),
            ],
        ),
        (
            json!({"builddep": {"packages": ["meson", {"repo": "fedora", "packages": ["ffmpeg"]}]}}),
            vec![
                cache5.clone(),
                format!("dnf5{WEAK}|builddep|meson"),
                format!("dnf5{WEAK}|builddep|--repo=fedora|ffmpeg"),
            ],
            vec![
                cache4.clone(),
                format!("dnf{WEAK}|builddep|meson"),
                format!("dnf{WEAK}|builddep|--repo=fedora|ffmpeg"),
            ],
        ),
        (
            json!({"repos": {"copr": {"enable": ["me/a", {"name": "me/b", "chroot": "fedora-42-x86_64"}], "disable": ["me/c"]}}}),
            vec![
                format!("dnf5{Y}|copr|enable|me/a"),
                format!("dnf5{Y}|copr|enable|me/b|fedora-42-x86_64"),
                format!("dnf5{Y}|copr|disable|me/c"),
            ],
            vec![
                format!("dnf{Y}|copr|enable|me/a"),
                format!("dnf{Y}|copr|enable|me/b|fedora-42-x86_64"),
                format!("dnf{Y}|copr|disable|me/c"),
            ],
        ),
        (
            json!({"repos": {"files": ["fury.repo", "on.repo"], "cleanup": true}}),
            vec![
                "write /etc/yum.repos.d/fury.repo 644 \"[fury]\\nenabled=1\\nbaseurl=x\\n\"".into(),
                "write /etc/yum.repos.d/on.repo 644 dnf/on.repo".into(),
                "remove /etc/yum.repos.d/fury.repo".into(),
                "remove /etc/yum.repos.d/on.repo".into(),
            ],
            vec![
                "write /etc/yum.repos.d/fury.repo 644 \"[fury]\\nenabled=1\\nbaseurl=x\\n\"".into(),
                "write /etc/yum.repos.d/on.repo 644 dnf/on.repo".into(),
                "remove /etc/yum.repos.d/fury.repo".into(),
                "remove /etc/yum.repos.d/on.repo".into(),
            ],
        ),
    ] {
        let compiled = compiled(BlueBuild, &configuration);
        assert_eq!(plan("dnf5", &compiled), five, "{configuration}");
        assert_eq!(plan("dnf", &compiled), four, "{configuration}");
    }
}

#[test]
fn repositories_and_keys_from_addresses() {
    let compiled = compiled(
        BlueBuild,
        &json!({"repos": {
            "files": {"add": ["https://x.example/f%OS_VERSION%/a.repo"], "remove": ["gone"]},
            "keys": ["https://x.example/%OS_VERSION%.asc", "k.asc"], "cleanup": true,
        }}),
    );
    let lines = plan("dnf5", &compiled);
    let add = format!(
        "dnf5{Y}|config-manager|addrepo|--create-missing-dir|--overwrite|--from-repofile=https://x.example/f42/a.repo"
    );
    assert_eq!(lines[0], add);
    assert!(
        lines[1].ends_with("\"$1\" sh /etc/yum.repos.d/a.repo"),
        "{lines:?}"
    );
    assert!(lines[2].ends_with("sh gone"), "{lines:?}");
    assert_eq!(
        lines[3..],
        [
            "/bin/sh -euc . /etc/os-release\nexec rpm --import 'https://x.example/'\"$VERSION_ID\"'.asc' [network]",
            "rpm --import /run/inputs/dnf/k.asc [dnf/k.asc /run/inputs]",
            "remove /etc/yum.repos.d/a.repo",
        ]
    );
    let four = plan("dnf4", &compiled);
    assert_eq!(
        four[0],
        format!("dnf4{Y}|config-manager|--add-repo=https://x.example/f42/a.repo")
    );
}

#[test]
fn nonfree_repositories() {
    let rpmfusion = compiled(BlueBuild, &json!({"repos": {"nonfree": "rpmfusion"}}));
    let urls = ["free", "nonfree"].map(|kind| {
        format!(
            "|https://mirrors.rpmfusion.org/{kind}/fedora/rpmfusion-{kind}-release-42.noarch.rpm"
        )
    });
    assert_eq!(
        plan("dnf5", &rpmfusion)[1..],
        [
            format!("dnf5{Y}|install{}", urls.concat()),
            format!("dnf5{Y}|config-manager|setopt|fedora-cisco-openh264.enabled=1"),
        ]
    );
    assert_eq!(
        plan("dnf", &rpmfusion)[2],
        format!("dnf{Y}|config-manager|--set-enabled|fedora-cisco-openh264")
    );
    let negativo17 = compiled(BlueBuild, &json!({"repos": {"nonfree": "negativo17"}}));
    let lines = plan("dnf5", &negativo17);
    assert_eq!(
        lines[0],
        format!("dnf5{Y}|remove|rpmfusion-free-release|rpmfusion-nonfree-release")
    );
    assert!(
        lines[2].ends_with("--from-repofile=https://negativo17.org/repos/fedora-negativo17.repo")
    );
}

#[test]
fn local_files_are_mounted() {
    let compiled = compiled(
        BlueBuild,
        &json!({"install": {"packages": ["own-%OS_VERSION%.rpm"]}}),
    );
    assert_eq!(
        plan("dnf5", &compiled)[1],
        format!("dnf5{WEAK}|install|/run/inputs/dnf/own-42.rpm")
    );
    assert!(line(&compiled.actions[1]).ends_with(
        "[network] [libdnf5 /var/cache/libdnf5] [dnf /var/cache/dnf] [dnf/own-42.rpm /run/inputs]"
    ));
}
