//! The site of these tests, rendered.

use std::collections::BTreeMap;
use std::path::Path;

use terroir::kickstart::{Files, Reading, Surroundings, Templates, Wanted, render};

/// The inventory.
pub(crate) const INVENTORY: &str = include_str!("paris.yml");

/// Renders an inventory, or tells what is wrong with it.
pub(crate) fn rendered(inventory: &str) -> Result<Files, Vec<String>> {
    let told = |problems: Vec<terroir::origin::Diagnostic>| {
        problems
            .iter()
            .map(|problem| format!("{}: {}", problem.origin, problem.message))
            .collect::<Vec<_>>()
    };
    let reading = Reading::new("paris.yml", inventory);
    let mut around = Surroundings::default();
    for host in reading.documents.iter().flatten() {
        if let Some(flavour) = &host.flavour {
            around.flavours.insert(flavour.value.clone(), Ok(None));
        }
    }
    let site = reading.site(&around).map_err(told)?;
    let templates = Templates::new(&BTreeMap::new()).map_err(told)?;
    render(&site, &templates, &Wanted::default()).map_err(told)
}

/// Renders the site of these tests.
pub(crate) fn paris() -> Files {
    rendered(INVENTORY).expect("the inventory is right")
}

/// The text of a rendered file.
pub(crate) fn text<'a>(files: &'a Files, path: &str) -> &'a str {
    let found = files.iter().find(|(place, _)| place.as_str() == path);
    let (_, file) = found.unwrap_or_else(|| panic!("{path} is rendered"));
    std::str::from_utf8(file.content.bytes()).expect("it is a text")
}

/// Writes rendered files.
pub(crate) fn write(files: &Files, folder: &Path) {
    for (path, file) in files {
        let place = folder.join(path);
        std::fs::create_dir_all(place.parent().expect("a folder")).expect("the folder is made");
        std::fs::write(&place, file.content.bytes()).expect("the file is written");
    }
}
