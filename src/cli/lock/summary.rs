//! What an update changed, as Markdown for the text of a merge request.

use std::path::PathBuf;

use crate::change::escaped;
use crate::cli::output::failure::Failure;
use crate::recipe::{Direction, LockChange};

/// Parts of the text: the kinds of differences, and their headings.
const PARTS: [(&str, &str); 6] = [
    ("base", "Bases"),
    ("package", "Packages"),
    ("layer", "Layers of terroir"),
    ("user", "Ids of users"),
    ("group", "Ids of groups"),
    ("epoch", "Creation date"),
];

/// Rows of a part above which it is folded.
const FOLDED: usize = 20;

/// The differences of two locks, and the recipes that could not be resolved.
pub(super) fn markdown(changes: &[LockChange], failed: &[(PathBuf, Failure)]) -> String {
    let mut lines = vec!["## What terroir update changed".to_owned()];
    if changes.is_empty() {
        lines.extend(["", "Nothing is newer."].map(str::to_owned));
    }
    for (kind, title) in PARTS {
        let rows: Vec<String> = changes
            .iter()
            .filter(|change| change.kind == kind)
            .map(row)
            .collect();
        if rows.is_empty() {
            continue;
        }
        let folded = rows.len() > FOLDED;
        let count = rows.len();
        lines.push(String::new());
        lines.push(match folded {
            true => format!("<details><summary>{title}: {count}</summary>"),
            false => format!("### {title}: {count}"),
        });
        let head = ["", "| | | old | new | for |", "|---|---|---|---|---|"];
        lines.extend(head.map(str::to_owned));
        lines.extend(rows);
        if folded {
            lines.extend(["", "</details>"].map(str::to_owned));
        }
    }
    if !failed.is_empty() {
        lines.extend(["", "### Not looked at", ""].map(str::to_owned));
        lines.extend(failed.iter().map(|(recipe, failure)| {
            let why = failure.message.lines().next().unwrap_or_default();
            let recipe = recipe.display().to_string();
            format!("- {}: {}", escaped(&recipe), escaped(why))
        }));
    }
    lines.join("\n") + "\n"
}

fn row(change: &LockChange) -> String {
    let short = |text: &Option<String>| {
        let text = text.as_deref().unwrap_or_default();
        let text: String = match text.strip_prefix("sha256:") {
            Some(hex) => hex.chars().take(12).collect(),
            None => text.to_owned(),
        };
        escaped(&text)
    };
    let word = match change.direction {
        Direction::Down => "**down**",
        other => other.word(),
    };
    let places: Vec<String> = change.places.iter().map(|place| escaped(place)).collect();
    format!(
        "| {word} | {} | {} | {} | {} |",
        escaped(&change.name),
        short(&change.old),
        short(&change.new),
        places.join("<br>")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::output::failure::Kind;

    fn change(kind: &'static str, name: &str) -> LockChange {
        LockChange {
            kind,
            direction: Direction::Up,
            name: name.to_owned(),
            old: Some("1".to_owned()),
            new: Some("2".to_owned()),
            places: [
                "a.yml linux/amd64".to_owned(),
                "b.yml linux/amd64".to_owned(),
            ]
            .into(),
        }
    }

    #[test]
    fn every_difference_is_a_row_of_its_part() {
        let changes = [
            change("package", "nginx:amd64"),
            change("base", "debian | @all"),
        ];
        let failed = (
            PathBuf::from("recipes/c.yml"),
            Failure::say(Kind::Outside, "no answer\nmore"),
        );
        assert_eq!(
            markdown(&changes, &[failed]),
            "## What terroir update changed\n\n### Bases: 1\n\n| | | old | new | for |\n\
             |---|---|---|---|---|\n\
             | up | debian \\| \\@all | 1 | 2 | a.yml linux/amd64<br>b.yml linux/amd64 |\n\n\
             ### Packages: 1\n\n| | | old | new | for |\n|---|---|---|---|---|\n\
             | up | nginx:amd64 | 1 | 2 | a.yml linux/amd64<br>b.yml linux/amd64 |\n\n\
             ### Not looked at\n\n- recipes/c.yml: no answer\n"
        );
        assert!(markdown(&[], &[]).ends_with("\n\nNothing is newer.\n"));
    }

    #[test]
    fn a_long_part_is_folded() {
        let many: Vec<LockChange> = (0..30)
            .map(|at| change("package", &format!("p{at}")))
            .collect();
        let text = markdown(&many, &[]);
        assert!(
            text.contains("<details><summary>Packages: 30</summary>"),
            "{text}"
        );
        assert!(text.ends_with("|\n\n</details>\n"), "{text}");
    }
}
