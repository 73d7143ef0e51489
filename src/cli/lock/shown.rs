//! Locks and their differences as text for people.

use crate::cli::context::session::Session;
use crate::recipe::{Direction, LOCK_FILE, Lock, LockChange};

/// What a lock holds, in one line.
pub(in crate::cli) fn summary(lock: &Lock) -> String {
    let s = |count: usize, one: &str, many: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    };
    let requests = lock
        .packages
        .values()
        .flat_map(|platforms| platforms.values());
    let requests: Vec<_> = requests.flat_map(|requests| requests.values()).collect();
    let packages = requests
        .iter()
        .map(|one| one.resolution.packages.len())
        .sum();
    let bases = lock.images.len() + lock.bootstraps.len();
    format!(
        "{LOCK_FILE}: {}, {} of {}, {}",
        s(bases, "base", "bases"),
        s(packages, "package", "packages"),
        s(requests.len(), "request", "requests"),
        s(lock.layers.len(), "layer", "layers"),
    )
}

/// Prints differences, a line each.
pub(in crate::cli) fn print(session: &Session, changes: &[LockChange]) {
    for change in changes {
        session.printer.line(line(change));
    }
}

fn line(change: &LockChange) -> String {
    let short = |text: &Option<String>| {
        let text = text.clone().unwrap_or_default();
        match text.strip_prefix("sha256:") {
            Some(hex) => hex.chars().take(12).collect(),
            None => text,
        }
    };
    let (old, new) = (short(&change.old), short(&change.new));
    let versions = match change.direction {
        Direction::New => new,
        Direction::Gone => old,
        _ => format!("{old} → {new}"),
    };
    let kind = match change.kind {
        "package" | "epoch" => String::new(),
        kind => format!("{kind} "),
    };
    let places: Vec<&str> = change.places.iter().map(String::as_str).collect();
    let places = match places.as_slice() {
        [] => String::new(),
        [one] => format!("  ({one})"),
        [one, rest @ ..] => format!("  ({one} and {} more)", rest.len()),
    };
    let word = change.direction.word();
    format!("{word:<7} {kind}{} {versions}{places}", change.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_one_line() {
        let change = LockChange {
            kind: "package",
            direction: Direction::Up,
            name: "nginx:amd64".into(),
            old: Some("1.22.1-9".into()),
            new: Some("1.22.1-9+deb12u1".into()),
            places: ["a.yml linux/amd64".into(), "b.yml linux/amd64".into()].into(),
        };
        assert_eq!(
            line(&change),
            "up      nginx:amd64 1.22.1-9 → 1.22.1-9+deb12u1  (a.yml linux/amd64 and 1 more)"
        );
    }
}
