//! Presets: which units a first start must leave as the image has them.
//!
//! A first start applies presets (systemd(1), systemd.preset(5)) and enables what no preset names. A
//! preset that names all units (`disable *`) would prevent that, but package managers follow presets
//! too: what a derived flavour installs would stay disabled. So each unit of the image has a line.

use std::collections::BTreeSet;

use crate::setting::UnitName;
use crate::tree::{EntryKind, OpenRoot};

use super::error::ShapeError;
use super::kernel::{place, raw};

/// The file.
pub(super) const PRESET: &str = "/usr/lib/systemd/system-preset/00-terroir.preset";

/// Where units of the image are.
pub(super) const FOLDERS: [&str; 3] = [
    "/etc/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
];

const HEAD: &str = "\
# Links in the image say which units start. Without these lines a first start would enable units that
# the image has and does not enable. Units of packages that are installed later follow the presets of
# the distribution.
";

/// The text of the file for a root.
pub(super) fn presets(root: &mut OpenRoot) -> Result<String, ShapeError> {
    let mut units = BTreeSet::new();
    for folder in FOLDERS {
        for entry in root.below(&place(folder))? {
            if matches!(entry.kind, EntryKind::File { .. })
                && let Some(unit) = unit_of(&raw(&entry.path), folder)
                && !units.contains(&unit)
                && let Some(text) = root.text(&entry.path)?
                && text.lines().any(|line| line.trim() == "[Install]")
            {
                units.insert(unit);
            }
        }
    }
    let lines = units.iter().map(|unit| format!("disable {unit}\n"));
    Ok(HEAD.to_owned() + &lines.collect::<String>())
}

/// The unit that a file is, or is a drop-in of.
pub(super) fn unit_of(path: &str, folder: &str) -> Option<String> {
    let rest = path.strip_prefix(folder)?.strip_prefix('/')?;
    let name = match rest.split_once('/') {
        None => rest,
        Some((folder, file)) if file.ends_with(".conf") => folder.strip_suffix(".d")?,
        Some(_) => return None,
    };
    UnitName::parse(name).map(|_| name.to_owned())
}
