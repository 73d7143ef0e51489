//! Paths of instructions: relative ones start at a working directory.

/// A path as seen from a directory, without `.` and `..`; a slash at its end stays, and one that
/// ends in `.` or `..` is a folder too. Above the root is the root.
pub(super) fn absolute(directory: &str, path: &str) -> String {
    let start = if path.starts_with('/') { "" } else { directory };
    let mut parts: Vec<&str> = Vec::new();
    for part in start.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    let is_folder = path
        .rsplit('/')
        .next()
        .is_some_and(|last| ["", ".", ".."].contains(&last));
    let end = if is_folder && !parts.is_empty() {
        "/"
    } else {
        ""
    };
    format!("/{}{end}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::absolute;

    #[test]
    fn paths_are_seen_from_the_working_directory() {
        for (directory, path, expected) in [
            ("/", "a", "/a"),
            ("/w/x", "a/b", "/w/x/a/b"),
            ("/w/x", "./a/", "/w/x/a/"),
            ("/w/x", ".", "/w/x/"),
            ("/w/x", "./", "/w/x/"),
            ("/w/x", "..", "/w/"),
            ("/w/x", "../y", "/w/y"),
            ("/w/x", "./sub/../two", "/w/x/two"),
            ("/w/x", "../../../../two", "/two"),
            ("/w/x", "/a/../b/./c", "/b/c"),
            ("/w/x", "/", "/"),
            ("/", ".", "/"),
            ("/w", "...", "/w/..."),
        ] {
            assert_eq!(absolute(directory, path), expected, "{directory} {path}");
        }
    }
}
