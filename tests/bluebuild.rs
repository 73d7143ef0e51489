//! BlueBuild projects: every key is read, every module type is checked, and what is built is what
//! BlueBuild's own programs would have made.

#[path = "support/plain_base.rs"]
mod plain_base;
#[path = "support/registry_real.rs"]
mod registry_real;
#[path = "support/workspace.rs"]
mod workspace;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use plain_base::Node;
use registry_real::{Locks, RealRegistry, have, judge};
use serde_json::Value;
use workspace::Workspace;

const UNIT: &str = "[Service]\nExecStart=/bin/true\n\n[Install]\nWantedBy=multi-user.target\n";
const STATIC: &str = "[Service]\nExecStart=/bin/true\n";

/// A usr-merged tree with units in every state.
const BASE: &[(&str, Node)] = &[
    ("bin", Node::Link("usr/bin")),
    ("etc", Node::Directory),
    ("etc/os-release", Node::Link("../usr/lib/os-release")),
    ("etc/app", Node::Directory),
    ("etc/app/old.conf", Node::File("old\n")),
    ("etc/systemd", Node::Directory),
    ("etc/systemd/system", Node::Directory),
    (
        "etc/systemd/system/multi-user.target.wants",
        Node::Directory,
    ),
    (
        "etc/systemd/system/multi-user.target.wants/was-enabled.service",
        Node::Link("/usr/lib/systemd/system/was-enabled.service"),
    ),
    (
        "etc/systemd/system/was-masked.service",
        Node::Link("/dev/null"),
    ),
    ("lib", Node::Link("usr/lib")),
    ("opt", Node::Link("var/opt")),
    ("usr", Node::Directory),
    ("usr/bin", Node::Directory),
    ("usr/bin/sh", Node::File("#!\n")),
    ("usr/lib", Node::Directory),
    (
        "usr/lib/os-release",
        Node::File(
            "NAME=\"Debian GNU/Linux\"\nID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n",
        ),
    ),
    ("usr/lib/systemd", Node::Directory),
    ("usr/lib/systemd/system", Node::Directory),
    ("usr/lib/systemd/system/noise.service", Node::File(UNIT)),
    ("usr/lib/systemd/system/plain.service", Node::File(UNIT)),
    ("usr/lib/systemd/system/static.service", Node::File(STATIC)),
    (
        "usr/lib/systemd/system/was-enabled.service",
        Node::File(UNIT),
    ),
    (
        "usr/lib/systemd/system/was-masked.service",
        Node::File(UNIT),
    ),
    ("usr/lib/systemd/user", Node::Directory),
    ("var", Node::Directory),
    ("var/opt", Node::Directory),
];

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let (from, to) = {
            let entry = entry.expect("an entry");
            (entry.path(), to.join(entry.file_name()))
        };
        let kind = from.symlink_metadata().expect("there").file_type();
        if kind.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(&from).expect("a link"), to).expect("a link");
        } else if kind.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).expect("a copy");
        }
    }
}

/// A project of `tests/`, in a workspace.
fn project(name: &str) -> Workspace {
    let workspace = Workspace::new();
    let from = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(name);
    copy(&from, &workspace.repository());
    workspace
}

/// The same with its base in a registry; none when there is no registry.
fn published(name: &str) -> Option<(Workspace, RealRegistry)> {
    if !have("docker-registry") || !have("openssl") {
        return None;
    }
    let registry = RealRegistry::start(Locks {
        tls: true,
        password: false,
    });
    let mut workspace = project(name);
    let base = workspace.path("base");
    plain_base::write_layout(&base, "1", BASE);
    workspace.set(
        "TERROIR_CA_FILE",
        &registry.authority().display().to_string(),
    );
    let reference = registry.reference("os/base:12").to_string();
    let address = reference.trim_end_matches("/os/base:12").to_owned();
    workspace.done(&["push", &format!("oci:{}:1", base.display()), &reference]);
    workspace.set("BASE_REGISTRY", &address);
    Some((workspace, registry))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn json(path: impl AsRef<Path>) -> Value {
    serde_json::from_str(&read(path)).expect("JSON")
}

#[test]
fn every_key_is_read_and_what_can_be_built_is_right() {
    let Some((mut workspace, _registry)) = published("bluebuild") else {
        return;
    };
    workspace.set("ORGANISATION", "ACME");
    workspace.set("MAKER", "us");
    let said = workspace.run(&["build", "recipes/recipe.yml", "-o", "oci:out:desk"]);
    assert_eq!(said.code, 0, "{}", said.err);
    for warning in [
        "there is no unit unknown.service in the image",
        "static.service cannot be enabled: it has no [Install] section",
        "the signature of localhost/acme-desk is demanded",
    ] {
        assert!(said.err.contains(warning), "{warning}\n{}", said.err);
    }
    let root = workspace.path("root");
    let place = root.display().to_string();
    workspace.done(&["unpack", "oci:out:desk", &place, "--no-same-owner"]);
    check_files(&root);
    check_units(&root);
    check_texts(&root);
    check_image(&workspace);
}

fn check_files(root: &Path) {
    assert_eq!(read(root.join("etc/app/app.conf")), "key = value\n");
    assert_eq!(read(root.join("etc/app/old.conf")), "old\n");
    assert_eq!(read(root.join("etc/hosts.acme")), "127.0.0.1 acme\n");
    assert!(!root.join("etc/app/.gitkeep").exists());
    let link = fs::read_link(root.join("etc/tool-link")).expect("a link stays one");
    assert_eq!(link, Path::new("../../usr/bin/tool"));
    for (path, mode) in [
        ("usr/bin/tool", 0o755),
        ("usr/libexec/run", 0o755),
        ("etc/app/app.conf", 0o644),
    ] {
        let metadata = fs::metadata(root.join(path)).expect("there");
        assert_eq!(metadata.permissions().mode() & 0o7777, mode, "{path}");
    }
    // A folder with nothing to copy is made, through the link that the base has in its place.
    assert!(root.join("opt").is_symlink());
    assert!(root.join("var/opt/empty").is_dir());
    assert!(root.join("usr/bin/sh").exists());
}

fn check_units(root: &Path) {
    if !have("systemctl") {
        return;
    }
    let root = format!("--root={}", root.display());
    for (scope, unit, state) in [
        ("--system", "desk.service", "enabled"),
        ("--system", "desktop.service", "alias"),
        ("--system", "plain.service", "enabled"),
        ("--system", "static.service", "static"),
        ("--system", "was-enabled.service", "disabled"),
        ("--system", "was-masked.service", "disabled"),
        ("--system", "noise.service", "masked"),
        ("--global", "agent.service", "enabled"),
    ] {
        let said = judge("systemctl", &[&root, scope, "is-enabled", unit]);
        let said = String::from_utf8_lossy(&said.stdout).trim().to_owned();
        assert_eq!(said, state, "{unit}");
    }
}

fn check_texts(root: &Path) {
    let os_release = read(root.join("etc/os-release"));
    assert_eq!(
        os_release,
        "NAME=\"ACME Desk\"\nID=debian\nVERSION_ID=\"12.10\"\nVERSION_CODENAME=bookworm\n\
         PRETTY_NAME=\"ACME \\\"Desk\\\" \\$HOME\"\nVARIANT_ID=\"desk\"\n"
    );
    let general = ["quiet", "console=ttyS0,115200", "console=tty0", "quiet"];
    assert_eq!(kernel_arguments(root, "x86_64"), general);
    let arm = [
        "quiet",
        "console=ttyS0,115200",
        "console=ttyAMA0",
        "console=tty0",
        "quiet",
    ];
    assert_eq!(kernel_arguments(root, "aarch64"), arm);
    let key = read(root.join("etc/pki/containers/ACME-desk.pub"));
    assert!(key.starts_with("-----BEGIN PUBLIC KEY-----"));
    let policy = json(root.join("etc/containers/policy.json"));
    let rule = &policy["transports"]["docker"]["localhost/acme-desk"][0];
    assert_eq!(rule["type"], "sigstoreSigned");
    assert_eq!(rule["keyPath"], "/etc/pki/containers/ACME-desk.pub");
    let registries = json(root.join("etc/containers/registries.d/ACME-desk.yaml"));
    assert_eq!(
        registries["docker"]["localhost/acme-desk"]["use-sigstore-attachments"],
        true
    );
}

/// What bootc gives to a kernel: the files by name, less those for other architectures.
fn kernel_arguments(root: &Path, architecture: &str) -> Vec<String> {
    let folder = fs::read_dir(root.join("usr/lib/bootc/kargs.d")).expect("kernel arguments");
    let mut files: Vec<_> = folder
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    let texts = |table: &toml::Table, key: &str| -> Option<Vec<String>> {
        let list = table.get(key)?.as_array()?.iter();
        list.map(|one| one.as_str().map(str::to_owned)).collect()
    };
    let mut words = Vec::new();
    for file in files {
        let table: toml::Table = read(file).parse().expect("TOML");
        let only = texts(&table, "match-architectures");
        if only.is_none_or(|only| only.iter().any(|one| one == architecture)) {
            words.extend(texts(&table, "kargs").expect("kargs"));
        }
    }
    words
}

fn check_image(workspace: &Workspace) {
    let said = workspace.done(&["inspect", "oci:out:desk", "--format", "json"]);
    let image: Value = serde_json::from_str(&said).expect("JSON");
    let platform = &image["platforms"][0];
    let labels = &platform["config"]["config"]["Labels"];
    assert_eq!(labels["org.acme.made-by"], "us");
    assert_eq!(labels["org.acme.number"], "1.10");
    assert_eq!(labels["org.example.base"], "kept");
    let annotations = platform["annotations"].to_string();
    let described = "Desk of ACME, made by us, left alone ${UNKNOWN_VARIABLE} and $ALONE";
    assert!(annotations.contains(described), "{annotations}");
    assert_eq!(platform["record"]["facts"]["codename"], "bookworm");
    // The key is there before any module runs.
    let history = platform["config"]["history"].as_array().expect("a history");
    assert_eq!(history[1]["created_by"], "terroir: public key");
    assert_eq!(platform["record"]["ancestry"][0]["tier"], "universal");
}

#[test]
fn gitlab_says_where_the_image_is_published() {
    let mut workspace = project("bluebuild");
    workspace.set("BASE_REGISTRY", "registry.invalid");
    workspace.set("CI_REGISTRY_IMAGE", "registry.example.org/Team/OS");
    let said = workspace.done(&["validate", "recipes/recipe.yml", "--format", "json"]);
    assert!(!said.contains("localhost/"), "{said}");
}

#[test]
fn a_variable_that_is_not_known_stays_as_it_stands() {
    let workspace = project("bluebuild");
    let said = workspace.run(&["validate", "recipes/recipe.yml"]);
    assert_eq!(said.code, 2, "{}", said.err);
    let unknown = "${BASE_REGISTRY}/os/base:12 cannot be used";
    assert!(said.err.contains(unknown), "{}", said.err);
    let hint = "set the variable in the environment, or write ${NAME:-default}";
    assert!(said.err.contains(hint), "{}", said.err);
}

#[test]
fn an_old_repository_below_config_builds() {
    let Some((workspace, _registry)) = published("bluebuild-old") else {
        return;
    };
    workspace.done(&["build", "config/recipe.yml", "-o", "oci:out:old"]);
    let root = workspace.path("root");
    let place = root.display().to_string();
    workspace.done(&["unpack", "oci:out:old", &place, "--no-same-owner"]);
    assert_eq!(read(root.join("etc/old")), "old\n");
    assert_eq!(kernel_arguments(&root, "x86_64"), ["old=yes"]);
    assert!(root.join("usr/lib/systemd/system/old.service").is_file());
    let wants = "etc/systemd/system/multi-user.target.wants/old.service";
    assert!(root.join(wants).is_symlink());
}

#[test]
fn stages_and_modules_of_ones_own_are_read() {
    let mut workspace = project("bluebuild");
    workspace.set("BASE_REGISTRY", "registry.invalid");
    let said = workspace.run(&["validate", "recipes/stages.yml"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let warning = "`own` is read as a local module";
    assert!(said.err.contains(warning), "{warning}\n{}", said.err);
    for gone in [
        "stages are valid",
        "`copy` is valid",
        "`own from local` is valid",
    ] {
        assert!(!said.err.contains(gone), "{gone}\n{}", said.err);
    }
}
