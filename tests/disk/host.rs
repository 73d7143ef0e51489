//! What one host has beside its image: users of the document, read back by programs that own the files.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::installed::{SIZE, Site, deployed, is_blank};
use super::judge::{is_there, run};
use super::layout::{Member, archive};
use super::workspace::Workspace;
use super::{ROOT, debugfs, examine, image_of, members, text};

/// A key that the image has for the user old.
const OLD_KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKcxGSqGSm7eeVBOJqv0Dr4Wx1J0GUaDHXvBHvSmDwHU old@image";

/// Adds a file with a mode and a group to an archive.
fn add(archive: &mut Vec<u8>, (name, mode, group): (&str, u32, u64), content: &str) {
    archive.truncate(archive.len() - 1024);
    let mut header = tar::Header::new_ustar();
    header.set_path(name).expect("a name");
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(group);
    header.set_mtime(0);
    header.set_size(content.len() as u64);
    header.set_cksum();
    archive.extend_from_slice(header.as_bytes());
    archive.extend_from_slice(content.as_bytes());
    archive.resize(archive.len().next_multiple_of(512) + 1024, 0);
}

/// Writes an image with accounts; `more` are files of it.
pub(super) fn with_accounts(workspace: &Workspace, cycle: &str, more: Vec<Member<'_>>) {
    let mut all: Vec<Member<'_>> = members(cycle).into_iter().map(|(_, one)| one).collect();
    let links = match cycle {
        "plain" => [Member::Folder("home"), Member::Folder("root")],
        _ => [
            Member::Link("home", "var/home"),
            Member::Link("root", "var/roothome"),
        ],
    };
    all.extend(links);
    let passwd = b"root:x:0:0:root:/root:/bin/bash\nwww:x:33:33:www:/srv/www:/usr/sbin/nologin\n\
        old:x:1000:1000::/home/old:/bin/bash\n";
    let key = format!("{OLD_KEY}\n");
    let factory = "usr/share/factory/var/home/old/.ssh/authorized_keys";
    all.extend([
        Member::Folder("srv"),
        Member::Folder("srv/www"),
        Member::Folder("usr/bin"),
        Member::File("usr/bin/bash", b""),
        Member::Folder("usr/sbin"),
        Member::File("usr/sbin/nologin", b""),
        Member::Link("bin", "usr/bin"),
        Member::File("etc/passwd", passwd),
        Member::File(
            "etc/group",
            b"root:x:0:\nsudo:x:27:\nwww:x:33:\nshadow:x:42:\nold:x:1000:\n",
        ),
        Member::Folder("etc/skel"),
        Member::File("etc/skel/.profile", b"# of skel\n"),
        Member::Folder("etc/skel/.config"),
        Member::Link("etc/skel/.config/link", "../.profile"),
        Member::File(factory, key.as_bytes()),
    ]);
    all.extend(more);
    let mut archive = archive(&all);
    let shadow = "root:*:19000:0:99999:7:::\nwww:*:19000:0:99999:7:::\nold:!:19000:0:99999:7:::\n";
    add(&mut archive, ("etc/shadow", 0o640, 42), shadow);
    let gshadow = "root:*::\nsudo:*::\nwww:!::\nshadow:*::\nold:!::\n";
    add(&mut archive, ("etc/gshadow", 0o640, 42), gshadow);
    image_of(workspace, archive);
}

/// A new key in a workspace.
pub(super) fn new_key(workspace: &Workspace) -> String {
    let path = workspace.path("key").display().to_string();
    run(
        "ssh-keygen",
        &["-q", "-t", "ed25519", "-N", "", "-C", "a@b", "-f", &path],
        &[],
    );
    let text = fs::read_to_string(format!("{path}.pub")).expect("a key");
    text.trim().to_owned()
}

/// The root of an installed machine as it would be there, in a folder.
fn machine(site: &Site, disk: &Path, is_plain: bool) -> PathBuf {
    let root = site.workspace.path("machine");
    fs::create_dir(&root).expect("a folder");
    let shown = root.display();
    let (system, folders): (String, &[&str]) = match is_plain {
        true => (String::new(), &["etc", "home", "root", "srv", "usr", "var"]),
        false => (deployed(disk), &["etc", "usr", "srv"]),
    };
    for folder in folders {
        debugfs(disk, ROOT, &format!("rdump {system}/{folder} {shown}"));
    }
    let link = |target: &str, name: &str| {
        std::os::unix::fs::symlink(target, root.join(name)).expect("a link");
    };
    link("usr/bin", "bin");
    if !is_plain {
        debugfs(
            disk,
            ROOT,
            &format!("rdump /ostree/deploy/terroir/var {shown}"),
        );
        link("var/home", "home");
        link("var/roothome", "root");
    }
    root
}

/// Mode and owner of a file on a disk, as debugfs shows them.
fn bits(disk: &Path, path: &str) -> String {
    let shown = debugfs(disk, ROOT, &format!("stat {path}"));
    let mut words = shown.split_whitespace();
    let mut after = |name: &str| {
        words.find(|word| *word == name);
        words.next().unwrap_or_default().to_owned()
    };
    let [mode, user, group] = ["Mode:", "User:", "Group:"].map(&mut after);
    format!("{mode} {user}:{group}")
}

/// Lets the programs of the shadow suite read a root.
fn check_accounts(root: &Path) {
    let root = root.display().to_string();
    run("pwck", &["-r", "-R", &root], &[]);
    run("grpck", &["-r", "-R", &root], &[]);
}

pub(super) fn is_possible() -> bool {
    ["pwck", "grpck", "ssh-keygen", "openssl"]
        .into_iter()
        .all(is_there)
}

/// The users of a document: new ones, one of the image, and root.
fn users(site: &Site, key: &str, hash: &str) -> Value {
    json!({ "users": [
        { "name": "admin", "groups": ["sudo"], "ssh-keys": [key], "password-hash": hash,
          "uid": 2000, "full-name": "Ann O'Nym" },
        { "name": "plain" },
        { "name": "old", "ssh-keys": [key, OLD_KEY], "groups": ["sudo"] },
        { "name": "root", "ssh-keys": [key],
          "password-hash": { "secret": site.page("secrets/password-root") } },
    ] })
}

#[test]
fn users_of_the_document_are_on_the_machine() {
    if !is_possible() {
        return;
    }
    for cycle in ["ostree", "plain"] {
        let write = |workspace: &Workspace| with_accounts(workspace, cycle, Vec::new());
        let Some(site) = Site::new(&write) else {
            return;
        };
        let key = new_key(&site.workspace);
        let hash = text("openssl", &["passwd", "-6", "correct horse"]);
        site.pages.put("/secrets/password-root", &hash);
        site.document(&users(&site, &key, hash.trim()));
        let disk = site.blank("a.img", SIZE);
        let (code, said) = site.install("a.img");
        assert_eq!(code, 0, "{said}");
        examine(&site.workspace, &disk);
        let root = machine(&site, &disk, cycle == "plain");
        check_accounts(&root);
        let read = |path: &str| fs::read_to_string(root.join(path)).expect("a file");
        let passwd = read("etc/passwd");
        assert!(
            passwd.contains("admin:x:2000:2000:Ann O'Nym:/home/admin:/bin/bash\n")
                && passwd.contains("plain:x:1001:1001::/home/plain:/bin/bash\n"),
            "{passwd}"
        );
        assert!(read("etc/group").contains("sudo:x:27:admin,old\n"));
        let shadow = read("etc/shadow");
        assert!(
            shadow.contains(&format!("admin:{}:", hash.trim()))
                && shadow.contains(&format!("root:{}:", hash.trim()))
                && shadow.contains("plain:!*:")
                && shadow.contains("old:!:"),
            "{shadow}"
        );
        assert_eq!(read("home/admin/.ssh/authorized_keys"), format!("{key}\n"));
        run(
            "ssh-keygen",
            &["-lf".into(), root.join("home/admin/.ssh/authorized_keys")],
            &[],
        );
        assert_eq!(read("home/admin/.profile"), "# of skel\n");
        assert_eq!(read("home/plain/.config/link"), "# of skel\n");
        assert_eq!(read("root/.ssh/authorized_keys"), format!("{key}\n"));
        check_owners(&disk, cycle);
        let old = read("home/old/.ssh/authorized_keys");
        match cycle {
            // What the machine would get from its image is not lost.
            "ostree" => assert_eq!(old, format!("{OLD_KEY}\n{key}\n")),
            _ => assert!(old.contains(&key) && old.contains(OLD_KEY), "{old}"),
        }
        if cycle == "ostree" {
            let whole = site.workspace.path("whole");
            fs::create_dir(&whole).expect("a folder");
            debugfs(&disk, ROOT, &format!("rdump /ostree {}", whole.display()));
            let repository = format!("--repo={}/ostree/repo", whole.display());
            run("ostree", &["fsck", &repository], &[]);
        }
        // Nothing that was said or reported has a hash.
        let (_, last) = site.reports();
        assert!(!format!("{said}{last}").contains("$6$"), "{said}{last}");
    }
}

/// Modes and owners of what belongs to users.
fn check_owners(disk: &Path, cycle: &str) {
    let (system, homes, root) = match cycle {
        "plain" => (String::new(), "/home", "/root"),
        _ => (
            deployed(disk),
            "/ostree/deploy/terroir/var/home",
            "/ostree/deploy/terroir/var/roothome",
        ),
    };
    for (path, expected) in [
        (format!("{system}/etc/passwd"), "0644 0:0"),
        (format!("{system}/etc/shadow"), "0640 0:42"),
        (format!("{system}/etc/gshadow"), "0640 0:42"),
        (format!("{homes}/admin"), "0700 2000:2000"),
        (format!("{homes}/admin/.profile"), "0644 2000:2000"),
        (format!("{homes}/admin/.ssh"), "0700 2000:2000"),
        (
            format!("{homes}/admin/.ssh/authorized_keys"),
            "0600 2000:2000",
        ),
        (format!("{homes}/plain/.config/link"), "0777 1001:1001"),
        (format!("{root}/.ssh/authorized_keys"), "0600 0:0"),
    ] {
        assert_eq!(bits(disk, &path), expected, "{path}");
    }
}

#[test]
fn users_that_contradict_the_image_leave_the_disk_alone() {
    if !is_possible() {
        return;
    }
    let write = |workspace: &Workspace| with_accounts(workspace, "ostree", Vec::new());
    let Some(site) = Site::new(&write) else {
        return;
    };
    site.pages.put("/secret", "correct horse\n");
    let secret = site.page("secret");
    let user = |more: Value| {
        let mut user = json!({ "name": "new" });
        let keys = user.as_object_mut().expect("keys");
        keys.extend(more.as_object().expect("keys").clone());
        user
    };
    let cases = [
        (
            user(json!({ "name": "old", "uid": 1001 })),
            "the user old has the number 1000 already",
        ),
        (
            user(json!({ "uid": 1000 })),
            "the number 1000 belongs to the user old already",
        ),
        (
            user(json!({ "groups": ["wheel"] })),
            "there is no group wheel in the image",
        ),
        (
            user(json!({ "name": "www", "ssh-keys": [OLD_KEY] })),
            "the home /srv/www of www is at /srv/www, which cannot be changed on the machine",
        ),
        (
            user(json!({ "password-hash": "correct horse" })),
            "is not the hash of a password",
        ),
        (
            user(json!({ "password-hash": { "secret": secret } })),
            "is not the hash of a password",
        ),
    ];
    for (user, expected) in cases {
        site.document(&json!({ "users": [user] }));
        let disk = site.blank("a.img", SIZE);
        let (code, said) = site.install("a.img");
        assert!(code != 0 && said.contains(expected), "{expected}: {said}");
        assert!(!said.contains("correct horse"), "{said}");
        assert!(is_blank(&disk), "{expected}");
    }
    let (_, last) = site.reports();
    assert!(!last.to_string().contains("correct horse"), "{last}");
}

#[test]
fn files_of_the_document_are_on_the_machine() {
    let links = || {
        vec![
            Member::Link("etc/linked", "../usr/share"),
            Member::File("etc/motd", b"old"),
        ]
    };
    let write = |workspace: &Workspace| with_accounts(workspace, "ostree", links());
    let Some(site) = Site::new(&write) else {
        return;
    };
    site.pages.put("/secrets/key", "hunter2\n");
    let place = site.page("secrets/key");
    site.document(&json!({ "files": [
        { "path": "/etc/motd", "content": "new\n" },
        { "path": "/etc/app/key", "content": { "secret": place }, "mode": "0600" },
    ] }));
    let disk = site.blank("a.img", SIZE);
    let (code, said) = site.install("a.img");
    assert_eq!(code, 0, "{said}");
    let system = deployed(&disk);
    for (path, content, expected) in [
        ("motd", "new\n", "0644 0:0"),
        ("app/key", "hunter2\n", "0600 0:0"),
    ] {
        let path = format!("{system}/etc/{path}");
        assert_eq!(debugfs(&disk, ROOT, &format!("cat {path}")), content);
        assert_eq!(bits(&disk, &path), expected, "{path}");
    }
    let (_, last) = site.reports();
    assert!(!format!("{said}{last}").contains("hunter2"), "{said}{last}");
    refuses_files(&site);
}

/// Files that are refused leave the disk alone.
fn refuses_files(site: &Site) {
    let file = |path: &str| json!({ "path": path, "content": "hunter2" });
    let cases = [
        (
            json!([file("/etc/linked/x")]),
            "/etc/linked/x leads out of /etc in the image",
        ),
        (json!([file("/etc/../usr/x")]), "is no file below /etc"),
        (json!([file("/usr/x")]), "is no file below /etc"),
        (
            json!([file("/etc/shadow")]),
            "/etc/shadow is made by the installer",
        ),
        (
            json!([file("/etc/a"), file("/etc/a")]),
            "the file /etc/a is there twice",
        ),
        (
            json!([{ "path": "/etc/a", "content": "hunter2", "mode": "999" }]),
            "is not octal text",
        ),
        (
            json!([{ "path": "/etc/a", "content": ["hunter2"] }]),
            "expected a text, or",
        ),
    ];
    for (files, expected) in cases {
        site.document(&json!({ "files": files }));
        let disk = site.blank("b.img", SIZE);
        let (code, said) = site.install("b.img");
        assert!(code != 0 && said.contains(expected), "{expected}: {said}");
        assert!(is_blank(&disk) && !said.contains("hunter2"), "{said}");
    }
}
