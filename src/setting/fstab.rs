//! Lines of fstab, and which of their options count (fstab(5), mount(8)).

/// The options that count of a list: of two that contradict each other the later.
fn effective(options: &str) -> Vec<&str> {
    let mut counted: Vec<&str> = Vec::new();
    for option in options.split(',').filter(|option| !option.is_empty()) {
        let undone: &[&str] = match option {
            "defaults" => &["nodev", "nosuid", "noexec", "ro", "noauto"],
            "dev" => &["nodev"],
            "suid" => &["nosuid"],
            "exec" => &["noexec"],
            "rw" => &["ro"],
            "auto" => &["noauto"],
            "nodev" => &["dev"],
            "nosuid" => &["suid"],
            "noexec" => &["exec"],
            "ro" => &["rw"],
            _ => &[],
        };
        counted.retain(|held| !undone.contains(held) && *held != option);
        counted.push(option);
    }
    counted
}

/// Which of the demanded options do not count.
pub(super) fn missing<'a>(options: &str, demanded: &'a [String]) -> Vec<&'a str> {
    let counted = effective(options);
    let demanded = demanded.iter().map(String::as_str);
    demanded
        .filter(|option| !counted.contains(option))
        .collect()
}

/// A list of options with the demanded ones in it.
pub(super) fn with_options(options: &str, demanded: &[String]) -> String {
    let missing = missing(options, demanded).join(",");
    effective(&format!("{options},{missing}")).join(",")
}

/// The fields of a line of fstab; none for a comment.
pub(super) fn fields(line: &str) -> Option<Vec<&str>> {
    let line = line.trim();
    let fields: Vec<&str> = line.split_whitespace().collect();
    (!line.starts_with('#') && fields.len() >= 3).then_some(fields)
}

/// Where a line of fstab mounts something.
pub(super) fn mounts_at(fields: &[&str], path: &str) -> bool {
    let at = fields.get(1).copied().unwrap_or_default();
    let at = at.replace("\\040", " ");
    at == path || at.trim_end_matches('/') == path
}
