//! A comparison as text for people.

use super::between::Overview;
use super::item::Shown;
use super::rows::{Row, heading, parts, plain, same, update};

impl Overview {
    /// Lines for people.
    #[must_use]
    pub fn text(&self, shown: Shown) -> String {
        let mut lines = vec![
            format!("old  {}", heading(&self.old, shown)),
            format!("new  {}", heading(&self.new, shown)),
        ];
        if self.is_empty() {
            lines.push(same(self).to_owned());
        }
        for part in parts(self, shown) {
            lines.push(match &part.not_compared {
                Some(why) => format!("{}: not compared, {why}", part.title),
                None => format!("{}: {}", part.title, part.rows.len()),
            });
            lines.extend(part.rows.iter().take(shown.most).map(line));
            let more = part.rows.len().saturating_sub(shown.most);
            if more > 0 {
                lines.push(format!("  … and {more} more; -v shows all"));
            }
        }
        lines.extend(update(self, shown).map(|text| format!("update: {text}")));
        let lines = lines.iter().map(|line| plain(line).trim_end().to_owned());
        lines.map(|line| line + "\n").collect()
    }
}

fn line(row: &Row) -> String {
    let values = match (row.old.as_str(), row.new.as_str()) {
        ("", new) => new.to_owned(),
        (old, "") => old.to_owned(),
        (old, new) => format!("{old} → {new}"),
    };
    let note = match row.note.as_str() {
        "" => String::new(),
        note => format!("  ({note})"),
    };
    format!("  {:<8} {}  {values}{note}", row.word, row.name)
}
