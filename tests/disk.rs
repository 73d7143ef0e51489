//! Disks of images: made by terroir, examined by the programs that own their formats.

#[path = "support/corrupt.rs"]
mod corrupt;
#[path = "disk/encrypted.rs"]
mod encrypted;
#[path = "disk/groups.rs"]
mod groups;
#[path = "disk/host.rs"]
mod host;
#[path = "disk/installed.rs"]
mod installed;
#[path = "support/judge.rs"]
mod judge;
#[expect(dead_code, reason = "archives of other tests have other members")]
#[path = "support/layout.rs"]
mod layout;
#[path = "disk/medium.rs"]
mod medium;
#[path = "disk/network.rs"]
mod network;
#[path = "support/pages.rs"]
mod pages;
#[path = "support/python.rs"]
mod python;
#[path = "disk/region.rs"]
mod region;
#[expect(dead_code, reason = "machines speak plain HTTP")]
#[path = "support/registry_real.rs"]
mod registry_real;
#[path = "disk/secrets.rs"]
mod secrets;
#[path = "disk/tang.rs"]
mod tang;
#[path = "disk/volumes.rs"]
mod volumes;
#[path = "support/workspace.rs"]
mod workspace;

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use judge::{is_root, is_there, run};
use layout::{Layer, Layout, Member, archive};
use serde_json::json;
use workspace::Workspace;

/// Where partitions begin, in bytes.
const ESP: u64 = 2 << 20;
const BOOT: u64 = ESP + (128 << 20);
const ROOT: u64 = BOOT + (768 << 20);

/// The members of a root that boots, as far as a disk looks at it.
fn members<'a>(cycle: &'a str) -> Vec<(&'a str, Member<'a>)> {
    let file = |name, content: &'a str| (name, Member::File(name, content.as_bytes()));
    let folder = |name| (name, Member::Folder(name));
    vec![
        folder("etc"),
        file(
            "etc/fstab",
            "tmpfs /tmp tmpfs nosuid 0 0\nLABEL=b /boot ext4 noexec 0 2\n",
        ),
        folder("usr"),
        file("usr/lib/os-release", "ID=debian\nPRETTY_NAME=\"A test\"\n"),
        file("usr/lib/terroir/life-cycle", cycle),
        file("usr/lib/modules/6.1/vmlinuz", "a kernel"),
        file("usr/lib/modules/6.1/initramfs.img", "its RAM disk"),
        file("usr/lib/bootc/kargs.d/20.toml", "kargs = [\"quiet\"]\n"),
        file(
            "usr/lib/bootc/kargs.d/10.toml",
            "kargs = [\"console=tty0\", \"console=ttyS0\"]\n",
        ),
        file("usr/lib/shim/shimx64.efi.signed", "a shim"),
        file(
            "usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed",
            "a GRUB",
        ),
        folder("boot"),
        folder("efi"),
        folder("sysroot"),
        ("ostree", Member::Link("ostree", "sysroot/ostree")),
        folder("var"),
        folder("tmp"),
        folder("run"),
        folder("proc"),
        folder("sys"),
        folder("dev"),
    ]
}

/// Writes an image of these members as `oci:../image:it`.
fn image(workspace: &Workspace, members: &[Member<'_>]) {
    image_of(workspace, archive(members));
}

/// Writes an image of one layer, an archive, as `oci:../image:it`.
fn image_of(workspace: &Workspace, archive: Vec<u8>) {
    let folder = workspace.path("image");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).expect("removed");
    }
    let layout = Layout::new(&folder);
    let layer = Layer::plain(archive);
    let config = json!({
        "architecture": "amd64", "os": "linux", "created": "2026-05-01T00:00:00Z",
        "rootfs": { "type": "layers", "diff_ids": [layer.diff_id] },
    });
    let config = layout.document(layout::CONFIG, &config);
    let blob = layout.blob(layer.kind, &layer.bytes);
    let manifest = json!({
        "schemaVersion": 2, "mediaType": layout::MANIFEST, "config": config, "layers": [blob],
    });
    layout.tag(layout.document(layout::MANIFEST, &manifest));
}

fn whole(workspace: &Workspace, cycle: &str) {
    let members: Vec<Member<'_>> = members(cycle).into_iter().map(|(_, one)| one).collect();
    image(workspace, &members);
}

/// Makes a disk; gives its file.
fn disk(workspace: &Workspace, name: &str, more: &[&str]) -> std::path::PathBuf {
    let words = [&["disk", "oci:../image:it", "-o", name], more].concat();
    workspace.done(&words);
    workspace.repository().join(name)
}

fn is_possible() -> bool {
    let programs = [
        "ostree",
        "sfdisk",
        "mke2fs",
        "mkfs.vfat",
        "mcopy",
        "qemu-img",
    ];
    is_root() && programs.into_iter().all(is_there)
}

fn text(program: &str, words: &[&str]) -> String {
    String::from_utf8_lossy(&run(program, words, &[])).into_owned()
}

fn at(disk: &Path, offset: u64) -> String {
    format!("{}?offset={offset}", disk.display())
}

/// What debugfs says to a request.
fn debugfs(disk: &Path, offset: u64, request: &str) -> String {
    text("debugfs", &["-R", request, &at(disk, offset)])
}

fn same(one: &Path, other: &Path) -> bool {
    let mut readers = [one, other].map(|path| File::open(path).expect("a disk"));
    let mut blocks = [vec![0; 1 << 20], vec![0; 1 << 20]];
    loop {
        let mut counts = [0; 2];
        for ((reader, block), count) in readers.iter_mut().zip(&mut blocks).zip(&mut counts) {
            // As long as the file has bytes, the block is filled.
            while *count < block.len() {
                match reader.read(&mut block[*count..]).expect("it is read") {
                    0 => break,
                    more => *count += more,
                }
            }
        }
        if counts[0] != counts[1] || blocks[0][..counts[0]] != blocks[1][..counts[1]] {
            return false;
        }
        if counts[0] == 0 {
            return true;
        }
    }
}

/// Lets the owners of the formats examine a disk.
fn examine(workspace: &Workspace, disk: &Path) {
    let name = disk.display().to_string();
    let table = text("sfdisk", &["--verify", &name]);
    assert!(table.contains("No errors detected"), "{table}");
    for offset in [BOOT, ROOT] {
        run("e2fsck", &["-fn", &at(disk, offset)], &[]);
    }
    let esp = workspace.path("esp");
    let mut source = File::open(disk).expect("the disk");
    source.seek(SeekFrom::Start(ESP)).expect("an offset");
    let mut target = File::create(&esp).expect("a file");
    std::io::copy(&mut source.take(BOOT - ESP), &mut target).expect("copied");
    run("fsck.vfat", &["-n", &esp.display().to_string()], &[]);
}

/// The identifier of the root's file system.
fn root_uuid(disk: &Path) -> String {
    let (offset, name) = (ROOT.to_string(), disk.display().to_string());
    let words = ["-p", "-O", &offset, "-o", "value", "-s", "UUID", &name];
    text("blkid", &words).trim().to_owned()
}

#[test]
fn a_deployment_on_a_disk_is_what_ostree_accepts() {
    if !is_possible() {
        return;
    }
    let workspace = Workspace::new();
    whole(&workspace, "ostree\n");
    let disk = disk(&workspace, "a.img", &[]);
    examine(&workspace, &disk);
    let root = workspace.path("root");
    std::fs::create_dir(&root).expect("a folder");
    debugfs(&disk, ROOT, &format!("rdump /ostree {}", root.display()));
    let repository = format!("--repo={}/ostree/repo", root.display());
    run("ostree", &["fsck", &repository], &[]);
    let refs = text("ostree", &["refs", &repository]);
    assert!(refs.contains("terroir/image/"), "{refs}");
    assert!(refs.contains("terroir/layer/"), "{refs}");
    let sysroot = format!("--sysroot={}", root.display());
    let boot = root.join("boot");
    std::fs::create_dir(&boot).expect("a folder");
    debugfs(&disk, BOOT, &format!("rdump / {}", boot.display()));
    let status = text("ostree", &["admin", "status", &sysroot]);
    assert!(status.contains("terroir "), "{status}");
    let fstab = std::fs::read_dir(root.join("ostree/deploy/terroir/deploy"))
        .expect("deployments")
        .map(|entry| entry.expect("an entry").path().join("etc/fstab"))
        .find_map(|path| std::fs::read_to_string(path).ok())
        .expect("a deployment has an fstab");
    let first = format!(
        "UUID={} / ext4 defaults,x-systemd.growfs 0 1\n",
        root_uuid(&disk)
    );
    assert!(fstab.starts_with(&first), "{fstab}");
    assert!(fstab.contains(" /boot ext4 noexec 0 2\n"), "{fstab}");
    assert!(fstab.contains("tmpfs /tmp tmpfs nosuid 0 0\n"), "{fstab}");
}

#[test]
fn the_boot_chain_of_a_disk_is_that_of_the_image() {
    if !is_possible() {
        return;
    }
    let workspace = Workspace::new();
    whole(&workspace, "ostree\n");
    let disk = disk(&workspace, "a.img", &[]);
    let menu = debugfs(&disk, BOOT, "cat /loader/grub.cfg");
    let arguments = format!(
        "root=UUID={} rw console=tty0 console=ttyS0 quiet ostree=",
        root_uuid(&disk)
    );
    assert!(menu.contains(&arguments), "{menu}");
    assert!(menu.contains("linux /ostree/terroir-"), "{menu}");
    let esp = format!("{}@@{ESP}", disk.display());
    let read = |path: &str| text("mtype", &["-i", &esp, path]);
    let first = read("::/EFI/debian/grub.cfg");
    assert!(first.contains("terminal_output console serial"), "{first}");
    for (name, written) in [("menu", &menu), ("first", &first)] {
        let path = workspace.path(name);
        std::fs::write(&path, written).expect("written");
        if is_there("grub-script-check") {
            run("grub-script-check", &[path], &[]);
        }
    }
    assert_eq!(read("::/EFI/BOOT/BOOTX64.EFI"), "a shim");
    assert_eq!(read("::/EFI/debian/grubx64.efi"), "a GRUB");
}

#[test]
fn every_format_has_the_same_bytes_twice() {
    if !is_possible() {
        return;
    }
    let workspace = Workspace::new();
    whole(&workspace, "ostree\n");
    let raw = disk(&workspace, "a.img", &["--size", "2G"]);
    assert_eq!(raw.metadata().expect("a file").len(), 2 << 30);
    for end in ["img", "qcow2", "vmdk"] {
        let [one, other] = ["one", "other"]
            .map(|name| disk(&workspace, &format!("{name}.{end}"), &["--size", "2G"]));
        assert!(same(&one, &other), "{end}");
        let name = one.display().to_string();
        run(
            "qemu-img",
            &["compare", &raw.display().to_string(), &name],
            &[],
        );
        if end == "qcow2" {
            run("qemu-img", &["check", &name], &[]);
        }
    }
    let random = disk(
        &workspace,
        "random.img",
        &["--size", "2G", "--random-uuids"],
    );
    assert!(!same(&raw, &random));
}

#[test]
fn a_plain_root_has_a_menu_of_its_own() {
    if !is_possible() {
        return;
    }
    let workspace = Workspace::new();
    whole(&workspace, "plain\n");
    let disk = disk(&workspace, "a.img", &[]);
    examine(&workspace, &disk);
    let menu = debugfs(&disk, BOOT, "cat /grub/grub.cfg");
    let expected = "  linux /vmlinuz-6.1 root=UUID=";
    assert!(menu.contains(expected), "{menu}");
    assert!(
        menu.contains(" rw console=tty0 console=ttyS0 quiet\n"),
        "{menu}"
    );
    assert_eq!(debugfs(&disk, BOOT, "cat /vmlinuz-6.1"), "a kernel");
    let fstab = debugfs(&disk, ROOT, "cat /etc/fstab");
    assert!(fstab.contains(" /boot/efi vfat "), "{fstab}");
}

/// What is in the folder that disks are made in.
fn left(workspace: &Workspace) -> Vec<String> {
    let entries = std::fs::read_dir(workspace.repository()).expect("the repository");
    let mut names: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

/// Images that are no disks: their members, the file, an option, and what is said.
fn refusals() -> Vec<(
    Vec<Member<'static>>,
    &'static str,
    &'static str,
    &'static str,
)> {
    let without = |left_out: &str| -> Vec<Member<'static>> {
        let all = members("ostree").into_iter();
        all.filter(|(name, _)| *name != left_out)
            .map(|(_, member)| member)
            .collect()
    };
    let second = Member::File("usr/lib/modules/6.2/vmlinuz", b"another");
    let mut two = without("");
    two.push(second);
    let shim = "usr/lib/shim/shimx64.efi.signed";
    vec![
        (
            without("usr/lib/terroir/life-cycle"),
            "a.img",
            "",
            "no /usr/lib/terroir/life-cycle",
        ),
        (for_bootc(), "a.img", "", "its life cycle is `bootc`"),
        (
            without(""),
            "a.img",
            "--bootc",
            "its life cycle is `ostree`, and --bootc is for",
        ),
        (
            without("usr/lib/modules/6.1/vmlinuz"),
            "a.img",
            "",
            "no kernel",
        ),
        (
            without("usr/lib/modules/6.1/initramfs.img"),
            "a.img",
            "",
            "no initramfs",
        ),
        (two, "a.img", "", "two kernels"),
        (
            without(shim),
            "a.img",
            "",
            "it has no /usr/lib/shim/shimx64.efi.signed",
        ),
        (
            without(""),
            "a.img",
            "--size=900M",
            "is too small: the image needs",
        ),
        (without(""), "there.img", "", "there.img exists"),
        (without(""), "/dev/null", "", "/dev/null is a device"),
        (
            without(""),
            "nowhere/a.img",
            "",
            "nowhere/a.img cannot be written",
        ),
    ]
}

/// The members of a root that bootc updates, without bootc.
fn for_bootc() -> Vec<Member<'static>> {
    let members = members("bootc\n").into_iter();
    members.map(|(_, member)| member).collect()
}

#[test]
fn what_cannot_be_a_disk_is_refused_and_leaves_nothing() {
    if !is_possible() {
        return;
    }
    let workspace = Workspace::new();
    workspace.write("there.img", "");
    for (members, output, more, expected) in refusals() {
        image(&workspace, &members);
        let mut words = vec!["disk", "oci:../image:it", "-o", output];
        words.extend(more.split_whitespace());
        let said = workspace.run(&words);
        assert_ne!(said.code, 0, "{expected}");
        assert!(said.err.contains(expected), "{expected}: {}", said.err);
        assert_eq!(
            left(&workspace),
            ["terroir.lock", "there.img"],
            "{expected}"
        );
        let work = workspace.path("store/tmp");
        let work = std::fs::read_dir(work).map_or(0, Iterator::count);
        assert_eq!(work, 0, "{expected}");
    }
}
