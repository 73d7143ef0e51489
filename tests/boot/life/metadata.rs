//! The files of a machine are those of its image: modes, owners, links, hard links, extended attributes and
//! capabilities, as another program unpacks the image.

use std::collections::{BTreeMap, BTreeSet};

use super::guest::Guest;
use super::images::Images;
use crate::judge::run;

/// Lists what is below a folder; perl-base is on every Debian.
const LIST: &str = include_str!("metadata.pl");

/// What a path is, without its inode.
type About = BTreeMap<String, String>;
/// The paths that are one file.
type Groups = BTreeSet<Vec<String>>;

/// Reads a listing. An image's /etc is /usr/etc on a machine.
fn read(listing: &str) -> (About, Groups) {
    let mut about = About::new();
    let mut inodes: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for line in listing.lines() {
        let (rest, inode) = line.rsplit_once('\t').expect("an inode");
        let (path, what) = rest.split_once('\t').expect("a path");
        if !what.starts_with('4') {
            inodes.entry(inode).or_default().push(path.to_owned());
        }
        about.insert(path.to_owned(), what.to_owned());
    }
    let groups = inodes.into_values().filter(|paths| paths.len() > 1);
    (about, groups.collect())
}

/// Compares /usr of a machine with the image that was published under a tag.
pub(super) fn compare(images: &Images, tag: &str, guest: &Guest) {
    let layout = images.place("layout").display().to_string();
    let bundle = images.place("bundle").display().to_string();
    let from = format!("docker://{}", images.local(tag));
    let layout_tag = format!("{layout}:it");
    // umoci reads no zstd.
    let copy = [
        "copy",
        "-q",
        "--src-tls-verify=false",
        "--dest-compress",
        "--dest-compress-format=gzip",
    ];
    run(
        "skopeo",
        &[&copy[..], &[&from, &format!("oci:{layout_tag}")]].concat(),
        b"",
    );
    run("umoci", &["unpack", "--image", &layout_tag, &bundle], b"");
    let script = images.place("metadata.pl").display().to_string();
    std::fs::write(&script, LIST).expect("writable");
    let unpacked = format!("{bundle}/rootfs");
    let wanted = String::from_utf8(run("perl", &[&script, &unpacked], b"")).expect("UTF-8");
    std::fs::remove_dir_all(&bundle).expect("mine");
    let found = guest.run(&format!(
        "cat > /tmp/list.pl <<'END'\n{LIST}END\nperl /tmp/list.pl ''"
    ));
    let (wanted, groups) = read(&wanted);
    let (mut found, shared) = read(&found);
    // OSTree keeps the image's /etc there, for the merge at updates.
    found.retain(|path, _| path != "/usr/etc" && !path.starts_with("/usr/etc/"));
    let differ: Vec<String> = wanted
        .keys()
        .chain(found.keys())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .filter(|path| wanted.get(*path) != found.get(*path))
        .map(|path| format!("{path}: {:?}, not {:?}", found.get(path), wanted.get(path)))
        .collect();
    assert!(wanted.len() > 5000, "{} paths", wanted.len());
    assert!(differ.is_empty(), "{differ:#?}");
    let is_capable = |what: &&String| what.contains("security.capability=");
    assert!(
        wanted.values().any(|what| is_capable(&what)),
        "no file has capabilities"
    );
    assert!(!groups.is_empty(), "no file has two names");
    // What is one file in the image is one on the machine; OSTree makes one of more that are alike.
    for group in &groups {
        let is_one = shared
            .iter()
            .any(|paths| group.iter().all(|path| paths.contains(path)));
        assert!(is_one, "{group:?}");
    }
}
