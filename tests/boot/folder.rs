//! Rendered files as texts and on disk.

use std::path::Path;

use terroir::kickstart::Files;

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
