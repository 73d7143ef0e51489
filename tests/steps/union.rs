//! Layers united by an importer that keeps the metadata of folders: ostree's, which bootc uses.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use terroir::tree::Ownership;

use super::{Project, judge, state};

/// Folders of the base and of entries of the flavour itself, changed by settings and by a script.
const MODULES: &str = r#"
  - type: files
    files:
      - { content: "one\n", destination: /srv/pure/.one, mode: "0640" }
      - { content: "two\n", destination: /srv/pure/below/two }
      - { content: "three\n", destination: /srv/run/three }
  - type: script
    snippets:
      - mkdir -p /srv/run/below/deep /srv/mixed && cd /srv/run && touch below/deep/x && ln -s three link && ln three hard
      - echo kept > /srv/mixed/kept; echo gone > /srv/mixed/gone
  - type: settings
    settings:
      - file:
          /etc/cron.daily: { mode: "0700" }
          /srv/pure: { mode: "0750", owner: "0:8" }
          /srv/mixed/gone: { absent: true }
          /srv/mixed: { mode: "01777" }
  - type: script
    snippets:
      - chmod 2770 /srv/run && chown 0:50 /srv/run && rm /srv/run/below/deep/x && echo new > /srv/run/new
      - rm -rf /srv/mixed && mkdir -m 711 /srv/mixed && echo kept > /srv/mixed/kept
      - chmod 0700 /etc/logrotate.d
"#;

#[test]
fn a_folders_new_mode_survives_an_importer_that_unites_layers() {
    if !judge::is_root() || !judge::is_there("ostree") || !judge::is_there("tar") {
        return;
    }
    let project = Project::new();
    for isolation in ["namespaces", "chroot"] {
        let name = format!("united-{isolation}");
        let layout = project.path().join(&name);
        let output = format!("-o=oci:{}:x", layout.display());
        let how = format!("--isolation={isolation}");
        project.built(&name, MODULES, &[&output, &how]);
        let root = project.path().join(format!("{name}-root"));
        let image = format!("oci:{}:x", layout.display());
        let terroir = project.terroir();
        terroir.run(["unpack", "--quiet", &image, &root.display().to_string()]);
        let united = united(&project, &layout);
        for folder in ["srv", "etc/cron.daily", "etc/logrotate.d"] {
            let of = |root: &Path| {
                let mut state = state::of(&root.join(folder), Ownership::Keep);
                // ostree knows no times, nor the names that files share.
                state.retain(|path, _| !path.starts_with(b"linked "));
                state.values_mut().for_each(|line| *line = timeless(line));
                state
            };
            state::compare(&of(&root), &of(&united));
        }
        let mode = |path: &str| {
            use std::os::unix::fs::PermissionsExt as _;
            fs::metadata(united.join(path))
                .expect("there")
                .permissions()
                .mode()
                & 0o7777
        };
        let modes = ["srv/pure", "srv/run", "srv/mixed", "etc/cron.daily"].map(mode);
        assert_eq!(modes, [0o750, 0o2770, 0o711, 0o700]);
        assert!(
            united.join("srv/mixed/kept").is_file(),
            "what came again is there"
        );
        assert!(!united.join("srv/mixed/gone").exists());
        assert!(
            united.join("etc/cron.daily/dpkg").is_file(),
            "what a folder held is there"
        );
    }
}

/// A line of a state without its time.
fn timeless(line: &str) -> String {
    match line.split_once(" at ") {
        Some((before, after)) => format!("{before}{}", after.trim_start_matches(|c| c != ' ')),
        None => line.to_owned(),
    }
}

/// Imports each layer as a commit of its own and checks them out over each other.
fn united(project: &Project, layout: &Path) -> PathBuf {
    let read = |digest: &Value| -> Vec<u8> {
        let digest = digest.as_str().expect("a digest").replace(':', "/");
        fs::read(layout.join("blobs").join(digest)).expect("a blob")
    };
    let json = |bytes: Vec<u8>| -> Value { serde_json::from_slice(&bytes).expect("JSON") };
    let top = json(fs::read(layout.join("index.json")).expect("a layout"));
    let index = json(read(&top["manifests"][0]["digest"]));
    let manifest = json(read(&index["manifests"][0]["digest"]));
    let repository = layout.with_extension("ostree").display().to_string();
    let united = layout.with_extension("united");
    let ostree = |arguments: &[&str]| {
        let mut all = vec![format!("--repo={repository}")];
        all.extend(arguments.iter().map(|word| (*word).to_owned()));
        judge::run("ostree", &all, b"");
    };
    ostree(&["init", "--mode=bare"]);
    ostree(&["config", "set", "core.fsync", "false"]);
    for (number, layer) in manifest["layers"]
        .as_array()
        .expect("layers")
        .iter()
        .enumerate()
    {
        let archive = project.path().join(format!("{number}.tar.zst"));
        fs::write(&archive, read(&layer["digest"])).expect("writable");
        let branch = format!("layer{number}");
        let (tree, named) = (
            format!("--tree=tar={}", archive.display()),
            format!("--branch={branch}"),
        );
        ostree(&["commit", &named, &tree, "--tar-autocreate-parents"]);
        let united = united.display().to_string();
        ostree(&[
            "checkout",
            "--fsync=false",
            "--union",
            "--whiteouts",
            &branch,
            &united,
        ]);
    }
    united
}
