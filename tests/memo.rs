//! A build with the memo gives what a build without it gives, whatever is done to the repository and the store.
//!
//! 60 random edits are tried, and 8 builds are killed; `TERROIR_TEST_MEMO=2000,50` tries that many.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up has failed"
)]

#[path = "support/workspace.rs"]
mod workspace;

#[path = "memo/edits.rs"]
mod edits;
#[path = "memo/random.rs"]
mod random;

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::Duration;

use edits::Repository;
use random::Random;
use serde_json::Value;
use workspace::Said;

/// The recipes that are built, the one that derives from all others first.
const RECIPES: [&str; 3] = [
    "recipes/local.yml",
    "recipes/other.yml",
    "recipes/group.yml",
];

/// How many edits are tried, and how many builds are killed.
#[expect(clippy::disallowed_methods, reason = "tests read what they are told")]
fn counts() -> (usize, usize) {
    let said = std::env::var("TERROIR_TEST_MEMO").ok();
    let numbers = said.as_ref().and_then(|said| said.split_once(','));
    numbers.map_or((60, 8), |(edits, kills)| {
        (edits.parse().unwrap(), kills.parse().unwrap())
    })
}

/// The digests of images, by name; of a build that failed its exit code and messages.
fn images(said: &Said) -> Result<BTreeMap<String, String>, (i32, String)> {
    if said.code != 0 {
        return Err((said.code, said.err.clone()));
    }
    let mut images = BTreeMap::new();
    let documents = serde_json::Deserializer::from_str(&said.out).into_iter::<Value>();
    for document in documents {
        let document = document.unwrap();
        let mut next = &document;
        while let (Some(name), Some(digest)) = (next["name"].as_str(), next["digest"].as_str()) {
            images.insert(name.to_owned(), digest.to_owned());
            next = &next["parent"];
        }
    }
    Ok(images)
}

fn build(
    repository: &Repository,
    recipes: &[&str],
    more: &[&str],
) -> Result<BTreeMap<String, String>, (i32, String)> {
    let words = [&["build", "--format=json"], more, recipes].concat();
    images(&repository.workspace().run(&words))
}

#[test]
fn whatever_is_edited_gives_the_same_images() {
    let (edits, _) = counts();
    let mut random = Random::new(14);
    let mut repository = Repository::new();
    let mut done = Vec::new();
    for number in 0..edits {
        let recipes: Vec<&str> = RECIPES
            .into_iter()
            .filter(|_| random.below(3) > 0)
            .collect();
        let recipes = if recipes.is_empty() {
            vec![RECIPES[0]]
        } else {
            recipes
        };
        done.push(repository.edit(&mut random));
        let with = build(&repository, &recipes, &[]);
        let without = build(&repository, &recipes, &["--no-memo"]);
        let last = done.len().saturating_sub(12);
        assert_eq!(with, without, "edit {number}: {:?}", &done[last..]);
        let checked = |more: &[&str]| {
            let words = [&["validate"], more, &["recipes"]].concat();
            let said = repository.workspace().run(&words);
            (said.code, said.out, said.err)
        };
        let found = checked(&[]);
        assert_eq!(found, checked(&["--no-memo"]), "edit {number}: {done:?}");
        let planned = |more: &[&str]| {
            let words = [&["plan", "-v"], more, &[RECIPES[0]]].concat();
            let said = repository.workspace().run(&words);
            (said.code, said.out, said.err)
        };
        let plan = planned(&[]);
        assert_eq!(plan, planned(&["--no-memo"]), "edit {number}: {done:?}");
        assert_eq!(plan, planned(&[]), "edit {number}: {done:?}");
        // What was cached is kept now.
        assert_eq!(build(&repository, &recipes, &[]), without, "edit {number}");
    }
}

#[test]
fn an_unchanged_flavour_is_known() {
    let repository = Repository::new();
    let said = |words: &[&str]| repository.workspace().done(words);
    let words = ["build", "recipes/local.yml"];
    said(&words);
    let second = said(&words);
    let known = repository.workspace().path("store/memo/sha256");
    let count = || known.read_dir().unwrap().count();
    let kept = count();
    // The flavour, the reports of two recipes that it derives from, and the list of what it stands on.
    assert_eq!(kept, 4);
    assert_eq!(said(&words), second);
    assert_eq!(said(&["build", "--no-memo", "recipes/local.yml"]), second);
    assert_eq!(count(), kept);
    // Without what it stands on it is built again.
    std::fs::remove_dir_all(repository.workspace().path("store/steps")).unwrap();
    let built = said(&words);
    assert!(built.contains("built: "), "{built}");
}

#[test]
fn an_image_is_audited_once() {
    let repository = Repository::new();
    repository.workspace().done(&["build", "recipes/local.yml"]);
    let words = [
        "audit",
        "local",
        "--benchmark=cis-debian13",
        "--threshold=0",
        "--format=json",
    ];
    let audit = |more: &[&str]| {
        let said = repository.workspace().run(&[&words[..], more].concat());
        assert_eq!(said.code, 0, "{}", said.err);
        // Layers are read only where nothing is known.
        (said.out, said.err.contains("reading layers"))
    };
    let (first, is_read) = audit(&[]);
    assert!(is_read);
    assert_eq!(audit(&[]), (first.clone(), false));
    assert_eq!(audit(&["--no-memo"]), (first.clone(), true));
    for more in ["--level=2", "--date=2027-02-03", "--profile=workstation"] {
        let (other, is_read) = audit(&[more]);
        assert!(is_read && other != first, "{more}");
    }
    repository.workspace().write("files/one", "other");
    repository.workspace().done(&["build", "recipes/local.yml"]);
    let (other, is_read) = audit(&[]);
    assert!(is_read && other != first);
}

#[test]
fn builds_that_are_killed_leave_nothing_wrong() {
    let (_, kills) = counts();
    let mut random = Random::new(50);
    let mut repository = Repository::new();
    for number in 0..kills {
        repository.edit_values(&mut random);
        let started = repository.start(&["build", "--format=json", RECIPES[0], RECIPES[1]]);
        kill(started, Duration::from_millis(random.below(60)));
        let with = build(&repository, &RECIPES, &[]);
        let again = build(&repository, &RECIPES, &[]);
        let without = build(&repository, &RECIPES, &["--no-memo"]);
        assert!(with.is_ok(), "{with:?}");
        assert_eq!(with, without, "kill {number}");
        assert_eq!(again, without, "kill {number}");
    }
}

fn kill(mut command: Command, after: Duration) {
    let command = command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut process = command.spawn().unwrap();
    std::thread::sleep(after);
    process.kill().unwrap();
    process.wait().unwrap();
}

#[test]
fn processes_at_once_share_it() {
    let repository = Repository::new();
    repository
        .workspace()
        .done(&["build", RECIPES[0], RECIPES[1]]);
    let expected = build(&repository, &RECIPES, &["--no-memo"]);
    let repository = &repository;
    let all = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..6)
            .map(|_| scope.spawn(move || build(repository, &RECIPES, &[])))
            .collect();
        runs.into_iter()
            .map(|run| run.join().unwrap())
            .collect::<Vec<_>>()
    });
    for one in all {
        assert_eq!(one, expected);
    }
}
