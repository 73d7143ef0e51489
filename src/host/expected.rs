//! The tests of the image, on the running system.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::time::Duration;

use super::error::Error;
use super::machine::{Machine, try_here};
use crate::audit::{TestOutcome, Tested, evaluate, files_read};
use crate::path::TreePath;
use crate::recipe::{CommandTest, Expectation, RECORD_PATH, Record, Test};
use crate::tree::Snapshot;

/// A test that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unmet {
    /// The test, and the flavour that states it: the same in each image.
    pub(super) name: String,
    /// What is wrong, for people.
    pub(super) why: String,
}

/// The tests of the running image that do not hold; a command may take so long. Commands are run on
/// the machine itself only, not below a folder that stands for one.
pub(super) fn unmet(machine: &Machine, limit: Duration) -> Result<Vec<Unmet>, Error> {
    let path = machine.file(RECORD_PATH);
    let bytes = match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(Error::file("reading", &path))?,
    };
    let mut tests = match Record::parse(&bytes) {
        Ok(record) => record.tests,
        Err(error) => return Ok(vec![unread(&error)]),
    };
    if !machine.is_live() {
        tests.retain(|one| !matches!(one.test, Test::Command(_)));
    }
    if tests.is_empty() {
        return Ok(Vec::new());
    }
    let root = match root_for(machine, &tests) {
        Ok(root) => root,
        Err(error) => return Ok(vec![unread(&error)]),
    };
    let mut run = |test: &CommandTest| try_here(&test.run, &test.env, limit);
    let tested = tests.iter().map(|one| evaluate(one, &root, &mut run));
    let failed = tested.filter(|tested| tested.outcome != TestOutcome::Pass);
    Ok(failed.map(|tested| told(&tested)).collect())
}

/// The system, as far as tests look at it.
fn root_for(machine: &Machine, tests: &[Expectation]) -> Result<Snapshot, crate::tree::Error> {
    let named = tests.iter().filter_map(|one| match &one.test {
        Test::File(test) => Some(test.path.path().clone()),
        _ => None,
    });
    let mut ways: BTreeSet<TreePath> = named.collect();
    // Links may lead elsewhere.
    let real = ways.iter().filter_map(|path| {
        let real = fs::canonicalize(machine.file(&path.to_string())).ok()?;
        let inside = real.strip_prefix(machine.root()).ok()?;
        TreePath::parse(&format!("/{}", inside.to_str()?)).ok()
    });
    ways.extend(real.collect::<Vec<_>>());
    let root = Snapshot::of_system(machine.root(), &ways, BTreeSet::new())?;
    match files_read(tests, &root) {
        wanted if wanted.is_empty() => Ok(root),
        wanted => Snapshot::of_system(machine.root(), &ways, wanted),
    }
}

fn told(tested: &Tested) -> Unmet {
    let name = format!("{} of {}", tested.name, tested.flavour);
    let pairs = tested.expected.iter().zip(&tested.found);
    let pairs: Vec<String> = pairs
        .map(|(expected, found)| format!("expected {expected}, found {found}"))
        .collect();
    let why = format!(
        "the test {name} does not hold: {} ({})",
        pairs.join("; "),
        tested.origin
    );
    Unmet { name, why }
}

fn unread(error: &dyn std::error::Error) -> Unmet {
    Unmet {
        name: "tests".to_owned(),
        why: format!("the tests of the image cannot be run: {error}"),
    }
}
