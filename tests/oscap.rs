//! Hardened roots, as OpenSCAP checks them and as users use them.

#[path = "oscap/agreement.rs"]
mod agreement;
#[path = "support/base.rs"]
mod base;
#[path = "oscap/content.rs"]
mod content;
#[path = "oscap/faults.rs"]
mod faults;
#[path = "oscap/host.rs"]
mod host;
#[path = "support/judge.rs"]
mod judge;
#[path = "support/program.rs"]
mod program;
#[path = "oscap/roots.rs"]
mod roots;
#[path = "oscap/scan.rs"]
mod scan;
#[path = "oscap/view.rs"]
mod view;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use roots::{Roots, roots};
use scan::{Results, contradicted, scan, score, undecidable};

/// The page that names every rule that a hardened root does not pass, with the reason.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/src/hardening.md");

/// Shows what a run came to; `cargo test -- --nocapture` prints it.
#[expect(clippy::print_stdout, reason = "figures are for people")]
fn tell(text: &str) {
    println!("{text}");
}

/// The rules that do not pass, and the figures.
fn judged(roots: &Roots, root: &str, profile: &str) -> (Results, f64, f64) {
    let results = scan(&roots.path(root), profile);
    let raw = score(&results);
    let decided = results
        .iter()
        .filter(|(rule, _)| !undecidable(rule) && !contradicted(rule, &results));
    let decided = score(decided);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for result in results.values() {
        *counts.entry(result).or_default() += 1;
    }
    tell(&format!(
        "{root}, {profile}: {raw:.1} of 100, {decided:.1} of what an image decides; {counts:?}"
    ));
    (results, raw, decided)
}

/// Rules that do not pass; the page must name each.
fn unmet(results: &Results) -> Vec<&str> {
    let counts = ["fail", "error", "unknown"];
    let unmet = results
        .iter()
        .filter(|(_, result)| counts.contains(&result.as_str()));
    unmet.map(|(rule, _)| rule.as_str()).collect()
}

#[test]
fn level_1_is_reached_and_what_is_not_is_named() {
    let Some(roots) = roots() else { return };
    let (_, untouched, _) = judged(roots, "bare", "cis_level1_server");
    assert!(untouched < 70.0, "the base is hardened: {untouched}");
    let (first, raw, decided) = judged(roots, "level-1", "cis_level1_server");
    let (second, second_raw, _) = judged(roots, "level-2", "cis_level2_server");
    let page = fs::read_to_string(PAGE).expect("the page");
    let named = |rule: &&str| page.contains(&format!("`{rule}`"));
    let unnamed: Vec<_> = unmet(&first)
        .into_iter()
        .chain(unmet(&second))
        .filter(|rule| !named(rule))
        .collect();
    assert!(unnamed.is_empty(), "docs do not name {unnamed:#?}");
    let passes = |rule: &str| {
        [&first, &second]
            .iter()
            .all(|all| all.get(rule).is_none_or(|one| one == "pass"))
    };
    let stale: Vec<_> = table(&page).filter(|rule| passes(rule)).collect();
    assert!(stale.is_empty(), "docs name what passes: {stale:#?}");
    assert!(raw >= 92.0, "level 1 reaches {raw:.1}");
    assert!(
        decided >= 98.0,
        "level 1 reaches {decided:.1} of what an image decides"
    );
    assert!(second_raw >= 85.0, "level 2 reaches {second_raw:.1}");
}

/// The rules in the first column of the page's tables.
fn table(page: &str) -> impl Iterator<Item = &str> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    let cells = rows.filter_map(|row| row.split(" | ").next());
    let names = cells.flat_map(|cell| cell.split(['`', ',', ' ']));
    names.filter(|name| name.contains('_'))
}

/// Runs the script that uses a root, in a view of it, and gives what it says.
fn used(root: &Path) -> (bool, String) {
    let folder = content::folder();
    let shared = tempfile::tempdir().expect("a temporary directory");
    fs::write(
        shared.path().join("works.sh"),
        include_str!("oscap/works.sh"),
    )
    .expect("writable");
    let bundle = folder.join("bundle");
    let output = view::run(
        root,
        &bundle,
        shared.path(),
        &["sh", "/run/shared/works.sh"],
    );
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

#[test]
fn a_hardened_root_still_works() {
    let Some(roots) = roots() else { return };
    for root in ["level-1", "level-2"] {
        let (works, said) = used(&roots.path(root));
        tell(&said);
        assert!(works, "{root}: {said}");
    }
}

#[test]
fn openscap_and_the_audit_agree() {
    let Some(roots) = roots() else { return };
    let planted = roots.copy("level-1", "planted");
    faults::plant(&planted);
    let mut judged = Vec::new();
    for (root, benchmark) in [
        ("bare", "cis-debian12"),
        ("level-1", "cis-debian12"),
        ("planted", "cis-debian12"),
        ("trixie", "cis-debian13"),
    ] {
        let path = roots.path(root);
        let ours = agreement::audit(&roots.terroir, &path, benchmark);
        let theirs = scan(&path, "cis_level1_server");
        judged.push((root, agreement::compare(&ours, &theirs)));
        if root == "planted" {
            faults::all_found(&ours);
        }
    }
    let table = agreement::table(&judged);
    tell(&table);
    let unexplained = agreement::unexplained(&judged);
    assert!(
        unexplained.is_empty(),
        "{table}\nwithout a reason: {unexplained:#?}"
    );
}

#[test]
fn hardening_touches_nothing_but_the_root() {
    let Some(roots) = roots() else { return };
    judged(roots, "level-1", "cis_level1_server");
    used(&roots.path("level-1"));
    let after = host::State::now();
    let differences = roots.host.differences(&after);
    assert!(differences.is_empty(), "not as before: {differences:#?}");
}
