//! The images of the machines: recipes in a folder, built, published on loopback, and put on disks.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::corrupt::corrupt_largest;
use crate::judge::run;
use crate::program::Terroir;
use crate::registry_real::{Locks, RealRegistry};

/// A folder of recipes with what builds and publishes them.
pub(super) struct Images {
    folder: TempDir,
    terroir: Terroir,
    registry: RealRegistry,
}

/// What every machine of these tests has beside its flavour: a console, a report, updates, a key.
const TESTED: &str = "\
modules:
  - layer: boot-report
  - layer: updates
    with: { program: files/terroir, schedule: never }
  - type: kargs
    kargs: [\"console=ttyS0,115200\", panic=20]
  - type: files
    files:
      - { source: files/key.pub, destination: /etc/ssh/keys/root, mode: \"0644\" }
  - type: settings
    settings:
      - file:
          /etc/ssh/sshd_config.d/00-test.conf:
            content: |
              PermitRootLogin prohibit-password
              AuthorizedKeysFile /etc/ssh/keys/%u
            mode: \"0600\"
";

impl Images {
    /// Recipes beside the demo's own.
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        let all = folder.path().display().to_string();
        run(
            "cp",
            &["-r", &project.join("recipes").display().to_string(), &all],
            b"",
        );
        let files = folder.path().join("recipes/test/files");
        fs::create_dir_all(&files).expect("writable");
        let program = files.join("terroir").display().to_string();
        run(
            "strip",
            &["-o", &program, env!("CARGO_BIN_EXE_terroir")],
            b"",
        );
        let key = folder.path().join("key").display().to_string();
        run(
            "ssh-keygen",
            &["-q", "-t", "ed25519", "-N", "", "-f", &key],
            b"",
        );
        fs::copy(folder.path().join("key.pub"), files.join("key.pub")).expect("writable");
        let store = project.join("target/test-store");
        Self {
            terroir: Terroir::new(&store),
            registry: RealRegistry::start(Locks::default()),
            folder,
        }
    }

    /// Host and port of the registry.
    fn address(&self) -> String {
        self.registry.reference("os/test").registry().to_owned()
    }

    /// The port of the registry, which machines reach at 10.0.2.2.
    pub(super) fn port(&self) -> String {
        let address = self.address();
        let port = address.rsplit_once(':').map(|(_, port)| port.to_owned());
        port.expect("a port")
    }

    /// The key of root.
    pub(super) fn key(&self) -> PathBuf {
        self.folder.path().join("key")
    }

    /// A place for a file.
    pub(super) fn place(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program on the machine's images.
    pub(super) fn terroir(&self) -> &Terroir {
        &self.terroir
    }

    /// Writes a recipe: its name, what it derives from (as `from:` writes it), its entries.
    pub(super) fn recipe(&self, name: &str, from: &str, entries: &str) -> String {
        let path = self.folder.path().join(format!("recipes/test/{name}.yml"));
        let text = format!(
            "apiVersion: terroir/v1\nname: {name}\ntier: local\nowner: test\nfrom: {from}\n{entries}"
        );
        fs::write(&path, text).expect("writable");
        path.display().to_string()
    }

    /// A base without hardening, so that it is made soon: `base.yml`.
    pub(super) fn base(&self, suite: &str) {
        let packages = "systemd, systemd-sysv, dbus, openssh-server, ca-certificates, iproute2";
        let from = format!(
            "{{ bootstrap: {{ distribution: debian, suite: {suite}, packages: [{packages}] }} }}"
        );
        let entries = "platforms: [linux/amd64]\nmodules:\n  - layer: bootable\n    with: { kernel: cloud }\n";
        self.recipe("base", &from, entries);
    }

    /// A recipe of a flavour that can be looked into.
    pub(super) fn tested(&self, name: &str, from: &str) -> String {
        self.recipe(name, from, TESTED)
    }

    /// A recipe that adds a program at a path to another.
    pub(super) fn with_program(
        &self,
        name: &str,
        from: &str,
        (path, text): (&str, &str),
    ) -> String {
        let file = self
            .folder
            .path()
            .join(format!("recipes/test/files/{name}"));
        fs::write(&file, text).expect("writable");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("mine");
        let entries = format!(
            "modules:\n  - type: files\n    files:\n      - {{ source: files/{name}, destination: {path}, mode: \"0755\" }}\n"
        );
        self.recipe(name, from, &entries)
    }

    /// Adds to a recipe.
    pub(super) fn append(&self, name: &str, text: &str) {
        let path = self.folder.path().join(format!("recipes/test/{name}.yml"));
        let before = fs::read_to_string(&path).expect("there");
        fs::write(path, before + text).expect("writable");
    }

    /// Entries of a recipe whose kernel is none, where the image's is.
    pub(super) fn without_kernel() -> String {
        "modules:\n  - type: script\n    snippets:\n      - 'for kernel in /usr/lib/modules/*/vmlinuz; do echo none > $kernel; done'\n"
            .to_owned()
    }

    /// Has the owners of the formats look at a disk that a machine wrote to.
    pub(super) fn judge(&self, disk: &Path) {
        let disk = disk.display().to_string();
        run("sfdisk", &["--verify", &disk], b"");
        let table = run("sfdisk", &["--json", &disk], b"");
        let table: serde_json::Value = serde_json::from_slice(&table).expect("JSON");
        for part in table["partitiontable"]["partitions"]
            .as_array()
            .expect("partitions")
        {
            let offset = part["start"].as_u64().expect("a start") * 512;
            if ["boot", "root"].contains(&part["name"].as_str().unwrap_or_default()) {
                run("e2fsck", &["-fn", &format!("{disk}?offset={offset}")], b"");
            }
        }
    }

    /// Builds a recipe and publishes it under a tag; the name that machines know it by.
    pub(super) fn publish(&self, recipe: &str, tag: &str) -> String {
        let name = self.local(tag);
        self.terroir.run(["build", "--quiet", recipe]);
        self.terroir.run(["push", "--quiet", recipe, &name]);
        format!("10.0.2.2:{}/os/test:{tag}", self.port())
    }

    /// The name by which this computer knows what was published under a tag.
    pub(super) fn local(&self, tag: &str) -> String {
        format!("{}/os/test:{tag}", self.address())
    }

    /// The digest of what was published under a tag, and that of its only manifest.
    pub(super) fn published(&self, tag: &str) -> (String, String) {
        let name = self.local(tag);
        let said = self.terroir.output(["inspect", &name, "--format", "json"]);
        let said: serde_json::Value = serde_json::from_slice(&said.stdout).expect("JSON");
        let digest = |value: &serde_json::Value| value.as_str().expect("a digest").to_owned();
        (
            digest(&said["digest"]),
            digest(&said["platforms"][0]["manifest"]),
        )
    }

    /// Changes a byte of the largest blob of the registry.
    pub(super) fn corrupt_largest(&self) {
        corrupt_largest(&self.registry.authority().with_file_name("data"));
    }

    /// The option that lets a machine speak HTTP with the registry.
    pub(super) fn plain_http(&self) -> String {
        format!("--insecure-registry 10.0.2.2:{}", self.port())
    }

    /// Makes a disk.
    pub(super) fn disk(&self, recipe: &str, name: &str) -> PathBuf {
        self.disk_with(recipe, name, &[])
    }

    /// Makes a disk with more options.
    pub(super) fn disk_with(&self, recipe: &str, name: &str, more: &[&str]) -> PathBuf {
        let place = self.place(name);
        let file = place.display().to_string();
        let words = ["disk", "--quiet", recipe, "-o", &file];
        self.terroir.run([&words, more].concat());
        place
    }
}
