//! A machine below a folder, the registry that it follows, and images for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use terroir::bootable::ostree::{Deployment, Layers, Origin, Sysroot, import};
use terroir::oci::{Image, MediaType, PlatformImage, config_type, index, manifest, parse_platform};
use terroir::registry::{Push, Reference, Registry, Settings};
use terroir::tree::{Codec, LayerWriter};

use crate::foreign::{Member, directory, file, sorted};
use crate::judge::{is_root, is_there, run};
use crate::support::registry::{Faults, TestRegistry};
use crate::support::registry_image::Memory;

/// What the program said, and how it ended.
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) text: String,
}

impl Said {
    /// Fails unless it ended so and said these words.
    pub(crate) fn expect(&self, code: i32, words: &[&str]) -> &Self {
        assert_eq!(self.code, code, "{}", self.text);
        for word in words {
            assert!(self.text.contains(word), "no {word:?} in: {}", self.text);
        }
        self
    }
}

/// A machine and its registry.
pub(crate) struct Site {
    folder: TempDir,
    pub(crate) registry: TestRegistry,
}

pub(crate) fn client() -> Registry {
    Registry::new(Settings {
        backoff: Duration::from_millis(1),
        certificate_directories: Vec::new(),
        ..Settings::default()
    })
}

/// The root that all images of a test share.
pub(crate) fn base() -> Vec<Member> {
    let kargs = "kargs = [\"console=tty0\", \"old=1\"]\n";
    vec![
        directory("/", 0o755),
        directory("/etc", 0o755),
        file("/etc/motd", 0o644, "from the image\n"),
        file("/etc/hosts", 0o644, "127.0.0.1 localhost\n"),
        file("/etc/machine-id", 0o444, "uninitialized\n"),
        directory("/sysroot", 0o755),
        directory("/usr", 0o755),
        file("/usr/bin/tool", 0o755, "the first tool"),
        file(
            "/usr/lib/os-release",
            0o644,
            "ID=test\nPRETTY_NAME=\"A test\"\n",
        ),
        file("/usr/lib/terroir/life-cycle", 0o644, "ostree\n"),
        file("/usr/lib/modules/6.1/vmlinuz", 0o644, "kernel"),
        file("/usr/lib/modules/6.1/initramfs.img", 0o644, "initramfs"),
        file("/usr/lib/bootc/kargs.d/10.toml", 0o644, kargs),
        directory("/var", 0o755),
        file("/var/lib/thing", 0o644, "never delivered"),
    ]
}

impl Site {
    /// A machine that runs an image of the base; none where the test cannot be made.
    pub(crate) fn new() -> Option<Self> {
        Self::with(&[base()])
    }

    /// A machine that runs an image of these layers.
    pub(crate) fn with(layers: &[Vec<Member>]) -> Option<Self> {
        if !is_root() || !is_there("ostree") {
            return None;
        }
        let site = Self {
            folder: tempfile::tempdir().expect("a folder"),
            registry: TestRegistry::start(Faults::default()),
        };
        site.publish("1", layers);
        let reference = Reference::parse(&site.reference()).expect("valid");
        let client = client();
        let root = client.resolve(&reference).expect("published");
        let blobs = client.blobs(&reference);
        let image = Image::load(&blobs, &root).expect("published");
        let layers = Layers::of(&image.platforms[0], &blobs).expect("read");
        let sysroot = Sysroot::init(&site.sysroot()).expect("made");
        let repository = sysroot.repository().expect("there");
        let commit = import(&repository, &layers, &blobs, &mut |_| {}).expect("imported");
        let arguments = ["root=UUID=1", "rw", "console=tty0", "old=1", "local=1"];
        let deployment = Deployment {
            commit: &commit.checksum,
            arguments: &arguments.map(str::to_owned),
            origin: &Origin {
                reference: site.reference(),
                manifest: layers.manifest,
            },
            generator: None,
            staged: false,
        };
        sysroot.deploy(&deployment).expect("deployed");
        site.registry.become_faulty(Faults::default());
        Some(site)
    }

    /// A place beside the machine.
    pub(crate) fn place(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The machine's own configuration of updates.
    pub(crate) fn configure(&self, text: &str) {
        let folder = self.root(0).join("etc/terroir");
        fs::create_dir_all(&folder).expect("made");
        fs::write(folder.join("host.yml"), text).expect("written");
    }

    pub(crate) fn sysroot(&self) -> PathBuf {
        self.folder.path().join("sysroot")
    }

    /// The image that the machine follows.
    pub(crate) fn reference(&self) -> String {
        self.registry.reference("os/web:stable").to_string()
    }

    /// Publishes an image, and gives the digest of its manifest.
    pub(crate) fn publish(&self, version: &str, layers: &[Vec<Member>]) -> String {
        self.publish_as("os/web:stable", version, layers)
    }

    pub(crate) fn publish_as(&self, name: &str, version: &str, layers: &[Vec<Member>]) -> String {
        let mut memory = Memory::default();
        let (mut descriptors, mut diff_ids) = (Vec::new(), Vec::new());
        for members in layers {
            let mut writer = LayerWriter::new(Vec::new(), Codec::Gzip).expect("threads");
            for (entry, content) in sorted(members.clone()) {
                writer
                    .append(&entry, &mut content.as_slice())
                    .expect("fits");
            }
            let (bytes, packed) = writer.finish().expect("written");
            descriptors.push(memory.add(packed.descriptor().media_type().clone(), bytes));
            diff_ids.push(packed.diff_id.to_string());
        }
        let config = json!({
            "architecture": "amd64", "os": "linux", "created": "2026-11-01T00:00:00Z",
            "config": { "Labels": { "org.opencontainers.image.version": version } },
            "rootfs": { "type": "layers", "diff_ids": diff_ids },
        });
        let config = memory.document(config_type(), &config).descriptor;
        let manifest = manifest(config, descriptors, []);
        let mut document = memory.document(MediaType::ImageManifest, &manifest);
        document
            .descriptor
            .set_platform(parse_platform("linux/amd64"));
        let index = index(vec![document.descriptor.clone()], []);
        let digest = document.descriptor.digest().to_string();
        let image = Image {
            root: memory.document(MediaType::ImageIndex, &index),
            platforms: vec![PlatformImage::new(document, manifest)],
        };
        let push = Push {
            target: &self.registry.reference(name),
            tags: &[],
            image: &image,
            source: &memory,
            mount_from: &[],
        };
        client().push(&push, &|_| {}).expect("pushed");
        digest
    }

    /// Runs a verb while a folder, with what is in it, is a file system of a size that nobody else sees.
    pub(crate) fn short_of_space(&self, (folder, size): (&Path, &str), verb: &str) -> String {
        let script = "kept=$(mktemp -d) && cp -r \"$1/.\" \"$kept\" && \
                      mount -t tmpfs -o size=$2 none \"$1\" && cp -r \"$kept/.\" \"$1\" && \
                      rm -r \"$kept\" || exit 9; \
                      \"$3\" host \"$4\" --sysroot \"$5\" 2>&1; echo code $?; exit 0";
        let words = [
            "-m",
            "sh",
            "-c",
            script,
            "sh",
            &folder.display().to_string(),
            size,
            env!("CARGO_BIN_EXE_terroir"),
            verb,
            &self.sysroot().display().to_string(),
        ];
        String::from_utf8(run("unshare", &words, b"")).expect("text")
    }

    /// Runs `terroir host` while a deployment of the menu stands for the running one.
    pub(crate) fn host(&self, booted: usize, words: &[&str]) -> Said {
        let output = self.command(booted, words).output().expect("it starts");
        let text = [output.stdout, output.stderr].concat();
        Said {
            code: output.status.code().expect("it ended by itself"),
            text: String::from_utf8(text).expect("text"),
        }
    }

    /// Starts `terroir host` and leaves it alone.
    pub(crate) fn start(&self, words: &[&str]) -> Child {
        let mut command = self.command(0, words);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("it starts")
    }

    #[expect(clippy::disallowed_methods, reason = "tests start the program")]
    fn command(&self, booted: usize, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_terroir"));
        command
            .arg("host")
            .args(words)
            .arg("--sysroot")
            .arg(self.sysroot())
            .args(["--booted", &booted.to_string()])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", "/nonexistent")
            .stdin(Stdio::null());
        command
    }

    /// The state of the machine as scripts read it.
    pub(crate) fn status(&self, booted: usize) -> Value {
        let said = self.host(booted, &["status", "--format", "json"]);
        serde_json::from_str(&said.text).unwrap_or_else(|_| panic!("{}", said.text))
    }

    /// The versions in the menu, the one that starts next first.
    pub(crate) fn versions(&self, booted: usize) -> Vec<String> {
        let status = self.status(booted);
        let deployments = status["deployments"].as_array().expect("a list");
        let versions = deployments.iter().map(|one| one["version"].as_str());
        versions.map(|one| one.expect("text").to_owned()).collect()
    }

    /// The kernel command lines in the menu of GRUB, without what OSTree adds.
    pub(crate) fn command_lines(&self) -> Vec<String> {
        let menu = fs::read_to_string(self.sysroot().join("boot/loader/grub.cfg"));
        let menu = menu.expect("written");
        let lines = menu
            .lines()
            .filter_map(|line| line.trim().strip_prefix("linux "));
        lines
            .map(|line| {
                let words = line.split(' ').skip(1);
                let own = words.filter(|word| !word.starts_with("ostree="));
                own.collect::<Vec<_>>().join(" ")
            })
            .collect()
    }

    /// The root of the deployment at a place of the menu.
    pub(crate) fn root(&self, index: usize) -> PathBuf {
        let status = self.status(0);
        let commit = status["deployments"][index]["commit"].as_str();
        let deploy = self.sysroot().join("ostree/deploy/terroir/deploy");
        deploy.join(format!("{}.0", commit.expect("text")))
    }

    /// The repository is without fault, and the menu names what is there.
    pub(crate) fn assert_sound(&self) {
        let repo = format!("--repo={}", self.sysroot().join("ostree/repo").display());
        run("ostree", &["fsck", "-q", &repo], b"");
        let sysroot = format!("--sysroot={}", self.sysroot().display());
        run("ostree", &["admin", "status", &sysroot], b"");
    }
}
