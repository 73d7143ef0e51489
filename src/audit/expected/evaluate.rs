//! One test, evaluated on a root.

use std::collections::BTreeSet;

use super::aspect::Aspect;
use super::outcome::{TestOutcome, Tested};
use super::{file, state};
use crate::path::TreePath;
use crate::recipe::{CommandTest, Expectation, Test};
use crate::tree::Snapshot;

/// How a command ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// Its exit status.
    pub code: i32,
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub err: String,
}

/// Evaluates a test on a root; `run` tries a command in it.
pub fn evaluate(
    expectation: &Expectation,
    root: &Snapshot,
    run: &mut dyn FnMut(&CommandTest) -> Result<Ended, String>,
) -> Tested {
    let mut aspects = match &expectation.test {
        Test::File(test) => file::file(test, root),
        Test::Package(test) => state::package(test, root),
        Test::Service(test) => state::service(test, root),
        Test::User(test) => state::user(test, root),
        Test::Sysctl(test) => state::sysctl(test, root),
        Test::Command(test) => command(test, run(test)),
    };
    let outcome = match &aspects {
        all if all.iter().any(|one| one.met == Some(false)) => TestOutcome::Fail,
        all if all.iter().all(|one| one.met == Some(true)) => TestOutcome::Pass,
        _ => TestOutcome::Error,
    };
    if outcome != TestOutcome::Pass {
        aspects.retain(|one| one.met != Some(true));
    }
    let (expected, found) = aspects
        .into_iter()
        .map(|one| (one.expected, one.found))
        .unzip();
    Tested {
        name: expectation.test.describe(),
        outcome,
        expected,
        found,
        flavour: expectation.flavour.clone(),
        origin: expectation.origin.clone(),
    }
}

/// The files whose content tests look at, where they really lie in a root.
#[must_use]
pub fn files_read(tests: &[Expectation], root: &Snapshot) -> BTreeSet<TreePath> {
    let read = tests.iter().filter_map(|one| match &one.test {
        Test::File(test) if test.sha256.is_some() || !test.contains.is_empty() => {
            Some(root.followed(test.path.path())?.0)
        }
        _ => None,
    });
    read.collect()
}

fn command(test: &CommandTest, ended: Result<Ended, String>) -> Vec<Aspect> {
    let expected = format!("exit status {}", test.exit.unwrap_or_default());
    let ended = match ended {
        Ok(ended) => ended,
        Err(why) => {
            return vec![Aspect {
                expected,
                found: format!("it could not be run: {why}"),
                met: None,
            }];
        }
    };
    let met = ended.code == i32::from(test.exit.unwrap_or_default());
    let said = match (met, last_line(&ended.err)) {
        (false, Some(line)) => format!(": {line}"),
        _ => String::new(),
    };
    let found = format!("exit status {}{said}", ended.code);
    let mut aspects = vec![Aspect::new(expected, found, met)];
    for wanted in &test.stdout {
        let holds = ended.out.contains(&wanted.0);
        let found = match (holds, last_line(&ended.out)) {
            (true, _) => "that".to_owned(),
            (false, None) => "no output".to_owned(),
            (false, Some(line)) => format!("output that ends `{line}`"),
        };
        aspects.push(Aspect::new(
            format!("output with `{}`", wanted.0),
            found,
            holds,
        ));
    }
    aspects
}

/// The last line that says something, as far as a report shows it.
fn last_line(text: &str) -> Option<String> {
    let line = text.lines().rev().find(|line| !line.trim().is_empty())?;
    Some(line.chars().take(200).collect())
}
