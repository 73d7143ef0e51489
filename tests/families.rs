//! Families other than Debian's: a root of rpm's family, made here, and recipes on it.

#[path = "support/commands.rs"]
mod commands;
#[path = "support/judge.rs"]
mod judge;
#[path = "support/program.rs"]
mod program;
#[path = "support/rpm.rs"]
mod rpm;

use std::path::Path;

use program::Terroir;
use rpm::Rpm;
use serde_json::json;

/// Packages that a step installs.
const PACKAGES: [Rpm; 4] = [
    Rpm {
        name: "hello-less",
        version: "1.0",
        tags: &[],
        files: &[("/usr/share/hello/less", "less\n")],
        post: "",
    },
    Rpm {
        name: "hello",
        version: "1.0",
        tags: &["Requires: hello-data", "Recommends: hello-more"],
        files: &[("/usr/share/hello/hello", "hello\n")],
        post: "echo installed > /usr/share/hello/post",
    },
    Rpm {
        name: "hello-data",
        version: "1.0",
        tags: &[],
        files: &[("/usr/share/hello/data", "data\n")],
        post: "",
    },
    Rpm {
        name: "hello-more",
        version: "1.0",
        tags: &[],
        files: &[("/usr/share/hello/more", "more\n")],
        post: "",
    },
];

/// A root of the family; none where a program is missing.
fn base(folder: &Path) -> Option<std::path::PathBuf> {
    if !rpm::PROGRAMS.iter().all(|program| judge::is_there(program)) || !judge::is_root() {
        return None;
    }
    let repository = folder.join("packages");
    std::fs::create_dir(&repository).expect("a folder");
    for package in &PACKAGES {
        package.build(&repository);
    }
    rpm::operating_system(&repository);
    rpm::index(&repository);
    let root = folder.join("root");
    rpm::bootstrap(&repository, &root, &["fake-os"]);
    Some(root)
}

/// Runs lines of shell in a root.
fn inside(root: &Path, script: &str) -> String {
    let root = root.to_str().expect("text");
    let said = judge::run("chroot", &[root, "/bin/sh", "-euc", script], b"");
    String::from_utf8(said).expect("text")
}

#[test]
fn dnf_works_in_the_root() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(root) = base(folder.path()) else {
        return;
    };
    assert!(root.join("var/lib/rpm").is_dir());
    assert_eq!(inside(&root, "rpm -qa"), "fake-os-42-1.noarch\n");
    inside(
        &root,
        "dnf -y --setopt=install_weak_deps=False install hello",
    );
    let shared = root.join("usr/share/hello");
    for (file, there) in [
        ("hello", true),
        ("data", true),
        ("post", true),
        ("more", false),
    ] {
        assert_eq!(shared.join(file).exists(), there, "{file}");
    }
    let installed = inside(&root, "rpm -q hello hello-data");
    assert_eq!(installed, "hello-1.0-1.noarch\nhello-data-1.0-1.noarch\n");
    inside(&root, "dnf -y remove hello");
    assert!(
        !shared.join("data").exists(),
        "what nothing needs any more goes too"
    );
}

/// Calls of dnf that a recipe can ask for, carried out by a real dnf4.
#[test]
fn dnf_takes_what_it_is_given() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(root) = base(folder.path()) else {
        return;
    };
    let place = root.to_str().expect("text");
    let there = |name: &str| root.join("usr/share/hello").join(name).exists();
    let run = |configuration: serde_json::Value| {
        for command in commands::commands("dnf", &configuration) {
            let words = [place]
                .into_iter()
                .chain(command.iter().map(String::as_str));
            judge::run("chroot", &words.collect::<Vec<_>>(), b"");
        }
    };
    run(json!({"recommends": false, "install": ["hello"]}));
    assert!(there("hello") && there("data") && !there("more"));
    run(json!({"remove": {"packages": ["hello"], "auto-remove": false}}));
    assert!(!there("hello") && there("data"));
    run(json!({"install": {
        "packages": ["nothing-of-this-name", {"repo": "own", "packages": ["hello"]}],
        "install-weak-deps": true, "skip-unavailable": true, "skip-broken": true,
        "allow-erasing": true, "no-gpgchecks": true, "exclude": ["hello-data-old"],
    }}));
    assert!(there("hello") && there("more"));
    run(
        json!({"replace": [{"from-repo": "own", "packages": ["hello-data", {"old": "hello-more", "new": "hello-less"}]}]}),
    );
    assert!(there("less") && !there("more"));
    run(json!({"upgrade": true, "remove": ["hello"]}));
    assert!(!there("hello") && !there("data"));
    let held = commands::commands("dnf", &json!({"hold": ["hello-less"]}));
    let words = [place]
        .into_iter()
        .chain(held[0].iter().map(String::as_str));
    let script = "chroot \"$@\" 2>&1 || :";
    let words: Vec<&str> = ["-c", script, "sh"].into_iter().chain(words).collect();
    let said = String::from_utf8(judge::run("sh", &words, b"")).expect("text");
    assert!(said.contains("python3-dnf-plugin-versionlock"), "{said}");
}

/// A recipe on a root of the family, and one with a step on it; the answer is that one's path.
fn recipes(repository: &Path) -> String {
    let base = "apiVersion: terroir/v1\nname: base\ntier: universal\nfrom: scratch\nmodules:\n\
                \x20 - type: files\n    files: [{ source: root, destination: / }]\n";
    let group = "apiVersion: terroir/v1\nname: group\ntier: group\nfrom: base.yml\nmodules:\n\
                 \x20 - type: dnf\n    recommends: false\n    install: [hello]\n";
    for (file, text) in [
        ("terroir.lock", ""),
        ("base.yml", base),
        ("group.yml", group),
    ] {
        std::fs::write(repository.join(file), text).expect("writes");
    }
    repository.join("group.yml").display().to_string()
}

#[test]
fn a_dnf_step_is_valid() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("root")).expect("a folder");
    let recipe = recipes(folder.path());
    let terroir = Terroir::new(&folder.path().join("store"));
    assert!(
        terroir
            .run(["validate", &recipe])
            .contains("1 recipe valid")
    );
}

#[test]
fn a_dnf_step_installs() {
    let folder = tempfile::tempdir().expect("a folder");
    if base(folder.path()).is_none() {
        return;
    }
    let recipe = recipes(folder.path());
    let terroir = Terroir::new(&folder.path().join("store"));
    let image = format!("oci:{}:group", folder.path().join("out").display());
    terroir.run(["build", &recipe, "-o", &image]);
    let place = folder.path().join("unpacked");
    terroir.run(["unpack", &image, place.to_str().expect("text")]);
    let shared = place.join("usr/share/hello");
    assert!(shared.join("post").exists() && shared.join("data").exists());
    assert!(
        !shared.join("more").exists(),
        "weak dependencies were not asked for"
    );
    let left = std::fs::read_dir(place.join("var/cache/dnf")).map(Iterator::count);
    assert_eq!(left.unwrap_or(0), 0, "the cache is in no image");
}
