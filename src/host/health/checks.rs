//! The checks of a new image: units that failed, its own tests, and scripts.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use crate::host::configuration::Configuration;
use crate::host::error::Error;
use crate::host::expected::unmet;
use crate::host::machine::{Machine, failed_units};
use crate::host::record::State;
use crate::process::{self, Program};

/// Folders of scripts; one of /etc takes the place of one of the image that has the same name.
const FOLDERS: [&str; 2] = ["/usr/share/terroir/health.d", "/etc/terroir/health.d"];

/// Everything that is wrong with the running system, and was not `before` the update.
pub(super) fn problems(
    machine: &Machine,
    configuration: &Configuration,
    before: &State,
) -> Result<Vec<String>, Error> {
    let mut problems = Vec::new();
    if machine.is_live() {
        let ignored = [configuration.ignored_units.as_slice(), &before.failed_units].concat();
        let failed = failed_units()?.into_iter();
        let failed = failed.filter(|unit| !ignored.contains(unit));
        problems.extend(failed.map(|unit| format!("the unit {unit} failed")));
    }
    if let Some(limit) = configuration.tests() {
        let unmet = unmet(machine, limit)?.into_iter();
        let new = unmet.filter(|unmet| !before.failed_tests.contains(&unmet.name));
        problems.extend(new.map(|unmet| unmet.why));
    }
    for (name, path) in scripts(machine)? {
        problems.extend(script(&name, &path, configuration.limit()));
    }
    Ok(problems)
}

/// The scripts by name; what cannot be run is no script, so a link to /dev/null hides one.
fn scripts(machine: &Machine) -> Result<BTreeMap<String, PathBuf>, Error> {
    let mut scripts = BTreeMap::new();
    for folder in FOLDERS {
        let folder = machine.file(folder);
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            other => other.map_err(Error::file("reading", &folder))?,
        };
        for entry in entries {
            let entry = entry.map_err(Error::file("reading", &folder))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            scripts.insert(name, entry.path());
        }
    }
    scripts.retain(|_, path| {
        let found = fs::metadata(path);
        found.is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
    });
    Ok(scripts)
}

/// What a script finds wrong.
fn script(name: &str, path: &std::path::Path, limit: Duration) -> Option<String> {
    let output = process::run(&Program {
        name: path.to_str()?,
        arguments: &[],
        input: b"",
        search: None,
        limit,
    });
    let output = match output {
        Err(error) => return Some(format!("the check {name}: {error}")),
        Ok(output) if output.code == Some(0) => return None,
        Ok(output) => output,
    };
    let all = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&all);
    let last = said.lines().rfind(|line| !line.trim().is_empty());
    Some(match last {
        Some(last) => format!("the check {name}: {}", last.trim()),
        None => format!("the check {name} failed and said nothing"),
    })
}
