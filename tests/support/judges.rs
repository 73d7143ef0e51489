//! Other programs that read whole images, each in a place of its own.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;
use terroir::tree::Ownership;

use crate::judge::{is_there, run};
use crate::state::{self, State};

/// A folder for a test; podman makes names of paths, and names have no capitals.
pub(crate) fn folder() -> TempDir {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("terroir-test-{}-{number}", std::process::id());
    tempfile::Builder::new()
        .prefix(&name)
        .rand_bytes(0)
        .tempdir()
        .expect("a temporary directory")
}

/// Where podman and buildah keep what they read; the folder is removed with it.
#[derive(Debug)]
pub(crate) struct Judges {
    folder: PathBuf,
}

/// Options that separate podman's containers from the machine's, also without control groups.
const CONFINED: [&str; 6] = [
    "--network=none",
    "--ulimit=nofile=1024:1024",
    "--ulimit=nproc=1024:1024",
    "--security-opt=seccomp=unconfined",
    "--rm",
    "--pull=never",
];

impl Judges {
    /// Programs that keep what they read below a folder.
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_path_buf(),
        }
    }

    /// Whether all programs that need root are installed.
    pub(crate) fn are_there() -> bool {
        ["skopeo", "podman", "runc", "buildah", "umoci"]
            .iter()
            .all(|name| is_there(name))
            && crate::judge::is_root()
    }

    fn place(&self) -> Vec<String> {
        let path = |name: &str| self.folder.join(name).display().to_string();
        vec![
            format!("--root={}", path("containers")),
            format!("--runroot={}", path("running")),
            "--storage-driver=vfs".to_owned(),
        ]
    }

    fn say(&self, program: &str, arguments: &[&str]) -> String {
        let mut all = self.place();
        if program == "podman" {
            all.extend(["--runtime=runc", "--cgroup-manager=cgroupfs"].map(str::to_owned));
        }
        all.extend(arguments.iter().map(|one| (*one).to_owned()));
        let said = run(program, &all, b"");
        String::from_utf8_lossy(&said).trim().to_owned()
    }

    /// Imports an image into podman, and gives its name there.
    pub(crate) fn podman_pull(&self, image: &str) -> String {
        self.say("podman", &["pull", "--quiet", image])
    }

    /// Runs a command in a container of an image that podman took in.
    pub(crate) fn podman_run(&self, image: &str, command: &[&str]) -> String {
        let mut all = vec!["run"];
        all.extend(CONFINED);
        all.push(image);
        all.extend(command);
        self.say("podman", &all)
    }

    /// The root of an image as podman sees it.
    pub(crate) fn podman(&self, image: &str) -> State {
        let image = self.podman_pull(image);
        let root = self.say("podman", &["image", "mount", &image]);
        let state = state::of(Path::new(&root), Ownership::Keep);
        self.say("podman", &["image", "unmount", "--force", &image]);
        state
    }

    /// The root of an image as buildah sees it.
    pub(crate) fn buildah(&self, image: &str) -> State {
        let container = self.say("buildah", &["from", image]);
        let root = self.say("buildah", &["mount", &container]);
        let state = state::of(Path::new(&root), Ownership::Keep);
        self.say("buildah", &["rm", &container]);
        state
    }

    /// The root of an image of a layout as umoci unpacks it; it reads gzip only.
    pub(crate) fn umoci(&self, layout: &Path, tag: &str) -> State {
        let image = format!("{}:{tag}", layout.display());
        let bundle = tempfile::tempdir_in(&self.folder).expect("the folder is writable");
        let path = bundle.path().join("bundle");
        let arguments = ["unpack", "--image", &image, &path.display().to_string()];
        run("umoci", &arguments, b"");
        state::of(&path.join("rootfs"), Ownership::Keep)
    }

    /// Lets skopeo inspect an image and copy all of it, and gives what it says.
    pub(crate) fn skopeo(&self, image: &str) -> serde_json::Value {
        let shown = run("skopeo", &["inspect", image], b"");
        let copy = tempfile::tempdir_in(&self.folder).expect("the folder is writable");
        let to = format!("oci:{}:copy", copy.path().display());
        let arguments = [
            "copy",
            "--quiet",
            "--insecure-policy",
            "--all",
            "--preserve-digests",
            image,
            &to,
        ];
        run("skopeo", &arguments, b"");
        serde_json::from_slice(&shown).expect("JSON")
    }
}
