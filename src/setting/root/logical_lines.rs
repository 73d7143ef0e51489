//! Lines of configuration files that a backslash continues.

/// The lines of a file, each with the index of its first. A backslash at the end of a line joins the
/// next one to it, with `between` in its place.
pub(in crate::setting) fn logical_lines(text: &str, between: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (index, line) in text.lines().enumerate() {
        let joined = line.strip_suffix('\\');
        let part = joined.unwrap_or(line);
        match lines.last_mut().filter(|_| open) {
            Some((_, last)) => {
                last.push_str(between);
                last.push_str(part);
            }
            None => lines.push((index, part.to_owned())),
        }
        open = joined.is_some();
    }
    lines
}
