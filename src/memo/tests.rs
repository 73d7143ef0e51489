//! What a checker believes, and what it looks at again.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::{Checker, Fact, Facts, Holds, Look, Place, Seen};
use crate::oci::Digest;

/// What is noted of a folder with one file in it.
fn noted(folder: &Path) -> Facts {
    let seen = Seen::default();
    seen.begin();
    let file = folder.join("file");
    let metadata = file.metadata().unwrap();
    seen.file(&file, (&metadata, Digest::of(&fs::read(&file).unwrap())));
    seen.folder(folder);
    seen.kind(&folder.join("nothing"));
    seen.variable("NAME", Some("value"));
    seen.facts(&seen.end()).unwrap()
}

/// Whether facts hold that were noted at some time, as of now.
fn holds(facts: &Facts, root: &Path, (noted, now): (SystemTime, SystemTime)) -> Holds {
    let mut checker = Checker::new(root.to_str().unwrap(), now);
    let variable = |name: &str| (name == "NAME").then(|| "value".to_owned());
    let all = facts.iter();
    all.map(|fact| checker.holds(fact, noted, &variable))
        .min()
        .unwrap()
}

#[test]
fn a_look_is_enough_only_for_what_is_older_than_its_entry() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    fs::write(root.join("file"), "one").unwrap();
    let facts = noted(&root);
    let changed = root.metadata().unwrap().modified().unwrap();
    let (soon, later) = (
        changed + Duration::from_secs(1),
        changed + Duration::from_secs(60),
    );
    assert_eq!(holds(&facts, &root, (later, later)), Holds::ByLook);
    // In the second of its change a file may change again without looking otherwise.
    assert_eq!(holds(&facts, &root, (soon, later)), Holds::ByContent);
    // The clock went back since.
    assert_eq!(holds(&facts, &root, (later, soon)), Holds::ByContent);
    // A content that lies about its look is found in both cases.
    let lying = |place: &Place, fact: &Fact| match (place, fact) {
        (Place::File(_), Fact::Content(look, _)) => Fact::Content(*look, Digest::of(b"two")),
        _ => fact.clone(),
    };
    let lying: Facts = facts
        .iter()
        .map(|(place, fact)| (place.clone(), lying(place, fact)))
        .collect();
    assert_eq!(holds(&lying, &root, (soon, later)), Holds::No);
    assert_eq!(holds(&lying, &root, (later, soon)), Holds::No);
}

/// An edit by name.
type Edit = (&'static str, fn(&Path));

#[test]
fn what_changed_does_not_hold() {
    let edits: [Edit; 5] = [
        ("another content", |root| {
            fs::write(root.join("file"), "two").unwrap();
        }),
        ("one more file", |root| {
            fs::write(root.join("more"), "").unwrap();
        }),
        ("nothing any more", |root| {
            fs::remove_file(root.join("file")).unwrap();
        }),
        ("something where nothing was", |root| {
            fs::create_dir(root.join("nothing")).unwrap();
        }),
        ("a link", |root| {
            fs::rename(root.join("file"), root.join("other")).unwrap();
            std::os::unix::fs::symlink("other", root.join("file")).unwrap();
        }),
    ];
    for (name, edit) in edits {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::write(root.join("file"), "one").unwrap();
        let facts = noted(&root);
        edit(&root);
        let later = root.metadata().unwrap().modified().unwrap() + Duration::from_secs(60);
        assert_eq!(holds(&facts, &root, (later, later)), Holds::No, "{name}");
    }
}

#[test]
fn a_touched_file_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    fs::write(root.join("file"), "one").unwrap();
    let facts = noted(&root);
    fs::write(root.join("file"), "one").unwrap();
    let later = root.metadata().unwrap().modified().unwrap() + Duration::from_secs(60);
    assert_eq!(holds(&facts, &root, (later, later)), Holds::ByContent);
}

#[test]
fn what_was_seen_inside_counts_outside() {
    let seen = Seen::default();
    seen.begin();
    seen.begin();
    seen.variable("INNER", None);
    let inner = seen.end();
    seen.variable("OUTER", None);
    let outer = seen.end();
    let names = |facts: Option<Facts>| facts.map(|facts| facts.len());
    assert_eq!(names(seen.facts(&inner)), Some(1));
    assert_eq!(names(seen.facts(&outer)), Some(2));
    seen.begin();
    seen.again(&outer);
    seen.begin();
    seen.lose();
    assert_eq!(names(seen.facts(&seen.end())), None);
    // What contains something unknown is not known either.
    assert_eq!(names(seen.facts(&seen.end())), None);
    // A place that looks different at two times says nothing.
    seen.begin();
    seen.variable("OUTER", Some("set"));
    assert_eq!(names(seen.facts(&seen.end())), None);
}

#[test]
fn looks_differ_by_mode() {
    let folder = tempfile::tempdir().unwrap();
    let look = Look::of(&folder.path().metadata().unwrap());
    assert!(look.is_executable());
}
