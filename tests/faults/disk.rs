//! Disks that are full or read-only.

use crate::trial::{Workspace, digest};
use crate::{flavours, on_scratch};

/// A mount namespace of its own, in which root may mount; with the reason when there is none.
pub(super) fn namespace(workspace: &Workspace) -> Option<Vec<&'static str>> {
    let wrapper = match rustix::process::geteuid().is_root() {
        true => vec!["unshare", "--mount"],
        false => vec!["unshare", "--map-root-user", "--mount"],
    };
    let tried = workspace.script(
        &wrapper,
        "mount -t tmpfs -o size=1m none \"$HOME/repository\"",
    );
    if tried.code == Some(0) {
        return Some(wrapper);
    }
    skip(&format!("nothing can be mounted here: {}", tried.err));
    None
}

/// Says why a test is skipped, or fails if everything must run.
#[expect(clippy::disallowed_methods, reason = "tests look at the environment")]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
pub(super) fn skip(why: &str) {
    let strict = std::env::var_os("TERROIR_TEST_STRICT").is_some_and(|value| value == "1");
    assert!(!strict, "{why}");
    eprintln!("skipped: {why}");
}

#[test]
fn a_full_disk_is_named_and_leaves_nothing_half_written() {
    let workspace = flavours(4, 400_000);
    let wanted = workspace.build("recipes/upper.yml");
    let Some(wrapper) = namespace(&workspace) else {
        return;
    };
    // Full from the beginning, in the middle of a layer, between two layers, and out of inodes.
    for limit in [
        "size=32k",
        "size=300k",
        "size=900k",
        "size=1500k",
        "nr_inodes=12",
        "nr_inodes=30",
    ] {
        let script = format!(
            "mkdir -p ../small; mount -t tmpfs -o {limit} none ../small
             export TERROIR_STORE=\"$HOME/small/store\"
             code=0; \"$TERROIR\" build recipes/upper.yml >/dev/null || code=$?
             test $code = 3 || {{ echo \"exit code $code\" >&2; exit 1; }}
             find ../small/store/tmp -mindepth 1 >&2 2>/dev/null || true
             mount -o remount,size=100m,nr_inodes=0 ../small
             \"$TERROIR\" prune --check --keep-days 1 >&2
             \"$TERROIR\" build --format json recipes/upper.yml"
        );
        let said = workspace.script(&wrapper, &script);
        said.expect(0, "No space left on device")
            .expect(0, "small/store");
        assert!(!said.err.contains("damaged"), "{limit}: {}", said.err);
        assert!(
            !said.err.contains("../small/store/tmp/"),
            "{limit}: {}",
            said.err
        );
        assert_eq!(digest(&said.out), wanted, "{limit}");
    }
}

#[test]
fn a_full_disk_under_an_output_leaves_no_half_archive() {
    let workspace = flavours(4, 400_000);
    on_scratch(&workspace);
    workspace.build("recipes/upper.yml");
    let Some(wrapper) = namespace(&workspace) else {
        return;
    };
    let script = "mkdir -p ../small; mount -t tmpfs -o size=900k none ../small
         code=0; \"$TERROIR\" build recipes/upper.yml -o oci-archive:../small/out.tar >/dev/null || code=$?
         test $code = 3; test ! -e ../small/out.tar; test -z \"$(ls ../small)\"
         code=0; \"$TERROIR\" build recipes/upper.yml -o oci:../small/out:it >/dev/null || code=$?
         test $code = 3; test ! -e ../small/out/index.json
         mount -o remount,size=100m ../small
         \"$TERROIR\" build --quiet recipes/upper.yml -o oci:../small/out:it -o oci-archive:../small/out.tar
         \"$TERROIR\" inspect oci:../small/out:it; \"$TERROIR\" inspect oci-archive:../small/out.tar";
    let said = workspace.script(&wrapper, script);
    said.expect(0, "No space left on device")
        .expect(0, "small/out.tar");
}

#[test]
fn a_store_that_may_only_be_read_is_read() {
    let workspace = flavours(1, 1000);
    workspace.build("recipes/upper.yml");
    let Some(wrapper) = namespace(&workspace) else {
        return;
    };
    let read_only = "mount --bind ../store ../store; mount -o remount,ro,bind ../store\n";
    for read in [
        "ls",
        "inspect upper",
        "plan recipes/upper.yml",
        "explain recipes/upper.yml",
    ] {
        let script = format!("{read_only} \"$TERROIR\" {read}");
        workspace.script(&wrapper, &script).expect(0, "");
    }
    for write in ["build recipes/upper.yml", "prune"] {
        let script = format!("{read_only} \"$TERROIR\" {write}");
        let said = workspace.script(&wrapper, &script);
        said.expect(3, "Read-only file system")
            .expect(3, &workspace.text("store"));
    }
}
