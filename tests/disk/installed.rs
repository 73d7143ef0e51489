//! Disks that `terroir install` writes: what `terroir disk` makes of the same image, and the host's own.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::corrupt::corrupt_largest;
use super::layout::Member;
use super::pages::Pages;
use super::registry_real::{Locks, RealRegistry, have};
use super::workspace::Workspace;
use super::{BOOT, ROOT, debugfs, examine, image, is_possible, members, same, text, whole};

/// A disk that is large enough for the image of the tests.
pub(super) const SIZE: u64 = 1100 << 20;

/// Who may ask the registry of the tests, in the form of auth files.
pub(super) const AUTH: &str = "dGVzdGVyOnNlY3JldA==";

/// A registry with an image in it, and a server for documents and reports.
pub(super) struct Site {
    pub(super) workspace: Workspace,
    pub(super) registry: RealRegistry,
    pub(super) pages: Pages,
    /// The image with its digest.
    pub(super) image: String,
}

impl Site {
    /// Publishes the image of the workspace; none where tests of disks cannot run.
    pub(super) fn new(write: &dyn Fn(&Workspace)) -> Option<Self> {
        Self::with(write, Locks::default())
    }

    /// The same in a registry with locks, for which terroir itself has no key afterwards.
    pub(super) fn with(write: &dyn Fn(&Workspace), locks: Locks) -> Option<Self> {
        if !is_possible() || !have("docker-registry") {
            return None;
        }
        let mut workspace = Workspace::new();
        write(&workspace);
        let registry = RealRegistry::start(locks);
        let keys = workspace.path("keys.json");
        workspace.set("REGISTRY_AUTH_FILE", &keys.display().to_string());
        let host = registry.reference("os/test").registry().to_owned();
        let auths = json!({ "auths": { host: { "auth": AUTH } } });
        fs::write(&keys, auths.to_string()).expect("written");
        let name = registry.reference("os/test").to_string();
        let name = name.trim_end_matches(":latest").to_owned();
        workspace.done(&["push", "--quiet", "oci:../image:it", &format!("{name}:1")]);
        fs::write(&keys, "{}").expect("written");
        let index = fs::read(workspace.path("image/index.json")).expect("an index");
        let index: Value = serde_json::from_slice(&index).expect("JSON");
        let digest = index["manifests"][0]["digest"].as_str().expect("a digest");
        Some(Self {
            image: format!("{name}@{digest}"),
            pages: Pages::start(),
            registry,
            workspace,
        })
    }

    /// A blank disk.
    pub(super) fn blank(&self, name: &str, size: u64) -> PathBuf {
        let path = self.workspace.repository().join(name);
        let file = File::create(&path).expect("a file");
        file.set_len(size).expect("a size");
        path
    }

    /// A document with more keys, or others.
    pub(super) fn document(&self, more: &Value) {
        let mut document = json!({
            "format": 1,
            "image": self.image,
            "disk": { "serial": "S1" },
            "report": self.page("report"),
        });
        let keys = document.as_object_mut().expect("keys");
        keys.extend(more.as_object().expect("keys").clone());
        self.pages.put("/host.json", &document.to_string());
    }

    pub(super) fn page(&self, name: &str) -> String {
        format!("http://127.0.0.1:{}/{name}", self.pages.port())
    }

    /// Installs to a disk; gives the exit code and what was said.
    pub(super) fn install(&self, disk: &str) -> (i32, String) {
        let page = self.page("host.json");
        let words = ["install", "--document", &page, "--disk-file", disk];
        let said = self.workspace.run(&words);
        (said.code, said.err)
    }

    /// The phases that were reported, and the last report.
    pub(super) fn reports(&self) -> (Vec<String>, Value) {
        let posts = self.pages.posts();
        let phase = |post: &Value| post["phase"].as_str().unwrap_or_default().to_owned();
        let last = posts.last().cloned().unwrap_or_default();
        (posts.iter().map(phase).collect(), last)
    }
}

/// Whether a disk holds nothing but zeros.
pub(super) fn is_blank(disk: &Path) -> bool {
    if disk.metadata().expect("a file").blocks() == 0 {
        return true;
    }
    let mut file = File::open(disk).expect("a disk");
    let mut block = vec![0; 1 << 20];
    loop {
        match file.read(&mut block).expect("it is read") {
            0 => return true,
            count if block[..count].iter().any(|byte| *byte != 0) => return false,
            _ => {}
        }
    }
}

/// The path of the only deployment on a disk.
pub(super) fn deployed(disk: &Path) -> String {
    let deploy = "/ostree/deploy/terroir/deploy";
    let listed = debugfs(disk, ROOT, &format!("ls -p {deploy}"));
    let mut names = listed.split('/');
    let name = names.find(|name| name.ends_with(".0"));
    format!("{deploy}/{}", name.expect("a deployment"))
}

#[test]
fn an_installed_disk_is_the_one_that_disk_makes() {
    let Some(site) = Site::new(&|workspace| whole(workspace, "ostree\n")) else {
        return;
    };
    // A machine that reports its starts has a file with the address of the server.
    site.document(&json!({ "report": null }));
    let disk = site.blank("a.img", SIZE);
    let (code, said) = site.install("a.img");
    assert_eq!(code, 0, "{said}");
    let size = SIZE.to_string();
    let words = ["disk", &site.image, "-o", "b.img", "--size", &size];
    site.workspace.done(&words);
    assert!(same(&disk, &disk.with_file_name("b.img")));
    site.document(&json!({}));
    let disk = site.blank("c.img", SIZE);
    let (code, said) = site.install("c.img");
    assert_eq!(code, 0, "{said}");
    examine(&site.workspace, &disk);
    let conf = format!("{}/etc/terroir/report.conf", deployed(&disk));
    let text = debugfs(&disk, ROOT, &format!("cat {conf}"));
    assert!(text.starts_with("post=http://"), "{text}");
    let about = debugfs(&disk, ROOT, &format!("stat {conf}"));
    assert!(about.contains("Mode:  0600"), "{about}");
    let (phases, last) = site.reports();
    assert_eq!(phases, ["installing", "installed"]);
    let digest = site.image.split_once('@').expect("a digest").1;
    assert_eq!(last["digest"], digest, "{last}");
    assert_eq!(last["image"], site.image.as_str(), "{last}");
    assert!(
        said.contains(&format!("installed {}", site.image)),
        "{said}"
    );
}

#[test]
fn a_host_has_its_name_arguments_and_source_of_updates() {
    let Some(site) = Site::new(&|workspace| whole(workspace, "ostree\n")) else {
        return;
    };
    let follow = site
        .registry
        .reference("os/test")
        .with_tag("stable")
        .expect("a tag");
    site.document(&json!({
        "hostname": "web1.example.org",
        "kernel-arguments": ["console=ttyS9", "own=1"],
        "follow": follow.to_string(),
    }));
    let disk = site.blank("a.img", SIZE);
    let (code, said) = site.install("a.img");
    assert_eq!(code, 0, "{said}");
    examine(&site.workspace, &disk);
    let deployed = deployed(&disk);
    let cat = |path: &str| debugfs(&disk, ROOT, &format!("cat {deployed}{path}"));
    assert_eq!(cat("/etc/hostname"), "web1.example.org\n");
    let origin = cat(".origin");
    assert!(origin.contains(&format!("={follow}\n")), "{origin}");
    let menu = debugfs(&disk, BOOT, "cat /loader/grub.cfg");
    assert!(
        menu.contains("console=ttyS0 quiet console=ttyS9 own=1"),
        "{menu}"
    );
    // Disks of two hosts have identifiers of their own.
    let first = text("sfdisk", &["--disk-id", &disk.display().to_string()]);
    site.document(&json!({ "hostname": "web2" }));
    let disk = site.blank("b.img", SIZE);
    assert_eq!(site.install("b.img").0, 0);
    assert_ne!(
        first,
        text("sfdisk", &["--disk-id", &disk.display().to_string()])
    );
}

#[test]
fn a_plain_image_is_installed_too() {
    let Some(site) = Site::new(&|workspace| whole(workspace, "plain\n")) else {
        return;
    };
    site.document(&json!({ "hostname": "web1" }));
    let disk = site.blank("a.img", SIZE);
    let (code, said) = site.install("a.img");
    assert_eq!(code, 0, "{said}");
    examine(&site.workspace, &disk);
    assert_eq!(debugfs(&disk, ROOT, "cat /etc/hostname"), "web1\n");
}

#[test]
fn nothing_is_written_when_something_is_wrong_before() {
    let Some(site) = Site::new(&|workspace| whole(workspace, "ostree\n")) else {
        return;
    };
    let without = site.image.split_once('@').expect("a digest").0.to_owned();
    let unknown = format!("{without}@sha256:{}", "0".repeat(64));
    let cases = [
        (json!({ "image": without }), SIZE, 2, "has no digest"),
        (json!({ "image": unknown }), SIZE, 3, "is not there"),
        (
            json!({ "disk": {} }),
            SIZE,
            2,
            "several disks of this machine can fit",
        ),
        (json!({}), 400 << 20, 3, "is too small"),
        (json!({ "follow": site.image }), SIZE, 2, "os/server:stable"),
    ];
    for (keys, size, expected, message) in cases {
        site.document(&keys);
        let disk = site.blank("a.img", size);
        let (code, said) = site.install("a.img");
        assert!(
            code == expected && said.contains(message),
            "{keys}: {code}: {said}"
        );
        assert!(is_blank(&disk), "{keys}");
    }
    let (phases, last) = site.reports();
    assert!(
        phases.iter().all(|phase| phase != "installed"),
        "{phases:?}"
    );
    assert_eq!(last["phase"], "failed", "{last}");
}

#[test]
fn a_blob_that_is_not_what_its_digest_says_is_refused() {
    let Some(site) = Site::new(&|workspace| whole(workspace, "ostree\n")) else {
        return;
    };
    corrupt_largest(&site.registry.authority().with_file_name("data"));
    site.document(&json!({}));
    let disk = site.blank("a.img", SIZE);
    let (code, said) = site.install("a.img");
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("nothing was written to the disk"), "{said}");
    assert!(is_blank(&disk));
    let (phases, last) = site.reports();
    assert_eq!(phases, ["installing", "failed"]);
    let error = last["error"].as_str().unwrap_or_default();
    assert!(error.contains("sha256:"), "{last}");
    assert!(
        last["log"].as_array().is_some_and(|log| !log.is_empty()),
        "{last}"
    );
}

#[test]
fn an_installation_that_breaks_off_leaves_no_table() {
    // The partition that it belongs on has 128 MiB.
    let large = vec![0; 130 << 20];
    let name = "usr/lib/shim/shimx64.efi.signed";
    let write = |workspace: &Workspace| {
        let mut all: Vec<Member<'_>> = members("ostree")
            .into_iter()
            .filter(|(one, _)| *one != name)
            .map(|(_, member)| member)
            .collect();
        all.push(Member::File(name, &large));
        image(workspace, &all);
    };
    let Some(site) = Site::new(&write) else {
        return;
    };
    site.document(&json!({}));
    let disk = site.blank("a.img", 2 * SIZE);
    let (code, said) = site.install("a.img");
    assert_eq!(code, 3, "{said}");
    let (error, cleared) = (
        said.find("error: "),
        said.find("the table of partitions was cleared"),
    );
    assert!(error.is_some() && error < cleared, "{said}");
    for at in [0, 2 * SIZE - (1 << 20)] {
        let mut block = vec![1; 1 << 20];
        let file = File::open(&disk).expect("a disk");
        file.read_exact_at(&mut block, at).expect("it is read");
        assert!(block.iter().all(|byte| *byte == 0), "at {at}");
    }
    let (phases, last) = site.reports();
    assert_eq!(phases, ["installing", "failed"], "{last}");
    site.document(&json!({ "keep-on-failure": true }));
    let (code, said) = site.install("a.img");
    assert!(
        code == 3 && said.contains("the disk stays as it is"),
        "{said}"
    );
    let table = text("sfdisk", &["--verify", &disk.display().to_string()]);
    assert!(table.contains("No errors detected"), "{table}");
}
