//! Verbs that only read: they make no store, take no foreign folder for one, and work where nothing
//! may be written; short names stay on this machine.

use std::io::Read as _;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::disk::namespace;
use crate::flavours;
use crate::trial::{Workspace, files};

/// The verbs that read, about flavours in the repository and their base beside it.
fn reading(workspace: &Workspace) -> Vec<Vec<String>> {
    let base = format!("oci:{}:it", workspace.text("base"));
    let lines = [
        "ls".to_owned(),
        "validate recipes".to_owned(),
        "plan recipes/upper.yml".to_owned(),
        "explain recipes/upper.yml".to_owned(),
        format!("inspect {base}"),
        format!("audit {base} --benchmark cis-debian12 --threshold 0"),
        format!("unpack {base} {}", workspace.text("unpacked")),
    ];
    let words = |line: &String| line.split(' ').map(str::to_owned).collect();
    lines.iter().map(words).collect()
}

#[test]
fn verbs_that_read_make_no_store() {
    let workspace = flavours(1, 100);
    for words in reading(&workspace) {
        workspace.run(&words).expect(0, "");
        assert!(!workspace.path("store").exists(), "{words:?}");
    }
    workspace.run(&["prune"]).expect(0, "");
    workspace.run(&["doctor"]).expect(0, "");
    workspace
        .run(&["inspect", "nothere"])
        .expect(2, "no flavour `nothere`");
    assert!(!workspace.path("store").exists());
    // An empty folder is as good as none, also the root of a file system.
    std::fs::create_dir_all(workspace.path("store/lost+found")).expect("made");
    workspace.run(&["ls"]).expect(0, "");
    assert_eq!(files(&workspace.path("store")).len(), 0);
    workspace.build("recipes/upper.yml");
}

#[test]
fn a_folder_of_something_else_is_no_store() {
    let workspace = flavours(1, 100);
    let foreign: [(&str, &[&str]); 4] = [
        ("documents", &["letter.txt"]),
        ("checkout", &[".git/config"]),
        ("format-of-others", &["format"]),
        ("library", &["blobs/sha256/0123", "oci-layout"]),
    ];
    for (name, made) in foreign {
        for file in made {
            let file = workspace.path(name).join(file);
            std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
            std::fs::write(file, "1\nof others\n").expect("written");
        }
        let before = files(&workspace.path(name));
        let store = workspace.text(name);
        for verb in [
            &["ls"][..],
            &["validate", "recipes"],
            &["prune"],
            &["build", "recipes/upper.yml"],
        ] {
            let words = [&["--store", &store][..], verb].concat();
            workspace
                .run(&words)
                .expect(2, "is not empty and holds no store")
                .expect(2, "hint: name a new or an empty folder");
        }
        workspace
            .run(&["--store", &store, "doctor"])
            .expect(3, "nothing can be built before this is fixed: store");
        assert_eq!(files(&workspace.path(name)), before, "{name}");
    }
    // What is left of a store whose making was interrupted is none of somebody else's.
    std::fs::create_dir_all(workspace.path("begun/blobs/sha256")).expect("made");
    std::fs::create_dir_all(workspace.path("begun/tmp")).expect("made");
    let begun = workspace.text("begun");
    workspace
        .run(&["--store", &begun, "build", "recipes/upper.yml"])
        .expect(0, "");
}

#[test]
fn a_store_and_a_repository_that_may_only_be_read_can_be_read() {
    let workspace = flavours(2, 1000);
    workspace.build("recipes/upper.yml");
    let Some(mut wrapper) = namespace(&workspace) else {
        return;
    };
    wrapper.extend([
        "sh",
        "-euc",
        "for folder in store repository; do
           mount --bind \"$HOME/$folder\" \"$HOME/$folder\"
           mount -o remount,ro,bind \"$HOME/$folder\"
         done
         cd \"$HOME/repository\"; exec \"$@\"",
        "sh",
    ]);
    let before = files(&workspace.path("store"));
    let mut verbs = reading(&workspace);
    verbs.extend(
        [
            "inspect upper",
            "inspect recipes/upper.yml",
            "explain upper",
        ]
        .map(|line| line.split(' ').map(str::to_owned).collect()),
    );
    for words in verbs {
        let _ = std::fs::remove_dir_all(workspace.path("unpacked"));
        let written = workspace.run(&words);
        written.expect(0, "");
        let _ = std::fs::remove_dir_all(workspace.path("unpacked"));
        let read = workspace.run_under(&wrapper, &words);
        read.expect(0, "");
        assert_eq!(read.out, written.out, "{words:?}");
    }
    // A base that nobody looked at before is read all the same, and nothing of it is kept.
    std::fs::remove_dir_all(workspace.path("store/configured-scans")).expect("noted");
    workspace
        .run_under(&wrapper, &["plan", "recipes/lower.yml"])
        .expect(0, "");
    assert!(!workspace.path("store/configured-scans").exists());
    assert!(files(&workspace.path("store")).len() <= before.len());
    workspace
        .run_under(&wrapper, &["doctor"])
        .expect(3, "fixed: store");
    let told = workspace.run_under(&wrapper, &["doctor"]).out;
    assert!(told.contains("mount -o remount,rw"), "{told}");
    workspace
        .run_under(&wrapper, &["build", "recipes/upper.yml"])
        .expect(3, "Read-only file system");
}

/// A proxy that only counts who comes.
fn counting_proxy() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback is there");
    let address = listener.local_addr().expect("bound");
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            counted.fetch_add(1, Ordering::SeqCst);
            let _ = stream.read(&mut [0; 512]);
        }
    });
    (format!("https_proxy=http://{address}"), count)
}

#[test]
fn a_short_name_is_sent_to_no_registry() {
    let workspace = flavours(1, 100);
    workspace.build("recipes/upper.yml");
    let (proxy, count) = counting_proxy();
    let wrapper = ["env", proxy.as_str()];
    let into = workspace.text("into");
    let lines: [&[&str]; 10] = [
        &["inspect", "uper"],
        &["inspect", "debian:12"],
        &["explain", "library/debian:12"],
        &["audit", "nothere"],
        &["audit", "upper", "--diff", "nothere"],
        &["test", "nothere"],
        &["unpack", "nothere", &into],
        &["push", "nothere", "127.0.0.1:1/os/x:1"],
        &["rebuild", "recipes/upper.yml", "--with", "nothere"],
        &["inspect", "nothere@sha256:0123"],
    ];
    for words in lines {
        workspace
            .run_under(&wrapper, words)
            .expect(2, "the store has no flavour `")
            .expect(2, "hint: ");
    }
    workspace
        .run(&["inspect", "uper"])
        .expect(2, "did you mean `upper`?");
    workspace
        .run(&["inspect", "debian:12"])
        .expect(2, "docker.io/library/debian:12");
    for words in [
        &["pull", "debian:12"][..],
        &["push", "upper", "mine:1"],
        &["lock", "--vendor", "mine:1"],
    ] {
        workspace
            .run_under(&wrapper, words)
            .expect(2, "does not say which registry is meant")
            .expect(2, "docker.io/library/");
    }
    workspace.write(
        "recipes/short.yml",
        "apiVersion: terroir/v1\nname: short\ntier: universal\nfrom: debian:12\n",
    );
    workspace
        .run_under(&wrapper, &["validate", "--fetch", "recipes/short.yml"])
        .expect(2, "recipes/short.yml:4:7")
        .expect(2, "does not say which registry is meant")
        .expect(2, "docker.io/library/debian:12");
    assert_eq!(count.load(Ordering::SeqCst), 0, "somebody was asked");
    // Who writes the transport, or the registry, asks for it.
    for target in ["docker://debian:12", "docker.io/library/debian:12"] {
        let said = workspace.run_under(&wrapper, &["inspect", target]);
        assert_eq!(said.code, Some(3), "{target}: {}", said.err);
    }
    assert!(count.load(Ordering::SeqCst) > 0);
    assert!(!Path::new(&into).exists());
}
