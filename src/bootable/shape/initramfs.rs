//! The initramfs: made only when something changed that went into it, or would go into a new one.

use std::collections::BTreeSet;
use std::io::Write as _;

use crate::oci::{Digest, Hasher};
use crate::path::TreePath;
use crate::tree::{Entry, EntryKind, OpenRoot};

use super::error::ShapeError;
use super::kernel::{MODULES, place, raw};

/// The first line of a file of inputs.
const FORMAT: &str = "terroir initramfs inputs 1";

/// Files and folders that dracut is configured by, or copies as they are.
pub(super) const CONFIGURATION: [&str; 24] = [
    "/usr/lib/dracut",
    "/etc/dracut.conf",
    "/etc/dracut.conf.d",
    "/etc/cmdline.d",
    "/etc/crypttab",
    "/etc/default/keyboard",
    "/etc/locale.conf",
    "/etc/lvm",
    "/etc/mdadm",
    "/etc/mdadm.conf",
    "/etc/modprobe.d",
    "/etc/modules",
    "/etc/modules-load.d",
    "/etc/multipath.conf",
    "/etc/ostree",
    "/etc/systemd/system.conf",
    "/etc/systemd/system.conf.d",
    "/etc/vconsole.conf",
    "/usr/lib/bootc/initramfs-setup",
    "/usr/lib/composefs",
    "/usr/lib/modprobe.d",
    "/usr/lib/modules-load.d",
    "/usr/lib/ostree",
    "/usr/lib/systemd/system.conf.d",
];

/// Folders from which a module takes what it names, if it is there.
const NAMED: [&str; 6] = [
    "/usr/bin",
    "/usr/sbin",
    "/usr/lib",
    "/usr/lib/systemd/system",
    "/usr/lib/sysusers.d",
    "/usr/lib/udev/rules.d",
];

/// Files in an initramfs that are written anew, not copied.
const OWN: [&str; 14] = [
    "/etc/.pwd.lock",
    "/etc/group",
    "/etc/group-",
    "/etc/gshadow",
    "/etc/hostname",
    "/etc/initrd-release",
    "/etc/ld.so.cache",
    "/etc/machine-id",
    "/etc/os-release",
    "/etc/passwd",
    "/etc/passwd-",
    "/etc/resolv.conf",
    "/etc/shadow",
    "/usr/lib/os-release",
];

/// The file beside an initramfs that says what went into it.
pub(super) fn inputs_path(kernel: &str) -> TreePath {
    place(&format!("{MODULES}/{kernel}/initramfs.inputs"))
}

/// What an initramfs was made of.
pub(super) struct Inputs {
    /// The paths in it.
    files: Vec<TreePath>,
    /// The digest of them and of all that decides what else would be in it.
    digest: Digest,
}

impl Inputs {
    /// Those of a list of paths, as the root has them now.
    pub(super) fn of(
        root: &mut OpenRoot,
        kernel: &str,
        (image, list): (&TreePath, &str),
    ) -> Result<Self, ShapeError> {
        let files: Vec<TreePath> = list
            .lines()
            .filter(|path| path.starts_with('/') && !OWN.contains(path))
            // The system sets kernel parameters again once it has its root.
            .filter(|path| !path.starts_with("/usr/lib/sysctl.d/"))
            .filter_map(|path| TreePath::parse(path).ok())
            .collect();
        let digest = digest(root, kernel, image, &files)?;
        Ok(Self { files, digest })
    }

    /// Tells whether the initramfs beside a file of inputs would be the same today.
    pub(super) fn hold(
        root: &mut OpenRoot,
        kernel: &str,
        image: &TreePath,
    ) -> Result<bool, ShapeError> {
        let Some(text) = root.text(&inputs_path(kernel))? else {
            return Ok(false);
        };
        let mut lines = text.splitn(3, '\n');
        let (Some(FORMAT), Some(digest), Some(list)) = (lines.next(), lines.next(), lines.next())
        else {
            return Ok(false);
        };
        let now = Self::of(root, kernel, (image, list))?;
        Ok(now.digest.to_string() == digest)
    }

    /// The text of the file of inputs.
    pub(super) fn text(&self) -> String {
        let paths: Vec<String> = self.files.iter().map(raw).collect();
        format!("{FORMAT}\n{}\n{}\n", self.digest, paths.join("\n"))
    }
}

/// The digest of an initramfs and of all that it depends on.
fn digest(
    root: &mut OpenRoot,
    kernel: &str,
    image: &TreePath,
    files: &[TreePath],
) -> Result<Digest, ShapeError> {
    let mut all = Hashing {
        root,
        hasher: Hasher::default(),
    };
    all.content(image)?;
    all.listing(
        &place(&format!("{MODULES}/{kernel}")),
        &["initramfs.img", "initramfs.inputs"],
    )?;
    all.listing(&place("/usr/lib/firmware"), &[])?;
    let mut words = BTreeSet::new();
    for path in CONFIGURATION {
        all.whole(&place(path), &mut words)?;
    }
    for folder in NAMED {
        all.named(&place(folder), &words)?;
    }
    for folder in all.library_folders()? {
        all.named(&folder, &words)?;
    }
    for path in files {
        all.content(path)?;
    }
    all.facts(&words)?;
    Ok(all.hasher.finish().0)
}

/// A digest under way.
struct Hashing<'a> {
    root: &'a mut OpenRoot,
    hasher: Hasher,
}

impl Hashing<'_> {
    fn note(&mut self, bytes: &[u8]) {
        // A digest takes all that is written to it.
        let _ = self.hasher.write_all(bytes);
        let _ = self.hasher.write_all(b"\0");
    }

    /// What stands at a path, with its content.
    fn content(&mut self, path: &TreePath) -> Result<(), ShapeError> {
        self.note(path.as_bytes());
        let Some(entry) = self.root.entry(path)? else {
            self.note(b"absent");
            return Ok(());
        };
        self.note(format!("{:o} {} {}", entry.mode, entry.uid, entry.gid).as_bytes());
        match &entry.kind {
            EntryKind::Symlink { target } => self.note(target),
            EntryKind::File { .. } => {
                let hasher = &mut self.hasher;
                self.root.stream(path, &mut |piece| {
                    let _ = hasher.write_all(piece);
                })?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Names and lengths of all files below a folder; what they hold is looked at where they are used.
    fn listing(&mut self, folder: &TreePath, without: &[&str]) -> Result<(), ShapeError> {
        for entry in self.root.below(folder)? {
            let name = entry.path.file_name();
            if without.iter().any(|left| left.as_bytes() == name) {
                continue;
            }
            self.named_entry(&entry);
        }
        Ok(())
    }

    fn named_entry(&mut self, entry: &Entry) {
        self.note(entry.path.as_bytes());
        if let EntryKind::File { size } = entry.kind {
            self.note(size.to_string().as_bytes());
        }
    }

    /// All files at and below a path with their contents; their words are kept.
    fn whole(&mut self, path: &TreePath, words: &mut BTreeSet<Vec<u8>>) -> Result<(), ShapeError> {
        let mut entries = self.root.below(path)?;
        entries.extend(self.root.entry(path)?);
        for entry in entries {
            self.content(&entry.path)?;
            if let EntryKind::File { .. } = entry.kind {
                let text = self.root.text(&entry.path)?.unwrap_or_default();
                let all = text.split(|letter: char| !is_part_of_word(letter));
                words.extend(
                    all.filter(|word| word.len() > 1)
                        .map(|word| word.as_bytes().to_vec()),
                );
            }
        }
        Ok(())
    }

    /// The names in a folder that a module of dracut speaks of.
    fn named(&mut self, folder: &TreePath, words: &BTreeSet<Vec<u8>>) -> Result<(), ShapeError> {
        self.note(folder.as_bytes());
        for name in self.root.names(folder)? {
            let stem = match name.windows(3).position(|part| part == b".so") {
                Some(at) => name.get(..at).unwrap_or(&name),
                None => &name,
            };
            if words.contains(stem) || words.contains(&name) {
                self.note(&name);
            }
        }
        Ok(())
    }

    /// The folders of libraries of an architecture (`/usr/lib/x86_64-linux-gnu`, `/usr/lib64`).
    fn library_folders(&mut self) -> Result<Vec<TreePath>, ShapeError> {
        let lib = place("/usr/lib");
        let names = self.root.names(&lib)?.into_iter();
        let multiarch = names.filter(|name| name.ends_with(b"-linux-gnu"));
        let mut folders: Vec<_> = multiarch.filter_map(|name| lib.join(&name).ok()).collect();
        folders.push(place("/usr/lib64"));
        Ok(folders)
    }

    /// Lines of passwd, group and os-release that an initramfs has.
    fn facts(&mut self, words: &BTreeSet<Vec<u8>>) -> Result<(), ShapeError> {
        for path in ["/etc/passwd", "/etc/group"] {
            let text = self.root.text(&place(path))?.unwrap_or_default();
            for line in text.lines() {
                let name = line.split(':').next().unwrap_or_default();
                if words.contains(name.as_bytes()) {
                    self.note(line.as_bytes());
                }
            }
        }
        let text = self
            .root
            .text(&place("/usr/lib/os-release"))?
            .unwrap_or_default();
        for line in text.lines() {
            if ["ID=", "NAME=", "VERSION_ID="]
                .iter()
                .any(|key| line.starts_with(key))
            {
                self.note(line.as_bytes());
            }
        }
        Ok(())
    }
}

fn is_part_of_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.' | '@')
}
