//! Layers upon each other, compared with the same layers unpacked.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;

use super::*;
use crate::tree::{Limits, Ownership, unpack};

impl Repositories {
    /// Checks out a path of a commit from the last repository.
    fn checkout(&self, commit: &Commit, subpath: &str) -> TempDir {
        let into = tempfile::tempdir_in(self.folder.path()).expect("a folder");
        let repository = self.all.last().expect("one");
        let mut arguments = vec!["checkout", "--fsync=no"];
        arguments.push(if is_root() { "-H" } else { "-U" });
        let subpath = format!("--subpath={subpath}");
        let repo = format!("--repo={}", repository.path().display());
        let to = into.path().join("root").display().to_string();
        let checksum = commit.checksum.to_string();
        arguments.extend([repo.as_str(), &subpath, &checksum, &to]);
        ostree(&[], &arguments).expect("checked out");
        into
    }
}

/// Every path below a folder with all that a commit keeps of it.
fn listing(root: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(next) = open.pop() {
        let found = next.symlink_metadata().expect("there");
        let name = next.strip_prefix(root).expect("below").display();
        let mode = found.permissions().mode();
        let owner = match is_root() {
            true => format!("{mode:o} {}:{}", found.uid(), found.gid()),
            false => format!("{:o}", mode & 0o170_777),
        };
        let content = if found.is_symlink() {
            std::fs::read_link(&next)
                .expect("a link")
                .display()
                .to_string()
        } else if found.is_dir() {
            let below = std::fs::read_dir(&next).expect("a folder");
            open.extend(below.map(|one| one.expect("an entry").path()));
            "folder".to_owned()
        } else {
            let mut value = [0; 16];
            let noted = rustix::fs::lgetxattr(&next, "user.note", &mut value[..]);
            let mut value = [0; 32];
            let name = "security.capability";
            let capability = rustix::fs::lgetxattr(&next, name, &mut value[..]);
            let noted = (noted, capability, is_root().then_some(value));
            format!(
                "{} {noted:?}",
                std::fs::read_to_string(&next).expect("text")
            )
        };
        lines.push(format!("{name} {owner} {content}"));
    }
    lines.sort();
    lines
}

/// `cap_net_raw+ep`, as the kernel keeps it.
fn capability() -> Vec<u8> {
    let mut value = vec![1, 0, 0, 2, 0, 0x20];
    value.resize(20, 0);
    value
}

/// One change of a layer, somewhere below `r`.
fn member() -> impl Strategy<Value = Member> {
    let name =
        proptest::collection::vec("[abc]", 1..4).prop_map(|parts| format!("r/{}", parts.join("/")));
    let modes = prop_oneof![
        Just(0o755),
        Just(0o700),
        Just(0o644),
        Just(0o4755),
        Just(0o1777)
    ];
    let contents = prop_oneof![Just(""), Just("one"), Just("two")];
    let targets = prop_oneof![Just("a"), Just("../b"), Just("/r/c"), Just("nowhere")];
    (name.clone(), name, modes, contents, targets, 0..9, 0..3_u32).prop_map(
        |(name, other, mode, content, target, kind, id)| {
            let mut member = match kind {
                0..=2 => directory(&name, mode),
                3..=4 => file(&name, content),
                5 => symlink(&name, target),
                6 if id < 2 => hardlink(&name, "r/base"),
                6 => hardlink(&name, &other),
                7 => removal(&name),
                _ => opaque(&name),
            };
            if matches!(kind, 3 | 4) {
                member.0.mode = mode;
                let (note, value) = (b"user.note".to_vec(), vec![b'0'; id as usize + 1]);
                member.0.xattrs = [(note, value)].into();
                if id == 2 && is_root() {
                    let name = b"security.capability".to_vec();
                    member.0.xattrs.insert(name, capability());
                }
            }
            if kind < 6 {
                (member.0.uid, member.0.gid) = (id * 1000, id);
            }
            member
        },
    )
}

#[test]
fn a_commit_is_what_unpacked_layers_are() {
    let repositories = Repositories::new();
    let layers = proptest::collection::vec(proptest::collection::vec(member(), 1..8), 1..5);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut equal, mut refused) = (0, 0);
    for case in 0..100 {
        let layers = layers.new_tree(&mut runner).expect("made").current();
        let described = format!("{case} {layers:?}");
        let mut memory = Memory::default();
        let lower = [base(), vec![directory("r", 0o755), file("r/base", "base")]].concat();
        let image = memory.image(&described, &[vec![lower], layers].concat());
        let root = tempfile::tempdir().expect("a folder");
        let ownership = match is_root() {
            true => Ownership::Keep,
            false => Ownership::Mine,
        };
        let limits = Limits::default();
        let unpacked = unpack(&image.layers, &memory, root.path(), ownership, &limits);
        let imported = repositories.import(&image, &memory);
        let commit = match (unpacked, imported) {
            (Ok(_), Ok(commit)) => commit,
            (Err(_), Err(_)) => {
                refused += 1;
                continue;
            }
            // A layer that takes a file away and links to it: unpacking depends on the order.
            (Err(one), Ok(_)) if format!("{one:?}").contains("a hard link to") => continue,
            (one, other) => panic!("{described}\n{one:?}\n{other:?}"),
        };
        let checkout = repositories.checkout(&commit, "/r");
        let ours = listing(&root.path().join("r"));
        assert_eq!(listing(&checkout.path().join("root")), ours, "{described}");
        equal += 1;
    }
    assert!(equal > 30 && refused > 10, "{equal} and {refused}");
}
