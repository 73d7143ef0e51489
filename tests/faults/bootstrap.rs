//! A bootstrap that is killed, and a bootstrapped base that is damaged.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::assert_sound;
use crate::disk::skip;
use crate::trial::{Workspace, files};

const RECIPE: &str = "apiVersion: terroir/v1
name: small
tier: universal
from: { bootstrap: { distribution: debian, suite: bookworm, variant: minbase } }
modules:
  - type: settings
    settings:
      - sysctl: { net.ipv4.ip_forward: 0 }
";

/// The processes whose command line names a text.
fn processes(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").expect("listed").flatten() {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        if line.contains(text) {
            found.push(line);
        }
    }
    found
}

/// Waits until nothing runs any more that has to do with a store.
fn assert_all_end(store: &str) {
    let deadline = Instant::now() + Duration::from_secs(120);
    while !processes(store).is_empty() {
        assert!(
            Instant::now() < deadline,
            "still there: {:?}",
            processes(store)
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn leftovers(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("listed").flatten();
    entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

#[test]
fn a_killed_bootstrap_is_made_again_and_a_damaged_one_too() {
    if !rustix::process::geteuid().is_root() {
        return skip("only root can tell where mmdebstrap works");
    }
    let workspace = Workspace::new();
    workspace.write("recipes/small.yml", RECIPE);
    let tried = workspace.run(&["build", "recipes/small.yml"]);
    if tried.code != Some(0) {
        return skip(&format!("no bootstrap is possible here: {}", tried.err));
    }
    let wanted = workspace.build("recipes/small.yml");
    workspace.run(&["prune", "--keep-days", "0"]).expect(0, "");
    let again = workspace.run(&["build", "recipes/small.yml"]);
    again.expect(0, "step 1 of 1, settings: cached");
    assert!(!again.err.contains("bootstrapping"), "{}", again.err);
    let store = workspace.text("store");
    let before = leftovers(Path::new("/tmp"));
    std::fs::remove_dir_all(workspace.path("store")).expect("removed");
    // While apt fetches, while packages are unpacked; the last kill hits terroir alone.
    for (round, delay) in [800, 2500, 4500].into_iter().enumerate() {
        let mut build = workspace
            .command(&[
                env!("CARGO_BIN_EXE_terroir"),
                "build",
                "-q",
                "recipes/small.yml",
            ])
            .process_group(0)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        std::thread::sleep(Duration::from_millis(delay));
        assert!(
            build.try_wait().expect("asked").is_none(),
            "too fast to be killed"
        );
        match round {
            2 => {
                kill_process(Pid::from_child(&build), Signal::KILL).expect("killed");
                build.wait().expect("it ends");
            }
            _ => assert!(super::kills::kill(build)),
        }
        assert_all_end(&store);
        workspace.run(&["prune"]).expect(0, "");
        assert_eq!(leftovers(&workspace.path("store/tmp")), [""; 0]);
    }
    let ours = |name: &String| name.starts_with("mmdebstrap") && !before.contains(name);
    let left: Vec<String> = leftovers(Path::new("/tmp"))
        .into_iter()
        .filter(ours)
        .collect();
    assert_eq!(left, [""; 0], "outside of the store");
    assert_eq!(workspace.build("recipes/small.yml"), wanted);
    assert_sound(&workspace);
    mend(&workspace, &wanted);
}

/// Damages the base layer, which is by far the largest blob, and builds again.
fn mend(workspace: &Workspace, wanted: &str) {
    let blobs = files(&workspace.path("store/blobs"));
    let base = blobs
        .iter()
        .max_by_key(|blob| blob.metadata().expect("there").len());
    let base = base.expect("there are blobs");
    let mut bytes = std::fs::read(base).expect("read");
    bytes[1_000_000] ^= 1;
    std::fs::write(base, &bytes).expect("written");
    let said = workspace.run(&["build", "--format", "json", "recipes/small.yml"]);
    said.expect(0, "bootstrapping debian bookworm");
    assert_eq!(crate::trial::digest(&said.out), wanted);
    assert_sound(workspace);
}
