//! Images in other programs: skopeo, podman, buildah and umoci read what terroir builds.

#[path = "support/base.rs"]
mod base;
#[path = "support/foreign.rs"]
mod foreign;
#[path = "images/frames.rs"]
mod frames;
#[path = "support/judge.rs"]
mod judge;
#[path = "support/judges.rs"]
mod judges;
#[path = "images/many.rs"]
mod many;
#[path = "support/program.rs"]
mod program;
#[path = "support/state.rs"]
mod state;

use std::fs;
use std::path::{Path, PathBuf};

use foreign::Member;
use judges::Judges;
use program::Terroir;
use state::State;
use tempfile::TempDir;
use terroir::oci::Digest;
use terroir::tree::Ownership;

const RECIPES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/images/recipes");

/// A folder with a store, a base and the recipes that stack on it.
struct Case {
    folder: TempDir,
    terroir: Terroir,
}

impl Case {
    /// The recipes upon a base of some layers.
    fn on(layers: Vec<Vec<Member>>) -> Self {
        let case = Self::new(None);
        foreign::layout(&case.path("base"), &[("linux/amd64", layers)]);
        case
    }

    fn new(store: Option<&Path>) -> Self {
        let folder = judges::folder();
        let own = folder.path().join("store");
        let terroir = Terroir::new(store.unwrap_or(&own));
        fs::create_dir(folder.path().join("recipes")).expect("writable");
        for file in fs::read_dir(RECIPES).expect("there") {
            let file = file.expect("an entry");
            let text = fs::read_to_string(file.path()).expect("text");
            let text = text.replace("from: BASE", "from: oci:../base:base");
            let copy = folder.path().join("recipes").join(file.file_name());
            fs::write(copy, text).expect("writable");
        }
        Self { folder, terroir }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Builds a recipe into a layout of its own.
    fn build(&self, recipe: &str, codec: &str) -> PathBuf {
        let layout = self.path(&format!("{recipe}-{codec}"));
        let output = format!("oci:{}:{recipe}", layout.display());
        let recipe = self.path(&format!("recipes/{recipe}.yml"));
        let recipe = recipe.display().to_string();
        let compression = format!("--compression={codec}");
        self.terroir
            .run(["build", &recipe, &compression, "-o", &output]);
        layout
    }

    /// Builds a recipe in both codecs and gives its root, which all programs must see alike.
    fn judged(&self, recipe: &str) -> State {
        let mut roots = Vec::new();
        for codec in ["gzip", "zstd"] {
            let layout = self.build(recipe, codec);
            let image = format!("oci:{}:{recipe}", layout.display());
            let root = self.path(&format!("{recipe}-{codec}-root"));
            self.terroir
                .run(["unpack", "--quiet", &image, &root.display().to_string()]);
            let ours = without_top(state::of(&root, Ownership::Keep));
            let judges = Judges::new(self.folder.path());
            let shown = judges.skopeo(&image);
            assert_eq!(shown["Labels"]["org.opencontainers.image.title"], recipe);
            state::compare(&ours, &without_top(judges.podman(&image)));
            state::compare(&ours, &without_top(judges.buildah(&image)));
            if codec == "gzip" {
                state::compare(&ours, &without_top(judges.umoci(&layout, recipe)));
            }
            roots.push(ours);
        }
        let zstd = roots.pop().expect("two");
        let gzip = roots.pop().expect("two");
        state::compare(&gzip, &zstd);
        gzip
    }
}

/// The runtime chooses the mode of the top directory if no layer states it.
fn without_top(mut state: State) -> State {
    state.remove(&b""[..]);
    state
}

/// Fails unless a path has these words: mode, owner, link or attribute; for files what they hold.
#[track_caller]
fn says(root: &State, path: &str, words: &str) {
    let line = root.get(path.as_bytes());
    let line = line.unwrap_or_else(|| panic!("{path} is not there"));
    for word in words.split(' ') {
        let there = line.split(' ').any(|one| one == word);
        assert!(there, "{path}: {word} is not in {line}");
    }
}

#[track_caller]
fn holds(root: &State, path: &str, content: &str, words: &str) {
    says(root, path, words);
    says(root, path, &Digest::of(content.as_bytes()).short());
}

#[track_caller]
fn is_gone(root: &State, path: &str) {
    assert!(!root.contains_key(path.as_bytes()), "{path} is there");
}

#[test]
fn an_image_from_scratch() {
    if !Judges::are_there() {
        return;
    }
    let root = Case::new(None).judged("scratch");
    is_gone(&root, "etc/one");
    holds(&root, "usr/lib/very/deep/two", "two\n", "100644 0:0");
    holds(&root, "etc/three", "three\n", "102755 0:0");
    says(&root, "usr/lib/very/deep", "40755 0:0");
    says(&root, "usr/lib/terroir/flavour.json", "100644 0:0");
}

/// What both bases have in common after the child's steps; `var` says where links lead.
fn assert_child(root: &State, [opt, roothome, srv, home, local]: [&str; 5]) {
    for (path, target) in [("bin", "usr/bin"), ("lib", "usr/lib"), ("sbin", "usr/sbin")] {
        says(root, path, &format!("120777 {target:?} 0:0"));
    }
    says(root, "usr/lib", "40755 0:0");
    assert!(root[&b"usr/lib"[..]].contains("user.place="));
    says(root, "usr/lib/modprobe.d", "40711 0:0");
    holds(
        root,
        "usr/lib/modprobe.d/x.conf",
        "options x\n",
        "100644 0:0",
    );
    holds(root, "usr/sbin/daemon", "sbin\n", "104755 0:0");
    says(root, "var/tmp", "41777 0:0");
    holds(root, "var/tmp/t", "t\n", "100644 0:0");
    says(root, "etc/sudoers.d", "40750 0:0");
    holds(root, "etc/sudoers.d/ops", "ops ALL=(ALL) ALL\n", "100440");
    holds(root, "etc/sudoers.d/README", "# read me\n", "100440");
    let below = |top: &str, name: &str| format!("{top}/{name}");
    says(root, roothome, "40700 0:0");
    holds(root, &below(roothome, ".profile"), "umask 077\n", "100600");
    says(root, local, "42775 0:50");
    says(root, &below(local, "bin"), "42775 0:50");
    holds(root, &below(local, "bin/tool"), "#!/bin/sh\n", "100755 0:0");
    says(root, opt, "40755 0:0");
    says(root, srv, "42775 0:33");
    holds(root, &below(srv, "data/file"), "data\n", "100640 0:33");
    holds(
        root,
        &below(home, "user/file"),
        "mine\n",
        "100644 1000:1000",
    );
    assert_removed(root);
    assert_edited(root);
    says(root, &below(opt, "app"), "40755 0:0");
    holds(root, &below(opt, "app/run"), "run\n", "100755 0:0");
}

fn assert_removed(root: &State) {
    for path in [
        "etc/gone",
        "etc/gone/deep/file",
        "etc/gone-file",
        "etc/never/there",
    ] {
        is_gone(root, path);
    }
    is_gone(root, "etc/replaced/old");
    holds(root, "etc/replaced/new", "new\n", "100600 0:0");
}

fn assert_edited(root: &State) {
    let keys = "KEY=new\nOTHER=added\nTHIRD=too\n";
    holds(root, "etc/chrony/chrony.keys", keys, "100600 102:103");
    assert!(root[&b"etc/chrony/chrony.keys"[..]].contains("user.note="));
    says(root, "etc/chrony", "42750 0:103");
    holds(root, "etc/login.defs", "PASS_MAX_DAYS 90\n", "100644 0:0");
    holds(root, "usr/bin/ping", "ping", "100711 0:0");
    assert!(root[&b"usr/bin/ping"[..]].contains("security.capability="));
    holds(root, "usr/bin/sudo", "sudo", "100755 0:0");
    holds(root, "usr/bin/perl", "perl", "100755 0:0");
    holds(root, "usr/bin/perl5", "perl", "100700 0:0");
}

#[test]
fn a_usr_merged_base_keeps_its_links_modes_and_owners() {
    if !Judges::are_there() {
        return;
    }
    let case = Case::on(vec![foreign::usr_merged()]);
    let root = case.judged("child");
    assert_child(&root, ["opt", "root", "srv", "home", "usr/local"]);
    let root = case.judged("grandchild");
    assert_grandchild(&root, "opt");
}

#[test]
fn a_bootc_shaped_base_keeps_its_links_modes_and_owners() {
    if !Judges::are_there() {
        return;
    }
    let case = Case::on(vec![foreign::bootc_shaped()]);
    let root = case.judged("child");
    let links = [
        ("opt", "var/opt"),
        ("root", "var/roothome"),
        ("srv", "var/srv"),
        ("home", "var/home"),
        ("usr/local", "../var/usrlocal"),
    ];
    for (path, target) in links {
        says(&root, path, &format!("120777 {target:?} 0:0"));
    }
    let places = [
        "var/opt",
        "var/roothome",
        "var/srv",
        "var/home",
        "var/usrlocal",
    ];
    assert_child(&root, places);
    let root = case.judged("grandchild");
    assert_grandchild(&root, "var/opt");
}

fn assert_grandchild(root: &State, opt: &str) {
    let keys = "KEY=last\nOTHER=added\nTHIRD=too\n";
    holds(root, "etc/chrony/chrony.keys", keys, "100600 102:103");
    assert!(root[&b"etc/chrony/chrony.keys"[..]].contains("user.note="));
    holds(root, "etc/gone/again", "again\n", "100644 0:0");
    is_gone(root, "etc/gone/deep");
    is_gone(root, "etc/replaced");
    says(root, opt, "40755 0:0");
    is_gone(root, &format!("{opt}/app"));
}

#[test]
fn whiteouts_and_links_of_a_base_with_several_layers() {
    if !Judges::are_there() {
        return;
    }
    let above = foreign::sorted(vec![
        foreign::directory("/etc", 0o751),
        foreign::file("/etc/.wh.passwd", 0, ""),
        foreign::directory("/etc/replaced", 0o711),
        foreign::file("/etc/replaced/.wh..wh..opq", 0, ""),
        foreign::file("/etc/replaced/newer", 0o644, "newer\n"),
        foreign::directory("/usr/lib/modprobe.d", 0o711),
        foreign::hardlink("/usr/lib/modprobe.d/linked", "/usr/bin/perl", 0o755),
    ]);
    let case = Case::on(vec![foreign::usr_merged(), above]);
    let root = case.judged("child");
    says(&root, "etc", "40751 0:0");
    is_gone(&root, "etc/passwd");
    is_gone(&root, "etc/replaced/newer");
    assert_child(&root, ["opt", "root", "srv", "home", "usr/local"]);
    let linked = root.keys().find(|key| key.starts_with(b"linked "));
    let linked = linked.expect("two names of one file");
    assert_eq!(linked, b"linked usr/bin/perl usr/lib/modprobe.d/linked");
}

#[test]
fn podman_runs_what_stacks_on_debian() {
    if !Judges::are_there() || !judge::is_there("mmdebstrap") {
        return;
    }
    let case = Case::new(Some(&base::store()));
    let recipe = case.path("recipes/on-debian.yml");
    fs::copy(base::RECIPE, case.path("recipes/base.yml")).expect("writable");
    let text = "apiVersion: terroir/v1\nname: on-debian\ntier: group\nfrom: base.yml\nmodules:\n\
         - type: os-release\n  properties: { VARIANT_ID: judged }\n\
         - type: settings\n  settings:\n  - sysctl: { net.ipv4.ip_forward: 0 }\n\
         \x20 - file: { /etc/motd: { absent: true }, /lib/x: { content: \"x\\n\" } }\n";
    fs::write(recipe, text).expect("writable");
    for codec in ["zstd", "gzip"] {
        let image = format!("oci:{}:on-debian", case.build("on-debian", codec).display());
        let judges = Judges::new(case.folder.path());
        let name = judges.podman_pull(&image);
        let script = "cat /etc/os-release /usr/lib/sysctl.d/*terroir* /etc/sysctl.d/*terroir*; \
                      cat /usr/lib/x; readlink /lib; test -e /etc/motd || echo no motd; apt-get --version | head -1";
        let said = judges.podman_run(&name, &["sh", "-c", &format!("{script} 2>&1")]);
        for expected in [
            "VARIANT_ID=\"judged\"",
            "net.ipv4.ip_forward",
            "\nx\nusr/lib\n",
            "no motd",
            "apt 2",
        ] {
            assert!(said.contains(expected), "{expected} is not in {said}");
        }
        judges.skopeo(&image);
    }
}
