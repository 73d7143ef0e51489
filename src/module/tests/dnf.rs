//! Command plans of dnf5 and dnf4: the lines of shell run against programs that only say their words.

use std::path::Path;

use serde_json::{Value, json};

use super::{compile_on, distribution, line, refused};
use crate::action::Action;
use crate::module::Compiled;
use crate::module::Dialect::{self, BlueBuild, Native};
use crate::setting::tests::fake::Repository;

const KEY: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n";

fn repository() -> Repository {
    Repository::default()
        .file("dnf/fury.repo", "[fury]\nenabled = 0\nbaseurl=x\n")
        .file("dnf/on.repo", "[on]\nenabled=1\n")
        .file("dnf/own-42.rpm", "rpm")
        .file("dnf/k.asc", KEY)
        .file("files/acme.asc", KEY)
        .file("files/agent.rpm", "rpm")
        .file("files/a.repo", "[a]\n")
}

fn compiled(dialect: Dialect, configuration: &Value) -> Compiled {
    let on = distribution("fedora", "fedora");
    let compiled = compile_on(on, ("dnf", dialect), configuration, &repository());
    compiled.unwrap_or_else(|wrong| panic!("{configuration}: {wrong:?}"))
}

/// What is done with one generation of dnf, a line for each action; calls of dnf as it gets them.
#[expect(clippy::disallowed_methods, reason = "the judge is a shell")]
fn plan(program: &str, compiled: &Compiled) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    for name in [program, "rpm"] {
        let say = match name {
            "rpm" => {
                "#!/bin/sh\n[ \"$1\" != -q ] || [ $# -eq 2 ] || echo \"bash-5.2-1\"\n".to_owned()
            }
            _ => format!("#!/bin/sh\nprintf '%s' '{name}'\nprintf '|%s' \"$@\"\necho\n"),
        };
        let file = folder.path().join(name);
        std::fs::write(&file, say).expect("a file");
        let mut mode = std::fs::metadata(&file).expect("it is there").permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o755);
        std::fs::set_permissions(&file, mode).expect("it is mine");
    }
    let here = folder.path().to_str().expect("text");
    std::fs::write(folder.path().join("os-release"), "VERSION_ID=42\n").expect("a file");
    std::fs::write(folder.path().join("versionlock.conf"), "").expect("a file");
    let mut lines = Vec::new();
    for action in &compiled.actions {
        match action {
            Action::Run(command) if command.label.starts_with("dnf ") => {
                assert!(command.network && command.mounts.len() >= 2, "{command:?}");
                let words = command.arguments.iter();
                let words = words.map(|word| {
                    word.replace("/tmp/", &format!("{here}/tmp-"))
                        .replace("/etc/os-release", &format!("{here}/os-release"))
                        .replace("/etc/dnf/plugins", here)
                });
                let words: Vec<String> = words.collect();
                let output = std::process::Command::new(&words[0])
                    .args(&words[1..])
                    .env("PATH", format!("{here}:{}", tools(folder.path())))
                    .output()
                    .expect("sh");
                assert!(output.status.success(), "{words:?} {output:?}");
                let said = String::from_utf8(output.stdout).expect("text");
                lines.extend(said.lines().map(str::to_owned));
            }
            other => lines.push(line(other)),
        }
    }
    if let Ok(list) = std::fs::read_to_string(folder.path().join("versionlock.list")) {
        lines.push(list);
    }
    lines
}

/// A folder with the few programs that the lines of shell use, and no dnf.
fn tools(folder: &Path) -> String {
    let tools = folder.join("tools");
    if std::fs::create_dir(&tools).is_ok() {
        for name in ["grep", "cat", "touch", "sh"] {
            for place in ["/bin", "/usr/bin"] {
                let program = Path::new(place).join(name);
                if program.exists() {
                    let made = std::os::unix::fs::symlink(&program, tools.join(name));
                    assert!(made.is_ok() || tools.join(name).exists());
                }
            }
        }
    }
    tools.to_str().expect("text").to_owned()
}

const Y: &str = "|-y|--setopt=keepcache=1";
const WEAK: &str = "|-y|--setopt=keepcache=1|--setopt=install_weak_deps=True";

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
            "is no COPR project",
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
            "is no name",
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
            "is no package",
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
