//! Mount options, as mount(8) puts them in force on a file system in memory.

use std::fmt::Write as _;

use serde_json::json;
use terroir::setting::{Kind, Outcome};

use crate::judge::{is_root, is_there};
use crate::random::{Random, cases};
use crate::root::{Root, agree, ask, check, said};

const OPTIONS: &[&str] = &[
    "nodev", "dev", "nosuid", "suid", "noexec", "exec", "defaults", "rw", "user", "users", "owner",
    "group", "user=bob", "nofail", "noauto", "x-foo", "size=1m", "relatime", "nouser", "auto",
];

/// Each line: the number of a case, then the options in force; in a namespace of its own.
const MOUNT: &str = "while read -r number options; do \
     mount -t tmpfs -o \"$options\" tmpfs /mnt 2>/dev/null || continue; \
     echo \"$number $(findmnt -n -o VFS-OPTIONS --mountpoint /mnt)\"; umount /mnt; done <\"$1\"";

#[test]
fn options_in_force_are_those_of_mount() {
    if !is_root()
        || !["mount", "findmnt", "unshare"]
            .iter()
            .all(|one| is_there(one))
    {
        return;
    }
    let mut random = Random::new(11);
    let tried = cases();
    let root = Root::new();
    let (mut list, mut all) = (String::new(), Vec::new());
    for number in 0..tried {
        let options = random.some(OPTIONS, 6, ",");
        let options = if options.is_empty() {
            "defaults".to_owned()
        } else {
            options
        };
        let _ = writeln!(list, "{number} {options}");
        all.push(options);
    }
    root.write("list", &list);
    let list = root.path().join("list").display().to_string();
    let output = ask("unshare", &["-m", "sh", "-c", MOUNT, "sh", &list]);
    let mut wrong = Vec::new();
    let mut judged = 0;
    for line in said(&output).lines() {
        let (number, force) = line.split_once(' ').expect("a number and options");
        let options = &all[number.parse::<usize>().expect("a number")];
        root.write(
            "etc/fstab",
            &format!("tmpfs /dev/shm tmpfs {options} 0 0\n"),
        );
        let snapshot = root.snapshot();
        judged += 1;
        for wanted in ["nodev", "nosuid", "noexec"] {
            let theirs = force.split(',').any(|one| one == wanted);
            let value = json!({"options": [wanted], "separate": false, "mounted": true});
            let checked = check(Kind::MOUNT, "/dev/shm", &value, &snapshot);
            let ours = checked.outcome == Outcome::Met;
            if ours != theirs {
                wrong.push(format!(
                    "{options}: mount says {force}, we {}",
                    checked.found
                ));
            }
        }
    }
    assert!(judged * 10 > tried * 9, "mount took {judged} of {tried}");
    agree("mount options", judged, &wrong);
}
