//! Imports: what stands in the repository is what the layers say, whatever the repository's mode.

mod union;

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use tempfile::TempDir;

use super::*;
use crate::bootable::ostree::{Checksum, Error, Repository, ostree};
use crate::oci::{BlobError, BlobSource, Descriptor, Digest};
use crate::path::TreePath;
use crate::tree::{Codec, Entry, EntryKind, LayerWriter};

/// An entry with its content.
type Member = (Entry, &'static str);

/// Layers in memory; what is not there cannot be read.
#[derive(Default)]
struct Memory(BTreeMap<String, Vec<u8>>);

impl BlobSource for Memory {
    fn open(&self, descriptor: &Descriptor) -> Result<Box<dyn Read + Send>, BlobError> {
        let digest = descriptor.digest().to_string();
        let bytes = self.0.get(&digest).cloned();
        let bytes = bytes.ok_or_else(|| BlobError::Remote(format!("{digest} was asked for")))?;
        Ok(Box::new(Cursor::new(bytes)))
    }
}

impl Memory {
    /// An image of layers, each of which is sorted here.
    fn image(&mut self, name: &str, layers: &[Vec<Member>]) -> Layers {
        let mut image = Layers {
            manifest: Digest::of(name.as_bytes()),
            layers: Vec::new(),
            diff_ids: Vec::new(),
            created: 1_700_000_000,
            version: "7".to_owned(),
        };
        for members in layers {
            let mut writer = LayerWriter::new(Vec::new(), Codec::Zstd).expect("threads");
            let sorted: BTreeMap<&TreePath, &Member> =
                members.iter().map(|one| (&one.0.path, one)).collect();
            for (entry, content) in sorted.into_values() {
                writer.append(entry, &mut content.as_bytes()).expect("fits");
            }
            let (bytes, packed) = writer.finish().expect("written");
            self.0.insert(packed.digest.to_string(), bytes);
            image.layers.push(packed.descriptor());
            image.diff_ids.push(packed.diff_id);
        }
        image
    }
}

fn path(text: &str) -> TreePath {
    TreePath::parse(text).expect("a valid path")
}

fn file(name: &str, content: &'static str) -> Member {
    let size = content.len() as u64;
    (
        Entry::new(path(name), EntryKind::File { size }, 0o644),
        content,
    )
}

fn directory(name: &str, mode: u32) -> Member {
    (Entry::new(path(name), EntryKind::Directory, mode), "")
}

fn symlink(name: &str, target: &str) -> Member {
    let target = target.into();
    (
        Entry::new(path(name), EntryKind::Symlink { target }, 0o777),
        "",
    )
}

fn hardlink(name: &str, target: &str) -> Member {
    let target = path(target);
    (
        Entry::new(path(name), EntryKind::Hardlink { target }, 0o644),
        "",
    )
}

fn removal(name: &str) -> Member {
    (Entry::removal(&path(name)).expect("not the root"), "")
}

fn opaque(name: &str) -> Member {
    (Entry::opaque(&path(name)).expect("short"), "")
}

/// What makes a root bootable.
fn base() -> Vec<Member> {
    vec![
        directory("", 0o755),
        directory("etc", 0o755),
        file("etc/hostname", "here"),
        directory("var", 0o755),
        directory("var/log", 0o755),
        file("run/pid", "1"),
        directory("tmp", 0o1777),
        file("tmp/x", ""),
        file("usr/lib/terroir/life-cycle", "ostree\n"),
        file("usr/lib/modules/6.1/vmlinuz", "kernel"),
        file("usr/lib/modules/6.1/initramfs.img", "initramfs"),
        file(
            "usr/lib/bootc/kargs.d/20.toml",
            "kargs = [\"b=2\"]\nmatch-architectures = [\"x86_64\"]",
        ),
        file("usr/lib/bootc/kargs.d/10.toml", "kargs = [\"a\", \"a\"]"),
    ]
}

/// A repository of each mode below one folder; the bare one only where ids can be given.
struct Repositories {
    folder: TempDir,
    all: Vec<Repository>,
}

impl Repositories {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let modes = match is_root() {
            true => vec!["archive", "bare"],
            false => vec!["archive"],
        };
        let make = |mode: &&str| {
            let path = folder.path().join(mode);
            if *mode == "archive" {
                return Repository::archive(&path).expect("made");
            }
            let text = path.to_str().expect("UTF-8");
            let mode = format!("--mode={mode}");
            ostree(&[], &["init", "--repo", text, &mode]).expect("made");
            Repository::open(&path).expect("a repository")
        };
        let all = modes.iter().map(make).collect();
        Self { folder, all }
    }

    /// Imports into all and gives what is the same of all.
    fn import(&self, image: &Layers, memory: &Memory) -> Result<Commit, Error> {
        let results = self.all.iter();
        let mut results = results.map(|one| import(one, image, memory, &mut |_| {}));
        let first = results.next().expect("one");
        for other in results {
            match (&first, &other) {
                (Ok(first), Ok(other)) => assert_eq!(first, other),
                (Err(first), Err(other)) => assert_eq!(first.to_string(), other.to_string()),
                _ => panic!("{first:?} and {other:?}"),
            }
        }
        first
    }
}

impl Drop for Repositories {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            for one in &self.all {
                let repo = format!("--repo={}", one.path().display());
                ostree(&[], &["fsck", "-q", &repo]).expect("clean");
            }
        }
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn one_commit_from_any_layers_and_any_repository() {
    let mut memory = Memory::default();
    let upper = vec![
        directory("etc", 0o750),
        file("etc/motd", "hello"),
        removal("var/log"),
        symlink("home", "var/home"),
        file("usr/bin/tool", "tool"),
    ];
    let mut flat = base();
    flat.retain(|(entry, _)| entry.path != path("etc"));
    flat.extend(
        upper
            .iter()
            .filter(|one| one.0.whiteout().is_none())
            .cloned(),
    );
    let one = memory.image("same", &[flat]);
    let two = memory.image("same", &[base(), upper]);
    let repositories = [Repositories::new(), Repositories::new()];
    let commits = [(&one, &repositories[0]), (&two, &repositories[1])]
        .map(|(image, repositories)| repositories.import(image, &memory).expect("imported"));
    assert_eq!(commits[0].checksum, commits[1].checksum);
    assert_eq!([commits[0].new_layers, commits[1].new_layers], [1, 2]);
    let numbered = format!("{IMPORT} {}\n", commits[1].checksum);
    let golden = include_str!("../../../../../tests/golden/commit.txt");
    assert_eq!(
        numbered, golden,
        "images become other commits: raise IMPORT"
    );

    let archive = &repositories[1].all[0];
    assert_root_form(archive, &commits[1].checksum);
    assert_as_theirs(archive, &commits[1].checksum, &two.manifest);
}

fn assert_root_form(repository: &Repository, commit: &Checksum) {
    let names = |path: &str| repository.names(commit, path).expect("read").join(" ");
    assert_eq!(names("/usr/etc"), "hostname motd");
    assert_eq!([names("/var"), names("/tmp"), names("/run")], ["", "", ""]);
    assert!(!names("/").contains("etc"));
    let kargs = |architecture: &str| {
        let read = repository.kernel_arguments(commit, architecture);
        read.expect("read").join(" ")
    };
    assert_eq!(kargs("x86_64"), "a a b=2");
    assert_eq!(kargs("aarch64"), "a a");
}

/// What `ostree` says of a commit, and that it would have committed the same itself.
fn assert_as_theirs(repository: &Repository, commit: &Checksum, manifest: &Digest) {
    let repo = format!("--repo={}", repository.path().display());
    let checksum = commit.to_string();
    let shown = |key: &str| {
        let key = format!("--print-metadata-key={key}");
        ostree(&[], &["show", &repo, &key, &checksum]).expect("shown")
    };
    assert_eq!(shown("ostree.linux"), "'6.1'\n");
    assert_eq!(shown("ostree.bootable"), "true\n");
    assert_eq!(shown("version"), "'7'\n");
    assert_eq!(shown("terroir.image"), format!("'{manifest}'\n"));
    let tar = repository.path().join("tmp/whole.tar");
    let tar = tar.display().to_string();
    ostree(&[], &["export", &repo, &checksum, "-o", &tar]).expect("exported");
    let tree = format!("--tree=tar={tar}");
    let arguments = ["commit", &repo, "--orphan", "--timestamp=@0", &tree];
    let theirs = ostree(&[], &arguments).expect("committed");
    let root = |commit: &str| ostree(&[], &["ls", &repo, "-C", "-d", commit, "/"]).expect("listed");
    assert_eq!(root(theirs.trim()), root(&checksum));
    repository.summarise().expect("written");
    let listed = ostree(&[], &["summary", "--view", &repo]).expect("shown");
    assert!(listed.contains(&image_reference(manifest)), "{listed}");
}

#[test]
fn known_layers_are_not_read() {
    let mut memory = Memory::default();
    let first = memory.image("first", &[base()]);
    let repositories = Repositories::new();
    repositories.import(&first, &memory).expect("imported");
    let second = memory.image("second", &[base(), vec![file("etc/motd", "new")]]);
    memory.0.remove(&first.layers[0].digest().to_string());
    let commit = repositories.import(&second, &memory).expect("imported");
    assert_eq!((commit.new_layers, commit.bytes), (1, 3));
    memory.0.clear();
    let again = repositories.import(&second, &memory).expect("known");
    assert_eq!((again.checksum, again.new_layers), (commit.checksum, 0));
}

#[test]
fn what_cannot_be_deployed_is_refused() {
    let without = |gone: &str| {
        let mut members = base();
        members.retain(|(entry, _)| entry.path != path(gone));
        members
    };
    let with = |more: Member| [base(), vec![more]].concat();
    let mut not_text = file("etc/x", "");
    not_text.0.path = TreePath::from_bytes(b"etc/\xff").expect("a path");
    let cases = [
        (
            without("usr/lib/terroir/life-cycle"),
            "not shaped for booting",
        ),
        (
            with(file("usr/lib/terroir/life-cycle", "bootc")),
            "life cycle is \"bootc\"",
        ),
        (without("usr/lib/modules/6.1/vmlinuz"), "no kernel"),
        (without("usr/lib/modules/6.1/initramfs.img"), "no initramfs"),
        (
            with(file("usr/lib/modules/6.2/vmlinuz", "")),
            "two kernels, 6.1 and 6.2",
        ),
        (with(file("usr/etc/x", "")), "both /etc and /usr/etc"),
        (
            with(not_text),
            "/etc/%FF cannot be in a commit: OSTree has names in UTF-8 only",
        ),
        (
            with(hardlink("etc/x", "etc/nowhere")),
            "hard link to /etc/nowhere",
        ),
    ];
    let repositories = Repositories::new();
    for (members, said) in cases {
        let mut memory = Memory::default();
        let image = memory.image(said, &[members]);
        let error = repositories.import(&image, &memory).expect_err(said);
        assert!(error.to_string().contains(said), "{error}");
    }
    let mut memory = Memory::default();
    let mut image = memory.image("diff", &[base()]);
    image.diff_ids = vec![Digest::of(b"another")];
    let error = repositories
        .import(&image, &memory)
        .expect_err("another layer");
    assert!(error.to_string().contains("unpacks to"), "{error}");
    let reference = layer_reference(&image.diff_ids[0]);
    assert_eq!(repositories.all[0].resolve(&reference).expect("read"), None);
}

#[test]
fn devices_and_pipes_are_left_out_and_hide_what_was_there() {
    let node = |name: &str, kind| (Entry::new(path(name), kind, 0o600), "");
    let mut with_attribute = file("usr/c", "c");
    with_attribute.0.xattrs = [(b"user.note".to_vec(), Vec::new())].into();
    let upper = vec![
        node("usr/a", EntryKind::CharDevice { major: 1, minor: 3 }),
        node("usr/b", EntryKind::Fifo),
        node("dev/null", EntryKind::CharDevice { major: 1, minor: 3 }),
        with_attribute,
    ];
    let lower = [base(), vec![file("usr/a", "a"), file("usr/c", "c")]].concat();
    let mut memory = Memory::default();
    let image = memory.image("devices", &[lower, upper]);
    let repositories = Repositories::new();
    let commit = repositories.import(&image, &memory).expect("imported");
    let notes: Vec<_> = commit
        .notes
        .iter()
        .map(|one| format!("{} {}", one.path, one.what))
        .collect();
    assert_eq!(
        notes,
        [
            "/usr/a the device 1:3",
            "/usr/b a named pipe",
            "/usr/c the attribute user.note, which is empty"
        ]
    );
    let names = repositories.all[0]
        .names(&commit.checksum, "/usr")
        .expect("read");
    assert_eq!(names, ["c", "etc", "lib"]);
}
