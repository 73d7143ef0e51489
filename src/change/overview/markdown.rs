//! A comparison as Markdown, for the note of a merge request.

use super::between::Overview;
use super::item::Shown;
use super::rows::{Row, Rows, heading, parts, plain, same, update};

/// Rows of a part above which it is folded.
const FOLDED: usize = 10;

impl Overview {
    /// Markdown as GitLab shows it.
    #[must_use]
    pub fn markdown(&self, shown: Shown) -> String {
        let name = self.new.flavour.as_ref().unwrap_or(&self.new.target);
        let mut lines = vec![
            format!("### {}", escaped(name)),
            String::new(),
            format!("- old: {}", escaped(&heading(&self.old, shown))),
            format!("- new: {}", escaped(&heading(&self.new, shown))),
        ];
        lines.extend(update(self, shown).map(|text| format!("- update: {text}")));
        if self.is_empty() {
            lines.extend([String::new(), escaped(same(self))]);
        }
        for part in parts(self, shown) {
            lines.push(String::new());
            lines.extend(section(&part, shown));
        }
        lines.join("\n") + "\n"
    }
}

fn section(part: &Rows, shown: Shown) -> Vec<String> {
    if let Some(why) = &part.not_compared {
        let why = escaped(why);
        return vec![format!("**{}**: not compared, {why}", part.title)];
    }
    let count = part.rows.len();
    let folded = count > FOLDED;
    let mut lines = match folded {
        true => vec![format!(
            "<details><summary>{}: {count}</summary>",
            part.title
        )],
        false => vec![format!("**{}**: {count}", part.title)],
    };
    lines.extend(["", "| | | old | new | |", "|---|---|---|---|---|"].map(str::to_owned));
    lines.extend(part.rows.iter().take(shown.most).map(row));
    let more = count.saturating_sub(shown.most);
    if more > 0 {
        lines.push(format!("| | … and {more} more | | | |"));
    }
    if folded {
        lines.extend([String::new(), "</details>".to_owned()]);
    }
    lines
}

fn row(row: &Row) -> String {
    format!(
        "| {} | {} | {} | {} | {} |",
        row.word,
        escaped(&row.name),
        escaped(&row.old),
        escaped(&row.new),
        escaped(&row.note)
    )
}

/// A text that Markdown shows as it is, on one line and in one cell of a table.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in plain(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // Also `@name`, `#1`, `!1` and `~label`, which GitLab makes links of.
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '@' | '#' | '!' | '~' | '$' => {
                out.extend(['\\', c]);
            }
            _ => out.push(c),
        }
    }
    out
}
