//! What commands put below `/opt`, in roots where it is a link and in roots where it is a folder.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use super::opt::deliver;
use crate::engine::helper::error::TaskError;

fn write(root: &Path, path: &str, text: &str) {
    let file = root.join(path);
    fs::create_dir_all(file.parent().expect("below the root")).expect("folders");
    fs::write(file, text).expect("a file");
}

#[test]
fn opt_is_delivered_where_it_leads_to_var() {
    for (target, links) in [("var/opt", false), ("/var/opt", true)] {
        let folder = tempfile::tempdir().expect("a folder");
        let (below, changed) = (folder.path().join("below"), folder.path().join("changed"));
        write(&below, "usr/lib/os-release", "ID=x\n");
        fs::create_dir_all(below.join("var/opt/old")).expect("a folder");
        symlink(target, below.join("opt")).expect("a link");
        fs::set_permissions(below.join("usr"), fs::Permissions::from_mode(0o751)).expect("a mode");
        write(&changed, "var/opt/vendor/bin/tool", "tool\n");
        write(&changed, "var/opt/old/x", "x\n");
        fs::create_dir_all(changed.join("var/opt/promised")).expect("a folder");
        deliver(&changed, &below, links)
            .map_err(|_| ())
            .expect("delivers");
        let tool = changed.join("usr/lib/opt/vendor/bin/tool");
        assert_eq!(fs::read_to_string(tool).expect("there"), "tool\n");
        let line = fs::read_to_string(changed.join("usr/lib/tmpfiles.d/terroir-opt-vendor.conf"));
        let wanted = "L+ \"/var/opt/vendor\" - - - - /usr/lib/opt/vendor\n";
        assert_eq!(line.expect("there"), wanted);
        let mode = fs::metadata(changed.join("usr"))
            .expect("there")
            .permissions()
            .mode();
        assert_eq!(
            mode & 0o7777,
            0o751,
            "a folder that was there keeps its mode"
        );
        assert_eq!(changed.join("var/opt/vendor").is_symlink(), links);
        assert!(
            changed.join("var/opt/old/x").is_file(),
            "what was there before stays"
        );
        assert!(changed.join("var/opt/promised").is_dir());
        // Nobody makes a second one of what is delivered already.
        write(&below, "usr/lib/opt/vendor/x", "x\n");
        let again = folder.path().join("again");
        write(&again, "var/opt/vendor/y", "y\n");
        let refused = deliver(&again, &below, links);
        assert!(
            matches!(refused, Err(TaskError::Message(message, _)) if message.contains("is there already"))
        );
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (below, changed) = (folder.path().join("below"), folder.path().join("changed"));
    fs::create_dir_all(below.join("opt")).expect("a folder");
    write(&changed, "var/opt/vendor/x", "x\n");
    deliver(&changed, &below, true)
        .map_err(|_| ())
        .expect("nothing to do");
    assert!(
        changed.join("var/opt/vendor/x").is_file(),
        "/opt is no link here"
    );
}
