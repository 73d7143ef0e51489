//! The serial console of a machine, read from the file that QEMU writes.

use std::path::Path;

/// How much of a console is looked at, in bytes from its end.
const KEPT: usize = 1 << 20;

/// How much of a line is shown, in characters.
const WIDTH: usize = 160;

/// The end of the console so far.
pub(super) fn read(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap_or_default();
    let from = bytes.len().saturating_sub(KEPT);
    let last = bytes.get(from..).unwrap_or_default();
    String::from_utf8_lossy(last).into_owned()
}

/// The last lines of a console without what only moves a terminal.
pub(super) fn last_lines(console: &str, count: usize) -> String {
    let mut lines: Vec<String> = console.lines().map(plain).collect();
    lines.retain(|line| !line.trim().is_empty());
    let from = lines.len().saturating_sub(count);
    lines.get(from..).unwrap_or_default().join("\n")
}

/// A line without control sequences (ECMA-48).
fn plain(line: &str) -> String {
    let mut text = String::new();
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\u{1b}' if characters.next_if_eq(&'[').is_some() => {
                while characters.next_if(|c| !('@'..='~').contains(c)).is_some() {}
                characters.next();
            }
            '\u{1b}' => {
                characters.next();
            }
            other if other.is_control() && other != '\t' => {}
            other => text.push(other),
        }
    }
    text.trim_end().chars().take(WIDTH).collect()
}

#[cfg(test)]
mod tests {
    use super::last_lines;

    #[test]
    fn lines_are_shown_without_colours() {
        let cases = [
            ("", 3, ""),
            ("a\r\nb\r\n", 3, "a\nb"),
            ("a\nb\nc\n\u{1b}[0m\n", 2, "b\nc"),
            ("\u{1b}[01;32mok\u{1b}[0m done\u{1b}c\u{7}", 9, "ok done"),
        ];
        for (console, count, expected) in cases {
            assert_eq!(last_lines(console, count), expected, "{console:?}");
        }
    }
}
