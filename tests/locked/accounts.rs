//! Accounts keep their numeric ids from one rebuild to the next.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::{base, judge, packages::within};

/// Accounts made by a command, each with a file, one of them a program that runs as its owner.
fn recipe(commands: &str) -> String {
    format!(
        "apiVersion: terroir/v1\nname: accounts\ntier: group\nfrom: base.yml\nmodules:\n  \
         - type: script\n    snippets:\n      - |\n{commands}"
    )
}

fn account(name: &str) -> String {
    format!(
        "        useradd --system --user-group {name}\n        \
         install -D -o {name} -g {name} -m 6750 /bin/true /opt/{name}/file\n        \
         ln /opt/{name}/file /opt/{name}/link\n"
    )
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story from lock to refusal")]
fn accounts_keep_their_ids_from_rebuild_to_rebuild() {
    if !judge::is_root() {
        return;
    }
    let store = base::store();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = folder.path();
    fs::create_dir(place.join("recipes")).expect("writable");
    fs::copy(base::RECIPE, place.join("recipes/base.yml")).expect("writable");
    let write = |commands: &[String]| {
        let path = place.join("recipes/accounts.yml");
        fs::write(path, recipe(&commands.concat())).expect("writable");
    };
    let terroir = within(place, "", &store);
    let build = |tag: &str, isolation: &str| {
        let output = format!("oci:out:{tag}");
        let how = format!("--isolation={isolation}");
        terroir.run(["build", &how, "recipes/accounts.yml", "-o", &output]);
        terroir.run(["unpack", "--quiet", &output, tag]);
        ids(&place.join(tag))
    };
    write(&[account("one"), account("two")]);
    terroir.run(["lock"]);
    let first = build("first", "namespaces");
    terroir.run(["lock"]);
    let lock = fs::read_to_string(place.join("terroir.lock")).expect("written");
    assert!(
        lock.contains("accounts:\n  recipes/accounts.yml:\n"),
        "{lock}"
    );
    // Another order, and a new account that would take the first number.
    write(&[account("zero"), account("two"), account("one")]);
    for isolation in ["namespaces", "chroot"] {
        let again = build(&format!("again-{isolation}"), isolation);
        for name in ["one", "two"] {
            let of = |all: &[(String, [u32; 4])]| all.iter().find(|(one, _)| one == name).cloned();
            assert_eq!(of(&first), of(&again), "{name} with {isolation}");
        }
        let zero = &again
            .iter()
            .find(|(name, _)| name == "zero")
            .expect("made")
            .1;
        assert_eq!(
            zero[2..],
            zero[..2],
            "files belong to the account that they were made for"
        );
        assert!(
            first.iter().all(|(_, one)| one[0] != zero[0]),
            "nobody shares an id"
        );
    }
    terroir.run(["lock"]);
    let lock = fs::read_to_string(place.join("terroir.lock")).expect("written");
    assert!(lock.contains("        zero: "), "{lock}");
    // A number that the base's own account has is refused.
    let daemon = fs::read_to_string(place.join("first/etc/passwd")).expect("text");
    let daemon = daemon
        .lines()
        .find(|line| line.starts_with("daemon:"))
        .expect("there");
    let taken = daemon.split(':').nth(2).expect("a number").to_owned();
    let id = first
        .iter()
        .find(|(name, _)| name == "one")
        .expect("made")
        .1[0];
    let moved = lock.replace(
        &format!("        one: {id}\n"),
        &format!("        one: {taken}\n"),
    );
    fs::write(place.join("terroir.lock"), moved).expect("writable");
    let refused = terroir.output(["build", "recipes/accounts.yml"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{said}");
    let words = format!("the user one had the id {taken}, and has {id} now");
    assert!(said.contains(&words), "{said}");
}

/// Of each account that was made: uid and gid by the databases, owner and group of its file.
fn ids(root: &Path) -> Vec<(String, [u32; 4])> {
    let number = |database: &str, name: &str| -> u32 {
        let text = fs::read_to_string(root.join(database)).expect("text");
        let line = text
            .lines()
            .find(|line| line.starts_with(&format!("{name}:")));
        let field = line
            .and_then(|line| line.split(':').nth(2))
            .expect("a line");
        field.parse().expect("a number")
    };
    let made = fs::read_dir(root.join("opt")).expect("there");
    let mut found: Vec<_> = made
        .map(|entry| {
            let entry = entry.expect("an entry");
            let name = entry.file_name().to_string_lossy().into_owned();
            let file = fs::metadata(entry.path().join("file")).expect("there");
            let link = fs::metadata(entry.path().join("link")).expect("there");
            assert_eq!(file.mode() & 0o7777, 0o6750, "{name}");
            assert_eq!(file.ino(), link.ino(), "{name} has two names for one file");
            let (uid, gid) = (number("etc/passwd", &name), number("etc/group", &name));
            (name, [uid, gid, file.uid(), file.gid()])
        })
        .collect();
    found.sort();
    found
}
