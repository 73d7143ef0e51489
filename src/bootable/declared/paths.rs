//! Paths as tmpfiles.d(5) declares them.

use super::words::words;

/// The kinds and paths of the lines of a text.
pub(in crate::bootable) fn paths(text: &str) -> impl Iterator<Item = (String, String)> {
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| {
        let mut words = words(line).into_iter();
        let (kind, path) = (words.next()?, words.next()?);
        Some((kind, path.replace("%%", "%")))
    })
}
