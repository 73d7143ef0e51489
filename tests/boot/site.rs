//! The site of these tests, rendered.

use std::collections::BTreeMap;

use terroir::kickstart::{Files, Reading, Site, Surroundings, Templates, Wanted, render};
use terroir::origin::Diagnostic;

/// The inventory.
pub(crate) const INVENTORY: &str = include_str!("paris.yml");

/// Shows in short what is wrong.
pub(crate) fn told(problems: Vec<Diagnostic>) -> Vec<String> {
    let line = |problem: Diagnostic| format!("{}: {}", problem.origin, problem.message);
    problems.into_iter().map(line).collect()
}

/// Reads an inventory and the shipped templates, or shows what is wrong.
pub(crate) fn read(inventory: &str) -> Result<(Site, Templates), Vec<String>> {
    let reading = Reading::new("paris.yml", inventory);
    let mut around = Surroundings::default();
    for host in reading.documents.iter().flatten() {
        if let Some(flavour) = &host.flavour {
            around.flavours.insert(flavour.value.clone(), Ok(None));
        }
    }
    let site = reading.site(&around).map_err(told)?;
    let templates = Templates::new(&BTreeMap::new()).map_err(told)?;
    Ok((site, templates))
}

/// Renders the site of these tests.
pub(crate) fn paris() -> Files {
    let (site, templates) = read(INVENTORY).expect("the inventory is right");
    let files = render(&site, &templates, &Wanted::default()).map_err(told);
    files.expect("it is rendered")
}
